//! JupyterLab in Chromium.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use thirtyfour::prelude::*;

use crate::driver::Driver;
use crate::screen;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub struct Browser {
    pub(crate) driver: WebDriver,
    _program: Driver,
    profile: TempDir,
}

impl Browser {
    /// A browser with a new profile.
    pub async fn open() -> Browser {
        let profile = tempfile::Builder::new().prefix("orchest-test-browser-").tempdir().unwrap();
        let program = Driver::start(Command::new("chromedriver"));
        let mut wanted = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--window-size=1400,900",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            wanted.add_arg(argument).unwrap();
        }
        if rustix::process::getuid().is_root() {
            // Chromium refuses to run as root in its sandbox.
            wanted.add_arg("--no-sandbox").unwrap();
        }
        let found = ["chromium", "chromium-browser", "google-chrome"].map(|name| Path::new("/usr/bin").join(name));
        if let Some(binary) = found.iter().find(|path| path.exists()) {
            wanted.set_binary(binary.to_str().unwrap()).unwrap();
        }
        Browser { driver: program.session(wanted.into()).await, _program: program, profile }
    }

    /// Visits an address and waits for JupyterLab.
    pub async fn visit(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
        self.see(".jp-LabShell").await;
    }

    /// Visits an address that must not lead to JupyterLab; answers with where it led.
    pub async fn visit_refused(&self, url: &str) -> String {
        // An address without a listener is an error.
        let _ = self.driver.goto(url).await;
        self.driver.current_url().await.unwrap().to_string()
    }

    /// Runs the first cell of the open notebook and answers with its output.
    pub async fn run_first_cell(&self) -> String {
        self.see_kernel_idle().await;
        let cell = self.see(".jp-NotebookPanel .jp-CodeCell .cm-content").await;
        cell.click().await.unwrap();
        let chain = self.driver.action_chain();
        chain.key_down(Key::Shift).send_keys(Key::Enter).key_up(Key::Shift).perform().await.unwrap();
        self.see(".jp-NotebookPanel .jp-OutputArea-output pre").await.text().await.unwrap()
    }

    /// Fills the empty cell below the last one that ran, and runs it.
    pub async fn run_in_next_cell(&self, code: &str) {
        let keys = self.driver.action_chain().send_keys(code);
        keys.key_down(Key::Shift).send_keys(Key::Enter).key_up(Key::Shift).perform().await.unwrap();
    }

    /// Closes a dialog of JupyterLab with one button, and waits until it is gone.
    pub async fn dismiss_dialog(&self) {
        self.see(".jp-Dialog .jp-mod-accept").await.click().await.unwrap();
        let dialog = self.driver.query(By::Css(".jp-Dialog"));
        dialog.wait(PATIENCE, Duration::from_millis(100)).not_exists().await.unwrap();
    }

    /// Waits for a cell's output with this line in it.
    pub async fn see_output(&self, line: &str) {
        let output = format!("//*[contains(@class, 'jp-OutputArea-output')]//pre[contains(., '{line}')]");
        self.see_that(By::XPath(&output)).await;
    }

    /// Waits until the kernel of the open notebook is alive and idle.
    pub async fn see_kernel_idle(&self) {
        // The sign beside the kernel's name shows `idle` even before there is a kernel.
        self.see_that(By::XPath("//*[@id='jp-main-statusbar']//*[contains(text(), '| Idle')]")).await;
    }

    /// Saves the open notebook, and waits until it is saved.
    pub async fn save(&self) {
        let keys = self.driver.action_chain();
        keys.key_down(Key::Control).send_keys("s").key_up(Key::Control).perform().await.unwrap();
        self.see(".lm-DockPanel-tabBar .lm-mod-current:not(.jp-mod-dirty)").await;
    }

    /// Ends the browser.
    pub async fn close(self) {
        self.driver.quit().await.unwrap();
    }

    /// Ends the browser, and answers with everything that its profile keeps.
    pub async fn leave(self) -> TempDir {
        self.driver.quit().await.unwrap();
        self.profile
    }

    /// Takes a screenshot.
    pub async fn shot(&self, name: &str) {
        self.driver.screenshot(&screen::shot(name)).await.unwrap();
    }

    pub(crate) async fn see(&self, css: &str) -> WebElement {
        self.see_that(By::Css(css)).await
    }

    pub(crate) async fn see_that(&self, what: By) -> WebElement {
        let query = self.driver.query(what.clone()).and_displayed().ignore_errors(true);
        match query.wait(PATIENCE, Duration::from_millis(100)).first().await {
            Ok(element) => element,
            Err(error) => {
                self.shot("browser-failed").await;
                panic!("{what} is not seen: {error}");
            }
        }
    }
}
