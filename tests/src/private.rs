//! Isolation for a test: mounts, networks, an engine of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orchest_core::engine::ProcessEnv;

use crate::engine::docker;

const MARK: &str = "ORCHEST_TEST_NAMESPACE";

/// What the test has to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Its mounts.
    Mounts,
    /// Its networks, too.
    Networks,
}

/// Runs this test again in isolation. The answer is true in the second run, which does the work.
///
/// # Panics
/// If that run fails.
#[allow(clippy::expect_used, clippy::print_stdout)]
pub fn here(test: &str, own: Own) -> bool {
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let root = rustix::process::geteuid().is_root();
    let mut command = Command::new(if root { "unshare" } else { "sudo" });
    if !root {
        command.args(["--non-interactive", "--preserve-env", "unshare"]);
    }
    // Without a user namespace, where the engine's group would have another number.
    command.arg("--mount").args((own == Own::Networks).then_some("--net"));
    command.arg(std::env::current_exe().expect("the test's own path"));
    let output =
        command.args(["--exact", test, "--nocapture", "--include-ignored"]).env(MARK, "1").output().expect("unshare");
    let told = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && told.contains("1 passed");
    assert!(passed, "{told}{}", String::from_utf8_lossy(&output.stderr));
    print!("{told}");
    false
}

/// An engine of this test, which it may kill.
pub struct PrivateEngine {
    folder: PathBuf,
    options: Vec<String>,
    /// A script of the shell that prepares mounts of its own.
    mounts: Option<String>,
    process: Option<Child>,
}

#[allow(clippy::expect_used, clippy::missing_panics_doc)]
impl PrivateEngine {
    /// Starts an engine with its files in this folder and these options of `dockerd`.
    pub fn start_in(folder: &Path, options: &[&str]) -> PrivateEngine {
        PrivateEngine::begin(folder, options, None)
    }

    /// The same on a machine of its own as far as files go: `mounts` is a script of the shell that mounts what only this
    /// engine sees.
    pub fn start_apart_in(folder: &Path, mounts: &str) -> PrivateEngine {
        PrivateEngine::begin(folder, &[], Some(mounts.to_owned()))
    }

    fn begin(folder: &Path, options: &[&str], mounts: Option<String>) -> PrivateEngine {
        let up = Command::new("ip").args(["link", "set", "lo", "up"]).status().expect("ip");
        assert!(up.success(), "loopback is not up");
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let mut engine = PrivateEngine { folder: folder.to_owned(), options, mounts, process: None };
        engine.start();
        engine
    }

    /// What a script of the shell prints on the engine's machine.
    pub fn there(&self, script: &str) -> String {
        let process = self.process.as_ref().expect("it runs").id().to_string();
        let ran = Command::new("nsenter").args(["--mount", "--target", &process, "sh", "-ec", script]).output();
        let ran = ran.expect("nsenter");
        assert!(ran.status.success(), "{script}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    }

    /// Its address, in the form of `DOCKER_HOST`.
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.join("docker.sock").display())
    }

    /// The environment in which this is the engine.
    pub fn around(&self) -> ProcessEnv {
        let mut around = ProcessEnv::of_this_process();
        around.env.insert("DOCKER_HOST".to_owned(), self.host());
        around
    }

    /// The output of its own command line.
    pub fn docker(&self, arguments: &[&str]) -> Vec<String> {
        docker(&[&["-H", self.host().as_str()], arguments].concat())
    }

    /// Copies the images of a launch with Python from the shared engine.
    pub fn take_images(&self) {
        self.take(&["gateway", "server", "kernel-python"]);
    }

    /// Copies some of our images from it.
    pub fn take(&self, names: &[&str]) {
        let version = env!("CARGO_PKG_VERSION");
        let images = names.iter().map(|name| format!("orchest/{name}:{version}"));
        let mut saved = Command::new("docker").arg("save").args(images).stdout(Stdio::piped()).spawn().expect("docker");
        let stream = saved.stdout.take().expect("its output");
        let mut load = Command::new("docker");
        let loaded = load.args(["-H", &self.host(), "load", "-q"]).stdin(stream).stdout(Stdio::null()).status();
        assert!(loaded.expect("docker").success() && saved.wait().expect("docker").success(), "images were not copied");
    }

    /// Starts it, also after an end.
    pub fn start(&mut self) {
        let place = |name: &str| self.folder.join(name);
        let _ = std::fs::remove_file(place("pid"));
        let log = std::fs::File::options().create(true).append(true).open(place("log")).expect("its log");
        let mut daemon = match &self.mounts {
            Some(mounts) => {
                let mut apart = Command::new("unshare");
                apart.args(["--mount", "sh", "-ec", &format!("{mounts}\nexec dockerd \"$@\""), "sh"]);
                apart
            }
            None => Command::new("dockerd"),
        };
        daemon.args(["--host", &self.host()]).args(&self.options);
        if !self.options.iter().any(|option| option == "--bridge") {
            daemon.args(["--bridge", "none"]);
        }
        daemon.arg("--data-root").arg(place("data")).arg("--exec-root").arg(place("run"));
        daemon.arg("--pidfile").arg(place("pid"));
        let process = daemon.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.process = Some(process.expect("dockerd"));
        let began = Instant::now();
        let answers = || {
            let mut version = Command::new("docker");
            version.args(["-H", &self.host(), "version"]).stdout(Stdio::null()).stderr(Stdio::null());
            version.status().is_ok_and(|status| status.success())
        };
        while !answers() {
            let said = || std::fs::read_to_string(place("log")).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(60), "it does not answer: {}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it with a signal, and waits for its end.
    pub fn end(&mut self, signal: rustix::process::Signal) {
        if let Some(mut process) = self.process.take() {
            let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&process), signal);
            let _ = process.wait();
        }
        // Its containerd ends as a child without a parent that waits; the next engine would take it for alive.
        let _ = std::fs::remove_file(self.folder.join("run/containerd/containerd.pid"));
    }
}

impl Drop for PrivateEngine {
    fn drop(&mut self) {
        // An engine that is asked to end stops its containers; otherwise they would outlive it.
        self.end(rustix::process::Signal::TERM);
    }
}
