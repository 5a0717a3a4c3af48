//! An engine with addresses for only three networks: a real engine of this test.

use orchest_core::App;
use orchest_core::contract::snapshot::LaunchState;
use orchest_tests::home::{Home, launch_of, launched, stopped};
use orchest_tests::private::{Own, PrivateEngine, here};

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_without_a_free_address_fails_with_a_remedy_and_the_others_stay() {
    if !here("addresses::a_launch_without_a_free_address_fails_with_a_remedy_and_the_others_stay", Own::Networks) {
        return;
    }
    let home = Home::new();
    let engine = PrivateEngine::start_in(home.path(), &["--default-address-pool", "base=10.213.0.0/22,size=24"]);
    engine.take_images();
    let app = App::start_amid(home.places(), engine.around());
    app.settled().await;
    // As many launches as the pool of four networks holds, beside the engine's own networks.
    let mut up = Vec::new();
    let failure = loop {
        match launched(&app, &home.pipeline(&format!("launch {}", up.len())), None).await {
            Ok(id) => up.push(id),
            Err(failure) => break failure,
        }
        assert!(up.len() <= 4, "a pool of four has no more");
    };
    assert!(up.len() >= 3, "{failure:?}");
    assert!(failure.message.contains("no free address range") && failure.hint.contains("network prune"), "{failure:?}");
    for id in &up {
        let state = launch_of(&app.snapshots().borrow(), id).map(|launch| launch.state);
        assert_eq!(state, Some(LaunchState::Running), "the others stay");
    }
    // After one is stopped, there is room for another.
    stopped(&app, &up.remove(0)).await;
    let last = home.path().join("folders").join(format!("launch {}", up.len() + 1));
    up.push(launched(&app, &last, None).await.unwrap());
    for id in up {
        stopped(&app, &id).await;
    }
    assert_eq!(engine.docker(&["ps", "-aq"]), Vec::<String>::new());
}
