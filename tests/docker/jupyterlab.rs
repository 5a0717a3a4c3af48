//! JupyterLab's menus work, and the images have what those need.

use orchest_core::images;
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

#[tokio::test(flavor = "multi_thread")]
async fn every_offered_export_works_and_hidden_files_can_be_opened() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("offered");
    std::fs::write(folder.join(".env"), "A=1\n").unwrap();
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let offered = server.get("/api/nbconvert").await.1;
    assert!(offered.get("html").is_some() && offered.get("pdf").is_none(), "{offered}");
    for name in offered.as_object().unwrap().keys() {
        assert_eq!(server.get(&format!("/nbconvert/{name}/first.ipynb")).await.0, 200, "{name}");
    }
    // An export that is not offered can still be requested. It is refused like an unknown one.
    assert_eq!(server.get("/nbconvert/pdf/first.ipynb").await.0, 500);
    assert_eq!(server.get("/api/contents/.env").await.1["content"], "A=1\n");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_own_extensions_are_in_the_page_of_every_folder() {
    let home = Home::new();
    let app = home.app().await;
    let extension = home.places().labextensions_dir().join("of-a-person");
    std::fs::create_dir_all(extension.join("static")).unwrap();
    let package = r#"{"name": "of-a-person", "version": "1.0.0", "jupyterlab": {"extension": true,
                      "_build": {"load": "static/remoteEntry.js", "extension": "./extension"}}}"#;
    std::fs::write(extension.join("package.json"), package).unwrap();
    std::fs::write(extension.join("static/remoteEntry.js"), "// the page's").unwrap();
    // The page runs files of this folder; the server must not.
    std::fs::write(extension.join("__init__.py"), "raise SystemExit('imported')").unwrap();
    for name in ["one", "two"] {
        let id = launched(&app, &home.pipeline(name), None).await.unwrap();
        let server = Server::at(&app.url(&id).await.unwrap());
        let page = server.text("/lab").await;
        assert!(page.contains(r#""name": "of-a-person""#), "{page}");
        assert_eq!(server.text("/lab/extensions/of-a-person/static/remoteEntry.js").await, "// the page's");
        let write = format!("orchest-{id}-server");
        let refused = docker(&["exec", &write, "sh", "-c", "touch /opt/labextensions/x 2>/dev/null || echo refused"]);
        assert_eq!(refused, ["refused"]);
        stopped(&app, &id).await;
    }
}

#[test]
fn the_servers_image_has_the_tools_of_a_terminal_and_nothing_setuid() {
    let look = "for tool in git nano vi less curl ssh ps; do command -v $tool >/dev/null || echo lacks $tool; done; \
                find / -xdev -type f -perm /6000 2>/dev/null; true";
    assert_eq!(docker(&["run", "--rm", "--entrypoint", "sh", &images::server(), "-c", look]), Vec::<String>::new());
}
