//! What JupyterLab offers works, and what the images hold.

use orchest_core::images;
use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

#[tokio::test(flavor = "multi_thread")]
async fn every_export_that_is_offered_works_and_hidden_files_can_be_opened() {
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
    // What is not offered can be asked for all the same, and is refused, as an export that nobody knows.
    assert_eq!(server.get("/nbconvert/pdf/first.ipynb").await.0, 500);
    assert_eq!(server.get("/api/contents/.env").await.1["content"], "A=1\n");
    stopped(&app, &id).await;
}

#[test]
fn the_servers_image_has_the_tools_of_a_terminal_and_nothing_setuid() {
    let look = "for tool in git nano vi less curl ssh ps; do command -v $tool >/dev/null || echo lacks $tool; done; \
                find / -xdev -type f -perm /6000 2>/dev/null; true";
    assert_eq!(docker(&["run", "--rm", "--entrypoint", "sh", &images::server(), "-c", look]), Vec::<String>::new());
}
