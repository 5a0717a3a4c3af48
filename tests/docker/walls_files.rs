//! Files that kernels and terminals put into the folder, the settings and the home neither lead the server elsewhere
//! nor stop it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use orchest_core::App;
use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, NOTEBOOK, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::terminal::Terminal;
use reqwest::Method;
use serde_json::{Value, json};

/// No answer takes this long, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// A user that no image knows.
const SOMEBODY: u32 = 4242;

async fn ask(server: &Server, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let mut request = client.request(method.clone(), format!("{}{path}", server.base));
    request = request.header("Authorization", format!("token {}", server.token));
    if let Some(body) = body {
        request = request.json(&body);
    }
    match request.send().await {
        Ok(answer) => (answer.status().as_u16(), answer.text().await.unwrap_or_default()),
        Err(error) => panic!("{method} {path}: the server does not answer: {}", error.without_url()),
    }
}

fn text(content: &str) -> Value {
    json!({ "type": "file", "format": "text", "content": content })
}

/// The output of a command in the server's container.
fn in_server(launch: &str, command: &str) -> String {
    docker(&["exec", &in_role(launch, "server")[0], "sh", "-c", command]).join("\n")
}

fn whole(folder: &Path, owner: Option<u32>) {
    if let Some(owner) = owner {
        let all = std::process::Command::new("chown").args(["-R", &format!("{owner}:{owner}")]).arg(folder).status();
        assert!(all.unwrap().success());
    }
}

struct Launch {
    home: Home,
    app: App,
    folder: PathBuf,
    id: String,
    server: Server,
}

/// A launch of a folder that belongs to this user, or to the user who runs the tests.
async fn launch(name: &str, owner: Option<u32>, fill: impl Fn(&Path)) -> Launch {
    let home = Home::new();
    let folder = home.pipeline(name);
    fill(&folder);
    whole(&folder, owner);
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let user = docker(&["inspect", "--format", "{{.Config.User}}", &format!("orchest-{id}-server")]).concat();
    let wanted = owner.unwrap_or(rustix::process::getuid().as_raw());
    assert!(user.starts_with(&format!("{wanted}:")), "{user}");
    Launch { home, app, folder, id, server }
}

impl Launch {
    async fn again(&mut self) {
        stopped(&self.app, &self.id).await;
        self.id = launched(&self.app, &self.folder, None).await.unwrap();
        self.server = Server::at(&self.app.url(&self.id).await.unwrap());
    }

    async fn end(self) {
        stopped(&self.app, &self.id).await;
        assert_eq!(left_of(&self.id), Vec::<String>::new());
        drop(self.home);
    }
}

const LINKS: &str = r"
import os
for name, target in {
    'pw.txt': '/etc/passwd', 'attempt.txt': '/home/orchest/.attempt', 'environ.txt': '/proc/self/environ',
    'new.txt': '/home/orchest/.planted', 'out.ipynb': '/home/orchest/out.ipynb', 'up.txt': '../etc/passwd',
    'home': '/home/orchest', 'by home.txt': 'home/.attempt',
    '.~work.txt': '/home/orchest/.bashrc', '.~work.ipynb': '/home/orchest/.bashrc',
    'relative.txt': 'inside.txt', 'absolute.txt': os.environ.get('FOLDER', '/notebooks') + '/inside.txt',
    'folder': 'sub', 'created.txt': 'sub/created.txt',
}.items():
    os.symlink(target, name)
";

