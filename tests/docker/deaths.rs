//! Kernels that end before they answer, by themselves, repeatedly, or out of memory; and how the page, the log and the
//! window report it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_core::contract::live::KernelAction;
use orchest_tests::engine::{docker, in_role, left_of, podman};
use orchest_tests::home::{Home, launched, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::page::Page;
use orchest_tests::terminal::Terminal;
use serde_json::{Value, json};

const PYTHON: &str = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));

/// A launcher that ends each kernel if the folder has a file `broken`: after the report and before the first answer.
const ENDS_WHERE_BROKEN: &str = "import os, sys, time\nif os.path.exists('/notebooks/broken'):\n    \
                                 time.sleep(1); print('the configuration is broken', flush=True); os._exit(7)\n";

/// A launcher that reports to the gateway, fails to start a kernel, and stays, as Enterprise Gateway's own launcher
/// does.
const STAYS: &str = "import os, sys, time, traceback\nsys.path.insert(0, '/opt/orchest')\nimport orchest_kernel as launcher\n\
                     launcher.report(launcher.connection(), os.environ['RESPONSE_ADDRESS'], os.environ['PUBLIC_KEY'])\n\
                     try: raise ValueError('the kernel inside is dead')\nexcept ValueError: traceback.print_exc()\n\
                     time.sleep(600)\n";

/// An image made from our Python kernel's, and a kernelspec of this name that uses it; removed at the end.
pub(crate) struct Derived(pub(crate) String);

