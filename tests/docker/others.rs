//! A umask of 0, and what other users of the machine can change then.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use orchest_tests::home::Home;
use serde_json::Value;

/// Runs `orchest` with a umask of 0.
fn with_umask_0(home: &Home, arguments: &[&str]) -> Output {
    home.orchest_by(&["sh", "-c", "umask 0; exec \"$@\"", "sh"], arguments).output().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The output of `orchest kernels`: the names of the usable kernelspecs, and the whole text.
fn kernels(home: &Home) -> (Vec<String>, String) {
    let output = with_umask_0(home, &["kernels", "--json"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer: Value = serde_json::from_str(&said).unwrap();
    let list = answer["kernelspecs"].as_array().or(answer["usable"].as_array()).or(answer.as_array()).cloned();
    let usable = list.unwrap_or_default();
    let names = usable.iter().filter_map(|spec| spec["name"].as_str().map(str::to_owned)).collect();
    (names, said)
}

#[test]
fn the_apps_files_are_closed_to_others_under_any_umask_and_former_mode() {
    let home = Home::new();
    let places = home.places();
    assert!(with_umask_0(&home, &["kernels"]).status.success());
    let ours = [
        places.config.clone(),
        places.data.clone(),
        places.state.clone(),
        places.kernels_dir(),
        places.data.join("gateways"),
        places.logs_dir(),
        places.state.join("processes"),
    ];
    let all_closed = || {
        for folder in ours.iter().filter(|folder| folder.exists()) {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
    };
    all_closed();
    for folder in ours.iter().filter(|folder| folder.exists() && **folder != places.kernels_dir()) {
        set(folder, 0o777);
    }
    assert!(with_umask_0(&home, &["kernels"]).status.success());
    all_closed();
}

#[test]
fn a_kernels_folder_writable_by_others_is_refused_with_the_remedy() {
    let home = Home::new();
    assert_eq!(kernels(&home).0, ["python_docker", "r_docker"]);
    let dir = home.places().kernels_dir();
    let spec = dir.join("python_docker");
    // The app closes the folder again. A kernelspec that the neighbour put there before is not used.
    set(&dir, 0o777);
    assert_eq!(kernels(&home).0, ["python_docker", "r_docker"]);
    assert_eq!(mode(&dir) & 0o022, 0);

    for (path, usual) in [
        (spec.clone(), 0o755),
        (spec.join("kernel.json"), 0o644),
        (spec.join("scripts"), 0o755),
        (spec.join("scripts/launch_docker.py"), 0o644),
    ] {
        set(&path, 0o777);
        let (usable, said) = kernels(&home);
        assert_eq!(usable, ["r_docker"], "{}", path.display());
        assert!(said.contains("every user of this machine") && said.contains("chmod go-w"), "{said}");
        set(&path, usual);
    }

    let elsewhere = home.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    set(&elsewhere, 0o777);
    fs::rename(&spec, elsewhere.join("python_docker")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("python_docker"), &spec).unwrap();
    let (usable, said) = kernels(&home);
    assert_eq!(usable, ["r_docker"], "a link to a folder that others can write to");
    assert!(said.contains(elsewhere.to_str().unwrap()), "{said}");

    let parent = home.places().data.parent().unwrap().to_owned();
    let before = mode(&parent);
    set(&parent, 0o777);
    let (usable, said) = kernels(&home);
    assert_eq!(usable, Vec::<String>::new());
    assert!(said.contains(&format!("chmod go-w '{}'", parent.display())), "{said}");
    let launched = with_umask_0(&home, &["launch", home.pipeline("open").to_str().unwrap(), "--no-open"]);
    assert_eq!(launched.status.code(), Some(1), "a launch with a kernelspec that others can change");
    set(&parent, before);
    set(&elsewhere, 0o755);
    assert_eq!(kernels(&home).0, ["python_docker", "r_docker"]);
}
