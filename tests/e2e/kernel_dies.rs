//! A part that is killed under an open notebook: the person gets a live kernel without pressing anything.

use std::time::{Duration, Instant};

use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launched, stopped};

use crate::browser::Browser;
use crate::screen;

/// Seconds are what a person waits for; a minute is not.
const LIVE_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_that_is_killed_while_a_cell_runs_is_a_live_one_within_seconds() {
    let _turn = screen::turn().await;
    let home = Home::new();
    let folder = home.pipeline("kernel dies");
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let browser = Browser::open().await;
    browser.visit(&app.url(&id).await.unwrap().replace("/lab?", "/lab/tree/first.ipynb?")).await;
    assert_eq!(browser.run_first_cell().await, "42");

    browser.run_in_next_cell("kept = 1; print('before')").await;
    browser.see_output("before").await;
    browser.save().await;
    let saved = std::fs::read_to_string(folder.join("first.ipynb")).unwrap();
    assert!(saved.contains("before"), "{saved}");

    browser.run_in_next_cell("import time; print('asleep'); time.sleep(600)").await;
    browser.see_output("asleep").await;
    let before = in_role(&id, "kernel");
    assert_eq!(before.len(), 1);
    docker(&["kill", "-s", "KILL", &before[0]]);
    let died = Instant::now();
    browser.see_kernel_idle().await;
    browser.shot("kernel-died").await;
    let live = died.elapsed();
    assert!(live < LIVE_WITHIN, "{live:?}");
    assert_ne!(in_role(&id, "kernel"), before);
    assert_eq!(std::fs::read_to_string(folder.join("first.ipynb")).unwrap(), saved, "what was saved is intact");
    browser.dismiss_dialog().await;
    browser.run_in_next_cell("print('after', 'kept' in dir())").await;
    browser.see_output("after False").await;
    browser.close().await;
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

/// What a part's death costs an open notebook: `lost` says whether the kernel's memory is gone.
async fn a_part_dies(role: &str, lost: bool) {
    let _turn = screen::turn().await;
    let home = Home::new();
    let folder = home.pipeline(&format!("{role} dies"));
    let app = home.app().await;
    app.attend();
    let id = launched(&app, &folder, None).await.unwrap();
    let browser = Browser::open().await;
    browser.visit(&app.url(&id).await.unwrap().replace("/lab?", "/lab/tree/first.ipynb?")).await;
    assert_eq!(browser.run_first_cell().await, "42");
    browser.run_in_next_cell("kept = 1; print('before')").await;
    browser.see_output("before").await;
    browser.save().await;
    let saved = std::fs::read_to_string(folder.join("first.ipynb")).unwrap();
    assert!(saved.contains("before"), "{saved}");

    browser.run_in_next_cell("import time; print('asleep'); time.sleep(5); print('awake')").await;
    browser.see_output("asleep").await;
    docker(&["kill", "-s", "KILL", &format!("orchest-{id}-{role}")]);
    let died = Instant::now();
    if lost {
        // It is told as what it is for the notebook: its kernel restarted.
        browser.see_kernel_idle().await;
        browser.dismiss_dialog().await;
    } else {
        // The cell ends while the page finds its way back.
        browser.see_output("awake").await;
        browser.see_kernel_idle().await;
    }
    // JupyterLab looks for a server that is away after pauses that grow, at random.
    let within = if lost { LIVE_WITHIN } else { LIVE_WITHIN * 6 };
    assert!(died.elapsed() < within, "{:?}", died.elapsed());
    browser.shot(&format!("{role}-died")).await;
    assert_eq!(std::fs::read_to_string(folder.join("first.ipynb")).unwrap(), saved, "what was saved is intact");
    browser.run_in_next_cell("print('after', 'kept' in dir())").await;
    browser.see_output(if lost { "after False" } else { "after True" }).await;
    browser.save().await;
    browser.close().await;
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_under_an_open_notebook_costs_its_kernels_memory() {
    a_part_dies("gateway", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_under_an_open_notebook_costs_nothing() {
    a_part_dies("server", false).await;
}
