//! The terminal, as a script or a new user uses it.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use orchest_tests::engine::left_of;
use orchest_tests::home::Home;
use serde_json::Value;

fn run(home: &Home, arguments: &[&str]) -> Output {
    home.orchest(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn fails_with(output: &Output, message: &str) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("error: ") && said.contains("hint: "), "{said}");
    assert!(said.contains(message), "{message:?} is not in: {said}");
}

#[test]
fn launch_list_and_stop() {
    let home = Home::new();
    let folder = home.pipeline("by hand");
    let folder = folder.to_str().unwrap();
    let launched = run(&home, &["launch", folder, "--no-open", "--json"]);
    assert!(launched.status.success(), "{}", stderr(&launched));
    for stage in ["Engine", "Images", "Network", "Containers", "Ready"] {
        assert!(stderr(&launched).contains(stage), "{}", stderr(&launched));
    }
    let answer: Value = serde_json::from_str(&stdout(&launched)).unwrap();
    let (id, url) = (answer["id"].as_str().unwrap(), answer["url"].as_str().unwrap());
    assert_eq!((&answer["pipeline"], &answer["state"]), (&folder.into(), &"running".into()));
    assert_eq!(answer["kernelspec"], "python_docker");
    assert!(!stderr(&launched).contains(url), "the address is on standard output alone");

    let again = run(&home, &["launch", folder, "--no-open"]);
    assert_eq!(stdout(&again), url, "launching a running folder prints its address");

    let listed: Value = serde_json::from_str(&stdout(&run(&home, &["list", "--json"]))).unwrap();
    let found = listed.as_array().unwrap().iter().find(|pipeline| pipeline["id"] == id).unwrap();
    assert_eq!(found["launch"]["state"], "running");
    let logs = stdout(&run(&home, &["logs", folder]));
    assert!(logs.contains("gateway") && logs.contains("server"), "{logs}");

    let stopped = run(&home, &["stop", folder]);
    assert!(stopped.status.success(), "{}", stderr(&stopped));
    assert_eq!(left_of(id), Vec::<String>::new());
    let again = run(&home, &["stop", folder]);
    assert!(again.status.success() && stderr(&again).contains("is not running"), "{}", stderr(&again));
}

#[test]
fn an_absent_browser_is_reported_and_the_address_is_printed() {
    let home = Home::new();
    let folder = home.pipeline("unseen");
    let folder = folder.to_str().unwrap();
    let with = |browser: &str| {
        let began = std::time::Instant::now();
        let output = home.orchest(&["launch", folder]).env("BROWSER", browser).output().unwrap();
        assert!(output.status.success(), "the launch does not need the browser: {}", stderr(&output));
        let token = stdout(&output).split_once("token=").expect("an address with a token").1.to_owned();
        assert!(!stderr(&output).contains(&token), "{}", stderr(&output));
        (stderr(&output), began.elapsed())
    };
    for (browser, told) in [
        ("false", Some("`false` ended with exit code 1")),
        ("nowhere-at-all:false", Some("`false` ended with exit code 1")),
        ("nowhere-at-all --flag %s", Some("`nowhere-at-all` was not found")),
        ("sleep 300 %%%c", Some("`sleep` ended with exit code 1")),
        ("tail -f /dev/null --retry", Some("`tail` did not ask for the page within 8 s")),
        ("nowhere-at-all:curl --silent %s", None),
        ("curl --silent", None),
    ] {
        let (said, took) = with(browser);
        match told {
            Some(told) => {
                let note = said.lines().find(|line| line.contains("The browser did not open the page: "));
                let note = note.unwrap_or_else(|| panic!("{browser}: {said}"));
                assert!(note.contains(told) && note.contains("open the printed address by hand"), "{browser}: {note}");
            }
            None => assert!(!said.contains("The browser"), "{browser}: {said}"),
        }
        assert!(took.as_secs() < 60, "{browser}: {took:?}");
    }
    let log = std::fs::read_to_string(orchest_core::logs::app_log::log_file(&home.places())).unwrap();
    assert!(log.contains("the browser did not open the page") && !log.contains("token="), "{log}");
    assert!(run(&home, &["stop", folder]).status.success());
}

