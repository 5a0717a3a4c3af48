//! A person's actions in a notebook that is open in JupyterLab.

use std::path::Path;
use std::time::{Duration, Instant};

use thirtyfour::prelude::*;

use crate::browser::{Browser, PATIENCE};

/// A pixel of a colour on a canvas among the outputs, including canvases in a component's shadow tree.
const DRAWN: &str = "
    const [css, colour] = arguments;
    const found = [];
    const look = root => {
        found.push(...root.querySelectorAll(css));
        root.querySelectorAll('*').forEach(one => one.shadowRoot && look(one.shadowRoot));
    };
    document.querySelectorAll('.jp-OutputArea-output').forEach(look);
    return found.some(canvas => {
        if (!canvas.width || !canvas.height) return false;
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        for (let at = 0; at < data.length; at += 4) {
            if (data[at + 3] && `${data[at]},${data[at + 1]},${data[at + 2]}` === colour) return true;
        }
        return false;
    });";

/// The button opens the browser's own file chooser, by an element that is not in the page.
const BRING_CHOOSER: &str = "
    HTMLInputElement.prototype.click = function () {
        this.id = 'chooser';
        this.style.display = 'block';
        document.body.prepend(this);
    };
    arguments[0].click();";

impl Browser {
    /// Puts the cursor into the first cell, once the kernel is ready.
    pub async fn choose_first_cell(&self) {
        self.see_kernel_idle().await;
        self.see(".jp-NotebookPanel .jp-CodeCell .cm-content").await.click().await.unwrap();
    }

    /// Puts the cursor into the last cell.
    pub async fn choose_last_cell(&self) {
        let last = "(//*[contains(@class, 'jp-NotebookPanel')]//*[contains(@class, 'cm-content')])[last()]";
        let last = self.see_that(By::XPath(last)).await;
        last.scroll_into_view().await.unwrap();
        last.click().await.unwrap();
    }

    /// Runs the cell with the cursor; the cursor moves to the next cell.
    pub async fn run_chosen_cell(&self) {
        let keys = self.driver.action_chain();
        keys.key_down(Key::Shift).send_keys(Key::Enter).key_up(Key::Shift).perform().await.unwrap();
    }

    /// Clicks on this element.
    pub async fn press(&self, css: &str) {
        self.see(css).await.click().await.unwrap();
    }

    /// Presses the right arrow key on this element, this many times.
    pub async fn press_right(&self, css: &str, times: usize) {
        let element = self.see(css).await;
        for _ in 0..times {
            element.send_keys(Key::Right + "").await.unwrap();
        }
    }

    /// Waits for this text among the outputs.
    pub async fn see_words(&self, words: &str) {
        let output = "//*[contains(@class, 'jp-OutputArea-output')]";
        self.see_that(By::XPath(format!("{output}//*[contains(text(), '{words}')]"))).await;
    }

    /// Waits until there are this many of these elements.
    pub async fn see_many(&self, css: &str, count: usize) {
        let wanted = format!("{count} of {css}");
        self.see_by(&wanted, "return document.querySelectorAll(arguments[0]).length === arguments[1]", || {
            vec![css.into(), count.into()]
        })
        .await;
    }

    /// Waits until a canvas among the outputs has a pixel of this colour, for example `255,0,0`.
    pub async fn see_drawn(&self, css: &str, colour: &str) {
        self.see_by(&format!("{colour} on {css}"), DRAWN, || vec![css.into(), colour.into()]).await;
    }

    async fn see_by(&self, wanted: &str, script: &str, arguments: impl Fn() -> Vec<serde_json::Value>) {
        let began = Instant::now();
        while !self.driver.execute(script, arguments()).await.unwrap().convert::<bool>().unwrap() {
            if began.elapsed() > PATIENCE {
                self.shot("browser-failed").await;
                panic!("{wanted}: not seen");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Clicks on a button that asks for a file, and chooses this file.
    pub async fn upload(&self, button: &str, file: &Path) {
        let button = self.see(button).await;
        self.driver.execute(BRING_CHOOSER, vec![button.to_json().unwrap()]).await.unwrap();
        self.see("#chooser").await.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Reloads the page, and waits for the notebook and its kernel.
    pub async fn reload(&self) {
        self.driver.refresh().await.unwrap();
        self.see(".jp-LabShell").await;
        self.see_kernel_idle().await;
    }

    /// Clicks on a button of the notebook's toolbar.
    pub async fn restart_kernel_and_run_all(&self) {
        self.press(".jp-NotebookPanel-toolbar [data-command='notebook:restart-run-all']").await;
        self.press(".jp-Dialog .jp-mod-accept").await;
    }
}
