//! The first start on machines that are not a developer's: WebKit's process ends, and the environment is unusual.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use crate::person::Person;
use crate::screen::{self, until, window_titled, xdotool};
use crate::starts::Started;
use crate::window::TITLE;

/// The numbers of the processes of this program that draw pages.
fn drawing(program: &Started) -> Vec<Pid> {
    let parent = format!("PPid:\t{}\n", program.0.id());
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let draws = |path: &Path| {
        let status = std::fs::read_to_string(path.join("status")).unwrap_or_default();
        status.starts_with("Name:\tWebKitWebProces\n") && status.contains(&parent) && !status.contains("State:\tZ")
    };
    let found = processes.filter(|process| draws(&process.path()));
    found.filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?)).collect()
}

/// Kills the next process that draws a page.
async fn kill_next(program: &Started) -> Pid {
    let killed = until("a process that draws", || drawing(program).first().copied()).await;
    let _ = kill_process(killed, Signal::KILL);
    killed
}

fn environment(program: &Started) -> String {
    let path = format!("/proc/{}/environ", program.0.id());
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).replace('\0', "\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_stays_empty_is_drawn_in_software_from_then_on() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let remembered = person.state().join("drawn-in-software");
    let first = Started::start(&mut person.command(&person.program()));
    kill_next(&first).await;
    until("the page, drawn in software", || remembered.exists().then_some(())).await;
    until("the window", || window_titled(TITLE)).await;
    assert!(environment(&first).contains("\nWEBKIT_DISABLE_COMPOSITING_MODE=1"), "{}", environment(&first));
    drop(first);

    let next = Started::start(&mut person.command(&person.program()));
    until("the window", || window_titled(TITLE)).await;
    assert!(environment(&next).contains("\nLIBGL_ALWAYS_SOFTWARE=1"), "a later start knows it");
    drop(next);

    // After an update, the usual way is tried again.
    std::fs::write(&remembered, "0.0.1").unwrap();
    let updated = Started::start(&mut person.command(&person.program()));
    until("the window", || window_titled(TITLE)).await;
    assert!(!environment(&updated).contains("LIBGL_ALWAYS_SOFTWARE") && !remembered.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_the_way_by_the_terminal_if_no_window_can_be_drawn() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let said = person.state().join("said");
    std::fs::create_dir_all(person.state()).unwrap();
    let mut command = person.command(&person.program());
    let program = Started::start(command.stderr(std::fs::File::create(&said).unwrap()));
    let first = kill_next(&program).await;
    until("its end", || (!drawing(&program).contains(&first)).then_some(())).await;
    kill_next(&program).await;
    until("the way by the terminal", || {
        std::fs::read_to_string(&said).ok()?.contains("`orchest launch DIR`").then_some(())
    })
    .await;
    until("the dialog", || window_titled(TITLE)).await;
    screen::keep(TITLE, "no-window");
    assert!(!person.state().join("drawn-in-software").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_opens_from_a_snap_at_200_percent_without_a_bus_in_a_home_with_a_space() {
    let _turn = screen::turn().await;
    let person = Person::new();
    let home = person.state().join("ada home");
    std::fs::create_dir_all(&home).unwrap();
    let mut command = person.command(&person.program());
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    command.env("HOME", &home).env("GDK_SCALE", "2").env("GTK_PATH", "/snap/code/170/usr/lib/gtk-3.0");
    let program = Started::start(&mut command);
    let log = home.join(".local/state/orchest/logs/orchest.log");
    until("the page", || std::fs::read_to_string(&log).ok()?.contains("the page is here").then_some(())).await;
    assert!(!environment(&program).contains("\nGTK_PATH="), "it leads to the snap's own modules");
    let window = until("the window", || window_titled(TITLE)).await;
    let width: u32 = xdotool(&["getdisplaygeometry"]).unwrap().split(' ').next().unwrap().parse().unwrap();
    let shown = xdotool(&["getwindowgeometry", "--shell", &window]).unwrap();
    let value = |name: &str| -> u32 {
        shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap().parse().unwrap()
    };
    assert!(value("WIDTH") <= width, "{shown}, on a screen of {width}");
    assert_eq!(value("X"), (width - value("WIDTH")) / 2, "{shown}");
}
