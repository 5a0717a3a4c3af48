//! A launch of a folder of root's. Its server runs as root without capabilities, and root owns the image's files.

use std::path::Path;

use orchest_tests::engine::{docker, left_of};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::terminal::Terminal;

/// The environment with which a container's first process began, as root of this machine reads it.
fn environment(container: &str) -> String {
    let pid = docker(&["inspect", "-f", "{{.State.Pid}}", container]).concat();
    String::from_utf8_lossy(&std::fs::read(format!("/proc/{pid}/environ")).unwrap()).into_owned()
}

fn belongs_to(folder: &Path, uid: u32) {
    std::os::unix::fs::chown(folder, Some(uid), Some(uid)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn roots_terminal_changes_no_file_of_the_server_and_finds_no_token() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("of root");
    belongs_to(&folder, 0);
    let id = launched(&app, &folder, None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut terminal = Terminal::open(&server).await;
    let said = terminal
        .run(
            "id -u; whoami; echo $HOME; for f in /etc/hosts /etc/resolv.conf /opt/orchest/orchest_server/app.py \
             /opt/venv/lib/python3*/site-packages/jupyter_server/templates/login.html; do \
             echo x 2>/dev/null >>$f && echo wrote $f; done; \
             touch /tmp/a /home/orchest/b /notebooks/c && echo '#!/bin/sh' >/tmp/d && chmod +x /tmp/d && /tmp/d && echo works",
        )
        .await;
    assert!(said.contains("works") && !said.contains("wrote"), "{said}");
    for role in ["server", "gateway"] {
        let seen = environment(&format!("orchest-{id}-{role}"));
        assert!(seen.contains("TOKEN=****"), "{role}: {seen}");
        let token = seen.split('\0').find_map(|one| one.split_once("TOKEN=")).unwrap().1;
        assert!(token.bytes().all(|letter| letter == b'*'), "{role}: {token}");
    }
    assert_eq!(server.start("python_docker", "first.ipynb").await.unwrap().execute("print(6 * 7)").await.text, "42\n");
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
