//! Neither server nor gateway runs files that lie in a folder or that something left in a home.

use std::path::Path;

use orchest_core::App;
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::terminal::Terminal;
use serde_json::json;

/// Names that server, gateway or launch script import, and that a person may give to a file.
const MODULES: [&str; 24] = [
    "abc",
    "argparse",
    "asyncio",
    "ctypes",
    "datetime",
    "enterprise_gateway",
    "http",
    "json",
    "jupyter_core",
    "jupyter_server",
    "jupyterlab",
    "logging",
    "nbconvert",
    "orchest_common",
    "orchest_connection",
    "orchest_gateway",
    "orchest_server",
    "random",
    "runpy",
    "sitecustomize",
    "socket",
    "tornado",
    "usercustomize",
    "zmq",
];
/// Jupyter's own ways to run code or to read settings.
const CONFIGS: [&str; 6] = [
    "jupyter_config.py",
    "jupyter_enterprise_gateway_config.py",
    "jupyter_lab_config.py",
    "jupyter_nbconvert_config.py",
    "jupyter_server_config.py",
    "ipython_config.py",
];
const TEMPLATES: [&str; 9] = ["asciidoc", "base", "classic", "lab", "markdown", "python", "reveal", "script", "basic"];

/// Python that leaves a mark in the container that runs it.
fn python(name: &str) -> String {
    format!("open('/tmp/.ran', 'a').write('{name}\\n')\n")
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Fills a folder with everything that a Python program or Jupyter might run, if it started there or had it as its
/// home.
fn baited(folder: &Path) {
    for name in MODULES {
        write(&folder.join(format!("{name}.py")), &python(name));
        // Python prefers a package to a module of the same name.
        if ["enterprise_gateway", "nbconvert", "orchest_common", "orchest_gateway", "orchest_server", "tornado"]
            .contains(&name)
        {
            write(&folder.join(name).join("__init__.py"), &python(name));
        }
    }
    let json = r#"{"ServerApp": {"jpserver_extensions": {"bait": true}, "extra_template_paths": ["/notebooks"]}}"#;
    for (at, within) in [(".", "."), (".jupyter", "."), (".local/etc/jupyter", "."), (".ipython", "profile_default")] {
        for name in CONFIGS {
            write(&folder.join(at).join(within).join(name), &python(&format!("{at}/{name}")));
        }
        write(&folder.join(at).join("jupyter_server_config.json"), json);
        write(&folder.join(at).join("jupyter_server_config.d/bait.json"), json);
    }
    let site = folder.join(".local/lib/python3.11/site-packages");
    for dir in [folder, site.as_path()] {
        write(&dir.join("bait.pth"), &format!("import sys; {}", python("bait.pth")));
        for name in ["bait", "sitecustomize", "usercustomize"] {
            write(&dir.join(format!("{name}.py")), &python(name));
        }
    }
    for name in TEMPLATES {
        for at in [".", ".local/share/jupyter/nbconvert/templates", "templates", "nbconvert/templates"] {
            for kind in ["html", "py", "md", "txt", "asciidoc", "slides.html", "r"] {
                let text = format!(
                    "{{{{ cycler.__init__.__globals__.os.system('echo {at}/{name} >> /tmp/.ran') }}}}{{{{ 6 * 7 }}}}"
                );
                write(&folder.join(at).join(name).join(format!("index.{kind}.j2")), &text);
                write(&folder.join(at).join(name).join(format!("base.{kind}.j2")), &text);
            }
            write(&folder.join(at).join(name).join("conf.json"), r#"{"mimetypes": {"text/html": true}}"#);
        }
    }
    write(&folder.join("package.json"), r#"{"name": "bait", "scripts": {"install": "touch /tmp/.ran"}}"#);
    write(&folder.join(".pythonrc.py"), &python("pythonrc"));
}

/// The names of the modules that ran in a container of the launch.
fn ran_in(id: &str, role: &str) -> Vec<String> {
    docker(&["exec", &format!("orchest-{id}-{role}"), "sh", "-c", "cat /tmp/.ran 2>/dev/null; true"])
}

async fn launch(app: &App, folder: &Path) -> (String, Server) {
    let id = launched(app, folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    (id, server)
}

/// Everything that a server does for a page, except for kernels.
async fn everything(server: &Server) {
    for name in server.get("/api/nbconvert").await.1.as_object().unwrap().keys() {
        let (status, answer) = server.get(&format!("/nbconvert/{name}/first.ipynb")).await;
        assert_eq!(status, 200, "{name}: {answer}");
    }
    for path in ["/lab", "/lab/api/settings", "/lab/api/translations", "/api/config/notebook", "/lsp/status"] {
        assert_eq!(server.get(path).await.0, 200, "{path}");
    }
    assert_eq!(server.post("/api/contents/first.ipynb/checkpoints", &json!({})).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_gateway_run_nothing_of_the_folder() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("baited");
    baited(&folder);
    write(&folder.join("mymodule.py"), "value = 6 * 7\n");
    let (id, server) = launch(&app, &folder).await;
    everything(&server).await;
    let mut terminal = Terminal::open(&server).await;
    assert_eq!(terminal.run("pwd; python -c 'import mymodule; print(mymodule.value)'").await, "/notebooks\n42\n");
    for role in ["server", "gateway"] {
        assert_eq!(ran_in(&id, role), Vec::<String>::new(), "in the {role}");
    }
    // Terminals and kernels have Python's usual path, in which a folder's own module comes first.
    assert_eq!(terminal.run("python -c 'import argparse' && cat /tmp/.ran; rm -f /tmp/.ran").await, "argparse\n");
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let seen = kernel.execute("import mymodule; print(mymodule.value)").await;
    assert_eq!((seen.error, seen.text.as_str()), (None, "42\n"));
    assert_eq!(ran_in(&id, "gateway"), Vec::<String>::new());
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_runs_files_of_a_terminal_in_its_home() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("left behind");
    let (id, server) = launch(&app, &folder).await;
    let mut terminal = Terminal::open(&server).await;
    let bait = home.path().join("bait");
    baited(&bait);
    write(&bait.join(".jupyter/custom/custom.css"), "");
    copied(&bait, &folder.join("bait"));
    let planted = terminal.run("cp -rT bait ~ && rm -r bait && ls ~/.jupyter/jupyter_server_config.py").await;
    assert_eq!(planted.trim(), "/home/orchest/.jupyter/jupyter_server_config.py");
    // Jupyter's own folders are there for a person who works in a terminal, as usual.
    let paths = terminal
        .run("rm -f /tmp/.ran; cd /; jupyter --config-dir; jupyter --data-dir; env | grep -c ^JUPYTER_CONFIG")
        .await;
    assert_eq!(paths, "/home/orchest/.jupyter\n/home/orchest/.local/share/jupyter\n0\n");
    // With a new server in the place of the killed one, and with the server of the next launch.
    docker(&["restart", "-t", "0", &format!("orchest-{id}-server")]);
    stopped(&app, &id).await;
    let (id, server) = launch(&app, &folder).await;
    everything(&server).await;
    assert_eq!(ran_in(&id, "server"), Vec::<String>::new());
    stopped(&app, &id).await;
}

fn copied(from: &Path, to: &Path) {
    let status = std::process::Command::new("cp").arg("-rT").args([from, to]).status().unwrap();
    assert!(status.success());
}

/// A kernelspec may let its kernels find modules and programs in the folder. The gateway has another folder at that
/// path.
#[tokio::test(flavor = "multi_thread")]
async fn no_launch_script_runs_files_of_a_kernel_in_its_home() {
    let home = Home::new();
    let app = home.app().await;
    let image = format!("orchest/kernel-python:{}", env!("CARGO_PKG_VERSION"));
    home.kernelspec("with-a-path", &image);
    let file = home.places().kernels_dir().join("with-a-path/kernel.json");
    let mut spec: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    spec["env"] = json!({ "PYTHONPATH": "/notebooks/lib", "PATH": "/notebooks/lib:${PATH}" });
    std::fs::write(&file, spec.to_string()).unwrap();
    let (id, server) = launch(&app, &home.pipeline("with a path")).await;
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let plant = format!(
        "import os\nos.makedirs(os.path.expanduser('~/lib'))\n\
         for name in {MODULES:?}: open(os.path.expanduser(f'~/lib/{{name}}.py'), 'w').write({:?})",
        python("of the kernel")
    );
    assert_eq!(kernel.execute(&plant).await.error, None);
    let gateway = format!("orchest-{id}-gateway");
    let found = "find / -path /proc -prune -o -name usercustomize.py -print 2>/dev/null; true";
    assert_eq!(
        docker(&["exec", &gateway, "sh", "-c", found]),
        Vec::<String>::new(),
        "the gateway's processes reach it"
    );
    server.start("with-a-path", "second.ipynb").await.unwrap();
    assert_eq!(ran_in(&id, "gateway"), Vec::<String>::new());
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_script_finds_modules_beside_it_and_none_in_place_of_pythons_own() {
    let home = Home::new();
    let app = home.app().await;
    let image = format!("orchest/kernel-python:{}", env!("CARGO_PKG_VERSION"));
    home.kernelspec("own-script", &image);
    let folder = home.places().kernels_dir().join("own-script");
    let mut spec: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("kernel.json")).unwrap()).unwrap();
    spec["argv"][1] = "/usr/local/share/jupyter/kernels/own-script/scripts/mine.py".into();
    std::fs::write(folder.join("kernel.json"), spec.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../etc/kernels/launch_docker.py");
    let script = std::fs::read_to_string(script).unwrap();
    write(&folder.join("scripts/mine.py"), &script.replace("import argparse\n", "import argparse\nimport beside\n"));
    write(&folder.join("scripts/beside.py"), &python("beside"));
    write(&folder.join("scripts/random.py"), &python("random"));
    write(&folder.join("scripts/json.py"), &python("json"));
    let (id, server) = launch(&app, &home.pipeline("own script")).await;
    server.start("own-script", "first.ipynb").await.unwrap();
    assert_eq!(ran_in(&id, "gateway"), ["beside"]);
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notebook_cannot_name_a_module_for_its_export_to_import() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("names a module");
    // Each of these modules ends the process, or prints something, when it is imported.
    for (at, module) in ["this.d", "jupyter_core.__main__.main", "nbconvert.__main__.main"].iter().enumerate() {
        let notebook = json!({ "cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {
            "language_info": { "name": "python", "file_extension": ".py", "nbconvert_exporter": module } } });
        write(&folder.join(format!("{at}.ipynb")), &notebook.to_string());
    }
    let (id, server) = launch(&app, &folder).await;
    for at in 0..3 {
        let (status, answer) = server.get(&format!("/nbconvert/script/{at}.ipynb")).await;
        assert_eq!(status, 500, "{answer}");
        assert!(answer.to_string().contains("Unknown exporter"), "{answer}");
    }
    let logs = std::process::Command::new("docker").args(["logs", &format!("orchest-{id}-server")]).output().unwrap();
    assert!(!String::from_utf8_lossy(&logs.stdout).contains("Zen"), "`this` was imported");
    everything(&server).await;
    stopped(&app, &id).await;
}
