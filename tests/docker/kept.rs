//! The data kept between the launches of a folder, and how a person forgets it.

use std::path::Path;

use orchest_core::App;
use orchest_tests::engine::{docker, in_role, left_of};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::{Kernel, Server};
use serde_json::json;

async fn running(app: &App, folder: &Path) -> (String, Server) {
    let id = launched(app, folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    (id, server)
}

async fn prints(kernel: &mut Kernel, cell: &str) -> String {
    let output = kernel.execute(cell).await;
    assert_eq!(output.error, None, "{cell}");
    output.text.trim().to_owned()
}

fn volumes(launch: &str) -> Vec<String> {
    let filter = format!("label=org.orchest.launch={launch}");
    let mut names = docker(&["volume", "ls", "-q", "--filter", &filter]);
    names.sort();
    names
}

const HOME: &str = "import os; p = os.path.expanduser('~/kept'); print(p, os.path.exists(p)); open(p, 'a').close()";

#[tokio::test(flavor = "multi_thread")]
async fn a_kernels_home_outlives_kernel_and_launch_and_belongs_to_one_folder() {
    let home = Home::new();
    let app = home.app().await;
    // A user that no image knows, and an image without such a folder.
    let folder = home.pipeline("of somebody");
    std::os::unix::fs::chown(&folder, Some(4242), Some(4243)).unwrap();
    let image = format!("orchest-test/bare:{}", std::process::id());
    let file =
        format!("FROM orchest/kernel-python:{}\nUSER root\nRUN rm -rf /home/orchest\n", env!("CARGO_PKG_VERSION"));
    std::fs::write(home.path().join("Dockerfile"), file).unwrap();
    let build = ["build", "-q", "-t", &image, home.path().to_str().unwrap()];
    let built = std::process::Command::new("docker").args(build).env("DOCKER_BUILDKIT", "0").output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    home.kernelspec("bare", &image);
    let (id, server) = running(&app, &folder).await;
    let mut kernel = server.start("bare", "first.ipynb").await.unwrap();
    assert_eq!(prints(&mut kernel, HOME).await, "/home/orchest/kept False");
    let mut kernel = kernel.restart().await;
    assert_eq!(prints(&mut kernel, HOME).await, "/home/orchest/kept True");
    assert_eq!(prints(&mut kernel, "print(os.getuid())").await, "4242");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());

    let (id, server) = running(&app, &folder).await;
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(prints(&mut kernel, HOME).await, "/home/orchest/kept True");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "the home is not in the folder");
    // Neither the server nor another folder sees it.
    let of_server = docker(&["exec", &in_role(&id, "server")[0], "ls", "-A", "/home/orchest"]);
    assert!(!of_server.contains(&"kept".to_owned()), "{of_server:?}");
    let (other, server) = running(&app, &home.pipeline("another")).await;
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    assert_eq!(prints(&mut kernel, HOME).await, "/home/orchest/kept False");
    stopped(&app, &id).await;
    stopped(&app, &other).await;
    docker(&["rmi", "-f", &image]);
}

/// The settings belong to the person who runs the tests, so only one test at a time changes them.
pub static SETTINGS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const THEME: &str = "/lab/api/settings/@jupyterlab/apputils-extension:themes";

