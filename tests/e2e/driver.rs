//! A WebDriver program and its child processes.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use thirtyfour::{Capabilities, WebDriver};

/// A WebDriver program in a process group of its own. The group ends with it: a surviving child would hold the test's
/// output open.
pub struct Driver {
    program: Child,
    address: String,
}

impl Driver {
    /// Starts it; `command` lacks only the port.
    pub fn start(mut command: Command) -> Driver {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let name = command.get_program().to_string_lossy().into_owned();
        command.arg(format!("--port={port}")).process_group(0).stdin(Stdio::null());
        let program = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        Driver { program, address: format!("http://127.0.0.1:{port}") }
    }

    /// Begins a session once the program answers.
    pub async fn session(&self, capabilities: Capabilities) -> WebDriver {
        let began = Instant::now();
        loop {
            match WebDriver::new(&self.address, capabilities.clone()).await {
                Ok(session) => return session,
                Err(error) if began.elapsed() > Duration::from_secs(20) => panic!("no session: {error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        end_group(&mut self.program);
    }
}

/// Ends the leader of a process group, and the group.
pub fn end_group(leader: &mut Child) {
    if let Some(group) = Pid::from_raw(leader.id() as i32) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = leader.wait();
}
