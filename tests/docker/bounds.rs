//! A fork bomb, and endless output.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

fn chosen(home: &Home, settings: &str) {
    let file = home.places().settings_file();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, settings).unwrap();
}

/// What `orchest logs` prints, once it has these words.
fn logs_with(home: &Home, folder: &Path, words: &str) -> String {
    let began = Instant::now();
    loop {
        let output = home.orchest(&["logs", folder.to_str().unwrap()]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if said.contains(words) {
            return said;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{words:?} is not in {said}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_container_has_default_limits_for_processes_and_log() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("bounded"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let _kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    for role in ["gateway", "server", "kernel"] {
        let format = "{{.HostConfig.PidsLimit}} {{json .HostConfig.LogConfig.Config}}";
        let found = docker(&["inspect", "--format", format, &in_role(&id, role)[0]]).concat();
        assert_eq!(found, r#"4096 {"max-file":"2","max-size":"16777216"}"#, "{role}");
    }
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_is_limited_reported_and_interrupted_and_other_kernels_go_on() {
    let home = Home::new();
    chosen(&home, r#"{"limits": {"kernel": {"processes": 100}}}"#);
    let app = home.app().await;
    let folder = home.pipeline("bomb");
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut bomb = server.start("python_docker", "first.ipynb").await.unwrap();
    let mut other = server.start("python_docker", "second.ipynb").await.unwrap();

    let cell = r#"
import os, time
if not os.fork():
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(1)
print("lit")
time.sleep(600)
"#;
    let sent = bomb.begin(cell).await;
    let said = logs_with(&home, &folder, "limit of 100 processes and threads");
    assert!(said.contains("`processes`"), "{said}");
    assert_eq!(other.execute("print(6 * 7)").await.text, "42\n", "the other kernel");
    assert_eq!(server.get("/api/contents").await.0, 200, "the server");

    bomb.interrupt().await;
    let outcome = bomb.outcome(&sent).await;
    assert!(outcome.error.as_ref().is_some_and(|error| error.contains("KeyboardInterrupt")), "{outcome:?}");
    assert_eq!(bomb.execute("print('lives')").await.text, "lives\n");

    // Once more: the launch is stopped while the fork bomb runs.
    bomb.begin(cell).await;
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_out_of_processes_names_the_limit() {
    let home = Home::new();
    chosen(&home, r#"{"limits": {"kernel": {"processes": 100}}}"#);
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("threads"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let cells = [
        "import subprocess\nchildren = []\nwhile True: children.append(subprocess.Popen(['sleep', '600']))",
        "import threading\nwhile True: threading.Thread(target=threading.Event().wait, daemon=True).start()",
    ];
    for cell in cells {
        let sent = kernel.send(cell).await;
        let answers = kernel.answers(&sent).await;
        let told = answers.iter().find(|message| message.kind() == "error").unwrap();
        let traceback = told.content["traceback"].to_string();
        assert!(traceback.contains("limit of 100 processes and threads"), "{traceback}");
    }
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_output_fills_no_disk_and_a_shortened_log_says_so() {
    let home = Home::new();
    chosen(&home, r#"{"limits": {"kernel": {"log_mb": 1}}}"#);
    let app = home.app().await;
    let folder = home.pipeline("flood");
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let whole = home.orchest(&["logs", folder.to_str().unwrap()]).output().unwrap();
    assert!(!String::from_utf8_lossy(&whole.stdout).contains("may be gone"), "nothing is cut yet");

    // Written to the container's own output, as a linked library would, and not to the page.
    let cell = r#"
import time
time.sleep(3)
with open("/proc/1/fd/2", "wb", buffering=0) as log:
    for n in range(60_000):
        log.write(b"%099d\n" % n)
"#;
    assert_eq!(kernel.execute(cell).await.error, None);
    let path = docker(&["inspect", "--format", "{{.LogPath}}", &in_role(&id, "kernel")[0]]).concat();
    if let Ok(files) = fs::read_dir(Path::new(&path).parent().unwrap()) {
        let logs = files.flatten().filter(|file| file.file_name().to_string_lossy().contains("-json.log"));
        let size: u64 = logs.map(|file| file.metadata().unwrap().len()).sum();
        assert!((1 << 18..(1 << 20) + (1 << 16)).contains(&size), "{size} bytes of log");
    }
    let said = logs_with(&home, &folder, "59999");
    assert!(
        said.contains("Older lines may be gone: the engine keeps at most 1 MB"),
        "{}",
        &said[..2000.min(said.len())]
    );
    stopped(&app, &id).await;
}
