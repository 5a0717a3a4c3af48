//! Kernelspecs that are made, tested, changed, renamed and removed in the terminal.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use orchest_tests::engine::docker;
use orchest_tests::home::Home;
use serde_json::{Value, json};

const IMAGE: &str = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));

fn run(home: &Home, arguments: &[&str]) -> Output {
    home.orchest(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn done(home: &Home, arguments: &[&str]) -> String {
    let output = run(home, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn spec(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// The containers, networks and volumes of launches in this home.
fn left(home: &Home) -> String {
    let place = home.path().canonicalize().unwrap();
    let mut found = String::new();
    for list in [&["ps", "-a"][..], &["network", "ls"], &["volume", "ls"]] {
        let format = "{{.Label \"org.orchest.pipeline\"}}";
        let arguments = [list, &["--filter", "label=org.orchest.pipeline", "--format", format]].concat();
        let listed = Command::new("docker").args(arguments).output().unwrap();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        found.extend(listed.lines().filter(|line| Path::new(line).starts_with(&place)).map(|line| format!("{line}\n")));
    }
    found
}

#[test]
fn a_kernelspec_is_made_tested_changed_renamed_and_deleted() {
    let home = Home::new();
    let file = PathBuf::from(done(&home, &["kernels", "new", "Mine", "--image", IMAGE, "--env", "THREADS=4"]));
    assert_eq!(file, home.places().kernels_dir().join("Mine/kernel.json"));

    let tested: Value = serde_json::from_str(&done(&home, &["kernels", "test", "mine", "--json"])).unwrap();
    assert_eq!((&tested["code"], &tested["answer"]), (&json!("1+1"), &json!("2")), "{tested}");
    for step in ["launch_ms", "kernel_ms", "answer_ms"] {
        assert!(tested[step].as_u64().unwrap() > 0, "{tested}");
    }
    assert_eq!(left(&home), "", "a test leaves nothing");
    assert!(!done(&home, &["list"]).contains(home.path().to_str().unwrap()));

    // What a person wrote by hand stays, where it is.
    let mut theirs = spec(&file);
    theirs["mine"] = json!([1, { "b": 2, "a": 1.5 }]);
    std::fs::write(&file, serde_json::to_string_pretty(&theirs).unwrap()).unwrap();
    done(&home, &["kernels", "edit", "mine", "--display-name", "My own", "--no-env", "THREADS", "--env", "MODE=fast"]);
    theirs["display_name"] = json!("My own");
    theirs["env"] = json!({ "MODE": "fast" });
    assert_eq!(std::fs::read_to_string(&file).unwrap(), serde_json::to_string_pretty(&theirs).unwrap());

    let wrong = run(&home, &["kernels", "edit", "mine", "--image", "A b", "--cpus", "0", "--env", "1=2"]);
    assert_eq!(wrong.status.code(), Some(1));
    for fault in ["image: it is not a valid name", "cores: it must be", "variable `1`: it is not a valid name"] {
        assert!(said(&wrong).contains(&format!("error: {fault}")), "{}", said(&wrong));
    }
    assert_eq!(spec(&file), theirs, "nothing of a draft with faults is written");

    let folder = home.pipeline("uses it");
    let entries = json!({ "folders": [{ "path": folder, "kernelspec": "mine" }] });
    std::fs::create_dir_all(home.places().settings_file().parent().unwrap()).unwrap();
    std::fs::write(home.places().settings_file(), entries.to_string()).unwrap();
    let file = PathBuf::from(done(&home, &["kernels", "rename", "mine", "yours"]));
    assert_eq!(file, home.places().kernels_dir().join("yours/kernel.json"));
    assert!(!home.places().kernels_dir().join("Mine").exists());
    let settings = spec(&home.places().settings_file());
    assert_eq!(settings["folders"][0]["kernelspec"], "yours", "a folder that used it uses it on");

    done(&home, &["kernels", "duplicate", "yours", "copy"]);
    done(&home, &["kernels", "delete", "yours"]);
    assert!(!file.exists());
    assert!(home.path().join("data/Trash/files/yours/kernel.json").exists(), "it is in the person's trash");
    let tested: Value = serde_json::from_str(&done(&home, &["kernels", "test", "copy", "--json"])).unwrap();
    assert_eq!(tested["answer"], "2", "a copy has a script of its own");
    assert_eq!(left(&home), "");
}

#[test]
fn a_kernelspec_that_does_not_start_fails_its_test_with_the_reason() {
    let home = Home::new();
    // Its own launcher ends at once.
    let image = concat!("orchest-test/ends:", env!("CARGO_PKG_VERSION"));
    let folder = tempfile::tempdir().unwrap();
    let dockerfile = format!("FROM {IMAGE}\nLABEL org.orchest.launcher=own\nCMD [\"/bin/false\"]\n");
    std::fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    docker(&["build", "-q", "-t", image, folder.path().to_str().unwrap()]);
    done(&home, &["kernels", "new", "bad", "--from", "python_docker", "--image", image]);
    let failed = run(&home, &["kernels", "test", "bad"]);
    assert_eq!(failed.status.code(), Some(1));
    let said = said(&failed);
    assert!(said.contains("error: The test of `bad` failed: The kernel's container ended"), "{said}");
    assert!(said.contains(image) && said.contains("hint: "), "{said}");
    assert_eq!(left(&home), "");
    let none = run(&home, &["kernels", "test", "none"]);
    assert!(!none.status.success() && String::from_utf8_lossy(&none.stderr).contains("no kernelspec `none`"));
    docker(&["rmi", "-f", image]);
}

/// Waits until the program has a handler for SIGINT. On a busy machine its start alone can take a second.
fn catches_interrupts(program: rustix::process::Pid) {
    let path = format!("/proc/{}/status", program.as_raw_nonzero());
    let began = Instant::now();
    loop {
        let status = std::fs::read_to_string(&path).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        // The bit of a signal is one below its number (proc_pid_status(5)).
        if u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << 1) != 0 {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "the program does not listen: {status}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_test_that_is_cancelled_leaves_nothing() {
    let home = Home::new();
    // At each moment: while it is examined, while its containers start, while the kernel starts.
    for wait in [0, 150, 400, 900, 1_300] {
        let mut test = home.orchest(&["kernels", "test", "python_docker"]);
        let mut test = test.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = rustix::process::Pid::from_child(&test);
        catches_interrupts(pid);
        std::thread::sleep(Duration::from_millis(wait));
        if rustix::process::kill_process(pid, rustix::process::Signal::INT).is_err() {
            continue;
        }
        let began = Instant::now();
        let code = test.wait().unwrap().code();
        assert!(matches!(code, Some(130 | 0)), "after {wait} ms: {code:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "after {wait} ms: {:?}", began.elapsed());
        assert_eq!(left(&home), "", "after {wait} ms");
    }
}

#[test]
fn the_persons_editor_may_write_anything_and_each_fault_is_reported() {
    let home = Home::new();
    let file = PathBuf::from(done(&home, &["kernels", "new", "mine", "--image", IMAGE]));
    let edit = |script: &str| {
        let mut orchest = home.orchest(&["kernels", "edit", "mine"]);
        orchest.env_remove("VISUAL").env("EDITOR", format!("sed -i {script}")).output().unwrap()
    };
    let fine = edit("s/debugger/mine/");
    assert!(fine.status.success() && said(&fine).contains("can be used"), "{}", said(&fine));
    let wrong = edit("-e s/\"python\"/7/ -e s/orchest.kernel-python/Kernel/");
    assert_eq!(wrong.status.code(), Some(1));
    for fault in ["language: `language` (line 3, column 15) is a number", "argv: `argv[0]`", "image: `metadata.process"]
    {
        assert!(said(&wrong).contains(&format!("error: {fault}")), "{}", said(&wrong));
    }
    assert!(std::fs::read_to_string(&file).unwrap().contains("\"language\": 7"), "the file is the person's");
    let no_json = edit("s/{/[/");
    assert!(said(&no_json).contains("error: `kernel.json` is not valid JSON"), "{}", said(&no_json));
}