impl Derived {
    pub(crate) fn new(home: &Home, name: &str, instructions: &str, file: &str) -> Derived {
        let folder = home.path().join(format!("image-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("file.py"), file).unwrap();
        let image = format!("orchest-test/{name}:{}", std::process::id());
        std::fs::write(folder.join("Dockerfile"), format!("FROM {PYTHON}\n{instructions}\n")).unwrap();
        docker(&["build", "-q", "-t", &image, folder.to_str().unwrap()]);
        home.kernelspec(name, &image);
        Derived(image)
    }
}

impl Drop for Derived {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rmi", "-f", &self.0]).stdout(Stdio::null()).status();
    }
}

async fn running(home: &Home, name: &str, kernelspec: Option<&str>) -> (App, String, Server) {
    let app = home.app().await;
    let id = launched(&app, &home.pipeline(name), kernelspec).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    (app, id, server)
}

/// The gateway's log, as plain text.
fn logs(home: &Home, id: &str) -> String {
    let output = home.orchest(&["logs", id]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn model(server: &Server, kernel: &str) -> Value {
    let (status, model) = server.get(&format!("/api/kernels/{kernel}")).await;
    assert_eq!(status, 200, "{model}");
    model
}

/// Asks for this kernel until it has this state.
async fn until_state(server: &Server, kernel: &str, state: &str) -> Value {
    let began = Instant::now();
    loop {
        let model = model(server, kernel).await;
        if model["execution_state"] == state {
            return model;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{model}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn none_is_left(id: &str) {
    let began = Instant::now();
    while !in_role(id, "kernel").is_empty() {
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", in_role(id, "kernel"));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_ending_after_its_report_fails_within_seconds_with_its_last_lines() {
    let home = Home::new();
    let configuration = "USER root\nCOPY file.py /etc/ipython/ipython_kernel_config.py\nUSER 1000:1000";
    let _ends = Derived::new(&home, "ends", configuration, ENDS_WHERE_BROKEN);
    let _stays =
        Derived::new(&home, "stays", "COPY file.py /opt/\nCMD [\"/opt/venv/bin/python\", \"/opt/file.py\"]", STAYS);
    let (app, id, server) = running(&home, "reported", Some("ends")).await;
    std::fs::write(home.path().join("folders/reported/broken"), "").unwrap();
    for (kernelspec, last) in [("ends", "the configuration is broken"), ("stays", "the kernel inside is dead")] {
        let began = Instant::now();
        let refused = server.start(kernelspec, "first.ipynb").await.map(drop).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        assert!(refused.contains(last) && refused.contains("orchest-test/"), "{refused}");
        none_is_left(&id).await;
        assert_eq!(server.get("/api/kernels").await.1, json!([]));
        let logs = logs(&home, &id);
        assert!(logs.contains(last), "{logs}");
    }
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

/// Podman 4 reports no end of some containers that remove themselves, and so no exit code.
fn may_lose_ends() -> bool {
    podman().is_some_and(|version| version.starts_with("4."))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_ending_by_itself_is_restarted_and_the_page_shows_it() {
    let home = Home::new();
    let (app, id, server) = running(&home, "by itself", None).await;
    let kernel = server.start_unheard("python_docker", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    for (ends, said) in [
        ("exit()", "exit code 0"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ] {
        page.run("kept = 1").await;
        let cell = page.send(ends).await;
        let seen = page.until_state("restarting", &cell).await;
        assert_eq!(seen.text, "", "{ends}");
        assert_eq!(page.run("print('kept' in dir())").await.text, "False\n", "{ends}");
        let logs = logs(&home, &id);
        assert!(logs.contains(said) || may_lose_ends() && logs.contains(" ended"), "{said}: {logs}");
        // With a pause between them: a kernel that ends too often in a short time counts as dead.
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    drop(page);
    let kernel = server.start_unheard("r_docker", "r.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    // `quit()` in R is IRkernel's own, and ends nothing.
    let cell = page.send("tools::pskill(Sys.getpid(), tools::SIGKILL)").await;
    page.until_state("restarting", &cell).await;
    assert_eq!(page.run("cat(6 * 7)").await.text, "42");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_that_keeps_ending_is_dead_and_can_be_restarted_and_ended_by_hand() {
    let home = Home::new();
    let configuration = "USER root\nCOPY file.py /etc/ipython/ipython_kernel_config.py\nUSER 1000:1000";
    let _ends = Derived::new(&home, "dies", configuration, ENDS_WHERE_BROKEN);
    let (app, id, server) = running(&home, "keeps ending", Some("dies")).await;
    let broken = home.path().join("folders/keeps ending/broken");
    let kernel = server.start_unheard("dies", "first.ipynb").await.unwrap();
    let (restart, interrupt) = (format!("/api/kernels/{kernel}/restart"), format!("/api/kernels/{kernel}/interrupt"));
    let mut page = Page::open(&server, &kernel).await;
    std::fs::write(&broken, "").unwrap();
    let cell = page.send("import os; os._exit(3)").await;
    let seen = page.until_state("dead", &cell).await;
    assert!(seen.states.iter().any(|state| state == "restarting"), "{seen:?}");
    let dead = model(&server, &kernel).await;
    assert_eq!(dead["execution_state"], "dead");
    assert!(dead["reason"].as_str().unwrap().contains("the configuration is broken"), "{dead}");
    let (_, sessions) = server.get("/api/sessions").await;
    assert_eq!(sessions[0]["kernel"]["execution_state"], "dead", "{sessions}");

    let (status, answer) = server.post(&interrupt, &json!({})).await;
    assert_eq!(status, 409, "{answer}");
    let (status, answer) = server.post(&restart, &json!({})).await;
    assert!(status >= 400 && answer["message"].as_str().unwrap().contains("the configuration is broken"), "{answer}");
    // A page that connects now sees the reason too.
    Page::open(&server, &kernel).await.until_state("dead", "none").await;

    std::fs::remove_file(&broken).unwrap();
    let (status, answer) = server.post(&restart, &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    assert_ne!(answer["execution_state"], "dead");
    assert_eq!(page.run("print(6 * 7)").await.text, "42\n", "the page that stayed open goes on");

    // The kernel dies again, and is then ended.
    std::fs::write(&broken, "").unwrap();
    let (status, _) = server.post(&restart, &json!({})).await;
    assert_eq!(status, 500);
    until_state(&server, &kernel, "dead").await;
    // By the window, which knows this kernel from the server only: it has no container.
    app.act_on_kernel(&id, &kernel, KernelAction::ShutDown).await.unwrap();
    for path in [&restart, &interrupt] {
        let (status, answer) = server.post(path, &json!({})).await;
        assert_eq!(status, 404, "{answer}");
    }
    assert_eq!(server.get("/api/kernels").await.1, json!([]));
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_out_of_memory_is_reported_in_page_window_and_log_with_limit_and_remedy() {
    let home = Home::new();
    let settings = home.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(&settings, r#"{"limits": {"kernel": {"memory_mb": 256}}}"#).unwrap();
    let (app, id, server) = running(&home, "memory", None).await;
    let kernel = server.start_unheard("python_docker", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    let cell = page.send("import time; print('before'); time.sleep(1)\nheld = bytearray(b'x') * (1 << 30)").await;
    let seen = page.until_state("restarting", &cell).await;
    assert!(
        seen.text.starts_with("before\n") && seen.text.contains("256 MB") && seen.text.contains("Limits"),
        "{seen:?}"
    );
    let told = until(&app, "a notice", |snapshot| Some(snapshot.notices.last()?.clone())).await;
    assert!(told.message.contains("memory") && told.message.contains("256 MB"), "{told:?}");
    assert!(told.message.contains("Python 3") && told.hint.contains("Limits"), "{told:?}");
    let said = logs(&home, &id);
    assert!(said.contains("want of memory") && said.contains("256 MB"), "{said}");
    assert_eq!(page.run("print('held' in dir())").await.text, "False\n");

    // A process other than the kernel is killed: the kernel lives on, and nothing reports its end.
    let child = "import subprocess, sys\n\
                 print(subprocess.run([sys.executable, '-c', \"bytearray(b'x') * (1 << 30)\"]).returncode)";
    assert_eq!(page.run(child).await.text, "-9\n");
    assert_eq!(app.snapshots().borrow().notices.len(), 1);
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_r_kernel_out_of_memory_is_reported_too() {
    let home = Home::new();
    let settings = home.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(&settings, r#"{"limits": {"kernel": {"memory_mb": 256}}}"#).unwrap();
    let (app, id, server) = running(&home, "memory of R", None).await;
    let kernel = server.start_unheard("r_docker", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    let cell = page.send("cat('before\n'); flush(stdout()); Sys.sleep(1); held <- rep(1, 3e8)").await;
    let seen = page.until_state("restarting", &cell).await;
    assert!(seen.text.contains("256 MB") && seen.text.contains("Limits"), "{seen:?}");
    let told = until(&app, "a notice", |snapshot| Some(snapshot.notices.last()?.clone())).await;
    assert!(told.message.contains("memory") && told.message.contains("256 MB"), "{told:?}");
    assert_eq!(page.run("cat(exists('held'), fill = TRUE)").await.text, "FALSE\n");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_without_a_shell_has_kernels_and_explains_the_missing_terminal() {
    let home = Home::new();
    let bare = "USER root\nRUN rm -f /bin/bash /bin/dash /bin/sh /bin/rbash\nUSER 1000:1000";
    let _image = Derived::new(&home, "no_shell", bare, "");
    let (app, id, server) = running(&home, "no shell", Some("no_shell")).await;
    let kernel = server.start_unheard("no_shell", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    let code = "import os, stat; open('made', 'w').close(); print(oct(os.stat('made').st_mode & 0o777), os.path.exists('/bin/sh'))";
    assert_eq!(page.run(code).await.text, "0o644 False\n", "the umask is the engine's");
    let Err((status, said)) = Terminal::in_kernel(&server, &kernel).await else { panic!("there is a shell") };
    assert!(status == 409 && said.contains("neither `bash` nor `sh`") && said.contains("hint: "), "{status}: {said}");
    assert_eq!(page.run("print(1)").await.text, "1\n");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_a_kernel_is_current_for_every_client() {
    let home = Home::new();
    let (app, id, server) = running(&home, "present", None).await;
    let kernel = server.start_unheard("python_docker", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    let cell = page.send("import time; print('at work'); time.sleep(3)").await;
    page.until_text("at work", &cell).await;
    assert_eq!(model(&server, &kernel).await["execution_state"], "busy");
    page.until_idle(&cell).await;
    let (_, sessions) = server.get("/api/sessions").await;
    assert_eq!(sessions[0]["kernel"]["execution_state"], "idle", "{sessions}");
    let one = format!("/api/sessions/{}", sessions[0]["id"].as_str().unwrap());
    let cell = page.send("print('at work'); time.sleep(3)").await;
    page.until_text("at work", &cell).await;
    assert_eq!(server.get(&one).await.1["kernel"]["execution_state"], "busy");
    page.until_idle(&cell).await;
    assert_eq!(model(&server, &kernel).await["execution_state"], "idle");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_about_an_unknown_kernelspec_names_the_known_ones() {
    let home = Home::new();
    home.kernelspec("removed", PYTHON);
    let (app, id, server) = running(&home, "not here", None).await;
    let kernel = server.start_unheard("removed", "first.ipynb").await.unwrap();
    std::fs::remove_dir_all(home.places().kernels_dir().join("removed")).unwrap();
    // The gateway reads a copy, and the app brings the copy up to date.
    until(&app, "the kernelspec is gone", |snapshot| {
        (!snapshot.kernelspecs.iter().any(|spec| spec.name == "removed")).then_some(())
    })
    .await;
    let names = |answer: &Value, missing: &str| {
        let message = answer["message"].as_str().unwrap_or_default();
        let all = [missing, "python_docker", "r_docker"].iter().all(|name| message.contains(&format!("`{name}`")));
        assert!(all && message.contains("hint:"), "{answer}");
    };
    for missing in ["nowhere", "removed"] {
        let (status, answer) = server.post("/api/kernels", &json!({ "name": missing })).await;
        assert_eq!(status, 404, "{answer}");
        names(&answer, missing);
        let body = json!({ "name": "n", "path": "n.ipynb", "type": "notebook", "kernel": { "name": missing } });
        let (status, answer) = server.post("/api/sessions", &body).await;
        assert_eq!(status, 404, "{answer}");
        names(&answer, missing);
    }
    // A kernel started from the removed kernelspec runs on, but cannot be restarted.
    let (status, answer) = server.post(&format!("/api/kernels/{kernel}/restart"), &json!({})).await;
    assert_eq!(status, 404, "{answer}");
    names(&answer, "removed");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

/// Enterprise Gateway's own launcher for Python, as other people's images have it.
#[tokio::test(flavor = "multi_thread")]
async fn a_launcher_that_listens_interrupts_and_ends_its_kernel() {
    let home = Home::new();
    let instructions = "COPY file.py /opt/\nCMD [\"/opt/venv/bin/python\", \"/opt/file.py\"]";
    let _listens = Derived::new(&home, "listens", instructions, LISTENS);
    let (app, id, server) = running(&home, "listens", Some("listens")).await;
    let kernel = server.start_unheard("listens", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    let cell = page.send("import time; print('at work'); time.sleep(300)").await;
    page.until_text("at work", &cell).await;
    let (status, answer) = server.post(&format!("/api/kernels/{kernel}/interrupt"), &json!({})).await;
    assert_eq!(status, 204, "{answer}");
    assert_eq!(page.until_idle(&cell).await.error.as_deref(), Some("KeyboardInterrupt"));
    let (status, answer) = server.post(&format!("/api/kernels/{kernel}/restart"), &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(page.run("print(6 * 7)").await.text, "42\n");
    assert_eq!(server.delete(&format!("/api/kernels/{kernel}")).await, 204);
    none_is_left(&id).await;
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

/// The same protocol: the launcher listens on a port of its own for signals to send to the kernel, which is its own
/// process.
pub(crate) const LISTENS: &str = "import json, os, socket, sys, threading\nsys.path.insert(0, '/opt/orchest')\n\
    import orchest_kernel as launcher\nfound = launcher.connection()\npath = launcher.written(found)\n\
    heard = socket.create_server(('0.0.0.0', 0))\n\
    told = {**found, 'comm_port': heard.getsockname()[1]}\n\
    launcher.report(told, os.environ['RESPONSE_ADDRESS'], os.environ['PUBLIC_KEY'])\n\
    def listen():\n    \
        while True:\n        \
            asked = heard.accept()[0]; data = b''\n        \
            while part := asked.recv(1024): data += part\n        \
            asked.close(); request = json.loads(data or b'{}')\n        \
            if 'signum' in request: os.kill(os.getpid(), request['signum'])\n\
    threading.Thread(target=listen, daemon=True).start()\n\
    from ipykernel.kernelapp import IPKernelApp\n\
    IPKernelApp.launch_instance(['-f', path])\n";