#[test]
fn a_launch_of_a_deleted_folder_is_stopped_by_each_of_its_names() {
    let home = Home::new();
    for (name, way) in [("plain", "folders/plain"), ("slash", "folders/slash/"), ("link", "link/./x/../link//")] {
        let folder = home.pipeline(name);
        let _ = std::os::unix::fs::symlink(home.path().join("folders"), home.path().join("link"));
        let launched = run(&home, &["launch", folder.to_str().unwrap(), "--no-open", "--json"]);
        let answer: Value = serde_json::from_str(&stdout(&launched)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let at_home = |arguments: &[&str]| home.orchest(arguments).current_dir(home.path()).output().unwrap();
        let logs = at_home(&["logs", way]);
        assert!(logs.status.success() && stdout(&logs).contains("server"), "{way}: {}", stderr(&logs));
        fails_with(&at_home(&["launch", way]), "does not exist");
        fails_with(&at_home(&["open", way]), "does not exist");
        let stopped = at_home(&["stop", way]);
        assert!(stopped.status.success() && stderr(&stopped).contains("Stopped "), "{way}: {}", stderr(&stopped));
        assert_eq!(left_of(answer["id"].as_str().unwrap()), Vec::<String>::new(), "{way}");
    }
    // From inside the deleted folder, where the system has no current folder any more.
    let folder = home.pipeline("within");
    assert!(run(&home, &["launch", folder.to_str().unwrap(), "--no-open"]).status.success());
    let mut shell = Command::new("sh");
    let script = "cd \"$1\" && rm -r \"$1\" && exec \"$2\" stop .";
    shell.args(["-c", script, "sh"]).arg(&folder).arg(home.orchest(&[]).get_program()).envs(home.env());
    let stopped = shell.output().unwrap();
    assert!(stopped.status.success() && stderr(&stopped).contains("Stopped "), "{}", stderr(&stopped));
}

#[test]
fn a_list_in_json_has_the_notebooks_of_every_folder() {
    let home = Home::new();
    let folders: Vec<_> = (0..60).map(|number| home.pipeline(&format!("folder {number}"))).collect();
    for folder in &folders {
        for number in 0..40 {
            std::fs::write(folder.join(format!("more {number}.ipynb")), "{}").unwrap();
        }
    }
    let entries: Vec<_> = folders.iter().map(|path| serde_json::json!({ "path": path })).collect();
    let file = home.places().settings_file();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, serde_json::json!({ "folders": entries }).to_string()).unwrap();
    for _ in 0..5 {
        let listed: Value = serde_json::from_str(&stdout(&run(&home, &["list", "--json"]))).unwrap();
        let ours = listed.as_array().unwrap().iter().filter(|pipeline| pipeline["added"] == true);
        let counts: Vec<_> = ours.map(|pipeline| pipeline["notebooks"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [41; 60]);
    }
}

#[test]
fn a_person_without_a_home_gets_an_error_and_no_file_in_the_current_folder() {
    let home = Home::new();
    let here = home.pipeline("here");
    let program = home.path().join("orchest");
    std::fs::copy(home.orchest(&[]).get_program(), &program).unwrap();
    open_to(&program, 0o755);
    open_to(home.path(), 0o755);
    open_to(&here, 0o777);
    let before = std::fs::read_dir(&here).unwrap().count();
    let run = |vars: &[(&str, &str)], uid: Option<u32>| {
        let mut command = Command::new(&program);
        command.args(["kernels"]).current_dir(&here).env_remove("HOME");
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        if let Some(uid) = uid {
            command.uid(uid).gid(uid);
        }
        command.envs(vars.iter().copied()).output().unwrap()
    };
    for vars in [
        &[("HOME", "relative")][..],
        &[("HOME", "")],
        &[("HOME", "~"), ("XDG_CONFIG_HOME", "c"), ("XDG_DATA_HOME", "d"), ("XDG_STATE_HOME", "s")],
    ] {
        let output = run(vars, None);
        fails_with(&output, "no home folder: HOME is ");
        assert!(stderr(&output).contains("set HOME"), "{}", stderr(&output));
    }
    if rustix::process::getuid().is_root() {
        // A user who is not in the system's list of users.
        fails_with(&run(&[], Some(54_321)), "no home folder: HOME is not set");
        // A user who may not write to their own home.
        let closed = home.path().join("closed");
        std::fs::create_dir(&closed).unwrap();
        let output = run(&[("HOME", closed.to_str().unwrap())], Some(54_321));
        let said = stderr(&output);
        assert!(said.contains("could not write") && said.contains(closed.to_str().unwrap()), "{said}");
    }
    assert_eq!(std::fs::read_dir(&here).unwrap().count(), before);
}

#[test]
fn wrong_usage_exits_with_two_and_a_failure_with_one() {
    let home = Home::new();
    assert_eq!(run(&home, &["bogus"]).status.code(), Some(2));
    assert_eq!(run(&home, &["stop"]).status.code(), Some(2));
    assert_eq!(run(&home, &["launch", "x", "--timeout", "soon"]).status.code(), Some(2));
    let folder = home.pipeline("one");
    let file = folder.join("first.ipynb");
    fails_with(&run(&home, &["launch", home.path().join("none").to_str().unwrap()]), "does not exist");
    fails_with(&run(&home, &["launch", file.to_str().unwrap()]), "is a file");
    fails_with(&run(&home, &["launch", folder.to_str().unwrap(), "--kernel", "cobol"]), "no kernelspec `cobol`");
    fails_with(&run(&home, &["stop", "0123456789ab"]), "does not exist");
}

#[test]
fn each_unusable_engine_has_an_error_with_its_own_remedy() {
    let home = Home::new();
    let with = |host: &str| home.orchest(&["list"]).env("DOCKER_HOST", host).output().unwrap();
    fails_with(&with("unix:///nowhere.sock"), "No engine answers at unix:///nowhere.sock");
    fails_with(&with("tcp://192.0.2.1:2375"), "names an engine on another machine");
    fails_with(&with("ssh://ada@engine"), "names an engine on another machine");
    fails_with(&with("nonsense"), "nonsense");
}

#[test]
fn an_error_about_access_names_the_group_or_the_owner_and_never_a_chmod() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    let home = Home::new();
    let closed = home.pipeline("closed");
    open_to(home.path(), 0o777);
    open_to(&home.path().join("folders"), 0o755);
    open_to(&closed, 0o700);
    // The program is copied out of the checkout, because other users may not read that.
    let program = home.path().join("orchest");
    std::fs::copy(home.orchest(&[]).get_program(), &program).unwrap();
    open_to(&program, 0o755);
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).envs(home.env()).current_dir("/").uid(65534).gid(65534).output().unwrap()
    };
    let unreadable = as_nobody(&["launch", closed.to_str().unwrap()]);
    fails_with(&unreadable, "cannot be read");
    let socket = Path::new("/var/run/docker.sock");
    if socket.exists() && std::fs::metadata(socket).unwrap().permissions().mode() & 0o006 == 0 {
        let forbidden = as_nobody(&["list"]);
        fails_with(&forbidden, "may not use the engine's socket");
        assert!(!stderr(&forbidden).contains("chmod"));
    }
}

