//! The variables of a folder: which kernels have them, how they arrive, and where their values cannot be read.

use std::fs;
use std::process::Command;

use orchest_core::App;
use orchest_core::contract::snapshot::LaunchState;
use orchest_core::contract::variables::{EnvFileState, TypedValue, VariableKept};
use orchest_core::logs::app_log::log_file;
use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launch_of, launched, server_of, stopped, until};
use serde_json::Value;

const SECRET: &str = "s3cret-f00dfeed";
const ODD: &str = "Grüße,\n\"quoted\" 'and' $HOME ${PATH} %PATH% \\n\ttab 日本";

async fn set(app: &App, id: &str, name: &str, value: &str, secret: bool) {
    let missing = app.set_variable(id, name, TypedValue(value.to_owned()), secret).await.unwrap();
    assert_eq!(missing, Vec::<String>::new());
}

/// The values of variables, as JSON has them.
fn python(names: &[&str]) -> String {
    format!("import json, os; print(json.dumps([os.environ.get(name) for name in {names:?}]))")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kernel_of_a_folder_has_its_variables_as_they_are_and_no_kernel_of_another_one() {
    let home = Home::new();
    home.kernelspec("own", concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION")));
    let app = home.app().await;
    app.attend();
    let (mine, theirs) = (home.pipeline("mine"), home.pipeline("theirs"));
    let id = app.add_pipeline(mine.clone()).await.unwrap();
    set(&app, &id, "ODD", ODD, false).await;
    set(&app, &id, "KEY", SECRET, true).await;
    set(&app, &id, "EMPTY", "", false).await;
    launched(&app, &mine, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let wanted = serde_json::json!([ODD, SECRET, ""]);
    for kernelspec in ["python_docker", "own"] {
        let text = server.printed(kernelspec, &python(&["ODD", "KEY", "EMPTY"])).await;
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), wanted, "{kernelspec}");
    }

    // The kernels that start after a change have it, and those that run keep what they had.
    let mut before = server.start("python_docker", "before.ipynb").await.unwrap();
    set(&app, &id, "KEY", "another one", true).await;
    app.remove_variable(&id, "EMPTY").await.unwrap();
    let text = server.printed("python_docker", &python(&["KEY", "EMPTY"])).await;
    assert_eq!(text, r#"["another one", null]"#);
    assert_eq!(before.execute(&python(&["KEY"])).await.text.trim(), format!("[\"{SECRET}\"]"));

    let other = launched(&app, &theirs, None).await.unwrap();
    let text = server_of(&app, &other).await.printed("python_docker", &python(&["ODD", "KEY"])).await;
    assert_eq!(text, "[null, null]");
    for id in [&id, &other] {
        stopped(&app, id).await;
        assert_eq!(left_of(id), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_of_r_has_the_variables() {
    let home = Home::new();
    let app = home.app().await;
    app.attend();
    let folder = home.pipeline("r");
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    set(&app, &id, "KEY", "ä \"b\"", true).await;
    launched(&app, &folder, Some("r_docker")).await.unwrap();
    let server = server_of(&app, &id).await;
    assert_eq!(server.printed("r_docker", "cat(Sys.getenv('KEY'))").await, "ä \"b\"");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_value_is_only_in_the_kernels_and_is_there_again_after_the_gateway_was_replaced() {
    let home = Home::new();
    orchest_core::logs::app_log::start(&home.places(), true).unwrap();
    let app = home.app().await;
    app.attend();
    let folder = home.pipeline("secret");
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    set(&app, &id, "KEY", SECRET, true).await;
    launched(&app, &folder, None).await.unwrap();
    let server = server_of(&app, &id).await;
    assert_eq!(server.printed("python_docker", &python(&["KEY"])).await, format!("[\"{SECRET}\"]"));

    let holds_none = |what: &str, text: &str| assert!(!text.contains(SECRET), "the value is in {what}");
    for role in ["gateway", "server"] {
        let name = format!("orchest-{id}-{role}");
        holds_none("the description of a container", &docker(&["inspect", &name]).join("\n"));
        let output = Command::new("docker").args(["logs", &name]).output().unwrap();
        holds_none("a container's log", &String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
    }
    let kernel = &in_role(&id, "kernel")[0];
    let labels = docker(&["inspect", "--format", "{{json .Config.Labels}}", kernel]).concat();
    holds_none("a label", &labels);
    assert!(labels.contains("\"org.orchest.hidden\":\"KEY\""), "{labels}");
    holds_none("the snapshot", &serde_json::to_string(&*app.snapshots().borrow()).unwrap());
    holds_none("the settings", &fs::read_to_string(home.places().settings_file()).unwrap());
    // A kernel that prints it writes it into its log.
    let mut writes = server.start("python_docker", "writes.ipynb").await.unwrap();
    writes.execute("import os; os.write(1, os.environ['KEY'].encode() + b'\\n')").await;
    let mut lines = app.log_lines(&id, 1000, false).await.unwrap();
    let mut seen = 0;
    while let Some(line) = lines.recv().await {
        holds_none("a line of the logs", &line.text);
        seen += 1;
    }
    assert!(seen > 0);

    docker(&["kill", "-s", "KILL", &format!("orchest-{id}-gateway")]);
    let state = |snapshot: &_, wanted| {
        launch_of(snapshot, &id).filter(|launch| (launch.state == LaunchState::Running) == wanted)
    };
    until(&app, "the death", |snapshot| state(snapshot, false)).await;
    until(&app, "the launch", |snapshot| state(snapshot, true)).await;
    let server = server_of(&app, &id).await;
    assert_eq!(server.printed("python_docker", &python(&["KEY"])).await, format!("[\"{SECRET}\"]"));
    stopped(&app, &id).await;
    holds_none("the app's log", &fs::read_to_string(log_file(&home.places())).unwrap());

    // Another program does not have what this one kept, and says so.
    let later = home.app().await;
    later.look_at(folder).await.unwrap();
    let (variables, _) = later.variables(&id).await.unwrap();
    assert_eq!(variables[0].kept, VariableKept::Lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dotenv_file_counts_once_the_person_allows_it_and_not_after_it_changed() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("dotenv");
    fs::write(folder.join(".env"), "export A='from the file'\nB=\"${A}!\"\n").unwrap();
    let id = launched(&app, &folder, None).await.unwrap();
    let server = server_of(&app, &id).await;
    let values = python(&["A", "B"]);
    assert_eq!(server.printed("python_docker", &values).await, "[null, null]");
    let state = async || app.variables(&id).await.unwrap().1.unwrap().state;
    app.look_at(folder.clone()).await.unwrap();
    assert_eq!(state().await, EnvFileState::Offered);
    app.use_env_file(&id, true).await.unwrap();
    assert_eq!(server.printed("python_docker", &values).await, r#"["from the file", "from the file!"]"#);
    fs::write(folder.join(".env"), "A=changed\n").unwrap();
    stopped(&app, &id).await;
    launched(&app, &folder, None).await.unwrap();
    assert_eq!(state().await, EnvFileState::Changed);
    let launch = launch_of(&app.snapshots().borrow().clone(), &id).unwrap();
    let said: String = launch.stages.iter().map(|stage| stage.detail.as_str()).collect();
    assert!(said.contains("`.env` has changed since you allowed it"), "{said}");
    let server = server_of(&app, &id).await;
    assert_eq!(server.printed("python_docker", &values).await, "[null, null]");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_sets_shows_and_takes_away_variables() {
    let home = Home::new();
    let folder = home.pipeline("terminal");
    let orchest = |arguments: &[&str], input: Option<&str>| {
        use std::io::Write;
        let all = [&["env"], arguments].concat();
        let mut command = home.orchest(&all);
        command.current_dir(&folder).stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (code, _, said) = orchest(&["set", "A=1=2"], None);
    assert_eq!(code, 0, "{said}");
    let (code, _, said) = orchest(&["set", "B", "--value-stdin"], Some("one\ntwo\n"));
    assert_eq!(code, 0, "{said}");
    let (_, shown, _) = orchest(&[], None);
    assert!(shown.contains("  A  1=2") && shown.contains("  B  one\\ntwo"), "{shown}");
    let (_, json, _) = orchest(&["--json"], None);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["variables"][1]["value"], "one\ntwo");

    // No test run has a keychain, and a program that ends keeps nothing.
    let (code, _, said) = orchest(&["set", "KEY", "--secret", "--value-stdin"], Some(SECRET));
    assert!(code == 1 && said.contains("no keychain") && said.contains("hint: ") && !said.contains(SECRET), "{said}");
    for refused in
        [&["set", "PATH=/x"][..], &["set", "1=2"], &["set", "NAME"], &["set", "A=1", "--value-stdin"], &["unset", "C"]]
    {
        let (code, _, said) = orchest(refused, None);
        assert!(code == 1 && said.starts_with("error: "), "{refused:?}: {said}");
    }
    assert_eq!(orchest(&["unset", "A"], None).0, 0);
    fs::write(folder.join(".env"), "C=3\n").unwrap();
    assert!(orchest(&[], None).1.contains(".env: 1 variable (not used"));
    assert_eq!(orchest(&["use-env-file"], None).0, 0);
    let (_, shown, _) = orchest(&[], None);
    assert!(shown.contains(".env: 1 variable (used)") && !shown.contains("  A  "), "{shown}");
    assert_eq!(orchest(&["use-env-file", "--no"], None).0, 0);
    assert!(orchest(&[], None).1.contains("(not used"));
}
