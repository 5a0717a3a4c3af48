//! An engine that listens on a port, but on no socket that a gateway could use.

use orchest_core::App;
use orchest_core::contract::snapshot::EngineState;
use orchest_tests::home::Home;
use orchest_tests::private::{Own, PrivateEngine, here};

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_without_a_local_socket_is_refused_with_its_remedy() {
    if !here("port_alone::an_engine_without_a_local_socket_is_refused_with_its_remedy", Own::Networks) {
        return;
    }
    let home = Home::new();
    let engine = PrivateEngine::start_in(home.path(), &["--host", "tcp://127.0.0.1:23750"]);
    let mut around = engine.around();
    around.env.insert("DOCKER_HOST".to_owned(), "tcp://127.0.0.1:23750".to_owned());
    let app = App::start_amid(home.places(), around);
    let snapshot = app.settled().await;
    let EngineState::Unavailable { failure, .. } = &snapshot.engine else { panic!("{:?}", snapshot.engine) };
    assert!(
        failure.message.contains("none is known of the engine at tcp://127.0.0.1:23750, which DOCKER_HOST names"),
        "{failure:?}"
    );
    assert!(failure.hint.contains("-H unix:///var/run/docker.sock"), "{failure:?}");
}
