//! The window, driven as a person drives it: by what is seen in it.

use std::process::Command;
use std::time::{Duration, Instant};

use thirtyfour::prelude::*;

use crate::driver::Driver;
use crate::person::Person;
use crate::screen;

/// A launch with images that are there takes a second or two; a slow machine is forgiven.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands over the window.
pub const TITLE: &str = "Orchest Desktop";

pub struct Window {
    driver: WebDriver,
    // Ends after the session.
    _program: Driver,
}

impl Window {
    /// Starts the program in this person's name.
    pub async fn open(person: &Person) -> Window {
        Window::open_with(person, |_| ()).await
    }

    /// The same, in other surroundings.
    pub async fn open_with(person: &Person, around: impl FnOnce(&mut Command)) -> Window {
        let mut command = person.command("WebKitWebDriver".as_ref());
        command.env("TAURI_WEBVIEW_AUTOMATION", "true");
        around(&mut command);
        let program = Driver::start(command);
        let mut wanted = Capabilities::new();
        let browser = serde_json::json!({ "binary": person.program(), "args": [] });
        wanted.set("webkitgtk:browserOptions", browser).unwrap();
        let window = Window { driver: program.session(wanted).await, _program: program };
        window.see("engine-state").await;
        window
    }

    /// Ends the program with its session.
    pub async fn close(self) {
        self.driver.quit().await.unwrap();
    }

    /// The element with this test id, once it is there.
    pub async fn see(&self, testid: &str) -> WebElement {
        self.see_with(testid, "").await
    }

    /// The same, with attributes: `[data-state=running]`.
    pub async fn see_with(&self, testid: &str, attributes: &str) -> WebElement {
        let css = format!("[data-testid='{testid}']{attributes}");
        match self.driver.query(By::Css(&*css)).wait(PATIENCE, Duration::from_millis(20)).first().await {
            Ok(element) => element,
            Err(error) => panic!("{css} is not seen: {error}\n{}", self.text().await),
        }
    }

    /// How many elements with this test id and these attributes are there now.
    pub async fn count(&self, testid: &str, attributes: &str) -> usize {
        let css = format!("[data-testid='{testid}']{attributes}");
        // Counted in the page: elements that are handed over one by one may be gone by then.
        let script = "return document.querySelectorAll(arguments[0]).length";
        let found = self.driver.execute(script, vec![css.into()]).await.unwrap();
        found.json().as_u64().unwrap() as usize
    }

    /// Clicks on it once it is there and can be pressed.
    pub async fn click(&self, testid: &str, attributes: &str) {
        let element = self.see_with(testid, &format!("{attributes}:not(:disabled)")).await;
        if let Err(error) = element.click().await {
            panic!("{testid} cannot be clicked: {error}");
        }
    }

    /// All text that can be read.
    pub async fn text(&self) -> String {
        match self.driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// What a script in the page answers with.
    pub async fn script(&self, script: &str) -> serde_json::Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// The id of the pipeline whose folder has this name, once it is in the list.
    pub async fn pipeline(&self, name: &str) -> String {
        // The text of a row that need not be drawn is not to be had from the driver.
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

    /// Keeps what is seen.
    pub async fn shot(&self, name: &str) {
        // What opens takes 180 ms; a window that has just come is painted when it can be.
        tokio::time::sleep(Duration::from_millis(250)).await;
        self.script("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))").await;
        // Without a graphics card WebKit's own answer waits for a change that may never come.
        screen::keep(TITLE, name);
    }
}
