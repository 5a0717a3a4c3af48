//! Who may ask for what: a launch is at least as closed as a plain server.

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use crate::rest::{Answer, answer};
use crate::sides::Side;

fn summary(answer: &Answer) -> Value {
    let to = answer.header("location").as_str().map(|to| to.split('?').next().unwrap_or_default().to_owned());
    json!([answer.status, answer.header("content-type"), to])
}

pub async fn without_a_token(side: Side) -> Value {
    let mut seen = Vec::new();
    for path in [
        "/api",
        "/api/contents",
        "/api/kernels",
        "/api/sessions",
        "/api/terminals",
        "/api/status",
        "/lab",
        "/",
        "/files/first.ipynb",
        "/api/nbconvert",
        "/lab/api/settings",
        "/api/kernelspecs",
        "/login",
        "/static/favicon.ico",
        "/api/me",
        "/metrics",
    ] {
        seen.push(json!([path, summary(&answer(side.bare(Method::GET, path)).await)]));
    }
    seen.into()
}

pub async fn with_a_wrong_token(side: Side) -> Value {
    let wrong = |request: reqwest::RequestBuilder| request.header("Authorization", "token wrong");
    let get = answer(wrong(side.bare(Method::GET, "/api/contents"))).await;
    let query = answer(side.bare(Method::GET, "/api/contents?token=wrong")).await;
    let post = answer(wrong(side.bare(Method::POST, "/api/kernels")).json(&json!({}))).await;
    json!([get.seen(), summary(&query), post.status])
}

pub async fn each_way_to_show_the_token(side: Side) -> Value {
    let token = &side.place.token;
    let bearer =
        answer(side.bare(Method::GET, "/api/contents").header("Authorization", format!("Bearer {token}"))).await;
    let query = answer(side.bare(Method::GET, &format!("/api/contents?token={token}"))).await;
    let login = answer(side.bare(Method::GET, &format!("/lab?token={token}"))).await;
    let cookie = login
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|one| one.to_str().ok()?.split(';').next().map(str::to_owned));
    let cookie: Vec<String> = cookie.collect();
    let by_cookie = answer(side.bare(Method::GET, "/api/contents").header("Cookie", cookie.join("; "))).await;
    json!([bearer.status, query.status, login.status, cookie.is_empty(), by_cookie.status])
}

/// A page of another site can send a cookie, but not the token of a form.
pub async fn a_cookie_alone_changes_nothing(side: Side) -> Value {
    let login = answer(side.bare(Method::GET, &format!("/lab?token={}", side.place.token))).await;
    let cookies: Vec<String> = login
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|one| one.to_str().ok()?.split(';').next().map(str::to_owned))
        .collect();
    let with = |request: reqwest::RequestBuilder| request.header("Cookie", cookies.join("; "));
    let bare = answer(with(side.bare(Method::POST, "/api/terminals"))).await;
    let xsrf = cookies.iter().find_map(|one| one.strip_prefix("_xsrf=")).unwrap_or_default().to_owned();
    let asked =
        with(side.bare(Method::POST, "/api/contents/").header("X-XSRFToken", xsrf)).json(&json!({ "type": "no" }));
    let right = answer(asked).await;
    json!([bare.status, right.status != 403])
}

pub async fn from_another_origin(side: Side) -> Value {
    let from = |path: &str| side.request(Method::GET, path).header("Origin", "https://elsewhere.example");
    let get = answer(from("/api/contents")).await;
    let options =
        answer(side.bare(Method::OPTIONS, "/api/contents").header("Origin", "https://elsewhere.example")).await;
    json!([get.status, get.header("access-control-allow-origin"), options.status])
}

async fn socket(side: &Side, path: &str, origin: Option<&str>) -> Value {
    let url = format!("{}{path}", side.place.base.replacen("http", "ws", 1));
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("Origin", origin.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((mut socket, _)) => {
            let first = tokio::time::timeout(std::time::Duration::from_millis(500), socket.next()).await;
            json!(["connected", matches!(first, Ok(Some(Ok(tungstenite::Message::Close(_)))))])
        }
        Err(tungstenite::Error::Http(answer)) => json!(answer.status().as_u16()),
        Err(error) => error.to_string().into(),
    }
}

pub async fn a_websocket_without_a_token(side: Side) -> Value {
    let kernel = side.shared_kernel().await;
    socket(&side, &format!("/api/kernels/{kernel}/channels?session_id=x"), None).await
}

pub async fn a_websocket_from_another_origin(side: Side) -> Value {
    let kernel = side.shared_kernel().await;
    let path = format!("/api/kernels/{kernel}/channels?session_id=x");
    let cookieless = socket(&side, &path, Some("https://elsewhere.example")).await;
    let same = socket(&side, &format!("{path}&token={}", side.place.token), Some(&side.place.base)).await;
    json!([cookieless, same])
}

pub async fn unknown_methods(side: Side) -> Value {
    let mut seen = Vec::new();
    for (method, path) in [
        (Method::PUT, "/api/kernels"),
        (Method::DELETE, "/api/kernelspecs"),
        (Method::PATCH, "/api/status"),
        (Method::POST, "/lab"),
        (Method::GET, "/api/shutdown"),
        (Method::DELETE, "/api/terminals"),
    ] {
        let answer = answer(side.request(method.clone(), path)).await;
        seen.push(json!([method.as_str(), path, answer.status]));
    }
    seen.into()
}

pub async fn unknown_addresses(side: Side) -> Value {
    let mut seen = Vec::new();
    for path in [
        "/no-such",
        "/api/no-such",
        "/api/contents-no",
        "/static/no-such.js",
        "/%00",
        "/api/kernels/",
        "/lab/",
        "/favicon.ico",
    ] {
        seen.push(json!([path, summary(&side.get(path).await)]));
    }
    seen.into()
}

pub async fn headers_of_a_page(side: Side) -> Value {
    let page = side.get("/lab").await;
    let api = side.get("/api/contents").await;
    let names = ["content-security-policy", "x-content-type-options", "cache-control", "server", "x-frame-options"];
    let of = |answer: &Answer| names.iter().map(|name| json!([name, answer.header(name)])).collect::<Value>();
    json!([of(&page), of(&api)])
}
