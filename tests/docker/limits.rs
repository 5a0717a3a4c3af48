//! Limits for gateway, server and kernels, from the settings to what a cell sees.

use orchest_core::contract::snapshot::LaunchState;
use orchest_core::engine::{ProcessEnv, find};
use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launch_of, launched, stopped, until};
use orchest_tests::jupyter::Server;
use orchest_tests::page::Page;

/// The limits of a container: memory in bytes, CPUs in units of 10⁻⁹ of a core.
fn limits(container: &str) -> String {
    docker(&["inspect", "--format", "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}", container]).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_apply_to_the_server_and_to_each_kernel() {
    let home = Home::new();
    let settings = home.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let chosen = r#"{"limits": {"server": {"memory_mb": 512}, "kernel": {"cpus": 0.75, "memory_mb": 768}}}"#;
    std::fs::write(&settings, chosen).unwrap();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("limits"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();

    // A limit that the engine would take and not keep is not asked for.
    let keeps = find(&ProcessEnv::of_this_process()).await.unwrap().facts().keeps;
    let asked = |memory: u64, cpus: u64| {
        format!("{} {}", if keeps.memory { memory } else { 0 }, if keeps.cpus { cpus } else { 0 })
    };
    assert_eq!(limits(&in_role(&id, "server")[0]), asked(512 << 20, 0));
    assert_eq!(limits(&in_role(&id, "kernel")[0]), asked(768 << 20, 750_000_000));
    assert_eq!(limits(&in_role(&id, "gateway")[0]), asked(4 << 30, 0));

    // The limits that the kernel process sees, in either version of control groups.
    let cell = "from pathlib import Path\n\
                files = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']\n\
                print(next(Path(f).read_text().strip() for f in files if Path(f).exists()))";
    let found = kernel.execute(cell).await;
    assert_eq!(found.text.trim() == (768 << 20).to_string(), keeps.memory, "{found:?}");

    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_limits_are_enough_for_jupyterlab_and_a_cell() {
    let home = Home::new();
    let settings = home.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let chosen = r#"{"limits": {"server": {"memory_mb": 128}, "kernel": {"cpus": 1024, "memory_mb": 128}}}"#;
    std::fs::write(&settings, chosen).unwrap();
    let app = home.app().await;
    // More cores than any engine has: the engine would refuse such a kernel.
    let id = launched(&app, &home.pipeline("little"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_out_of_memory_is_replaced_with_a_notice() {
    let home = Home::new();
    let settings = home.places().settings_file();
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(&settings, r#"{"gateway_memory_mb": 256}"#).unwrap();
    let app = home.app().await;
    app.attend();
    let id = launched(&app, &home.pipeline("little gateway"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let before =
        docker(&["inspect", "--format", "{{.Id}} {{.HostConfig.Memory}}", &in_role(&id, "gateway")[0]]).concat();
    assert!(before.ends_with(&format!(" {}", 256 << 20)), "{before}");
    let kernel = server.start_unheard("python_docker", "first.ipynb").await.unwrap();
    let mut page = Page::open(&server, &kernel).await;
    page.run("kept = 1").await;
    page.send("print('x' * 200_000_000)").await;
    let told = until(&app, "a notice", |snapshot| {
        snapshot.notices.iter().find(|notice| notice.message.contains("memory")).cloned()
    })
    .await;
    assert!(told.message.contains("gateway of `little gateway`") && told.message.contains("256 MB"), "{told:?}");
    assert!(told.hint.contains("gateway_memory_mb"), "{told:?}");
    until(&app, "a whole launch", |snapshot| {
        let told = snapshot
            .notices
            .iter()
            .any(|notice| notice.hint.contains("kernels ended, too") || notice.message.contains("kernels ended, too"));
        launch_of(snapshot, &id).filter(|launch| told && launch.state == LaunchState::Running)
    })
    .await;
    // JupyterLab asks like this every few seconds; by then the kernel has a successor.
    let (status, kernels) = server.get("/api/kernels").await;
    assert_eq!((status, &kernels[0]["id"]), (200, &kernel.as_str().into()), "{kernels}");
    let mut page = Page::open(&server, &kernel).await;
    assert_eq!(page.run("print('kept' in dir())").await.text, "False\n");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
