//! `/api/kernels` and `/api/kernelspecs`.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::rest::{answer, shape};
use crate::sides::Side;

const NONE: &str = "/api/kernels/00000000-0000-0000-0000-000000000000";

pub async fn the_model_of_a_new_kernel(side: Side) -> Value {
    let answer = side.post("/api/kernels", &json!({ "name": side.place.kernelspec })).await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    side.owns(&id);
    json!([answer.status, answer.body, shape(&answer.body), answer.header("location")])
}

pub async fn the_model_of_an_idle_kernel(side: Side) -> Value {
    let page = side.own_page().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    side.get(&format!("/api/kernels/{}", page.kernel)).await.with(200)
}

pub async fn the_state_while_a_cell_runs(side: Side) -> Value {
    let mut page = side.own_page().await;
    let path = format!("/api/kernels/{}", page.kernel);
    let id = page.begin("import time\nprint('begun', flush=True)\ntime.sleep(1.5)", "begun").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let busy = side.get(&path).await.with(200);
    page.outcome(&id).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let idle = side.get(&path).await.with(200);
    json!([busy["execution_state"], idle["execution_state"], busy["last_activity"] != idle["last_activity"]])
}

pub async fn the_number_of_its_pages(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let path = format!("/api/kernels/{kernel}");
    let mut seen = vec![side.get(&path).await.body["connections"].clone()];
    let first = side.page_of(&kernel).await;
    let second = side.page_of(&kernel).await;
    seen.push(side.get(&path).await.body["connections"].clone());
    drop((first, second));
    tokio::time::sleep(Duration::from_millis(500)).await;
    seen.push(side.get(&path).await.body["connections"].clone());
    seen.into()
}

pub async fn a_kernel_is_in_the_list(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let list = side.get("/api/kernels").await.with(200);
    let found: Vec<&Value> = list.as_array().unwrap().iter().filter(|one| one["id"] == kernel.as_str()).collect();
    assert_eq!(found.len(), 1);
    shape(found[0])
}

pub async fn the_working_folder(side: Side) -> Value {
    side.write("sub folder/x.txt", "");
    let mut seen = Vec::new();
    for path in [side.path("sub folder/n.ipynb"), side.path("sub folder"), String::new(), "no/such/folder".to_owned()] {
        let answer = side.post("/api/kernels", &json!({ "name": side.place.kernelspec, "path": path })).await;
        let id = answer.with(201)["id"].as_str().unwrap().to_owned();
        side.owns(&id);
        seen.push(side.page_of(&id).await.run("import os; print(os.getcwd())").await.text("stdout"));
    }
    seen.into()
}

pub async fn a_start_without_a_body(side: Side) -> Value {
    let answer = answer(side.request(Method::POST, "/api/kernels")).await;
    side.owns(answer.body["id"].as_str().unwrap_or_default());
    json!([answer.status, answer.body["name"]])
}

pub async fn a_start_with_an_environment(side: Side) -> Value {
    let asked = json!({ "name": side.place.kernelspec, "env": { "KERNEL_OWN": "1", "OWN": "2" } });
    let answer = side.post("/api/kernels", &asked).await;
    let id = answer.with(201)["id"].as_str().unwrap().to_owned();
    side.owns(&id);
    side.page_of(&id).await.run("import os; print(os.environ.get('OWN'))").await.text("stdout").into()
}

pub async fn a_start_of_an_unknown_kernelspec(side: Side) -> Value {
    side.post("/api/kernels", &json!({ "name": "no_such" })).await.shape()
}

pub async fn a_start_with_a_wrong_body(side: Side) -> Value {
    let mut seen = Vec::new();
    for body in ["not json", "[]", "{\"name\": 3}"] {
        let answer = answer(side.request(Method::POST, "/api/kernels").body(body)).await;
        if let Some(id) = answer.body["id"].as_str() {
            side.owns(id);
        }
        seen.push(json!([body, answer.status]));
    }
    seen.into()
}

pub async fn an_unknown_kernel(side: Side) -> Value {
    let get = side.get(NONE).await.seen();
    let delete = side.delete(NONE).await.seen();
    let interrupt = side.post(&format!("{NONE}/interrupt"), &json!({})).await.seen();
    let restart = side.post(&format!("{NONE}/restart"), &json!({})).await.seen();
    let action = side.post(&format!("{NONE}/no-such"), &json!({})).await.shape();
    json!([get, delete, interrupt, restart, action])
}

pub async fn invalid_ids(side: Side) -> Value {
    let mut seen = Vec::new();
    for id in ["x", "..", "%2e%2e", "a/b", "ü", "00000000"] {
        seen.push(json!([id, side.get(&format!("/api/kernels/{id}")).await.status]));
    }
    seen.into()
}

pub async fn kernelspecs(side: Side) -> Value {
    let all = side.get("/api/kernelspecs").await.with(200);
    let own = &all["kernelspecs"][side.place.kernelspec];
    assert!(own.is_object(), "{all}");
    json!([all["default"], shape(own), own["spec"]["language"], own["spec"]["metadata"]["debugger"]])
}

pub async fn one_kernelspec(side: Side) -> Value {
    let one = side.get(&format!("/api/kernelspecs/{}", side.place.kernelspec)).await.with(200);
    let all = side.get("/api/kernelspecs").await.with(200);
    json!([one["name"], one == all["kernelspecs"][side.place.kernelspec]])
}

pub async fn an_unknown_kernelspec(side: Side) -> Value {
    side.get("/api/kernelspecs/no_such").await.shape()
}

pub async fn the_pictures_of_a_kernelspec(side: Side) -> Value {
    let one = side.get(&format!("/api/kernelspecs/{}", side.place.kernelspec)).await.with(200);
    let logo = one["resources"]["logo-svg"].as_str().or(one["resources"]["logo-64x64"].as_str()).unwrap().to_owned();
    let picture = side.get(side.own_address(&logo)).await;
    let none = side.get(&format!("/kernelspecs/{}/no-such.png", side.place.kernelspec)).await;
    json!([picture.status, picture.header("content-type"), picture.bytes.len() > 100, none.status])
}
