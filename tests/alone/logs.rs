//! The logs in the window: of a launch's containers as they come and go, and of the app.

use std::time::{Duration, Instant};

use orchest_core::LogLine;
use orchest_core::contract::live::KernelAction;
use orchest_core::logs::line::LogLevel;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::proxy::Proxy;
use tokio::sync::mpsc::Receiver;

/// Reads until a line matches.
async fn read(logs: &mut Receiver<Vec<LogLine>>, what: &str, wanted: impl Fn(&LogLine) -> bool) -> Vec<LogLine> {
    let mut all = Vec::new();
    let found = tokio::time::timeout(Duration::from_secs(90), async {
        while !all.iter().any(&wanted) {
            all.extend(logs.recv().await.unwrap());
        }
    });
    if found.await.is_err() {
        panic!("waited in vain for {what}; {} lines, the last: {:?}", all.len(), all.last());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_running_and_later_containers_are_read_whole_and_without_tokens() {
    let home = Home::new();
    let proxy = Proxy::new(home.path()).await;
    proxy.start();
    let app = home.app_with(&proxy);
    app.settled().await;
    let folder = home.pipeline("logged");
    let id = app.add_pipeline(folder.clone()).await.unwrap();
    // Before there is a line.
    let mut logs = app.follow_logs(Some(&id));
    launched(&app, &folder, None).await.unwrap();
    let of = |source: &'static str| move |line: &LogLine| line.source == source && line.level == Some(LogLevel::Info);
    read(&mut logs, "the server", of("server")).await;

    let url = app.url(&id).await.unwrap();
    let server = Server::at(&url);
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let source = format!("kernel {}", &kernel.id[..8]);
    let token = server.token.clone();
    let code =
        format!("said = open('/proc/1/fd/2', 'w')\nprint('\\x1b[31mERROR: {token}\\x1b[0m', file=said, flush=True)");
    kernel.execute(&code).await;
    let lines = read(&mut logs, "the kernel", |line| line.source == source && line.text.starts_with("ERROR")).await;
    let said = lines.iter().find(|line| line.text.starts_with("ERROR")).unwrap();
    assert_eq!((said.text.as_str(), said.level), ("ERROR: …", Some(LogLevel::Error)));

    kernel.execute("said.writelines(f'line {n}\\n' for n in range(100_000)); said.flush()").await;
    let lines = read(&mut logs, "100,000 lines", |line| line.text == "line 99999").await;
    let numbers: Vec<_> =
        lines.iter().filter(|line| line.source == source).filter_map(|line| line.text.strip_prefix("line ")).collect();
    assert!(numbers.iter().enumerate().all(|(n, number)| *number == n.to_string()), "in order, each once");
    assert_eq!(numbers.len(), 100_000);

    app.act_on_kernel(&id, &kernel.id, KernelAction::ShutDown).await.unwrap();
    let lines = read(&mut logs, "the kernel's end", |line| line.source == source && line.ended).await;
    assert!(!lines.iter().any(|line| line.text.contains(&token)));

    assert_eq!(proxy.open("/logs"), 2, "gateway and server");
    drop(logs);
    let began = Instant::now();
    while proxy.open("/logs") > 0 {
        assert!(began.elapsed() < Duration::from_secs(5), "{} logs are still read", proxy.open("/logs"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apps_own_log_is_followed_into_a_new_file() {
    let home = Home::new();
    let log = home.places().logs_dir().join("orchest.log");
    std::fs::create_dir_all(log.parent().unwrap()).unwrap();
    let line = |level: &str, text: &str| format!("2026-11-23T22:24:30.653773Z {level:>5} orchest_core: {text}\n");
    std::fs::write(&log, line("INFO", "first")).unwrap();
    let app = home.app().await;
    let mut logs = app.follow_logs(None);
    let ends = |end: &'static str| move |line: &LogLine| line.source == "app" && line.text.ends_with(end);
    read(&mut logs, "what was there", ends("first")).await;
    std::fs::write(&log, line("INFO", "first") + &line("ERROR", "second") + "half a li").unwrap();
    let lines = read(&mut logs, "what was added", ends("second")).await;
    assert_eq!((lines.len(), lines[0].level), (1, Some(LogLevel::Error)), "{lines:?}");
    std::fs::write(&log, line("INFO", "anew")).unwrap();
    read(&mut logs, "another file", ends("anew")).await;
}
