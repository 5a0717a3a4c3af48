//! A person: a home and a user name of their own, and a browser that records the addresses that it opens.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use orchest_tests::engine::docker;
use orchest_tests::home::Home;

use crate::screen::{built, until};

static BORN: AtomicU32 = AtomicU32::new(0);

pub struct Person {
    home: Home,
    name: String,
}

impl Person {
    pub fn new() -> Person {
        let home = Home::new();
        let name = format!("e2e-{}-{}", std::process::id(), BORN.fetch_add(1, Ordering::Relaxed));
        let person = Person { home, name };
        person.browser_does("printf '%s\\n' \"$1\" >>\"$(dirname \"$0\")/told\"");
        person.has_settings(serde_json::json!({ "open_when_ready": false }));
        person
    }

    /// Starts the window's program, or another one that starts it, as this person.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .envs(self.home.env())
            // Launches of other people are not shown to this person.
            .env("USER", &self.name)
            .env("BROWSER", self.browser())
            // The program finds no other instance of itself, not even one of the person who runs the tests.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
            .env("GDK_BACKEND", "x11")
            .env_remove("WAYLAND_DISPLAY");
        command
    }

    pub fn program(&self) -> PathBuf {
        built("orchest-desktop")
    }

    /// A person who has never started the program.
    pub fn before_the_first_start() -> Person {
        let person = Person::new();
        std::fs::remove_file(person.settings()).unwrap();
        person
    }

    /// Replaces all settings of this person. A test that opens the browser by a button also sets `open_when_ready` to
    /// false.
    pub fn has_settings(&self, settings: serde_json::Value) {
        let file = self.settings();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, settings.to_string()).unwrap();
    }

    /// A new folder with a notebook in it.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.home.pipeline(name)
    }

    /// Puts this folder into the person's list.
    pub fn has_folder(&self, folder: &Path) {
        self.has_settings(serde_json::json!({ "open_when_ready": false, "folders": [{ "path": folder }] }));
    }

    /// The program's settings file, which has the list of folders.
    pub fn settings(&self) -> PathBuf {
        self.home.places().settings_file()
    }

    /// The folder with the program's logs and what it remembers.
    pub fn state(&self) -> PathBuf {
        self.home.places().state
    }

    /// The folder of the person's kernelspecs.
    pub fn kernels(&self) -> PathBuf {
        self.home.places().kernels_dir()
    }

    fn browser(&self) -> PathBuf {
        self.home.path().join("browser")
    }

    /// Makes this shell script the person's browser.
    pub fn browser_does(&self, script: &str) {
        std::fs::write(self.browser(), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(self.browser(), PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// The address of this number that the browser had to open, from 0.
    pub async fn opened_address(&self, which: usize) -> String {
        let file = self.home.path().join("told");
        until("an address in the browser", || {
            std::fs::read_to_string(&file).ok()?.lines().nth(which).map(str::to_owned)
        })
        .await
    }
}

impl Drop for Person {
    /// Removes what a failed test has left.
    fn drop(&mut self) {
        let format = "{{.ID}} {{.Label \"org.orchest.owner\"}}";
        for (list, remove) in [(["ps", "-a"].as_slice(), ["rm", "-fv"]), (&["network", "ls"], ["network", "rm"])] {
            let listed = docker(&[list, &["--filter", "label=org.orchest.owner", "--format", format]].concat());
            for line in listed {
                if let Some((id, owner)) = line.split_once(' ')
                    && owner.starts_with(&format!("{}@", self.name))
                {
                    let _ = Command::new("docker").args(remove).arg(id).output();
                }
            }
        }
    }
}
