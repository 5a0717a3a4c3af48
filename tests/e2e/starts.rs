//! Starts of the program without a driver: folders on the command line, a second start, and signals.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::driver::end_group;
use crate::person::Person;
use crate::screen::{self, request_close, until, window_titled, xdotool};
use crate::window::TITLE;

/// A process that leads a group; dropping it ends the group.
pub struct Started(pub Child);

impl Started {
    pub fn start(command: &mut Command) -> Started {
        Started(command.process_group(0).stdin(Stdio::null()).spawn().unwrap())
    }

    async fn ended(&mut self) -> bool {
        until("the program to end", || self.0.try_wait().unwrap()).await.success()
    }

    async fn ended_by(&mut self, signal: Signal) -> bool {
        kill_process(Pid::from_raw(self.0.id() as i32).unwrap(), signal).unwrap();
        self.ended().await
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        end_group(&mut self.0);
    }
}

/// A message bus, as a desktop has it.
pub fn bus() -> (Started, String) {
    let mut command = Command::new("dbus-daemon");
    let mut bus = Started::start(command.args(["--session", "--nofork", "--print-address"]).stdout(Stdio::piped()));
    let mut address = String::new();
    BufReader::new(bus.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (bus, address.trim().to_owned())
}

/// Ends a window that no test has started, if there is one.
struct Stray;

impl Drop for Stray {
    fn drop(&mut self) {
        let process = window_titled(TITLE).and_then(|window| xdotool(&["getwindowpid", &window]));
        if let Some(process) = process.and_then(|number| Pid::from_raw(number.parse().ok()?)) {
            let _ = kill_process(process, Signal::TERM);
        }
    }
}

#[test]
fn without_a_display_that_answers_the_program_says_so_and_ends() {
    let person = Person::new();
    for (displays, said) in [
        ([("DISPLAY", ":4242"), ("WAYLAND_DISPLAY", "")], "no display answers: DISPLAY=:4242"),
        ([("DISPLAY", ""), ("WAYLAND_DISPLAY", "")], "no display: neither DISPLAY nor WAYLAND_DISPLAY is set"),
    ] {
        let output = person.command(&person.program()).envs(displays).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("error: {said}\nhint: use `orchest launch DIR`")), "{told}");
        assert!(!told.contains("panic"), "{told}");
    }
}

fn is_added(person: &Person, folder: &Path) -> Option<()> {
    let settings = std::fs::read_to_string(person.settings()).ok()?;
    settings.contains(folder.to_str()?).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_adds_folders_from_the_command_line_and_ends_by_a_signal() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let folder = person.folder("from the command line");
    for signal in [Signal::TERM, Signal::INT] {
        let mut program = Started::start(person.command(&person.program()).arg(&folder));
        until("the window", || window_titled(TITLE)).await;
        until("the folder in the list", || is_added(&person, &folder)).await;
        assert!(program.ended_by(signal).await, "a signal is no failure");
        until("no window", || window_titled(TITLE).is_none().then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_hands_its_folders_to_the_first() {
    let (bus, address) = bus();
    hands_over(Some(&address), Some(bus)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_finds_the_first_without_a_message_bus() {
    for address in [None, Some("unix:path=/nowhere/bus")] {
        hands_over(address, None).await;
    }
}

async fn hands_over(address: Option<&str>, bus: Option<Started>) {
    let _turn = screen::turn().await;
    let person = Person::new();
    let (first_folder, second_folder): (PathBuf, PathBuf) = (person.folder("first"), person.folder("second"));
    let start = |folder: &Path| {
        let mut command = person.command(&person.program());
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").envs(address.map(|at| ("DBUS_SESSION_BUS_ADDRESS", at)));
        // The folder by its relative name.
        command.current_dir(folder.parent().unwrap());
        Started::start(command.arg(folder.file_name().unwrap()))
    };
    let mut first = start(&first_folder);
    until("the first folder in the list", || is_added(&person, &first_folder)).await;
    let mut second = start(&second_folder);
    assert!(second.ended().await, "the second program ends by itself");
    until("the second folder in the list", || is_added(&person, &second_folder)).await;
    // When the person logs out, the bus ends before the program.
    drop(bus);
    assert!(first.ended_by(Signal::TERM).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_opens_the_window_with_a_folder_and_is_free_again() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let folder = person.folder("from a terminal");
    let (_bus, address) = bus();
    let open = |arguments: &[&Path]| {
        let mut command = person.command(&screen::built("orchest"));
        command.env("DBUS_SESSION_BUS_ADDRESS", &address).arg("open").args(arguments).output().unwrap()
    };
    let _stray = Stray;
    let output = open(&[]);
    assert!(output.status.success(), "{output:?}");
    until("the window", || window_titled(TITLE)).await;
    assert!(open(&[&folder]).status.success());
    until("the folder in the list", || is_added(&person, &folder)).await;

    let mut unseen = person.command(&screen::built("orchest"));
    let output = unseen.env_remove("DISPLAY").arg("open").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("no display") && told.contains("hint: "), "{told}");

    let output = open(&[&folder.join("nowhere")]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("nowhere") && told.contains("hint: "), "{told}");

    request_close(TITLE).await;
    until("no window", || window_titled(TITLE).is_none().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_a_screen_says_so() {
    let person = Person::new();
    let output = person.command(&person.program()).env_remove("DISPLAY").output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("error: no display") && told.contains("hint: "), "{told}");
}
