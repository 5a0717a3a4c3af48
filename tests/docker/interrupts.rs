//! An interrupt reaches every process that a cell has started, as it does without a container. Restart and shut-down
//! do, too.

use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::page::{Page, Seen};
use serde_json::json;

/// How long the children sleep: far longer than any wait here.
const AT_ONCE: Duration = Duration::from_secs(8);

async fn running(home: &Home, name: &str) -> (App, String, Server) {
    let app = home.app().await;
    let id = launched(&app, &home.pipeline(name), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    (app, id, server)
}

fn container(kernel: &str) -> String {
    docker(&["ps", "-q", "--filter", &format!("label=kernel_id={kernel}")]).concat()
}

/// How many processes in the kernel's container are `sleep`.
fn asleep(kernel: &str) -> usize {
    let container = container(kernel);
    if container.is_empty() {
        return 0;
    }
    docker(&["top", &container, "-eo", "pid,args"]).iter().filter(|line| line.contains("sleep ")).count()
}

/// Waits until there are this many.
async fn until_asleep(kernel: &str, wanted: bool) {
    let began = Instant::now();
    while (asleep(kernel) > 0) != wanted {
        assert!(began.elapsed() < AT_ONCE, "asleep: {}", asleep(kernel));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Runs a cell, interrupts it while its child sleeps, and answers with what the page then showed.
async fn interrupted(server: &Server, page: &mut Page, kernel: &str, code: &str) -> Seen {
    let cell = page.send(code).await;
    until_asleep(kernel, true).await;
    let began = Instant::now();
    let (status, answer) = server.post(&format!("/api/kernels/{kernel}/interrupt"), &json!({})).await;
    assert_eq!(status, 204, "{answer}");
    let seen = page.until_idle(&cell).await;
    assert!(began.elapsed() < AT_ONCE, "{code}: {:?}", began.elapsed());
    until_asleep(kernel, false).await;
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn children_of_a_python_cell_are_interrupted_with_it() {
    let home = Home::new();
    let (app, id, server) = running(&home, "children").await;
    let kernel = server.start_unheard("python_docker", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    page.run("import os, subprocess, time").await;
    // How a plain server with a local kernel ends each of them: ipykernel 6.31, IPython 9.18.
    let table = [
        ("subprocess.Popen(['sleep', '300']).wait()", Some("KeyboardInterrupt"), ""),
        ("subprocess.run('sleep 300; echo no', shell=True)", Some("KeyboardInterrupt"), ""),
        ("%%bash\nsleep 300", Some("CalledProcessError"), "Process was interrupted"),
        ("!sleep 300", None, ""),
        ("!sh -c 'sleep 300 & sleep 300; wait'", None, ""),
        ("os.system('sleep 300')", None, ""),
    ];
    for (code, error, text) in table {
        let seen = interrupted(&server, &mut page, &kernel, code).await;
        assert_eq!(seen.error.as_deref(), error, "{code}: {seen:?}");
        assert!(seen.text.contains(text), "{code}: {seen:?}");
    }
    assert_eq!(page.run("print(6 * 7)").await.text, "42\n", "the kernel lives and has kept its variables");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn children_of_an_r_cell_are_interrupted_with_it() {
    let home = Home::new();
    let (app, id, server) = running(&home, "children of r").await;
    let kernel = server.start_unheard("r_docker", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    for code in ["system('sleep 40')", "system('sleep 40', intern = TRUE)", "system2('sleep', '40')"] {
        interrupted(&server, &mut page, &kernel, code).await;
    }
    assert_eq!(page.run("cat(6 * 7)").await.text, "42");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_and_shut_down_end_children_even_in_their_own_sessions() {
    let home = Home::new();
    let (app, id, server) = running(&home, "restarted").await;
    for (kernelspec, leaves, works) in [
        (
            "python_docker",
            "import subprocess\nfor apart in (True, False): subprocess.Popen(['sleep', '300'], start_new_session=apart)",
            "print(6 * 7)",
        ),
        ("r_docker", "system('setsid sleep 300 &'); system('sleep 300', wait = FALSE)", "cat(6 * 7, '\n', sep = '')"),
    ] {
        let kernel = server.start_unheard(kernelspec, &format!("{kernelspec}.ipynb")).await.unwrap();
        let mut page = Page::open(&server, &kernel).await;
        page.run(leaves).await;
        until_asleep(&kernel, true).await;
        let before = container(&kernel);
        let (status, model) = server.post(&format!("/api/kernels/{kernel}/restart"), &json!({})).await;
        assert_eq!(status, 200, "{model}");
        assert_ne!(container(&kernel), before);
        assert_eq!(asleep(&kernel), 0, "{kernelspec}");
        let mut page = Page::open(&server, &kernel).await;
        assert_eq!(page.run(works).await.text, "42\n");
        page.run(leaves).await;
        ended_by_hand(&server, &kernel).await;
    }
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

/// Shuts a kernel down, and waits until its container is gone.
async fn ended_by_hand(server: &Server, kernel: &str) {
    assert_eq!(server.delete(&format!("/api/kernels/{kernel}")).await, 204);
    let began = Instant::now();
    while !container(kernel).is_empty() {
        assert!(began.elapsed() < AT_ONCE, "the container still runs");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_finishes_writing_before_a_restart_or_shut_down_ends_it() {
    let home = Home::new();
    let (app, id, server) = running(&home, "writes").await;
    let kernel = server.start_unheard("python_docker", "first.ipynb").await.unwrap();
    let at_exit = "import atexit; _ = atexit.register(lambda: open('/notebooks/left.txt', 'a').write('x'))";
    Page::open(&server, &kernel).await.run(at_exit).await;
    let (status, model) = server.post(&format!("/api/kernels/{kernel}/restart"), &json!({})).await;
    assert_eq!(status, 200, "{model}");
    let written = || std::fs::read_to_string(home.path().join("folders/writes/left.txt")).unwrap_or_default();
    assert_eq!(written(), "x");
    Page::open(&server, &kernel).await.run(at_exit).await;
    ended_by_hand(&server, &kernel).await;
    assert_eq!(written(), "xx");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_of_a_paused_kernel_is_an_error() {
    let home = Home::new();
    let (app, id, server) = running(&home, "nobody").await;
    let kernel = server.start_unheard("python_docker", "first.ipynb").await.unwrap();
    // The engine sends no signal to a process of a paused container.
    docker(&["pause", &container(&kernel)]);
    let (status, answer) = server.post(&format!("/api/kernels/{kernel}/interrupt"), &json!({})).await;
    docker(&["unpause", &container(&kernel)]);
    assert_eq!(status, 409, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("not interrupted"), "{answer}");
    stopped(&app, &id).await;
}
