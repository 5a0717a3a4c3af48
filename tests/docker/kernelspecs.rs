//! Kernelspecs in all the forms that people write: the usable ones start, and the unusable ones are reported at once.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use serde_json::{Value, json};

/// The shipped kernelspec for Python, with changes.
fn spec(change: impl FnOnce(&mut Value)) -> String {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../etc/kernels/python_docker/kernel.json");
    let text = fs::read_to_string(shipped).unwrap().replace(":VERSION", concat!(":", env!("CARGO_PKG_VERSION")));
    let mut spec = serde_json::from_str(&text).unwrap();
    change(&mut spec);
    spec.to_string()
}

fn as_shipped() -> String {
    spec(|_| ())
}

fn add(home: &Home, name: &str, text: impl AsRef<[u8]>) {
    let folder = home.places().kernels_dir().join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("kernel.json"), text).unwrap();
}

/// The names that a server offers, in its order.
async fn offered(server: &Server) -> Vec<String> {
    let (status, answer) = server.get("/api/kernelspecs").await;
    assert_eq!(status, 200, "{answer}");
    let mut names: Vec<String> = answer["kernelspecs"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_offers_the_usable_kernelspecs_of_the_list_and_each_starts() {
    let home = Home::new();
    let kernels = home.places().kernels_dir();
    let dotfiles = home.path().join("dotfiles");
    fs::create_dir_all(&kernels).unwrap();

    // Unusual ones, each of which has to start.
    add(&home, "Python_DS", as_shipped());
    let own_script = spec(|spec| spec["argv"][1] = json!("{resource_dir}/run.py"));
    fs::create_dir_all(dotfiles.join("whole")).unwrap();
    fs::write(dotfiles.join("whole/kernel.json"), own_script).unwrap();
    fs::write(dotfiles.join("run.py"), include_str!("../../etc/kernels/launch_docker.py")).unwrap();
    symlink("../run.py", dotfiles.join("whole/run.py")).unwrap();
    symlink(dotfiles.join("whole"), kernels.join("linked")).unwrap();
    fs::create_dir_all(kernels.join("linked_file")).unwrap();
    fs::write(dotfiles.join("kernel.json"), as_shipped()).unwrap();
    symlink(dotfiles.join("kernel.json"), kernels.join("linked_file/kernel.json")).unwrap();
    add(&home, "mine_alone", as_shipped());
    fs::set_permissions(kernels.join("mine_alone/kernel.json"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(kernels.join("mine_alone"), fs::Permissions::from_mode(0o700)).unwrap();
    add(&home, "nameless", spec(|spec| drop(spec.as_object_mut().unwrap().remove("display_name"))));
    let extras = |spec: &mut Value| {
        spec["interrupt_mode"] = json!("Message");
        spec["env"] = json!({ "A": "1" });
        spec["mine"] = json!([null]);
    };
    add(&home, "extras", spec(extras));
    let starts = ["Python_DS", "extras", "linked", "linked_file", "mine_alone", "nameless"];

    // Broken ones, each of which has to be reported.
    type Broken = (&'static str, fn(&mut Value));
    let broken: [Broken; 15] = [
        ("env_list", |spec| spec["env"] = json!(["A=1"])),
        ("env_null", |spec| spec["env"] = json!(null)),
        ("env_number", |spec| spec["env"] = json!({ "A": 1 })),
        ("env_name", |spec| spec["env"] = json!({ "A=B": "1" })),
        ("env_nul", |spec| spec["env"] = json!({ "A": "1\0" })),
        ("interrupt", |spec| spec["interrupt_mode"] = json!("kill")),
        ("interrupt_null", |spec| spec["interrupt_mode"] = json!(null)),
        ("no_language", |spec| drop(spec.as_object_mut().unwrap().remove("language"))),
        ("language_list", |spec| spec["language"] = json!(["python"])),
        ("name_number", |spec| spec["display_name"] = json!(3)),
        ("argv_number", |spec| spec["argv"][2] = json!(3)),
        ("argv_text", |spec| spec["argv"] = json!("python")),
        ("metadata_list", |spec| spec["metadata"] = json!([1])),
        ("proxy_text", |spec| spec["metadata"]["process_proxy"] = json!("docker")),
        ("resource_dir", |spec| spec["resource_dir"] = json!("/tmp")),
    ];
    for (name, change) in broken {
        add(&home, name, spec(change));
    }
    add(&home, "a_list", "[]");
    add(&home, "bom", format!("\u{feff}{}", as_shipped()));
    add(&home, "latin1", b"{\"display_name\": \"caf\xe9\"}");
    add(&home, "two words", as_shipped());
    add(&home, "R_twin", as_shipped());
    add(&home, "r_TWIN", as_shipped());
    fs::create_dir_all(kernels.join("a_folder/kernel.json")).unwrap();

    let app = home.app().await;
    let snapshot = app.snapshots().borrow().clone();
    let mut usable: Vec<String> = snapshot.kernelspecs.iter().map(|spec| spec.name.clone()).collect();
    usable.sort();
    let told: Vec<&str> = snapshot.kernelspec_problems.iter().map(|problem| problem.name.as_str()).collect();
    for name in broken.iter().map(|(name, _)| *name).chain(["a_list", "bom", "latin1", "two words", "R_twin", "r_TWIN"])
    {
        assert!(told.contains(&name), "{name} is not reported: {told:?}");
    }
    assert_eq!(usable.len(), starts.len() + 2, "the shipped kernelspecs are missing: {usable:?}");

    // Each is picked by its folder's name, as a person would type it.
    let folder = home.pipeline("kernelspecs");
    let id = launched(&app, &folder, Some("Python_DS")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    assert_eq!(offered(&server).await, usable);
    let (_, answer) = server.get("/api/kernelspecs").await;
    assert_eq!(answer["default"], "python_ds");
    assert_eq!(answer["kernelspecs"]["nameless"]["spec"]["display_name"], "nameless", "Lab shows it by a name");
    for name in starts {
        let mut kernel = server.start(name, "first.ipynb").await.unwrap_or_else(|said| panic!("{name}: {said}"));
        assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n", "{name}");
        server.delete(&format!("/api/kernels/{}", kernel.id)).await;
    }
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_during_a_launch_are_seen_even_behind_a_link() {
    let home = Home::new();
    let dotfiles = home.path().join("dotfiles/linked");
    fs::create_dir_all(&dotfiles).unwrap();
    fs::create_dir_all(home.places().kernels_dir()).unwrap();
    fs::write(dotfiles.join("kernel.json"), as_shipped()).unwrap();
    symlink(&dotfiles, home.places().kernels_dir().join("linked")).unwrap();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("edited"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    add(&home, "new", as_shipped());
    fs::write(dotfiles.join("kernel.json"), spec(|spec| spec["display_name"] = json!("Another name"))).unwrap();
    fs::remove_dir_all(home.places().kernels_dir().join("r_docker")).unwrap();
    let began = Instant::now();
    loop {
        let (_, answer) = server.get("/api/kernelspecs").await;
        let names = offered(&server).await;
        if names == ["linked", "new", "python_docker"]
            && answer["kernelspecs"]["linked"]["spec"]["display_name"] == "Another name"
        {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_fails_at_once_if_the_gateway_lacks_the_kernelspec() {
    let home = Home::new();
    add(&home, "goes", as_shipped());
    let app = home.app().await;
    let folder = home.pipeline("goes");
    let began = Instant::now();
    let id = app.launch_folder(folder.clone(), Some("goes".to_owned()), None).await.unwrap();
    fs::remove_dir_all(home.places().kernels_dir().join("goes")).unwrap();
    let failure = launched_or_not(&app, &id).await;
    assert!(began.elapsed() < Duration::from_secs(30), "after {:?}", began.elapsed());
    assert!(failure.message.contains("no kernelspec `goes`; it offers `python_docker`, `r_docker`"), "{failure:?}");
    assert!(failure.hint.contains("orchest kernels"), "{failure:?}");
    assert_eq!(left_of(&id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernelspec_that_is_not_offered_says_why_in_the_page_until_it_is_corrected() {
    let home = Home::new();
    add(&home, "Mine", spec(|spec| spec["env"] = json!({ "THREADS": 4 })));
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("mistake"), Some("python_docker")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let message = server.start_unheard("Mine", "first.ipynb").await.unwrap_err();
    assert!(message.starts_with("The kernelspec `Mine` cannot be used: `env.THREADS` (line "), "{message}");
    assert!(message.ends_with("is a number, and must be a string.\nhint: write its value in quotes"), "{message}");
    add(&home, "Mine", as_shipped());
    let began = Instant::now();
    while let Err(message) = server.start_unheard("Mine", "first.ipynb").await {
        assert!(began.elapsed() < Duration::from_secs(20), "{message}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stopped(&app, &id).await;
}

async fn launched_or_not(app: &orchest_core::App, id: &str) -> orchest_core::Failure {
    use orchest_core::contract::snapshot::LaunchState;
    use orchest_tests::home::{launch_of, until};
    until(app, "a failure", |snapshot| {
        launch_of(snapshot, id).filter(|launch| launch.state == LaunchState::Failed)?.failure
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_kernelspec_is_refused_at_once_with_its_place() {
    let home = Home::new();
    add(&home, "Broken", "{\n  \"argv\": [\"python\"],\n  \"language\": \"python\",\n  \"env\": {\"THREADS\": 4}\n}");
    let app = home.app().await;
    let began = Instant::now();
    let failure = launched(&app, &home.pipeline("broken"), Some("broken")).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "after {:?}", began.elapsed());
    assert!(
        failure.message.contains("`env.THREADS` (line 4, column 22) is a number, and must be a string"),
        "{failure:?}"
    );
    let told = home.orchest(&["kernels"]).output().unwrap();
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("`Broken` cannot be used: `env.THREADS` (line 4, column 22) is a number"), "{told}");
    assert!(told.contains("hint: write its value in quotes"), "{told}");
}

#[test]
fn an_unreadable_kernelspec_is_reported() {
    // Root can read everything, so another user runs this.
    const SOMEBODY: u32 = 54_321;
    let home = Home::new();
    add(&home, "closed", as_shipped());
    add(&home, "closed_folder", as_shipped());
    let kernels = home.places().kernels_dir();
    let root = rustix::process::geteuid().is_root();
    if root {
        let all = Command::new("chown").args(["-R", &SOMEBODY.to_string()]).arg(home.path()).status().unwrap();
        assert!(all.success());
    }
    for path in ["closed/kernel.json", "closed_folder"] {
        fs::set_permissions(kernels.join(path), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let mut orchest = home.orchest(&["kernels"]);
    if root {
        orchest.uid(SOMEBODY).gid(SOMEBODY);
    }
    let told = orchest.env("HOME", home.path()).current_dir("/").output().unwrap();
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    fs::set_permissions(kernels.join("closed_folder"), fs::Permissions::from_mode(0o700)).unwrap();
    for name in ["closed", "closed_folder"] {
        let wanted = format!("error: `{name}` cannot be used: `kernel.json` cannot be read: Permission denied");
        assert!(told.contains(&wanted), "{told}");
    }
}
