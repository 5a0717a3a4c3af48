//! The requests of JupyterLab's page to its server.

use reqwest::Method;
use serde_json::{Value, json};

use crate::rest::{answer, shape};
use crate::sides::Side;

/// The settings that the server gives to Lab's page.
async fn page_config(side: &Side) -> Value {
    let page = side.get("/lab").await;
    let text = page.with(200).as_str().unwrap().to_owned();
    let config = text.split_once("id=\"jupyter-config-data\" type=\"application/json\">").unwrap().1;
    serde_json::from_str(config.split_once("</script>").unwrap().0).unwrap()
}

pub async fn the_page(side: Side) -> Value {
    let config = page_config(&side).await;
    let names: Vec<&String> = config.as_object().unwrap().keys().collect();
    assert!(config["fullStaticUrl"].is_string());
    json!([
        names,
        config["appVersion"],
        config["terminalsAvailable"],
        config["exposeAppInBrowser"],
        config["disabledExtensions"]
    ])
}

pub async fn the_extensions_of_the_page(side: Side) -> Value {
    let config = page_config(&side).await;
    let mut names: Vec<String> = config["federated_extensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    json!(names)
}

pub async fn the_switches_of_the_page(side: Side) -> Value {
    let mut config = page_config(&side).await;
    // In the order of the file system.
    let extensions = config["federated_extensions"].as_array_mut().unwrap();
    extensions.sort_by_key(|one| one["name"].to_string());
    config
}

pub async fn the_scripts_of_the_page(side: Side) -> Value {
    let page = side.get("/lab").await.with(200).as_str().unwrap().to_owned();
    let mut seen = Vec::new();
    for script in page.split("src=\"").skip(1).filter_map(|rest| rest.split_once('"')) {
        let answer = side.get(side.own_address(script.0)).await;
        seen.push(json!([answer.status, answer.header("content-type"), answer.bytes.len() > 1000]));
    }
    assert!(!seen.is_empty());
    seen.into()
}

pub async fn addresses_of_files(side: Side) -> Value {
    side.write("a ü.txt", "");
    let mut seen = Vec::new();
    for path in [
        format!("/lab/tree/{}/a%20%C3%BC.txt", side.dir),
        "/lab/tree/no/such".to_owned(),
        "/lab/workspaces/own".to_owned(),
        "/lab/workspaces/own/tree/x".to_owned(),
        "/lab/no-such".to_owned(),
        "/doc".to_owned(),
        "/consoles".to_owned(),
        "/notebooks/x.ipynb".to_owned(),
    ] {
        let answer = side.get(&path).await;
        seen.push(json!([path, answer.status, answer.header("content-type"), answer.header("location")]));
    }
    seen.into()
}

pub async fn settings(side: Side) -> Value {
    let all = side.get("/lab/api/settings").await.with(200);
    let mut ids: Vec<String> =
        all["settings"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    assert!(ids.len() > 50);
    json!(ids)
}

pub async fn a_setting_is_kept(side: Side) -> Value {
    let path = "/lab/api/settings/@jupyterlab/fileeditor-extension:plugin";
    let raw = "// a comment\n{\"editorConfig\": {\"tabSize\": 7}}";
    let put = answer(side.request(Method::PUT, path).json(&json!({ "raw": raw }))).await;
    let read = side.get(path).await.with(200);
    let wrong = side.put(path, &json!({ "raw": "{not json" })).await;
    let invalid = side.put(path, &json!({ "raw": "{\"editorConfig\": 3}" })).await;
    assert_eq!(read["settings"]["editorConfig"]["tabSize"], 7);
    side.put(path, &json!({ "raw": "{}" })).await;
    json!([put.status, read["raw"], read["settings"], wrong.status, invalid.status])
}

pub async fn an_unknown_setting(side: Side) -> Value {
    json!([
        side.get("/lab/api/settings/no-such:plugin").await.shape(),
        side.get("/lab/api/settings/@x/y:z").await.status
    ])
}

pub async fn workspaces(side: Side) -> Value {
    let id = format!("w-{}", side.dir);
    let path = format!("/lab/api/workspaces/{id}");
    let fresh = side.get(&path).await;
    let put = side.put(&path, &json!({ "data": { "layout": { "ü": [1] } }, "metadata": { "id": id } })).await;
    let read = side.get(&path).await;
    let listed = side.get("/lab/api/workspaces").await.with(200)["workspaces"]["ids"].to_string().contains(&id);
    let wrong = side.put(&path, &json!({ "data": {}, "metadata": { "id": "another" } })).await;
    let deleted = side.delete(&path).await;
    json!([fresh.shape(), put.status, read.seen(), listed, wrong.status, deleted.status])
}

pub async fn themes(side: Side) -> Value {
    let mut seen = Vec::new();
    for name in ["theme-dark-extension", "theme-light-extension", "theme-dark-high-contrast-extension"] {
        let answer = side.get(&format!("/lab/api/themes/@jupyterlab/{name}/index.css")).await;
        seen.push(json!([name, answer.status, answer.header("content-type"), answer.bytes.len() > 100]));
    }
    seen.into()
}

pub async fn translations(side: Side) -> Value {
    let all = side.get("/lab/api/translations").await.seen();
    let english = side.get("/lab/api/translations/en").await.seen();
    let unknown = side.get("/lab/api/translations/xx_XX").await.shape();
    json!([all, english, unknown])
}

pub async fn listings_and_licenses(side: Side) -> Value {
    let blocked = side.get("/lab/api/listings/@jupyterlab/x").await;
    let listings = side.get("/lab/api/listings/listings.json").await;
    let licenses = side.get("/lab/api/licenses/").await;
    json!([
        blocked.status,
        listings.status,
        licenses.status,
        shape(&licenses.body).as_object().map(serde_json::Map::len)
    ])
}

pub async fn extensions_api(side: Side) -> Value {
    let answer = side.get("/lab/api/extensions?refresh_extensions=0").await;
    json!([answer.status, answer.body.is_array()])
}

pub async fn plugins_api(side: Side) -> Value {
    let answer = side.get("/lab/api/plugins").await;
    answer.shape()
}

pub async fn news_and_build(side: Side) -> Value {
    let build = side.get("/lab/api/build").await;
    build.seen()
}

pub async fn language_servers(side: Side) -> Value {
    let status = side.get("/lsp/status").await;
    json!([status.status, status.body["version"], status.body["sessions"]])
}

pub async fn the_server_itself(side: Side) -> Value {
    let version = side.get("/api").await.seen();
    let status = side.get("/api/status").await.shape();
    let spec = side.get("/api/spec.yaml").await;
    let me = side.get("/api/me").await.shape();
    let rights =
        side.get("/api/me?permissions=%7B%22contents%22%3A%5B%22read%22%2C%22write%22%5D%7D").await.body["permissions"]
            .clone();
    json!([version, status, spec.status, me, rights])
}

pub async fn configuration_sections(side: Side) -> Value {
    let path = "/api/config/fidelity-section";
    let fresh = side.get(path).await.seen();
    let patched = side.patch(path, &json!({ "a": { "b": 1 } })).await.seen();
    let put = side.put(path, &json!({})).await.status;
    json!([fresh, patched, put])
}

pub async fn metrics_and_events(side: Side) -> Value {
    let metrics = side.get("/metrics").await;
    let event = json!({ "schema_id": "no-such", "data": {}, "version": "1" });
    json!([metrics.status, metrics.header("content-type"), side.post("/api/events", &event).await.status])
}
