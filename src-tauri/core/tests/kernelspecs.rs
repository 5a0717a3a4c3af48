//! Kernelspecs as people write them: each is usable, or is reported with its problem and the place of it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use orchest_core::contract::snapshot::KernelspecView;
use orchest_core::kernelspec::{self, Kernelspec, parse};
use serde_json::{Value, json};

const SEED: &str = r#"{"language":"python","display_name":"Python on Docker","metadata":{"process_proxy":
    {"class_name":"enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
    "config":{"image_name":"elyra/kernel-py:2.0.0"}}},"env":{},"argv":["python",
    "/usr/local/share/jupyter/kernels/python_docker/scripts/launch_docker.py",
    "--RemoteProcessProxy.kernel-id","{kernel_id}","--RemoteProcessProxy.response-address","{response_address}",
    "--RemoteProcessProxy.spark-context-initialization-mode","none"]}"#;

fn wrong(name: &str, text: &str) -> String {
    let (message, hint) = parse(name, text, |_| true).unwrap_err();
    assert!(!hint.is_empty());
    message
}

/// The seed with one value replaced, one line for each member.
fn with(pointer: &str, value: Value) -> String {
    let mut spec: Value = serde_json::from_str(SEED).unwrap();
    let (holder, name) = pointer.rsplit_once('/').unwrap();
    let holder = spec.pointer_mut(holder).unwrap();
    match holder {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        holder => holder[name] = value,
    }
    serde_json::to_string_pretty(&spec).unwrap()
}

fn without(name: &str) -> String {
    let mut spec: Value = serde_json::from_str(SEED).unwrap();
    spec.as_object_mut().unwrap().remove(name);
    spec.to_string()
}

#[test]
fn the_seeds_kernelspec_is_accepted_to_the_letter() {
    let spec = parse("seed", SEED, |script| script == Path::new("python_docker/scripts/launch_docker.py")).unwrap();
    assert_eq!((spec.display_name.as_str(), spec.image.as_str()), ("Python on Docker", "elyra/kernel-py:2.0.0"));
    assert!(spec.lacks_public_key);
    assert!(KernelspecView::from(&spec).remark.is_some());
}