async fn links_lead_the_server_nowhere(owner: Option<u32>) {
    let of = launch("links", owner, |folder| {
        std::fs::write(folder.join("work.txt"), "echo PLANTED\n").unwrap();
        std::fs::write(folder.join("work.ipynb"), NOTEBOOK).unwrap();
        std::fs::write(folder.join("inside.txt"), "inside").unwrap();
        std::fs::create_dir(folder.join("sub")).unwrap();
        std::fs::write(folder.join("sub/x.txt"), "x").unwrap();
    })
    .await;
    let (server, folder) = (&of.server, &of.folder);
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let made = kernel.execute(&LINKS.replace("FOLDER', '/notebooks'", &format!("NONE', {folder:?}"))).await;
    assert_eq!(made.error, None);
    // A file that could be stolen.
    in_server(&of.id, &format!("echo '{}' >/home/orchest/out.ipynb", NOTEBOOK.replace('\n', "")));
    let outside = "cat /etc/passwd /home/orchest/.attempt; ls -A /home/orchest | grep -v 'kernels\\|checkpoints\\|sqlite'; cat /home/orchest/.bashrc 2>&1; true";
    let before = in_server(&of.id, outside);

    // A kernel cannot choose where a save copies the former content of a file.
    let (status, answer) = ask(server, Method::PUT, "/api/contents/work.txt", Some(text("after"))).await;
    assert_eq!(
        (status, std::fs::read_to_string(folder.join("work.txt")).unwrap().as_str()),
        (200, "after"),
        "{answer}"
    );
    let notebook: Value = serde_json::from_str(NOTEBOOK).unwrap();
    let body = json!({ "type": "notebook", "format": "json", "content": notebook });
    let (status, answer) = ask(server, Method::PUT, "/api/contents/work.ipynb", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(in_server(&of.id, outside), before, "after the saves");

    // Links that lead out are neither read nor written, listed or made, and the answer says why.
    let mut tried = Vec::new();
    for name in ["pw.txt", "attempt.txt", "environ.txt", "new.txt", "up.txt", "by%20home.txt", "home/.attempt"] {
        let path = format!("/api/contents/{name}");
        tried.push((Method::GET, path.clone(), None));
        tried.push((Method::GET, format!("/files/{name}"), None));
        tried.push((Method::GET, format!("{path}?hash=1&content=0"), None));
        tried.push((Method::PUT, path.clone(), Some(text("written"))));
        for chunk in [1, 2, -1] {
            let mut part = text("part");
            part["chunk"] = chunk.into();
            tried.push((Method::PUT, path.clone(), Some(part)));
        }
        tried.push((Method::POST, format!("{path}/checkpoints"), Some(json!({}))));
        let from = name.replace("%20", " ");
        tried.push((Method::POST, "/api/contents/sub".into(), Some(json!({ "copy_from": from }))));
    }
    for (method, path, body) in [
        (Method::GET, "/api/contents/out.ipynb", None),
        (Method::GET, "/nbconvert/html/out.ipynb", None),
        (Method::GET, "/api/contents/home?type=directory", None),
        (Method::GET, "/api/contents/home", None),
        (Method::PUT, "/api/contents/home/.planted", Some(text("written"))),
        (Method::PUT, "/api/contents/home/planted", Some(json!({ "type": "directory" }))),
        (Method::POST, "/api/contents/home", Some(json!({ "type": "file" }))),
        (Method::POST, "/api/contents/home", Some(json!({ "copy_from": "inside.txt" }))),
        (Method::DELETE, "/api/contents/home/.attempt", None),
        (Method::PATCH, "/api/contents/home/.attempt", Some(json!({ "path": "stolen.txt" }))),
        (Method::PATCH, "/api/contents/inside.txt", Some(json!({ "path": "home/inside.txt" }))),
    ] {
        tried.push((method, path.to_owned(), body));
    }
    for (method, path, body) in tried {
        let (status, answer) = ask(server, method.clone(), &path, body.clone()).await;
        assert_eq!(status, 403, "{method} {path} {body:?}: {answer}");
        assert!(answer.contains("leads out of this folder"), "{method} {path}: {answer}");
    }
    assert_eq!(in_server(&of.id, outside), before);

    // The list shows the links themselves; they can be renamed and removed.
    let (_, listed) = server.get("/api/contents/").await;
    let names: Vec<_> = listed["content"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    for name in ["pw.txt", "home", "new.txt"] {
        assert!(names.contains(&json!(name)), "{name}: {names:?}");
    }
    let renamed = ask(server, Method::PATCH, "/api/contents/pw.txt", Some(json!({ "path": "sub/pw.txt" }))).await;
    assert_eq!(renamed.0, 200, "{renamed:?}");
    assert!(folder.join("sub/pw.txt").is_symlink() && !folder.join("pw.txt").is_symlink());
    for name in ["sub/pw.txt", "home", "new.txt", "environ.txt"] {
        assert_eq!(server.delete(&format!("/api/contents/{name}")).await, 204, "{name}");
        assert!(!folder.join(name).is_symlink());
    }
    assert_eq!(in_server(&of.id, outside), before);

    // Links within the folder work as usual.
    for name in ["relative.txt", "absolute.txt"] {
        let (_, read) = server.get(&format!("/api/contents/{name}")).await;
        assert_eq!(read["content"], "inside", "{name}: {read}");
        assert_eq!(server.text(&format!("/files/{name}")).await, "inside");
    }
    assert_eq!(server.get("/api/contents/folder/x.txt").await.1["content"], "x");
    assert_eq!(server.get("/api/contents/folder").await.1["content"][0]["path"], "folder/x.txt");
    for (name, target) in [("relative.txt", "inside.txt"), ("created.txt", "sub/created.txt")] {
        let (status, answer) = server.put(&format!("/api/contents/{name}"), &text("by the link")).await;
        assert!(status < 300, "{answer}");
        assert!(folder.join(name).is_symlink());
        assert_eq!(std::fs::read_to_string(folder.join(target)).unwrap(), "by the link");
    }
    of.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_made_by_a_kernel_lead_the_server_nowhere() {
    links_lead_the_server_nowhere(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_made_by_a_kernel_lead_another_users_server_nowhere() {
    links_lead_the_server_nowhere(Some(SOMEBODY)).await;
}

/// Swaps one thing for another and back, as long as the file `go` exists.
const EXCHANGE: &str = r"
import ctypes, os, subprocess, sys
open('go', 'w').close()
code = '''
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
while os.path.exists('go'):
    for one, other in (('file.txt', 'pipe'), ('work.ipynb', 'link'), ('sub', 'away')):
        if libc.renameat2(-100, one.encode(), -100, other.encode(), 2):
            raise OSError(ctypes.get_errno(), 'not exchanged')
'''
for name in ('pipe', 'lone'):
    os.mkfifo(name)
os.symlink('/home/orchest/.planted', 'link')
os.symlink('/home/orchest', 'away')
ran = subprocess.Popen([sys.executable, '-c', code], stderr=subprocess.PIPE)
";

async fn pipes_and_exchanges_do_not_stop_the_server(owner: Option<u32>) {
    let of = launch("pipes", owner, |folder| {
        std::fs::write(folder.join("file.txt"), "plain").unwrap();
        std::fs::write(folder.join("work.ipynb"), NOTEBOOK).unwrap();
        std::fs::create_dir(folder.join("sub")).unwrap();
    })
    .await;
    let server = &of.server;
    // A terminal starts this; nothing is swapped yet.
    let mut terminal = Terminal::open(server).await;
    terminal.run("mkfifo /notebooks/at-rest.txt /notebooks/at-rest.ipynb").await;
    for (method, path, body) in [
        (Method::PUT, "/api/contents/at-rest.txt", Some(text("x"))),
        (Method::GET, "/api/contents/at-rest.txt", None),
        (Method::GET, "/api/contents/at-rest.ipynb", None),
        (Method::GET, "/files/at-rest.txt", None),
        (Method::POST, "/api/contents/at-rest.txt/checkpoints", Some(json!({}))),
        (Method::POST, "/api/contents/", Some(json!({ "copy_from": "at-rest.txt" }))),
        (Method::GET, "/nbconvert/html/at-rest.ipynb", None),
    ] {
        let (status, answer) = ask(server, method.clone(), path, body).await;
        assert!((400..=403).contains(&status), "{method} {path}: {status} {answer}");
    }
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(kernel.execute(EXCHANGE).await.error, None);
    let notebook: Value = serde_json::from_str(NOTEBOOK).unwrap();
    let notebook = json!({ "type": "notebook", "format": "json", "content": notebook });
    let mut seen = std::collections::BTreeMap::<u16, usize>::new();
    for _ in 0..60 {
        for (method, path, body) in [
            (Method::GET, "/api/contents/file.txt", None),
            (Method::PUT, "/api/contents/file.txt", Some(text("plain"))),
            (Method::GET, "/files/file.txt", None),
            (Method::PUT, "/api/contents/work.ipynb", Some(notebook.clone())),
            (Method::PUT, "/api/contents/sub/.planted", Some(text("written"))),
            (Method::PUT, "/api/contents/sub/planted", Some(json!({ "type": "directory" }))),
            (Method::POST, "/api/contents/file.txt/checkpoints", Some(json!({}))),
        ] {
            *seen.entry(ask(server, method, path, body).await.0).or_default() += 1;
        }
    }
    assert!(seen.keys().any(|status| *status < 300) && seen.keys().any(|status| *status >= 400), "{seen:?}");
    let ended = kernel.execute("print(ran.poll()); os.remove('go'); print(ran.wait(20))").await;
    assert_eq!(ended.text, "None\n0\n", "the attack itself does not work: {ended:?}");
    let planted = in_server(&of.id, "ls -A /home/orchest | grep planted; echo none");
    assert_eq!(planted, "none", "{seen:?}");
    assert_eq!(ask(server, Method::GET, "/api/status", None).await.0, 200);
    of.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_and_exchanges_in_the_folder_do_not_stop_the_server() {
    pipes_and_exchanges_do_not_stop_the_server(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_and_exchanges_in_another_users_folder_do_not_stop_the_server() {
    pipes_and_exchanges_do_not_stop_the_server(Some(SOMEBODY)).await;
}

const THEME: &str = "/lab/api/settings/@jupyterlab/apputils-extension:themes";
const SETTINGS: &str = "/settings/@jupyterlab/apputils-extension";

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_a_terminal_to_the_settings_mislead_no_other_folders_server() {
    let _turn = crate::kept::SETTINGS.lock().await;
    let home = Home::new();
    let app = home.app().await;
    let (theirs, victim) = (home.pipeline("theirs"), home.pipeline("victim"));
    let id = launched(&app, &theirs, None).await.unwrap();
    let mut terminal = Terminal::open(&Server::at(&app.url(&id).await.unwrap())).await;
    let other = launched(&app, &victim, None).await.unwrap();
    let server = Server::at(&app.url(&other).await.unwrap());
    let file = format!("{SETTINGS}/themes.jupyterlab-settings");
    for (what, plant) in [
        ("the folder above is a link", "rm -rf /settings/@jupyterlab; ln -sfn /notebooks /settings/@jupyterlab".into()),
        ("the folder is a link", format!("rm -rf {SETTINGS}; ln -sfn /notebooks {SETTINGS}")),
        ("the folder is a pipe", format!("rm -rf {SETTINGS}; mkfifo {SETTINGS}")),
        ("a folder is in the file's place", format!("rm -rf {file}; mkdir -p {file}/deep")),
        ("a pipe is in the file's place", format!("rm -rf {file}; mkdir -p {SETTINGS}; mkfifo {file}")),
        ("the file is large", format!("rm -rf {file}; truncate -s 1200M {file}")),
    ] {
        terminal.run(&plant).await;
        let began = std::time::Instant::now();
        let (status, answer) = ask(&server, Method::GET, THEME, None).await;
        assert_eq!(status, 200, "{what}: {answer}");
        let raw = serde_json::from_str::<Value>(&answer).unwrap()["raw"].clone();
        assert_eq!(raw, "{}", "{what}");
        assert!(began.elapsed() < Duration::from_secs(3), "{what}: {:?}", began.elapsed());
        let dark = format!("{{\"theme\": \"JupyterLab Dark\"}} // {what}");
        let (status, answer) = ask(&server, Method::PUT, THEME, Some(json!({ "raw": dark }))).await;
        assert_eq!(status, 204, "{what}: {answer}");
        let (_, answer) = ask(&server, Method::GET, THEME, None).await;
        assert_eq!(serde_json::from_str::<Value>(&answer).unwrap()["raw"], dark, "{what}");
        assert_eq!(terminal.run(&format!("ls {SETTINGS}")).await.trim(), "themes.jupyterlab-settings", "{what}");
    }
    let too_much = json!({ "raw": format!("{{}} // {}", "x".repeat(1_000_000)) });
    let (status, answer) = ask(&server, Method::PUT, THEME, Some(too_much)).await;
    assert!(status == 413 && answer.contains("more than 1 MB"), "{status} {answer}");
    ask(&server, Method::PUT, THEME, Some(json!({ "raw": "{}" }))).await;
    for folder in [&theirs, &victim] {
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "the settings are not in a folder");
    }
    stopped(&app, &id).await;
    stopped(&app, &other).await;
}

async fn a_home_stops_no_launch(owner: Option<u32>) {
    let mut of = launch("homes", owner, |_| {}).await;
    for plant in [
        "cd; rm .attempt; mkfifo .attempt .kernels.json.new; rm -rf .kernels.json .sessions.sqlite; \
         mkdir -p .kernels.json/x; mkfifo .sessions.sqlite; rm -rf .local .checkpoints; touch .local; \
         ln -s /notebooks .checkpoints",
        "cd; rm -rf .attempt; mkdir -p .attempt/x; echo '[]' >.kernels.json; D=.local/share/jupyter; \
         rm -rf $D/notebook_secret $D/nbsignatures.db .jupyter; mkfifo $D/notebook_secret; mkdir $D/nbsignatures.db; \
         mkdir -p $D/labextensions/x; mkfifo $D/labextensions/x/package.json $D/labextensions/.jupyter; \
         ln -s /notebooks $D/labextensions/y; ln -s /notebooks .jupyter; chmod 0 .local",
    ] {
        Terminal::open(&of.server).await.run(plant).await;
        of.again().await;
        let server = &of.server;
        assert_eq!(ask(server, Method::GET, "/lab", None).await.0, 200);
        // Trust, checkpoints, open tabs and the list of kernels are kept in their own places.
        let notebook: Value = serde_json::from_str(NOTEBOOK).unwrap();
        let body = json!({ "type": "notebook", "format": "json", "content": notebook });
        let tabs = json!({ "metadata": { "id": "default" }, "data": {} });
        for (method, path, body) in [
            (Method::PUT, "/api/contents/first.ipynb", body),
            (Method::POST, "/api/contents/first.ipynb/trust", json!({})),
            (Method::POST, "/api/contents/first.ipynb/checkpoints", json!({})),
            (Method::PUT, "/lab/api/workspaces/default", tabs),
        ] {
            let (status, answer) = ask(server, method.clone(), path, Some(body)).await;
            assert!(status < 300, "{method} {path}: {status} {answer}");
        }
        server.start("python_docker", "first.ipynb").await.unwrap();
        assert_eq!(std::fs::read_dir(&of.folder).unwrap().count(), 1, "the home is not in the folder");
    }
    of.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_terminal_in_the_home_stop_no_launch() {
    a_home_stops_no_launch(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_terminal_in_another_users_home_stop_no_launch() {
    a_home_stops_no_launch(Some(SOMEBODY)).await;
}
