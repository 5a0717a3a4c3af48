//! Terminals in a kernel's container: page, server, gateway, engine.

use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_tests::engine::{docker, in_role};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::terminal::Terminal;

async fn running(home: &Home, name: &str) -> (App, String, Server) {
    let app = home.app().await;
    let folder = home.pipeline(name);
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::copy(folder.join("first.ipynb"), folder.join("sub/second.ipynb")).unwrap();
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    (app, id, server)
}

/// The processes of the launch's one kernel.
fn processes(launch: &str) -> String {
    docker(&["top", &in_role(launch, "kernel")[0], "-eo", "pid,args"]).join("\n")
}

fn gone(launch: &str, process: &str) {
    let since = Instant::now();
    while processes(launch).contains(process) {
        assert!(since.elapsed() < Duration::from_secs(15), "{process} runs on:\n{}", processes(launch));
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_in_a_kernel_has_the_kernels_packages_and_folder_and_no_token() {
    let home = Home::new();
    let (app, id, server) = running(&home, "terminal").await;
    let mut kernel = server.start("python_docker", "sub/second.ipynb").await.unwrap();
    kernel.execute("open('/tmp/of-the-kernel', 'w').write('here')").await;
    kernel.execute("%pip install -q text-unidecode").await;
    let mut terminal = Terminal::in_kernel(&server, &kernel.id).await.unwrap();
    assert_eq!(terminal.run("pwd").await, "/notebooks/sub\n");
    assert_eq!(terminal.run("cat /tmp/of-the-kernel; echo").await, "here\n");
    assert_eq!(terminal.run("python -c 'import numpy, text_unidecode; print(numpy.arange(3).sum())'").await, "3\n");
    assert_eq!(terminal.run("echo $TERM $0 'ü 👩🏽‍🔬'").await, "xterm-256color bash ü 👩🏽‍🔬\n");
    let user = terminal.run("id -u; umask").await;
    let of_kernel = kernel.execute("!id -u; umask").await.text;
    assert_eq!(user, of_kernel.replace('\r', ""));
    terminal.resize(33, 111).await;
    assert_eq!(terminal.run("sleep 0.3; stty size").await, "33 111\n");
    terminal.resize(20, 70).await;
    assert_eq!(terminal.run("sleep 0.3; stty size").await, "20 70\n");
    assert_eq!(terminal.run("seq 1 20000").await.lines().count(), 20_000);

    let server_env =
        docker(&["inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", &format!("orchest-{id}-server")]);
    let env = terminal.run("env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'").await;
    assert!(env.contains("KERNEL_ID="), "{env}");
    for token in server_env.iter().filter(|line| line.contains("TOKEN=")).filter_map(|line| line.split_once('=')) {
        assert!(token.1.len() > 40 && !env.contains(token.1), "{} is there", token.0);
    }
    // A terminal of the server has no process of this launch either.
    let of_server = docker(&["top", &format!("orchest-{id}-server"), "-eo", "pid,args"]);
    assert_eq!(of_server.len(), 2, "{of_server:?}");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_in_a_kernel_ends_with_its_terminal_and_a_page_can_reconnect() {
    let home = Home::new();
    let (app, id, server) = running(&home, "ends").await;
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let mut terminal = Terminal::in_kernel(&server, &kernel.id).await.unwrap();
    terminal.run("kept=41; sleep 3001 & (trap '' HUP TERM; sleep 3002) & true").await;
    let name = terminal.name.clone();
    drop(terminal);
    let mut again = Terminal::at(&server, &name).await;
    again.type_in("echo kept-$((kept + 1))\r").await;
    again.until("kept-42").await;
    again.type_in("sleep 3003\r").await;
    again.until("sleep 3003").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(["sleep 3001", "sleep 3002", "sleep 3003"].iter().all(|one| processes(&id).contains(one)));
    again.type_in("\u{3}").await;
    again.type_in("echo st''atus $?\r").await;
    again.until("status 130").await;
    assert_eq!(server.delete(&format!("/api/terminals/{name}")).await, 204);
    again.closed().await;
    for process in ["sleep 3001", "sleep 3002", "bash"] {
        gone(&id, process);
    }
    assert_eq!(server.get(&format!("/api/terminals/{name}")).await.0, 404);

    let mut left = Terminal::in_kernel(&server, &kernel.id).await.unwrap();
    left.run("true").await;
    left.type_in("exit 3\r").await;
    left.closed().await;
    assert_eq!(server.get("/api/terminals").await.1, serde_json::json!([]));
    assert_eq!(kernel.execute("print(1)").await.text, "1\n");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_says_why_it_ends_if_its_kernel_restarts_dies_or_is_shut_down() {
    let home = Home::new();
    let (app, id, server) = running(&home, "why").await;
    let kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let mut terminal = Terminal::in_kernel(&server, &kernel.id).await.unwrap();
    terminal.run("true").await;
    let mut kernel = kernel.restart().await;
    terminal.until("The kernel was restarted").await;
    terminal.type_in("x").await;
    terminal.closed().await;

    let mut terminal = Terminal::in_kernel(&server, &kernel.id).await.unwrap();
    terminal.run("true").await;
    kernel.send("import os; os._exit(7)").await;
    let said = terminal.until("Press a key").await;
    assert!(said.contains("(exit code 7"), "{said}");
    let name = terminal.name.clone();
    drop(terminal);

    let mut tries = 0;
    let mut terminal = loop {
        match Terminal::in_kernel(&server, &kernel.id).await {
            Ok(terminal) => break terminal,
            Err(_) if tries < 40 => tries += 1,
            Err(error) => panic!("{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    };
    assert!(terminal.name != name || server.get("/api/terminals").await.1.as_array().unwrap().len() == 1);
    terminal.run("true").await;
    server.delete(&format!("/api/kernels/{}", kernel.id)).await;
    terminal.until("The kernel was shut down").await;
    let (status, _) = Terminal::in_kernel(&server, &kernel.id).await.err().unwrap();
    assert_eq!(status, 404);
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_in_a_kernel_of_another_launch_or_without_a_token_is_refused() {
    let home = Home::new();
    let app = home.app().await;
    let (first, second) = (home.pipeline("mine"), home.pipeline("theirs"));
    let (one, other) = tokio::join!(launched(&app, &first, None), launched(&app, &second, None));
    let (one, other) = (one.unwrap(), other.unwrap());
    let server = Server::at(&app.url(&one).await.unwrap());
    let others = Server::at(&app.url(&other).await.unwrap());
    let mut kernel = others.start("python_docker", "first.ipynb").await.unwrap();
    let refused =
        async |server: &Server, kernel: &str| Terminal::in_kernel(server, kernel).await.err().map(|error| error.0);
    assert_eq!(refused(&server, &kernel.id).await, Some(404));
    assert_eq!(refused(&server, "../kernels").await, Some(400));
    assert_eq!(refused(&Server::new(&others.base, "wrong"), &kernel.id).await, Some(403));
    // The gateway, asked directly from a terminal of the server, which has no token.
    let ask = format!(
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('/run/orchest-gateway/socket')\n\
         s.sendall(b'GET /api/kernels/{}/terminal HTTP/1.0\\r\\n\\r\\n')\nprint(s.recv(4096).split()[1].decode())",
        kernel.id
    );
    let server = format!("orchest-{other}-server");
    assert_eq!(docker(&["exec", &server, "python", "-I", "-c", &ask]), ["401"]);
    assert_eq!(kernel.execute("import os; print(os.path.exists('/run/orchest-gateway'))").await.text, "False\n");
    stopped(&app, &one).await;
    stopped(&app, &other).await;
}