async fn theme(server: &Server) -> String {
    let (status, answer) = server.get(THEME).await;
    assert_eq!(status, 200, "{answer}");
    answer["raw"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_jupyterlab_is_kept_until_forgotten_and_its_settings_apply_to_all_folders() {
    let _turn = SETTINGS.lock().await;
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("as it was");
    let (id, server) = running(&app, &folder).await;
    let dark = format!("{{\"theme\": \"JupyterLab Dark\", \"adaptive-theme\": false}} // {id}");
    let (status, answer) = server.put(THEME, &json!({ "raw": dark })).await;
    assert_eq!(status, 204, "{answer}");
    let tabs =
        json!({ "metadata": { "id": "default" }, "data": { "layout-restorer:data": { "main": { "dock": id } } } });
    let (status, answer) = server.put("/lab/api/workspaces/default", &tabs).await;
    assert_eq!(status, 204, "{answer}");
    let (status, answer) = server.post("/api/contents/first.ipynb/checkpoints", &json!({})).await;
    assert_eq!(status, 201, "{answer}");
    let untrusted = |notebook: &serde_json::Value| notebook["content"]["cells"][0]["metadata"]["trusted"] != true;
    // With an output, so that its trust matters.
    let (_, mut notebook) = server.get("/api/contents/first.ipynb").await;
    notebook["content"]["cells"][0]["outputs"] =
        json!([{ "output_type": "display_data", "data": { "text/html": "<b>x</b>" }, "metadata": {} }]);
    let body = json!({ "type": "notebook", "format": "json", "content": notebook["content"] });
    server.put("/api/contents/first.ipynb", &body).await;
    let (status, answer) = server.post("/api/contents/first.ipynb/trust", &json!({})).await;
    assert_eq!(status, 201, "{answer}");
    server.start("python_docker", "first.ipynb").await.unwrap();
    // Killed, not stopped: the kernel must not come back.
    docker(&["kill", &format!("orchest-{id}-server")]);
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
    assert_eq!(volumes(&id), [format!("orchest-{id}-home"), format!("orchest-{id}-lab")]);

    let (id, server) = running(&app, &folder).await;
    assert_eq!(theme(&server).await, dark);
    let (_, kept) = server.get("/lab/api/workspaces/default").await;
    assert_eq!(kept["data"], tabs["data"], "{kept}");
    let (_, kept) = server.get("/api/contents/first.ipynb/checkpoints").await;
    assert_eq!(kept.as_array().unwrap().len(), 1, "{kept}");
    let (_, kept) = server.get("/api/contents/first.ipynb").await;
    assert!(!untrusted(&kept), "{kept}");
    assert_eq!(server.get("/api/kernels").await.1, json!([]), "kernels end with their launch");
    assert_eq!(server.get("/api/sessions").await.1, json!([]));
    assert_eq!(in_role(&id, "kernel"), Vec::<String>::new());

    let (other, elsewhere) = running(&app, &home.pipeline("another")).await;
    assert_eq!(theme(&elsewhere).await, dark, "settings apply to all folders");
    let (_, kept) = elsewhere.get("/lab/api/workspaces/default").await;
    assert_ne!(kept["data"], tabs["data"], "open tabs belong to one folder");
    stopped(&app, &other).await;

    let refused = app.forget(&id).await.unwrap_err();
    assert!(refused.message.contains("is running") && refused.hint.contains("stop"), "{refused:?}");
    stopped(&app, &id).await;
    assert!(app.forget(&id).await.unwrap());
    assert_eq!(volumes(&id), Vec::<String>::new());
    assert!(!app.forget(&id).await.unwrap(), "no saved state is left");
    let (id, server) = running(&app, &folder).await;
    assert_eq!(theme(&server).await, dark);
    let (_, kept) = server.get("/lab/api/workspaces/default").await;
    assert_ne!(kept["data"], tabs["data"]);
    assert_eq!(server.get("/api/contents/first.ipynb/checkpoints").await.1, json!([]));
    let (_, kept) = server.get("/api/contents/first.ipynb").await;
    assert!(untrusted(&kept), "{kept}");
    stopped(&app, &id).await;

    // The terminal also forgets a folder that is gone.
    std::fs::remove_dir_all(&folder).unwrap();
    let forget = || {
        let output = home.orchest(&["forget", folder.to_str().unwrap()]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(forget().contains("Forgot the saved state"));
    assert_eq!(volumes(&id), Vec::<String>::new());
    assert!(forget().contains("has no saved state"));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_a_terminal_among_the_settings_lead_into_no_other_folder() {
    let _turn = SETTINGS.lock().await;
    let home = Home::new();
    let app = home.app().await;
    let (id, server) = running(&app, &home.pipeline("hostile")).await;
    let (_, answer) = server.get(THEME).await;
    assert!(answer["raw"].is_string(), "{answer}");
    let plant = "rm -rf /settings/@jupyterlab; mkdir -p /settings/@jupyterlab/shortcuts-extension /settings/@jupyterlab/filebrowser-extension; \
                 ln -sfn /notebooks/first.ipynb /settings/@jupyterlab/shortcuts-extension/shortcuts.jupyterlab-settings; \
                 mkfifo /settings/@jupyterlab/filebrowser-extension/browser.jupyterlab-settings";
    docker(&["exec", &in_role(&id, "server")[0], "sh", "-c", plant]);
    stopped(&app, &id).await;
    let folder = home.pipeline("victim");
    let before = std::fs::read(folder.join("first.ipynb")).unwrap();
    let (id, server) = running(&app, &folder).await;
    for plugin in ["shortcuts-extension:shortcuts", "filebrowser-extension:browser"] {
        let path = format!("/lab/api/settings/@jupyterlab/{plugin}");
        let (status, answer) = server.get(&path).await;
        assert_eq!((status, answer["raw"].as_str()), (200, Some("{}")), "{answer}");
        let (status, answer) = server.put(&path, &json!({ "raw": "{}" })).await;
        assert_eq!(status, 204, "{answer}");
    }
    assert_eq!(std::fs::read(folder.join("first.ipynb")).unwrap(), before);
    stopped(&app, &id).await;
}
