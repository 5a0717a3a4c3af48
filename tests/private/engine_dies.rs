//! The engine itself ends while a cell runs, and comes back: a real engine of this test.

use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_core::contract::snapshot::{EngineState, LaunchState};
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::private::{Own, PrivateEngine, here};
use rustix::process::Signal;

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_ending_while_a_cell_runs_costs_the_kernels_and_nothing_saved() {
    const TEST: &str = "engine_dies::an_engine_ending_while_a_cell_runs_costs_the_kernels_and_nothing_saved";
    if !here(TEST, Own::Networks) {
        return;
    }
    let home = Home::new();
    let mut engine = PrivateEngine::start_in(home.path(), &[]);
    engine.take_images();
    let app = App::start_amid(home.places(), engine.around());
    app.settled().await;
    app.attend();
    let folder = home.pipeline("engine dies");
    let id = launched(&app, &folder, None).await.unwrap();
    let url = app.url(&id).await.unwrap();

    for (signal, what) in [(Signal::KILL, "killed"), (Signal::TERM, "asked to end, as its service is")] {
        let server = Server::at(&url);
        let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
        kernel.execute(&format!("open('{signal:?}.txt', 'w').write('saved')")).await;
        kernel.begin("import time; time.sleep(600)").await;

        let ended = Instant::now();
        engine.end(signal);
        until(&app, "its loss", |snapshot| {
            let lost = matches!(snapshot.engine, EngineState::Unavailable { stale: true, .. });
            (lost && launch_of(snapshot, &id).is_some()).then_some(())
        })
        .await;
        assert!(ended.elapsed() < Duration::from_secs(15), "{what}: reported after {:?}", ended.elapsed());
        let saved = std::fs::read_to_string(folder.join(format!("{signal:?}.txt"))).unwrap();
        assert_eq!(saved, "saved", "{what}");

        engine.start();
        let back = Instant::now();
        until(&app, "the launch", |snapshot| {
            let ready = matches!(snapshot.engine, EngineState::Ready { .. });
            (ready && launch_of(snapshot, &id)?.state == LaunchState::Running).then_some(())
        })
        .await;
        assert!(back.elapsed() < Duration::from_secs(20), "{what}: whole again after {:?}", back.elapsed());
        assert_eq!(app.url(&id).await.unwrap(), url, "{what}: the page's address and token are unchanged");
        let told: Vec<String> = app.snapshots().borrow().notices.iter().map(|notice| notice.message.clone()).collect();
        assert!(told.iter().any(|told| told.contains("started again")), "{what}: {told:?}");
        let mut kernel = server.start("python_docker", "second.ipynb").await.unwrap();
        let read = kernel.execute(&format!("print(open('{signal:?}.txt').read())")).await;
        assert_eq!(read.text, "saved\n", "{what}");
    }
    stopped(&app, &id).await;
    let filter = format!("label=org.orchest.launch={id}");
    assert_eq!(engine.docker(&["ps", "-aq", "--filter", &filter]), Vec::<String>::new());
    assert_eq!(engine.docker(&["network", "ls", "-q", "--filter", &filter]), Vec::<String>::new());
}