fn open_to(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn unusable_kernelspecs_are_listed_with_their_problem() {
    let home = Home::new();
    let broken = home.places().kernels_dir().join("broken");
    std::fs::create_dir_all(&broken).unwrap();
    std::fs::write(broken.join("kernel.json"), "{\n  \"argv\": [,]\n}").unwrap();
    let shown = run(&home, &["kernels"]);
    assert!(stdout(&shown).contains("python_docker"));
    assert!(stderr(&shown).contains("`broken`") && stderr(&shown).contains("line 2, column"), "{}", stderr(&shown));
    let json: Value = serde_json::from_str(&stdout(&run(&home, &["kernels", "--json"]))).unwrap();
    assert_eq!(json["problems"][0]["name"], "broken");
}

#[test]
fn a_moved_folder_is_located_by_its_old_path_or_its_id() {
    let home = Home::new();
    let (old, other) = (home.pipeline("old"), home.pipeline("other"));
    let settings = home.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let entries = serde_json::json!({ "folders": [{ "path": old, "kernelspec": "r_docker" }, { "path": other }] });
    std::fs::write(&settings, entries.to_string()).unwrap();
    let (new, newest) = (old.with_file_name("new"), old.with_file_name("newest"));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let located = |from: &str, to: &Path| run(&home, &["locate", from, &text(to)]);
    std::fs::rename(&old, &new).unwrap();
    let before = std::fs::read_to_string(&settings).unwrap();
    fails_with(&located(&text(&old), &other), "is in the list already");
    fails_with(&located(&text(&old), &newest), "does not exist");
    fails_with(&located("nothing", &new), "No pipeline or launch called `nothing`");
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), before);

    let done = located(&text(&old), &new);
    assert!(done.status.success() && stderr(&done).contains(&text(&new)), "{}", stderr(&done));
    let listed: Value = serde_json::from_str(&stdout(&run(&home, &["list", "--json"]))).unwrap();
    let found = listed.as_array().unwrap().iter().find(|pipeline| pipeline["path"] == text(&new)).unwrap();
    assert_eq!(found["kernelspec"], "r_docker");

    std::fs::rename(&new, &newest).unwrap();
    let done = located(found["id"].as_str().unwrap(), &newest);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(std::fs::read_to_string(&settings).unwrap().contains(&text(&newest)));
}

