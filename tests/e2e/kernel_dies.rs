//! A process is killed under an open notebook: the person gets a working kernel without pressing anything.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use orchest_core::App;
use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launched, stopped};

use crate::browser::Browser;
use crate::screen;

/// A person waits some seconds for this, but not a minute.
const LIVE_WITHIN: Duration = Duration::from_secs(10);

/// A notebook that is open in the browser. A cell's output is saved, and the kernel's memory has the variable `kept`.
struct Opened {
    home: Home,
    app: App,
    id: String,
    notebook: PathBuf,
    saved: String,
    browser: Browser,
}

async fn opened(name: &str) -> Opened {
    let home = Home::new();
    let folder = home.pipeline(name);
    let app = home.app().await;
    app.attend();
    let id = launched(&app, &folder, None).await.unwrap();
    let browser = Browser::open().await;
    browser.visit(&app.url(&id).await.unwrap().replace("/lab?", "/lab/tree/first.ipynb?")).await;
    assert_eq!(browser.run_first_cell().await, "42");
    browser.run_in_next_cell("kept = 1; print('before')").await;
    browser.see_output("before").await;
    browser.save().await;
    let notebook = folder.join("first.ipynb");
    let saved = std::fs::read_to_string(&notebook).unwrap();
    assert!(saved.contains("before"), "{saved}");
    Opened { home, app, id, notebook, saved, browser }
}

impl Opened {
    /// Kills `container` while a cell runs; answers with the time of the kill.
    async fn killed_at_work(&self, code: &str, container: &str) -> Instant {
        self.browser.run_in_next_cell(code).await;
        self.browser.see_output("asleep").await;
        docker(&["kill", "-s", "KILL", container]);
        Instant::now()
    }

    /// The person goes on in the same page, and everything saved is there.
    async fn goes_on(self, memory: Memory) {
        let saved = std::fs::read_to_string(&self.notebook).unwrap();
        assert_eq!(saved, self.saved, "the saved notebook is intact");
        self.browser.run_in_next_cell("print('after', 'kept' in dir())").await;
        self.browser.see_output(if memory == Memory::Kept { "after True" } else { "after False" }).await;
        self.browser.save().await;
        self.browser.close().await;
        stopped(&self.app, &self.id).await;
        assert_eq!(left_of(&self.id), Vec::<String>::new());
        drop(self.home);
    }
}

/// Whether the kernel still has its variables.
#[derive(PartialEq)]
enum Memory {
    Kept,
    Lost,
}

const SLEEPS: &str = "import time; print('asleep'); time.sleep(5); print('awake')";

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_killed_while_a_cell_runs_is_replaced_within_seconds() {
    let _turn = screen::turn().await;
    let open = opened("kernel dies").await;
    let before = in_role(&open.id, "kernel");
    assert_eq!(before.len(), 1);
    let died = open.killed_at_work("import time; print('asleep'); time.sleep(600)", &before[0]).await;
    open.browser.see_kernel_idle().await;
    open.browser.shot("kernel-died").await;
    assert!(died.elapsed() < LIVE_WITHIN, "{:?}", died.elapsed());
    assert_ne!(in_role(&open.id, "kernel"), before);
    open.browser.dismiss_dialog().await;
    open.goes_on(Memory::Lost).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_killed_under_an_open_notebook_costs_the_kernels_variables() {
    let _turn = screen::turn().await;
    let open = opened("gateway dies").await;
    let died = open.killed_at_work(SLEEPS, &format!("orchest-{}-gateway", open.id)).await;
    // The page reports it as a restart of the notebook's kernel.
    open.browser.see_kernel_idle().await;
    open.browser.shot("gateway-died").await;
    assert!(died.elapsed() < LIVE_WITHIN, "{:?}", died.elapsed());
    open.browser.dismiss_dialog().await;
    open.goes_on(Memory::Lost).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_under_an_open_notebook_costs_nothing() {
    let _turn = screen::turn().await;
    let open = opened("server dies").await;
    let died = open.killed_at_work(SLEEPS, &format!("orchest-{}-server", open.id)).await;
    // The cell ends while the page reconnects.
    open.browser.see_output("awake").await;
    open.browser.see_kernel_idle().await;
    open.browser.shot("server-died").await;
    // JupyterLab tries to reach a server again after growing, random pauses.
    assert!(died.elapsed() < LIVE_WITHIN * 6, "{:?}", died.elapsed());
    open.goes_on(Memory::Kept).await;
}
