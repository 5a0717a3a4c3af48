//! The window, used as a person uses it: by the visible elements.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use thirtyfour::prelude::*;

use crate::driver::Driver;
use crate::person::Person;
use crate::screen;

/// A launch takes a second or two if its images are there; a slow machine gets more time.
const PATIENCE: Duration = Duration::from_secs(60);

/// The window's title.
pub const TITLE: &str = "Orchest Desktop";

pub struct Window {
    driver: WebDriver,
    // Ends after the session.
    _program: Driver,
}

impl Window {
    /// Starts the program as this person.
    pub async fn open(person: &Person) -> Window {
        Window::open_with(person, |_| ()).await
    }

    /// The same, with this environment.
    pub async fn open_with(person: &Person, around: impl FnOnce(&mut Command)) -> Window {
        Window::open_of(person, &person.program(), around).await
    }

    /// The same, of another copy of the program.
    pub async fn open_of(person: &Person, copy: &Path, around: impl FnOnce(&mut Command)) -> Window {
        let mut command = person.command("WebKitWebDriver".as_ref());
        command.env("TAURI_WEBVIEW_AUTOMATION", "true");
        around(&mut command);
        let program = Driver::start(command);
        let mut wanted = Capabilities::new();
        let browser = serde_json::json!({ "binary": copy, "args": [] });
        wanted.set("webkitgtk:browserOptions", browser).unwrap();
        let window = Window { driver: program.session(wanted).await, _program: program };
        window.see("engine-state").await;
        window
    }

    /// Ends the program and its session.
    pub async fn close(self) {
        self.driver.quit().await.unwrap();
    }

    /// The element with this test id, once it is there.
    pub async fn see(&self, testid: &str) -> WebElement {
        self.see_with(testid, "").await
    }

    /// The same, with attributes, for example `[data-state=running]`.
    pub async fn see_with(&self, testid: &str, attributes: &str) -> WebElement {
        let css = format!("[data-testid='{testid}']{attributes}");
        match self.driver.query(By::Css(&*css)).wait(PATIENCE, Duration::from_millis(20)).first().await {
            Ok(element) => element,
            Err(error) => panic!("{css} is not seen: {error}\n{}", self.text().await),
        }
    }

    /// How many elements have this test id and these attributes now.
    pub async fn count(&self, testid: &str, attributes: &str) -> usize {
        let css = format!("[data-testid='{testid}']{attributes}");
        // Counted in the page: elements that are fetched one by one may be gone by then.
        let script = "return document.querySelectorAll(arguments[0]).length";
        let found = self.driver.execute(script, vec![css.into()]).await.unwrap();
        found.json().as_u64().unwrap() as usize
    }

    /// Clicks on it once it exists and is enabled.
    pub async fn click(&self, testid: &str, attributes: &str) {
        let element = self.see_with(testid, &format!("{attributes}:not(:disabled)")).await;
        if let Err(error) = element.click().await {
            panic!("{testid} cannot be clicked: {error}");
        }
    }

    /// All visible text.
    pub async fn text(&self) -> String {
        match self.driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// The result of a script in the page.
    pub async fn script(&self, script: &str) -> serde_json::Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// The id of the pipeline whose folder has this name, once it is in the list.
    pub async fn pipeline(&self, name: &str) -> String {
        // The driver gives no text for a row that is not drawn.
        let script = "return [...document.querySelectorAll('[data-testid=pipeline-row]')]\
                      .find((row) => row.querySelector('.name')?.textContent === arguments[0])?.dataset.id ?? null";
        let began = Instant::now();
        loop {
            let found = self.driver.execute(script, vec![name.into()]).await.unwrap();
            if let Some(id) = found.json().as_str() {
                return id.to_owned();
            }
            assert!(began.elapsed() < PATIENCE, "{name} is not in the list\n{}", self.text().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes a screenshot.
    pub async fn shot(&self, name: &str) {
        // Animations take 180 ms, and a new window is painted some time after it opens.
        tokio::time::sleep(Duration::from_millis(250)).await;
        self.script("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))").await;
        // Without a graphics card, WebKit's own screenshot waits for a change that may never come.
        screen::keep(TITLE, name);
    }
}
