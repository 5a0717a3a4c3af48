//! An engine behind a port of this machine: `DOCKER_HOST=tcp://127.0.0.1:…`.

use std::path::Path;

use orchest_core::App;
use orchest_core::contract::snapshot::{EngineState, LaunchState};
use orchest_core::engine::{self, ProcessEnv};
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launch_of, launched, stopped};
use orchest_tests::jupyter::Server;
use tokio::net::{TcpListener, UnixStream};
use tokio::task::JoinHandle;

/// A port that leads to the engine's socket.
async fn port_to(socket: &Path) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (port, socket) = (listener.local_addr().unwrap().port(), socket.to_owned());
    let served = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let socket = socket.clone();
            tokio::spawn(async move {
                let mut engine = UnixStream::connect(socket).await?;
                tokio::io::copy_bidirectional(&mut stream, &mut engine).await
            });
        }
    });
    (port, served)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_behind_a_port_of_this_machine_can_launch() {
    let found = engine::find(&ProcessEnv::of_this_process()).await.unwrap();
    let socket = found.facts().endpoint.strip_prefix("unix://").unwrap().to_owned();
    let (port, served) = port_to(Path::new(&socket)).await;
    let home = Home::new();
    let mut around = ProcessEnv::of_this_process();
    around.env.insert("DOCKER_HOST".to_owned(), format!("tcp://localhost:{port}"));
    let app = App::start_amid(home.places(), around.clone());
    let snapshot = app.settled().await;
    let EngineState::Ready { endpoint, .. } = &snapshot.engine else { panic!("{:?}", snapshot.engine) };
    assert_eq!(*endpoint, format!("tcp://localhost:{port}"));
    let facts = engine::find(&around).await.unwrap().facts().clone();
    assert_eq!(
        (facts.socket_mount, facts.socket_gid),
        (socket, found.facts().socket_gid),
        "the gateway's way to the engine"
    );

    // The gateway starts kernels by the socket of the same engine.
    let id = launched(&app, &home.pipeline("behind a port"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text.trim(), "42");
    let state = launch_of(&app.snapshots().borrow(), &id).map(|launch| launch.state);
    assert_eq!(state, Some(LaunchState::Running));
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    served.abort();
}
