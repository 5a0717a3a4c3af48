//! What server and kernels take over from the person and the machine: umask, groups, proxies, time zone, locale, shared
//! memory; and what a kernelspec's `env` adds.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output};

use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::{Kernel, Server};
use serde_json::{Value, json};

fn write_settings(home: &Home, settings: &str) {
    let file = home.places().settings_file();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, settings).unwrap();
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A launch by the terminal program, which another program starts.
struct Launch {
    id: String,
    server: Server,
    /// The terminal's messages.
    said: String,
}

fn launch(home: &Home, runner: &[&str], folder: &Path, env: &[(&str, &str)]) -> Launch {
    let mut command = home.orchest_by(runner, &["launch", folder.to_str().unwrap(), "--no-open", "--json"]);
    let output = command.envs(env.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let server = Server::at(answer["url"].as_str().unwrap());
    Launch { id: answer["id"].as_str().unwrap().to_owned(), server, said: said(&output) }
}

fn stop(home: &Home, runner: &[&str], launch: &Launch) {
    let output = home.orchest_by(runner, &["stop", &launch.id]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(left_of(&launch.id), Vec::<String>::new());
}

async fn kernel(launch: &Launch) -> Kernel {
    launch.server.start("python_docker", "first.ipynb").await.unwrap()
}

async fn prints(kernel: &mut Kernel, cell: &str) -> String {
    let output = kernel.execute(cell).await;
    assert_eq!(output.error, None, "{cell}");
    output.text.trim().to_owned()
}

const SHM: &str = "import os; s = os.statvfs('/dev/shm'); print(s.f_blocks * s.f_frsize >> 20)";

#[tokio::test(flavor = "multi_thread")]
async fn shared_memory_is_as_large_as_the_kernels_limit_or_as_chosen() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("shared"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let fill = "from multiprocessing.shared_memory import SharedMemory\n\
                s = SharedMemory(create=True, size=200 << 20)\n\
                s.buf[:] = b'x' * (200 << 20); print(s.buf[-1]); s.close(); s.unlink()";
    assert_eq!(prints(&mut kernel, fill).await, "120");
    let total: u64 = docker(&["info", "--format", "{{.MemTotal}}"]).concat().parse().unwrap();
    let found: u64 = prints(&mut kernel, SHM).await.parse().unwrap();
    assert!(found.abs_diff((total / 2) >> 20) <= 1, "{found} MB, of the engine's {} MB", total >> 20);
    stopped(&app, &id).await;

    write_settings(&home, r#"{"limits": {"server": {"memory_mb": 512}, "kernel": {"memory_mb": 768, "shm_mb": 100}}}"#);
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("shared"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(prints(&mut kernel, SHM).await, "100");
    let of_server = ["inspect", "--format", "{{.HostConfig.ShmSize}}", &in_role(&id, "server")[0]];
    assert_eq!(docker(&of_server).concat(), (512 << 20).to_string());
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_files_follow_the_persons_umask() {
    for (umask, file, folder) in [("077", 0o600, 0o700), ("002", 0o664, 0o775)] {
        let home = Home::new();
        let pipeline = home.pipeline("umask");
        let line = format!("umask {umask}; exec \"$@\"");
        let runner = ["sh", "-c", line.as_str(), "sh"];
        let launch = launch(&home, &runner, &pipeline, &[]);
        let mut kernel = kernel(&launch).await;
        prints(&mut kernel, "import os; open('of_kernel', 'w').close(); os.mkdir('folder')").await;
        prints(&mut kernel, "import subprocess; subprocess.run(['touch', 'of_child'], check=True)").await;
        let body = json!({ "type": "file", "format": "text", "content": "x" });
        let (status, answer) = launch.server.put("/api/contents/of_server.txt", &body).await;
        assert_eq!(status, 201, "{answer}");
        let mode = |name: &str| std::fs::metadata(pipeline.join(name)).unwrap().mode() & 0o777;
        for name in ["of_kernel", "of_child", "of_server.txt"] {
            assert_eq!(mode(name), file, "{name} with {umask}");
        }
        assert_eq!(mode("folder"), folder);
        stop(&home, &[runner[0], runner[1], runner[2], runner[3]], &launch);
    }
}

/// A user who is not root, with these groups and the engine's.
fn somebody(groups: &str) -> Vec<String> {
    let engine = std::fs::metadata("/var/run/docker.sock").unwrap().gid();
    let groups = if groups.is_empty() { engine.to_string() } else { format!("{groups},{engine}") };
    ["setpriv", "--reuid=4242", "--regid=4242", &format!("--groups={groups}"), "--inh-caps=-all"]
        .map(str::to_owned)
        .to_vec()
}

/// A home of that user, with a folder that belongs to another user.
fn home_of_somebody(mode: u32, gid: u32) -> (Home, std::path::PathBuf) {
    let home = Home::new();
    let folder = home.pipeline("shared");
    let own = |path: &Path, uid: u32, gid: u32| std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
    for name in ["config", "data", "state", "cache"] {
        std::fs::create_dir_all(home.path().join(name)).unwrap();
        own(&home.path().join(name), 4242, 4242);
    }
    own(home.path(), 4242, 4242);
    own(&folder, 0, gid);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
    (home, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_one_of_the_persons_groups_is_read_and_written() {
    let (home, folder) = home_of_somebody(0o2770, 6000);
    let runner = somebody("6000");
    let runner: Vec<&str> = runner.iter().map(String::as_str).collect();
    let launch = launch(&home, &runner, &folder, &[]);
    let (status, listed) = launch.server.get("/api/contents").await;
    assert_eq!(status, 200, "{listed}");
    let body = json!({ "type": "file", "format": "text", "content": "x" });
    let (status, answer) = launch.server.put("/api/contents/saved.txt", &body).await;
    assert_eq!(status, 201, "{answer}");
    let mut kernel = kernel(&launch).await;
    assert_eq!(
        prints(&mut kernel, "import os; open('made', 'w').close(); print(os.getuid(), os.getgid())").await,
        "4242 4242"
    );
    assert_eq!(prints(&mut kernel, "print(6000 in os.getgroups())").await, "True");
    for name in ["saved.txt", "made"] {
        let found = std::fs::metadata(folder.join(name)).unwrap();
        assert_eq!((found.uid(), found.gid()), (4242, 6000), "{name}");
    }
    stop(&home, &runner, &launch);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_folder_is_refused_and_a_read_only_one_is_reported() {
    let (home, folder) = home_of_somebody(0o2750, 6000);
    let runner = somebody("6000");
    let runner: Vec<&str> = runner.iter().map(String::as_str).collect();
    let launch = launch(&home, &runner, &folder, &[]);
    assert!(launch.said.contains("write nothing in it") && launch.said.contains("6000"), "{}", launch.said);
    stop(&home, &runner, &launch);

    // Root launches for the owner, who may not enter the folder.
    let home = Home::new();
    let folder = home.pipeline("closed");
    std::os::unix::fs::chown(&folder, Some(4242), Some(4242)).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o077)).unwrap();
    let output = home.orchest(&["launch", folder.to_str().unwrap(), "--no-open"]).output().unwrap();
    assert!(!output.status.success());
    let said = said(&output);
    assert!(said.contains("4242") && said.contains("may not use the folder") && said.contains("hint:"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn kernels_and_server_have_the_proxies_of_docker_run() {
    let home = Home::new();
    let folder = home.pipeline("proxies");
    let config = home.path().join("docker");
    std::fs::create_dir_all(&config).unwrap();
    let text =
        r#"{"proxies": {"default": {"httpProxy": "http://ada:pass@proxy.example:3128", "noProxy": "a.example"}}}"#;
    std::fs::write(config.join("config.json"), text).unwrap();
    let env = [("DOCKER_CONFIG", config.to_str().unwrap()), ("https_proxy", "http://env.example:3129")];
    let launch = launch(&home, &["env"], &folder, &env);
    let mut kernel = kernel(&launch).await;
    let cell = "import os\nfor name in ('HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'):\n    print(os.environ[name])";
    let no_proxy = "a.example,gateway,localhost,127.0.0.1,::1";
    let (http, https) = ("http://ada:pass@proxy.example:3128", "http://env.example:3129");
    let wanted = [http, http, https, https, no_proxy, no_proxy];
    assert_eq!(prints(&mut kernel, cell).await.lines().collect::<Vec<_>>(), wanted);
    let of_server = docker(&[
        "inspect",
        "--format",
        "{{range .Config.Env}}{{println .}}{{end}}",
        &in_role(&launch.id, "server")[0],
    ]);
    for name in ["HTTP_PROXY", "http_proxy"] {
        assert!(of_server.contains(&format!("{name}={http}")), "{of_server:?}");
    }
    // The launcher prints the whole environment of a kernel.
    let logs = home.orchest(&["logs", &launch.id]).output().unwrap();
    let logs = String::from_utf8_lossy(&logs.stdout).into_owned();
    assert!(logs.contains("…@proxy.example") && !logs.contains("ada:pass"), "{logs}");
    stop(&home, &["env"], &launch);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_zone_and_locale_are_passed_on_if_the_image_has_them() {
    let home = Home::new();
    let folder = home.pipeline("zone");
    // As if the image had a German locale.
    let image = format!("orchest-test/locale:{}", std::process::id());
    let file = format!(
        "FROM orchest/kernel-python:{}\nUSER root\nRUN cp -r /usr/lib/locale/C.utf8 /usr/lib/locale/de_DE.utf8\nUSER 1000\n",
        env!("CARGO_PKG_VERSION")
    );
    std::fs::write(home.path().join("Dockerfile"), file).unwrap();
    let context = home.path().to_str().unwrap();
    let built =
        Command::new("docker").args(["build", "-q", "-t", &image, context]).env("DOCKER_BUILDKIT", "0").output();
    let built = built.unwrap();
    assert!(built.status.success(), "{}", said(&built));
    drop(home.app().await);
    home.kernelspec("german", &image);
    let env = [("TZ", "Asia/Kolkata"), ("LANG", "de_DE.UTF-8"), ("LC_TIME", "en_DK.UTF-8")];
    let launch = launch(&home, &["env"], &folder, &env);
    let cell = "import os, time, locale\nprint(time.tzname[0], os.environ['TZ'], os.environ['LANG'], os.environ.get('LC_TIME'))\n\
                locale.setlocale(locale.LC_ALL, '')";
    let mut plain = kernel(&launch).await;
    assert_eq!(prints(&mut plain, cell).await, "IST Asia/Kolkata C.UTF-8 None");
    let mut german = launch.server.start("german", "second.ipynb").await.unwrap();
    assert_eq!(prints(&mut german, cell).await, "IST Asia/Kolkata de_DE.UTF-8 None");
    let zone = ["exec", &in_role(&launch.id, "server")[0], "date", "+%Z"];
    assert_eq!(docker(&zone).concat(), "IST");
    stop(&home, &["env"], &launch);
    docker(&["rmi", "-f", &image]);
}

fn kernelspec_with_env(home: &Home, name: &str, image: &str, env: &Value) {
    home.kernelspec(name, image);
    let file = home.places().kernels_dir().join(name).join("kernel.json");
    let mut spec: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    spec["env"] = env.clone();
    std::fs::write(&file, spec.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernelspecs_env_is_expanded_as_in_jupyter_and_no_log_shows_its_values() {
    let home = Home::new();
    let env = json!({
        "PATH": "/opt/x:${PATH}", "D": "${HOME}/d", "UNKNOWN": "${NOTHING}/$1", "MONEY": "$$5",
        "PASSWORD": "correct horse battery", "N": "7",
    });
    let image = concat!("orchest/kernel-python:", env!("CARGO_PKG_VERSION"));
    kernelspec_with_env(&home, "with_env", image, &env);
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("env"), Some("with_env")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("with_env", "first.ipynb").await.unwrap();
    let cell =
        "import os\nfor name in ('PATH', 'D', 'UNKNOWN', 'MONEY', 'PASSWORD', 'N'):\n    print(os.environ[name])";
    let found = prints(&mut kernel, cell).await;
    let lines: Vec<&str> = found.lines().collect();
    assert!(lines[0].starts_with("/opt/x:/home/orchest/environment/3.11/bin:/opt/venv/bin:"), "{found}");
    assert_eq!(lines[1..], ["/home/orchest/d", "${NOTHING}/$1", "$5", "correct horse battery", "7"]);

    // Only the container's own log may have it.
    prints(&mut kernel, "with open('/proc/1/fd/1', 'w') as log:\n    for pair in os.environ.items():\n        print('env:', '='.join(pair), file=log)").await;
    let raw = docker(&["logs", &in_role(&id, "kernel")[0]]).join("\n");
    let logs = home.orchest(&["logs", &id]).output().unwrap();
    let logs = String::from_utf8_lossy(&logs.stdout).into_owned();
    assert!(raw.contains("correct horse battery"), "the kernel's own output has it: {raw}");
    assert!(logs.contains("env: PASSWORD=") && !logs.contains("correct horse") && !logs.contains("N=7"), "{logs}");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_kernel_shows_no_value_of_its_kernelspecs_env() {
    let home = Home::new();
    let image = crate::deaths::Derived::new(&home, "fails", "CMD [\"sh\", \"-c\", \"env; exit 3\"]", "");
    let env = json!({ "PASSWORD": "correct horse battery" });
    kernelspec_with_env(&home, "fails", &image.0, &env);
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("fails"), Some("fails")).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let told = server.start("fails", "first.ipynb").await.map(drop).unwrap_err();
    assert!(told.contains("PASSWORD=") && !told.contains("correct horse"), "{told}");
    let logs = home.orchest(&["logs", &id]).output().unwrap();
    assert!(!String::from_utf8_lossy(&logs.stdout).contains("correct horse"));
    let gateway = docker(&["logs", &format!("orchest-{id}-gateway")]).join("\n");
    assert!(!gateway.contains("correct horse"), "{gateway}");
    stopped(&app, &id).await;
}