#[test]
fn a_problem_is_reported_with_its_place() {
    let seed = |from: &str, to: &str| SEED.replace(from, to);
    let table: Vec<(&str, String, &str)> = vec![
        ("a comma too many", "{\n  \"argv\": [,]\n}".into(), "not valid JSON: expected value at line 2, column 12"),
        ("nothing", String::new(), "not valid JSON"),
        ("a comment", format!("// mine\n{SEED}"), "not valid JSON: expected value at line 1, column 1"),
        ("a byte-order mark", format!("\u{feff}{SEED}"), "byte-order mark (line 1, column 1)"),
        ("a list", "[]".into(), "`kernel.json` is a list, and must be an object"),
        ("null", "null".into(), "`kernel.json` is null, and must be an object"),
        (
            "Jupyter's own name",
            with("/resource_dir", json!("/x")),
            "`resource_dir` (line 23, column 19) is a name that",
        ),
        ("no argv", without("argv"), "it has no `argv`"),
        ("argv is empty", with("/argv", json!([])), "`argv` (line 13, column 11) names no command"),
        (
            "argv is a text",
            with("/argv", json!("python x")),
            "`argv` (line 13, column 11) is a string, and must be a list",
        ),
        (
            "a number in argv",
            with("/argv/2", json!(7)),
            "`argv[2]` (line 16, column 5) is a number, and must be a string",
        ),
        ("a NUL in argv", with("/argv/2", json!("a\0")), "`argv[2]` (line 16, column 5) has a NUL in it"),
        ("no command", with("/argv/0", json!(" ")), "names no command"),
        ("no language", without("language"), "it has no `language`"),
        ("language is empty", with("/language", json!("")), "`language` (line 2, column 15) names no language"),
        (
            "language is null",
            with("/language", json!(null)),
            "`language` (line 2, column 15) is null, and must be a string",
        ),
        ("a name that is none", with("/display_name", json!(["a"])), "`display_name` (line 3, column 19) is a list"),
        (
            "interrupt",
            with("/interrupt_mode", json!("kill")),
            "`interrupt_mode` (line 23, column 21) is not a mode of Jupyter",
        ),
        ("interrupt is null", with("/interrupt_mode", json!(null)), "`interrupt_mode` (line 23, column 21) is null"),
        ("env is a list", with("/env", json!(["A=1"])), "`env` (line 12, column 10) is a list, and must be an object"),
        ("env is null", with("/env", json!(null)), "`env` (line 12, column 10) is null"),
        ("a number in env", with("/env/THREADS", json!(4)), "`env.THREADS` (line 13, column 16) is a number, and must"),
        (
            "an object in env",
            with("/env/A", json!({})),
            "`env.A` (line 13, column 10) is an object, and must be a string",
        ),
        (
            "a name with =",
            with("/env/A=B", json!("c")),
            "`env.A=B` (line 13, column 12) is not a valid name of a variable",
        ),
        ("a name of nothing", with("/env/", json!("c")), "is not a valid name of a variable"),
        ("a NUL in env", with("/env/A", json!("a\0b")), "`env.A` (line 13, column 10) has a NUL in it"),
        ("no metadata", without("metadata"), "it has no `metadata.process_proxy`"),
        (
            "metadata is a list",
            with("/metadata", json!([])),
            "`metadata` (line 4, column 15) is a list, and must be an",
        ),
        (
            "proxy is a text",
            with("/metadata/process_proxy", json!("x")),
            "`metadata.process_proxy` (line 5, column 22) is",
        ),
        ("another proxy", seed("DockerProcessProxy", "YarnClusterProcessProxy"), "YarnClusterProcessProxy"),
        (
            "class is a number",
            with("/metadata/process_proxy/class_name", json!(1)),
            "`metadata.process_proxy.class_name`",
        ),
        ("no class", seed("class_name", "class"), "`metadata.process_proxy` (line 2, column 5) has no `class_name`"),
        (
            "config is a list",
            with("/metadata/process_proxy/config", json!([])),
            "config` (line 7, column 17) is a list",
        ),
        (
            "a port",
            with("/metadata/process_proxy/config/port_range", json!(5)),
            "config.port_range` (line 9, column 23)",
        ),
        ("no image", seed("image_name", "image"), "it names no image"),
        ("image is null", with("/metadata/process_proxy/config/image_name", json!(null)), "column 23) is null"),
        ("no name of an image", seed("elyra/kernel-py", "Elyra/Kernel py"), "not a valid name of an image: `Elyra/"),
        (
            "a script elsewhere",
            seed("python_docker/scripts", "../../etc"),
            "`argv[1]` (line 4, column 5) names the script",
        ),
    ];
    for (what, text, wanted) in table {
        let message = wrong("a", &text);
        assert!(message.contains(wanted), "{what}: {message}");
    }
}

#[test]
fn a_value_of_env_is_never_shown() {
    for env in [json!({ "PASSWORD": ["hunter2"] }), json!({ "A=": "hunter2" }), json!({ "PASSWORD": "hunter2\0" })] {
        let (message, hint) = parse("a", &with("/env", env), |_| true).unwrap_err();
        assert!(!message.contains("hunter2") && !hint.contains("hunter2"), "{message}; {hint}");
    }
}

#[test]
fn a_kernelspec_that_jupyter_accepts_is_accepted() {
    let table = [
        with("/interrupt_mode", json!("Message")),
        with("/interrupt_mode", json!("signal")),
        with("/env", json!({ "A": "", "B": "${PATH}" })),
        with("/mine", json!({ "a": [1, null] })),
        with("/metadata/debugger", json!("yes")),
        with("/argv/1", json!("{resource_dir}/scripts/launch_docker.py")),
        without("env"),
    ];
    for text in table {
        parse("a", &text, |_| true).unwrap_or_else(|problem| panic!("{problem:?}: {text}"));
    }
    let missing = |text: &str| parse("Mine", text, |script| script != Path::new("Mine/run.py")).unwrap_err().0;
    assert!(missing(&with("/argv/1", json!("{resource_dir}/run.py"))).contains("`Mine/run.py`, which is not in"));
    for name in ["", "a b", "a:b", "über", "a\n", "a/b"] {
        assert!(wrong(name, SEED).contains("does not allow the name"), "{name:?}");
    }
}

/// A kernels directory with the seed's script.
fn kernels() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("python_docker/scripts")).unwrap();
    fs::write(dir.path().join("python_docker/scripts/launch_docker.py"), "").unwrap();
    fs::write(dir.path().join("python_docker/kernel.json"), SEED).unwrap();
    dir
}

fn add(dir: &tempfile::TempDir, name: &str, text: impl AsRef<[u8]>) {
    fs::create_dir_all(dir.path().join(name)).unwrap();
    fs::write(dir.path().join(name).join("kernel.json"), text).unwrap();
}

