//! Where tokens can be read: only in the environment of the containers, and only by people who may use the engine.

use std::process::Command;

use orchest_core::contract::snapshot::LaunchState;
use orchest_core::logs::app_log::log_file;
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;

/// The tokens of a running launch, the server's first.
fn tokens_of(id: &str) -> [String; 2] {
    let server = format!("orchest-{id}-server");
    let env = docker(&["inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", &server]);
    let value = |name: &str| env.iter().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    [value("JUPYTER_TOKEN="), value("JUPYTER_GATEWAY_AUTH_TOKEN=")]
}

fn holds_none(what: &str, text: &str, tokens: &[String; 2]) {
    for token in tokens {
        assert!(token.len() > 40);
        let line = text.lines().find(|line| line.contains(token.as_str()));
        assert_eq!(line, None, "a token is in {what}");
    }
}

fn processes() -> String {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let arguments = processes.map(|entry| std::fs::read(entry.path().join("cmdline")).unwrap_or_default());
    arguments.map(|line| String::from_utf8_lossy(&line).into_owned() + "\n").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_in_no_process_list_no_container_log_no_snapshot_and_no_report_of_a_panic() {
    let home = Home::new();
    // One log subscriber serves the whole process. Lines of other tests in it do no harm.
    orchest_core::logs::app_log::start(&home.places(), false).unwrap();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("tokens"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    kernel.execute("print(1)").await;

    let tokens = tokens_of(&id);
    assert_eq!(tokens[0], server.token);
    holds_none("the process list", &processes(), &tokens);
    holds_none("the containers", &docker(&["ps", "-a", "--no-trunc", "--format", "{{json .}}"]).join("\n"), &tokens);
    for role in ["gateway", "server"] {
        let name = format!("orchest-{id}-{role}");
        let output = Command::new("docker").args(["logs", &name]).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(!said.is_empty(), "the {role}'s log is empty");
        holds_none("a container's log", &String::from_utf8_lossy(&said), &tokens);
        holds_none("a container's processes", &docker(&["top", &name, "-eo", "pid,args"]).join("\n"), &tokens);
    }
    // The snapshot holds everything that the window shows and that "Copy details" copies.
    let shown = || serde_json::to_string(&*app.snapshots().borrow()).unwrap();
    holds_none("the snapshot", &shown(), &tokens);
    docker(&["kill", &format!("orchest-{id}-server")]);
    let told = until(&app, "its last words", |snapshot| {
        let launch = launch_of(snapshot, &id).filter(|launch| launch.state == LaunchState::Broken)?;
        launch.failure.filter(|failure| !failure.log.is_empty())
    })
    .await;
    assert!(told.message.contains("server"), "{told:?}");
    holds_none("the snapshot", &shown(), &tokens);
    stopped(&app, &id).await;

    // A panic is logged with its place, so that a bug report can include it.
    let panicked = std::thread::spawn(|| panic!("a panic for the log")).join();
    assert!(panicked.is_err());
    let log = std::fs::read_to_string(log_file(&home.places())).unwrap();
    let line = log.lines().find(|line| line.contains("a panic for the log")).expect("a line of the panic");
    assert!(line.contains("ERROR") && line.contains("tokens.rs"), "{line}");
    holds_none("the log", &log, &tokens);
}

#[test]
fn a_token_is_in_no_log_of_ours_at_any_level_and_in_no_text_for_people() {
    let home = Home::new();
    let folder = home.pipeline("traced");
    let folder = folder.to_str().unwrap();
    let name = format!("tokens-{}", std::process::id());
    // The browser visits at once. Launches of other people are hidden, so that looking for them takes no time.
    let env = [("ORCHEST_LOG", "trace"), ("BROWSER", "curl"), ("USER", name.as_str())];
    let run = |arguments: &[&str]| home.orchest(arguments).envs(env).output().unwrap();
    let launched = run(&["launch", folder, "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&launched.stdout).unwrap();
    let id = answer["id"].as_str().unwrap();
    let tokens = tokens_of(id);
    assert!(answer["url"].as_str().unwrap().contains(&tokens[0]), "standard output has the address");
    docker(&["kill", &format!("orchest-{id}-gateway")]);
    let outputs = [&["list", "--json"][..], &["logs", folder], &["doctor", "--json"], &["launch", folder, "--no-open"]];
    let mut said = vec![launched.stderr];
    let again = outputs.map(run);
    let tokens_again = tokens_of(id);
    said.extend(again[..3].iter().map(|output| [output.stdout.clone(), output.stderr.clone()].concat()));
    said.push(again[3].stderr.clone());
    said.push(run(&["stop", folder]).stderr);
    let log = std::fs::read_to_string(log_file(&home.places())).unwrap();
    assert!(log.contains("DEBUG orchest_core"), "the log lacks some levels");
    for tokens in [tokens, tokens_again] {
        said.iter().for_each(|text| holds_none("what is said", &String::from_utf8_lossy(text), &tokens));
        holds_none("the log", &log, &tokens);
    }
}
