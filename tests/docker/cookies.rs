//! Cookies: which ones a launch's server sets, and which requests they open.

use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use reqwest::header::HeaderMap;
use reqwest::{Client, Response};
use serde_json::json;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

/// A client that follows no redirect and keeps no cookie.
fn client() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// The request of a browser that goes to an address.
async fn go(url: &str) -> Response {
    client().get(url).header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8").send().await.unwrap()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// The complete cookies that an answer sets.
fn cookies_of(headers: &HeaderMap) -> Vec<String> {
    headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

/// The cookies as a browser sends them.
fn jar(cookies: &[String]) -> String {
    let pairs: Vec<_> = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    pairs.join("; ")
}

async fn status_with(cookie: &str, url: &str) -> u16 {
    client().get(url).header("Cookie", cookie).send().await.unwrap().status().as_u16()
}

/// `http://127.0.0.1:PORT`, and the path that everything is below.
fn parts(server: &Server) -> (String, String) {
    let end = server.base.rfind('/').unwrap();
    assert!(end > "http://".len(), "{} has no path of its own", server.base);
    (server.base[..end].to_owned(), server.base[end..].to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_the_token_leads_to_one_without_and_the_cookies_open_this_launch_only() {
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("cookies");
    let id = launched(&app, &folder, None).await.unwrap();
    let url = app.url(&id).await.unwrap();
    let server = Server::at(&url);
    let (_, path) = parts(&server);

    let first = go(&url).await;
    assert_eq!(first.status(), 302);
    assert_eq!(header(first.headers(), "location"), format!("{path}/lab"));
    assert_eq!(header(first.headers(), "referrer-policy"), "same-origin");
    let notebook = go(&url.replace("/lab?", "/lab/tree/a%20b.ipynb?reset&a=1&")).await;
    assert_eq!(header(notebook.headers(), "location"), format!("{path}/lab/tree/a%20b.ipynb?reset=&a=1"));

    let cookies = cookies_of(first.headers());
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in &cookies {
        assert!(cookie.contains(&format!("; Path={path}/")), "{cookie}");
        assert!(cookie.contains("; SameSite=Strict"), "{cookie}");
        assert!(!cookie.to_lowercase().contains("expires") && !cookie.to_lowercase().contains("max-age"), "{cookie}");
        // The page reads the other cookie, to send it along as a header.
        assert!(cookie.contains("; HttpOnly") || cookie.starts_with("_xsrf="), "{cookie}");
    }
    let cookie = jar(&cookies);
    let contents = format!("{}/api/contents", server.base);
    assert_eq!(status_with(&cookie, &format!("{}/lab", server.base)).await, 200);
    let page = client().get(format!("{}/lab", server.base)).header("Cookie", &cookie).send().await.unwrap();
    assert_eq!(header(page.headers(), "referrer-policy"), "same-origin");

    // Another program at 127.0.0.1 can set cookies of the same names for all paths. Browsers send those last.
    let xsrf = cookie.split("; ").find_map(|one| one.strip_prefix("_xsrf=")).unwrap();
    let asked = client()
        .post(&contents)
        .header("Cookie", format!("{cookie}; _xsrf=2|0|0|0; orchest-login=theirs"))
        .header("X-XSRFToken", xsrf)
        .json(&json!({ "type": "file", "ext": ".txt" }));
    assert_eq!(asked.send().await.unwrap().status(), 201);
    let bare = client().post(&contents).header("Cookie", &cookie).json(&json!({ "type": "file" }));
    assert_eq!(bare.send().await.unwrap().status(), 403, "a cookie alone changes nothing");

    let bare = go(&format!("{}/lab", server.base)).await;
    assert!(bare.status() == 302 && header(bare.headers(), "location").starts_with(&format!("{path}/login?")));
    let told = go(&format!("{}/login", server.base)).await.text().await.unwrap();
    assert!(told.contains("Press Open in Orchest Desktop again") && !told.contains("new_password"), "{told}");

    let (other, next) = {
        let other = launched(&app, &home.pipeline("other"), None).await.unwrap();
        let at_other = Server::at(&app.url(&other).await.unwrap());
        assert_eq!(status_with(&cookie, &format!("{}/api/contents", at_other.base)).await, 403);
        stopped(&app, &other).await;
        stopped(&app, &id).await;
        (at_other.base, launched(&app, &folder, None).await.unwrap())
    };
    let after = Server::at(&app.url(&next).await.unwrap());
    assert_ne!(parts(&after).1, path);
    assert_ne!(parts(&after).1, parts(&Server::new(&other, "")).1);
    assert_eq!(
        status_with(&cookie, &format!("{}/api/contents", after.base)).await,
        403,
        "the cookie outlived its launch"
    );
    stopped(&app, &next).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_the_path_does_not_learn_it() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("path"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let (host, path) = parts(&server);
    let name = path.trim_start_matches('/');
    let asked = [
        "/",
        "/lab",
        "/api",
        "/api/status",
        "/login",
        "/login?next=/lab",
        "/favicon.ico",
        "/static/x.js",
        "//",
        "/%00",
    ];
    for asked in asked.map(str::to_owned).into_iter().chain([format!("/{}", &name[..31]), format!("{path}0/lab")]) {
        for method in [reqwest::Method::GET, reqwest::Method::POST, reqwest::Method::OPTIONS] {
            let answer = client().request(method.clone(), format!("{host}{asked}")).send().await.unwrap();
            let headers = format!("{:?}", answer.headers());
            assert_eq!(answer.status(), 404, "{method} {asked}");
            let body = answer.text().await.unwrap();
            assert!(body.contains("Press Open there"), "{method} {asked}: {body}");
            assert!(!headers.contains(name) && !body.contains(name), "{method} {asked}: {headers} {body}");
        }
    }
    let shown = orchest_tests::home::launch_of(&app.snapshots().borrow(), &id).unwrap().address.unwrap();
    assert!(shown.starts_with(&host) && !shown.contains(name), "the window shows the path to bystanders: {shown}");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lets_one_browser_in_and_needs_the_servers_own_name() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("code"), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    let (host, path) = parts(&server);
    assert_eq!(Server::new(&server.base, "wrong").post("/api/orchest/in", &json!({})).await.0, 403);
    let (status, made) = server.post("/api/orchest/in", &json!({})).await;
    assert_eq!(status, 201);
    let way = made["path"].as_str().unwrap();
    assert!(!way.contains(&server.token), "{way}");
    let url = format!("{host}{way}/lab/tree/a%20b.ipynb");

    let foreign = client().get(&url).header("Host", "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 403, "a foreign host name that points to this server");
    let first = go(&url).await;
    assert_eq!(
        (first.status().as_u16(), header(first.headers(), "location")),
        (302, &*format!("{path}/lab/tree/a%20b.ipynb"))
    );
    let cookie = jar(&cookies_of(first.headers()));
    assert_eq!(status_with(&cookie, &format!("{}/api/contents", server.base)).await, 200);
    let second = go(&url).await;
    assert_eq!((second.status().as_u16(), cookies_of(second.headers())), (403, vec![]));
    assert!(second.text().await.unwrap().contains("Press Open in Orchest Desktop again"));
    let none = go(&format!("{}/orchest/in/{}/lab", server.base, "0".repeat(48))).await;
    assert_eq!((none.status().as_u16(), cookies_of(none.headers())), (403, vec![]));

    // A link in another site's page: the browser sends no Strict cookie with the redirects of such a link.
    let made = server.post("/api/orchest/in", &json!({})).await.1;
    let linked = client().get(format!("{host}{}/lab", made["path"].as_str().unwrap()));
    let linked = linked.header("Sec-Fetch-Site", "cross-site").send().await.unwrap();
    assert_eq!((linked.status().as_u16(), cookies_of(linked.headers()).len()), (200, 2));
    let page = linked.text().await.unwrap();
    assert!(page.contains(&format!("location.replace(\"{path}/lab\")")), "{page}");
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_port_opens_no_websocket_even_with_the_cookies() {
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("sockets"), None).await.unwrap();
    let url = app.url(&id).await.unwrap();
    let server = Server::at(&url);
    let host = parts(&server).0;
    let cookie = jar(&cookies_of(go(&url).await.headers()));
    let open = async |origin: &str| {
        let address = format!("{}/api/events/subscribe", server.base.replacen("http", "ws", 1));
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert("Cookie", cookie.parse().unwrap());
        request.headers_mut().insert("Origin", origin.parse().unwrap());
        match tokio_tungstenite::connect_async(request).await {
            Ok(_) => 101,
            Err(tungstenite::Error::Http(answer)) => answer.status().as_u16(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(open(&host).await, 101, "the launch's own page may open it");
    for origin in ["http://127.0.0.1:1", "http://localhost:8888", "https://elsewhere.example", "null"] {
        assert_eq!(open(origin).await, 403, "{origin}");
    }
    stopped(&app, &id).await;
}