fn names(usable: &[Kernelspec]) -> Vec<&str> {
    usable.iter().map(|spec| spec.name.as_str()).collect()
}

#[test]
fn the_name_in_lower_case_is_used_if_two_differ_only_in_case() {
    let dir = kernels();
    add(&dir, "Python_DS", SEED);
    let (usable, problems) = kernelspec::read(dir.path());
    assert_eq!((names(&usable), problems.len()), (vec!["python_docker", "python_ds"], 0));
    add(&dir, "python_ds", SEED);
    add(&dir, "R_one", SEED);
    add(&dir, "R_One", SEED);
    let (usable, problems) = kernelspec::read(dir.path());
    assert_eq!(names(&usable), ["python_docker", "python_ds"]);
    let told: Vec<_> = problems.iter().map(|problem| (problem.name.as_str(), problem.message.as_str())).collect();
    let no_case = |other| format!("Jupyter ignores case in names, and there is also `{other}`");
    let wanted = [("Python_DS", no_case("python_ds")), ("R_One", no_case("R_one")), ("R_one", no_case("R_One"))];
    assert_eq!(told, wanted.each_ref().map(|(name, message)| (*name, message.as_str())));
}

#[test]
fn files_that_are_no_kernelspec_are_reported_or_ignored() {
    let dir = kernels();
    fs::create_dir(dir.path().join("empty")).unwrap();
    fs::create_dir(dir.path().join(".hidden")).unwrap();
    fs::write(dir.path().join("notes.txt"), "").unwrap();
    add(&dir, "latin1", b"{\n  \"display_name\": \"caf\xe9\"}");
    add(&dir, "utf16", [0xff, 0xfe, b'{', 0, b'}', 0]);
    fs::create_dir_all(dir.path().join("folder/kernel.json")).unwrap();
    add(&dir, "a b", SEED);
    add(&dir, "long", " ".repeat((1 << 20) + 1));
    let (usable, problems) = kernelspec::read(dir.path());
    assert_eq!(names(&usable), ["python_docker"]);
    let told: Vec<_> = problems.iter().map(|problem| (problem.name.as_str(), problem.message.as_str())).collect();
    let wanted = [
        ("a b", "Jupyter does not allow the name of this kernelspec"),
        ("empty", "there is no `kernel.json` in it"),
        ("folder", "`kernel.json` is a folder, and must be a file"),
        ("latin1", "`kernel.json` is not UTF-8 at line 2, column 23"),
        ("long", "`kernel.json` is larger than 1 MB"),
        ("utf16", "`kernel.json` begins with the byte-order mark of UTF-16 (line 1, column 1), and must be UTF-8"),
    ];
    assert_eq!(told, wanted);
    let (usable, problems) = kernelspec::read(&dir.path().join("nowhere"));
    assert!(usable.is_empty());
    assert_eq!(problems[0].message, "the kernels directory does not exist");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_broken_ones_are_reported() {
    use std::os::unix::fs::symlink;
    let (dir, dotfiles) = (kernels(), kernels());
    symlink(dotfiles.path().join("python_docker"), dir.path().join("whole")).unwrap();
    fs::create_dir(dir.path().join("part")).unwrap();
    symlink(dotfiles.path().join("python_docker/kernel.json"), dir.path().join("part/kernel.json")).unwrap();
    symlink("/nowhere/at/all", dir.path().join("lost")).unwrap();
    fs::create_dir(dir.path().join("half")).unwrap();
    symlink("/nowhere/at/all", dir.path().join("half/kernel.json")).unwrap();
    symlink("round", dir.path().join("round")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(dir.path().join("empty.fifo")).status().unwrap().success());
    fs::create_dir(dir.path().join("pipe")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(dir.path().join("pipe/kernel.json")).status().unwrap().success());
    let (usable, problems) = kernelspec::read(dir.path());
    assert_eq!(names(&usable), ["part", "python_docker", "whole"]);
    let told: Vec<_> = problems.iter().map(|problem| (problem.name.as_str(), problem.message.as_str())).collect();
    assert_eq!(told[0], ("half", "`kernel.json` is a broken link"));
    assert_eq!(told[1], ("lost", "it is a broken link"));
    assert_eq!(told[2], ("pipe", "`kernel.json` is not a regular file"));
    assert!(told[3].0 == "round" && told[3].1.contains("link"), "{told:?}");
}
