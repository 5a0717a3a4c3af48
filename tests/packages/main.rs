//! The packages, installed in a fresh system and used there as a person uses them: with a window manager, a file manager,
//! and a user who is not root. `make package-test` makes the system and runs this program once in each.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod screen;
mod system;

use std::time::Duration;

use orchest_tests::engine::left_of;
use orchest_tests::jupyter::Server;
use serde_json::Value;

use screen::{double_click, front, keep, press, window};
use system::{Running, System, run, start, until};

const TITLE: &str = "Orchest Desktop";
/// Where the file manager shows the first file of a folder, from the corner of its window.
const FIRST_FILE: (i32, i32) = (207, 100);

#[tokio::main]
async fn main() {
    let system = System::of_this_run();
    let folders = system.opens("inode/directory");
    said("installs the program");
    system.apt(&["update"]);
    system.apt(&["install", "/older/older.deb"]);
    assert_eq!(system.opens("inode/directory"), folders, "folders still open in the file manager");
    assert_eq!(system.opens("application/x-ipynb+json"), "orchest-desktop.desktop");
    assert_eq!(system.opens("application/x-orchest-images"), "orchest-desktop.desktop");
    offered_for_folders(&system);
    manual_and_completions(&system);
    without_the_engines_group(&system);

    let _desktop = Running::start(&mut system.as_ada("openbox"));
    let (birds, bees, ants) = (system.folder("Birds of 2026"), system.folder("bees"), system.folder("ants"));
    said("starts it from the menu");
    // This is what a press on the entry does.
    start(system.as_ada("gtk-launch").arg("orchest-desktop"));
    front(TITLE);
    std::thread::sleep(Duration::from_secs(2));
    keep("first-start");

    said("double-clicks a notebook in the file manager");
    let _files = Running::start(system.as_ada("pcmanfm").arg(&birds));
    let files = front("Birds of 2026");
    std::thread::sleep(Duration::from_secs(1));
    keep("file-manager");
    double_click(&files, FIRST_FILE.0, FIRST_FILE.1);
    until("folder in the list", || system.lists(&birds).then_some(()));
    front(TITLE);
    std::thread::sleep(Duration::from_secs(1));
    keep("notebook");
    said("launches it and runs a cell");
    // The notebook is marked and has the keyboard: Enter launches its folder and opens it.
    press(&["Return"]);
    let opened = until("address in the browser", || system.opened(0));
    assert!(opened.contains("first.ipynb"), "{opened}");

    let launched: Value =
        serde_json::from_str(&system.orchest(&["launch", "Birds of 2026", "--no-open", "--json"])).unwrap();
    let (id, url) = (launched["id"].as_str().unwrap(), launched["url"].as_str().unwrap());
    let server = Server::at(url);
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(kernel.execute("x = 6 * 7; print(x)").await.text.trim(), "42");

    said("opens two folders in the window that is open");
    run(system.as_ada("orchest-desktop").arg(&bees));
    until("second folder in the list", || system.lists(&bees).then_some(()));
    start(system.as_ada("gtk-launch").arg("zz-orchest-desktop-folder").arg(&ants));
    until("third folder in the list", || system.lists(&ants).then_some(()));
    keep("three-folders");

    said("upgrades it while the launch runs");
    let before = system.settings();
    let new = std::fs::read_dir(system.path("/packages")).unwrap().flatten();
    let new = new.map(|entry| entry.file_name().into_string().unwrap()).find(|name| name.ends_with(".deb")).unwrap();
    system.apt(&["install", &format!("/packages/{new}")]);
    let version = run(system.as_root("dpkg-query").args(["-W", "-f", "${Version}", "orchest-desktop"]));
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert_eq!(kernel.execute("print(x + 1)").await.text.trim(), "43", "the kernel has its variables");
    assert!(window(TITLE).is_some(), "the window stays");
    assert_eq!(system.settings(), before);
    run(system.as_ada("orchest-desktop").arg(&bees));

    said("stops the launch and quits");
    system.orchest(&["stop", "Birds of 2026"]);
    assert_eq!(left_of(id), Vec::<String>::new());
    front(TITLE);
    press(&["ctrl+q"]);
    until("end of the window", || window(TITLE).is_none().then_some(()));
    for folder in [&birds, &bees, &ants] {
        let forget = ["forget", folder.to_str().unwrap()];
        system.orchest(&forget);
    }

    said("takes it away");
    system.apt(&["remove", "orchest-desktop"]);
    assert_eq!(system.settings(), before, "the person's settings stay");
    assert!(birds.join("first.ipynb").exists());
    assert_eq!(system.traces("orchest"), Vec::<String>::new());
    // Nothing is left that a purge could take away, so the package manager has forgotten it.
    assert!(!system.path("/var/lib/dpkg/info/orchest-desktop.list").exists());
    system.apt(&["install", &format!("/packages/{new}")]);
    system.apt(&["purge", "orchest-desktop"]);
    assert_eq!(system.traces("orchest"), Vec::<String>::new());
    assert_eq!(system.settings(), before, "they stay, too, after a purge");
    assert_eq!(system.opens("inode/directory"), folders);
}

/// What the person does next.
fn said(what: &str) {
    println!("the person {what}");
}

fn offered_for_folders(system: &System) {
    let offered = std::fs::read_to_string(system.path("/usr/share/applications/mimeinfo.cache")).unwrap();
    let folders = offered.lines().find(|line| line.starts_with("inode/directory=")).unwrap();
    assert!(folders.contains("zz-orchest-desktop-folder.desktop"), "{folders}");
}

fn manual_and_completions(system: &System) {
    let page = run(system.as_ada("man").args(["-P", "cat", "orchest-launch"]));
    assert!(page.contains("--no-open"), "{page}");
    assert!(run(system.as_ada("man").args(["-P", "cat", "orchest-desktop"])).contains("notebook"));
    let complete = "source /usr/share/bash-completion/completions/orchest; COMP_WORDS=(orchest la); COMP_CWORD=1; \
                    _orchest orchest la orchest; echo \"${COMPREPLY[@]}\"";
    assert_eq!(run(system.as_ada("bash").args(["-c", complete])).trim(), "launch");
    assert!(run(system.as_ada("orchest").arg("licences")).contains("Apache"));
}

/// A person who may not use the engine hears which group to join.
fn without_the_engines_group(system: &System) {
    let output = system.as_ada_in("orchest", "").arg("doctor").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("docker"), "{said}");
    assert!(said.contains("usermod") || said.contains("group"), "{said}");
    assert!(run(system.as_ada("orchest").arg("doctor")).contains("engine"), "in the group it is fine");
}
