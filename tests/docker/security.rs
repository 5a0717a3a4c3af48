//! What a kernel can reach, and which requests a server answers.

use orchest_tests::engine::docker;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_has_no_socket_no_capability_and_no_way_into_the_gateway() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("walls"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let cell = r#"
import os, urllib.request, urllib.error
def ask(path):
    try:
        return urllib.request.urlopen("http://gateway:8888" + path, timeout=5).status
    except urllib.error.URLError as error:
        return type(error.reason).__name__
print(ask("/api/kernels"), os.path.exists("/run/orchest-gateway"))
print(os.path.exists("/var/run/docker.sock"))
print([line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapBnd", "NoNewPrivs"))])
print([name for name in os.environ if "TOKEN" in name])
"#;
    let seen = kernel.execute(cell).await;
    assert_eq!(seen.error, None);
    let lines: Vec<_> = seen.text.lines().collect();
    assert_eq!(lines, ["gaierror False", "False", "['0000000000000000', '0000000000000000', '1']", "[]"]);

    let published = docker(&["port", &format!("orchest-{id}-server")]);
    assert!(published.iter().all(|port| port.contains("127.0.0.1:")), "{published:?}");
    assert_eq!(docker(&["port", &format!("orchest-{id}-gateway")]), Vec::<String>::new());
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_requires_its_token_and_its_own_name() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("host"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let stranger = Server::new(&server.base, "wrong");
    assert_eq!(stranger.get("/api/kernelspecs").await.0, 403);
    assert_eq!(stranger.get("/api/contents").await.0, 403);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let foreign = client
        .get(format!("{}/api/kernelspecs", server.base))
        .header("Host", "evil.example")
        .header("Authorization", format!("token {}", server.token))
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), 403);
    stopped(&app, &id).await;
}