#[test]
fn the_licences_are_printed_without_an_engine_or_the_package_is_to_be_installed_again() {
    let home = Home::new();
    let program = home.path().join("bin/orchest");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    std::fs::copy(home.orchest(&[]).get_program(), &program).unwrap();
    let printed = || Command::new(&program).arg("licences").env("DOCKER_HOST", "unix:///nowhere").output().unwrap();
    fails_with(&printed(), "install Orchest Desktop again");
    let texts = home.path().join("share/doc/orchest-desktop/THIRD_PARTY.txt");
    std::fs::create_dir_all(texts.parent().unwrap()).unwrap();
    std::fs::write(&texts, "serde 1.0.0: MIT [1]\r\n\u{c}\nPermission is hereby granted\n").unwrap();
    let shown = printed();
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert_eq!(stdout(&shown), "serde 1.0.0: MIT [1]\n\nPermission is hereby granted");
}

#[test]
fn images_and_doctor_list_images_and_checks() {
    let home = Home::new();
    let images: Value = serde_json::from_str(&stdout(&run(&home, &["images", "--json"]))).unwrap();
    let roles: Vec<_> = images.as_array().unwrap().iter().map(|image| image["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["gateway", "server", "kernel", "kernel"]);
    assert!(images.as_array().unwrap().iter().all(|image| image["size"].as_u64().unwrap() > 1_000_000));
    let doctor = run(&home, &["doctor", "--json"]);
    assert!(doctor.status.success(), "{}", stdout(&doctor));
    let checks: Value = serde_json::from_str(&stdout(&doctor)).unwrap();
    let of = |name: &str| checks.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap();
    for name in ["socket", "control groups", "user namespaces", "proxies", "clock", "names", "disk space"] {
        assert!(of(name)["finding"].as_str().is_some_and(|finding| !finding.is_empty()), "{name}: {checks}");
    }
    assert!(of("names")["finding"].as_str().unwrap().contains("containers find each other"), "{checks}");
    let folder = home.places().data.join("doctor");
    assert_eq!(left_of(&orchest_core::folder::pipeline::id_of(&folder)), Vec::<String>::new());
    let ill = home.orchest(&["doctor", "--json"]).env("DOCKER_HOST", "unix:///nowhere.sock").output().unwrap();
    assert_eq!(ill.status.code(), Some(1));
    let checks: Value = serde_json::from_str(&stdout(&ill)).unwrap();
    assert!(checks[0]["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{checks}");
}
