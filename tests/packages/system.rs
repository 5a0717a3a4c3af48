//! A fresh system: a folder that `make package-test` has made from Debian's packages, entered by `chroot`. It has the
//! screen and the engine of this machine, and a person of its own, Ada.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The longest wait for anything that a person waits for.
const PATIENCE: Duration = Duration::from_secs(90);
/// Ada's id. The system has it, this machine need not.
const ADA: &str = "7100";

pub struct System {
    root: PathBuf,
    home: PathBuf,
}

impl System {
    /// The one that `make package-test` made.
    pub fn of_this_run() -> System {
        let named = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .unwrap_or_else(|| panic!("{name} is not set; hint: `make package-test`"))
        };
        let system = System { root: named("ORCHEST_TEST_SYSTEM"), home: named("ORCHEST_TEST_HOME").join("ada") };
        let _ = fs::remove_dir_all(&system.home);
        fs::create_dir_all(system.home.join("run")).unwrap();
        // The key to the screen.
        fs::copy(std::env::var_os("XAUTHORITY").expect("a screen"), system.home.join(".Xauthority")).unwrap();
        // A browser that follows the first address and writes down where that leads. Its name has no space: BROWSER is a
        // command line.
        let browser = system.root.join("usr/local/bin/a-browser");
        fs::write(&browser, "#!/bin/sh\ncurl -sS -o /dev/null -w '%{redirect_url}\\n' \"$1\" >>\"$HOME/told\"\n")
            .unwrap();
        run(Command::new("chmod").arg("755").arg(browser));
        system.belongs_to_ada(&system.home);
        system
    }

    /// A folder of Ada's with a notebook.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.home.join(name);
        fs::create_dir_all(&folder).unwrap();
        let cell = serde_json::json!({ "cell_type": "code", "id": "a", "source": "6 * 7", "metadata": {}, "outputs": [],
                                       "execution_count": null });
        let notebook = serde_json::json!({ "cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 });
        fs::write(folder.join("first.ipynb"), notebook.to_string()).unwrap();
        self.belongs_to_ada(&folder);
        folder
    }

    fn belongs_to_ada(&self, path: &Path) {
        run(Command::new("chown").args(["-R", "7100:7100"]).arg(path));
        run(Command::new("chmod").arg("700").arg(self.home.join("run")));
    }

    /// A program that Ada starts in her session.
    pub fn as_ada(&self, program: &str) -> Command {
        self.as_ada_in(program, "docker")
    }

    /// The same with other groups.
    pub fn as_ada_in(&self, program: &str, groups: &str) -> Command {
        let mut command = Command::new("chroot");
        command
            .arg(format!("--userspec={ADA}:{ADA}"))
            .arg(format!("--groups={groups}"))
            .arg(&self.root)
            .args(["env", "-i", "--chdir"])
            .arg(&self.home)
            .args(["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "USER=ada", "LOGNAME=ada"])
            .arg(format!("HOME={}", self.home.display()))
            .arg(format!("XDG_RUNTIME_DIR={}", self.home.join("run").display()))
            .args(["BROWSER=/usr/local/bin/a-browser", "SHELL=/bin/bash"])
            .args(
                ["DISPLAY", "ORCHEST_TEST_RUN"]
                    .map(|name| format!("{name}={}", std::env::var(name).unwrap_or_default())),
            )
            .arg(program);
        command
    }

    /// A program of the system's administrator.
    pub fn as_root(&self, program: &str) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.root).args(["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]);
        command.args(["HOME=/root", "DEBIAN_FRONTEND=noninteractive"]).arg(program);
        command
    }

    /// `apt-get` with these arguments.
    pub fn apt(&self, arguments: &[&str]) {
        run(self.as_root("apt-get").args(["-q", "-y", "--no-install-recommends"]).args(arguments));
    }

    /// What the terminal's command prints for Ada.
    pub fn orchest(&self, arguments: &[&str]) -> String {
        run(self.as_ada("orchest").args(arguments))
    }

    /// Ada's settings.
    pub fn settings(&self) -> Value {
        let text = fs::read_to_string(self.home.join(".config/orchest/settings.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Whether Ada's list has this folder.
    pub fn lists(&self, folder: &Path) -> bool {
        let settings = self.settings();
        let folders = settings["folders"].as_array().cloned().unwrap_or_default();
        folders.iter().any(|entry| entry["path"].as_str().map(Path::new) == Some(folder))
    }

    /// The address of this number that the browser was led to, from 0.
    pub fn opened(&self, which: usize) -> Option<String> {
        let told = fs::read_to_string(self.home.join("told")).unwrap_or_default();
        told.lines().nth(which).map(str::to_owned)
    }

    /// The program that opens files of a kind.
    pub fn opens(&self, kind: &str) -> String {
        run(self.as_ada("xdg-mime").args(["query", "default", kind])).trim().to_owned()
    }

    /// The files below the system's folders whose path or text has this word, without the package manager's own records.
    pub fn traces(&self, word: &str) -> Vec<String> {
        let found = run(self.as_root("sh").args([
            "-c",
            "{ find /usr /etc /var /opt -xdev -iname \"*$1*\" ! -path '/var/lib/dpkg/*' ! -path '/var/log/*'; \
               grep -rli \"$1\" /usr/share/applications /usr/share/mime /etc 2>/dev/null; } | sort -u",
            "sh",
            word,
        ]));
        found.lines().map(str::to_owned).collect()
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }
}

/// Runs a command to its end; its output.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}:\n{said}\n{wrong}", output.status);
    said.into_owned()
}

/// Runs a command that starts another program and ends; that program keeps nothing of it.
pub fn start(command: &mut Command) {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = quiet.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?} ended with {status}");
}

/// A program that runs beside the test, and ends with it.
pub struct Running(Child);

impl Running {
    pub fn start(command: &mut Command) -> Running {
        let silent = command.stdin(Stdio::null()).stdout(Stdio::null());
        Running(silent.spawn().unwrap_or_else(|error| panic!("{error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until there is something.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "there was no {what} within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
