//! `/api/sessions`: the links between notebooks and kernels.

use reqwest::Method;
use serde_json::{Value, json};

use crate::rest::{answer, shape};
use crate::sides::Side;

async fn created(side: &Side, name: &str, kind: &str) -> Value {
    let path = side.path(name);
    let kernel = json!({ "name": side.place.kernelspec });
    let answer =
        side.post("/api/sessions", &json!({ "name": name, "path": path, "type": kind, "kernel": kernel })).await;
    side.owns(answer.body["kernel"]["id"].as_str().unwrap_or_default());
    answer.with(201)
}

fn path_of(session: &Value) -> String {
    format!("/api/sessions/{}", session["id"].as_str().unwrap())
}

/// A session without its kernel's current state.
fn settled(mut session: Value) -> Value {
    if let Some(kernel) = session["kernel"].as_object_mut() {
        kernel.remove("execution_state");
    }
    session
}

pub async fn a_session_of_a_notebook(side: Side) -> Value {
    let session = created(&side, "a ü.ipynb", "notebook").await;
    json!([settled(session.clone()), shape(&session)])
}

pub async fn sessions_of_a_console_and_a_file(side: Side) -> Value {
    let console = created(&side, "console-1-3f7c", "console").await;
    let file = created(&side, "script.py", "file").await;
    json!([settled(console), settled(file)])
}

pub async fn a_second_session_of_the_same_path(side: Side) -> Value {
    let first = created(&side, "same.ipynb", "notebook").await;
    let second = created(&side, "same.ipynb", "notebook").await;
    json!([first["id"] == second["id"], first["kernel"]["id"] == second["kernel"]["id"]])
}

pub async fn a_session_is_renamed(side: Side) -> Value {
    let session = created(&side, "before.ipynb", "notebook").await;
    let to = json!({ "path": side.path("after.ipynb"), "name": "after.ipynb" });
    let patched = side.patch(&path_of(&session), &to).await.with(200);
    let read = side.get(&path_of(&session)).await.with(200);
    assert_eq!(patched["kernel"]["id"], session["kernel"]["id"]);
    json!([settled(patched), settled(read)])
}

pub async fn a_session_gets_another_type(side: Side) -> Value {
    let session = created(&side, "typed.ipynb", "notebook").await;
    settled(side.patch(&path_of(&session), &json!({ "type": "file" })).await.with(200))
}

pub async fn a_session_gets_another_kernel_by_name(side: Side) -> Value {
    let session = created(&side, "changed.ipynb", "notebook").await;
    let to = json!({ "kernel": { "name": side.place.kernelspec } });
    let patched = side.patch(&path_of(&session), &to).await.with(200);
    side.owns(patched["kernel"]["id"].as_str().unwrap());
    let old = side.get(&format!("/api/kernels/{}", session["kernel"]["id"].as_str().unwrap())).await;
    json!([patched["kernel"]["id"] != session["kernel"]["id"], patched["kernel"]["name"], old.status])
}

pub async fn a_session_gets_another_kernel_by_id(side: Side) -> Value {
    let session = created(&side, "moved.ipynb", "notebook").await;
    let other = side.own_kernel().await;
    let patched = side.patch(&path_of(&session), &json!({ "kernel": { "id": other } })).await.with(200);
    let mut page = side.page_of(&other).await;
    let run = page.run("print('on')").await;
    json!([patched["kernel"]["id"] == other.as_str(), run.text("stdout")])
}

pub async fn a_session_of_a_running_kernel(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let asked = json!({ "name": "", "path": side.path("x.ipynb"), "type": "notebook", "kernel": { "id": kernel } });
    let session = side.post("/api/sessions", &asked).await.with(201);
    assert_eq!(session["kernel"]["id"], kernel.as_str());
    settled(session)
}

pub async fn a_session_is_ended(side: Side) -> Value {
    let session = created(&side, "ended.ipynb", "notebook").await;
    let deleted = side.delete(&path_of(&session)).await;
    let again = side.delete(&path_of(&session)).await;
    let kernel = side.get(&format!("/api/kernels/{}", session["kernel"]["id"].as_str().unwrap())).await;
    json!([deleted.seen(), again.seen(), kernel.status])
}

pub async fn a_session_without_its_kernel(side: Side) -> Value {
    let session = created(&side, "orphan.ipynb", "notebook").await;
    let kernel = session["kernel"]["id"].as_str().unwrap().to_owned();
    assert_eq!(side.delete(&format!("/api/kernels/{kernel}")).await.status, 204);
    let list = side.get("/api/sessions").await.with(200);
    let listed = list.as_array().unwrap().iter().any(|one| one["id"] == session["id"]);
    json!([listed, side.get(&path_of(&session)).await.status])
}

pub async fn a_session_with_a_restarted_kernel(side: Side) -> Value {
    let session = created(&side, "restarted.ipynb", "notebook").await;
    let kernel = session["kernel"]["id"].as_str().unwrap().to_owned();
    assert_eq!(side.post(&format!("/api/kernels/{kernel}/restart"), &json!({})).await.status, 200);
    let after = side.get(&path_of(&session)).await.with(200);
    assert_eq!(after["kernel"]["id"], kernel.as_str());
    settled(after)
}

pub async fn a_session_is_in_the_list(side: Side) -> Value {
    let session = created(&side, "listed.ipynb", "notebook").await;
    let list = side.get("/api/sessions").await.with(200);
    let found = list.as_array().unwrap().iter().find(|one| one["id"] == session["id"]).unwrap().clone();
    settled(found)
}

pub async fn an_unknown_session(side: Side) -> Value {
    let path = "/api/sessions/00000000-0000-0000-0000-000000000000";
    let patched = side.patch(path, &json!({ "name": "x" })).await.shape();
    json!([side.get(path).await.seen(), patched, side.delete(path).await.seen()])
}

pub async fn invalid_sessions(side: Side) -> Value {
    let spec = side.place.kernelspec;
    let mut seen = Vec::new();
    for body in [
        json!({}),
        json!({ "path": "x.ipynb" }),
        json!({ "path": "x.ipynb", "type": "notebook" }),
        json!({ "path": "x.ipynb", "type": "notebook", "kernel": { "name": "no_such" } }),
        json!({ "path": "x.ipynb", "type": "notebook", "kernel": { "id": "no-such" } }),
        json!({ "type": "notebook", "kernel": { "name": spec } }),
    ] {
        let answer = side.post("/api/sessions", &body).await;
        if let Some(id) = answer.body["kernel"]["id"].as_str() {
            side.owns(id);
        }
        seen.push(json!([body, answer.status]));
    }
    let text = answer(side.request(Method::POST, "/api/sessions").body("no json")).await;
    seen.push(text.status.into());
    seen.into()
}

/// JupyterLab shows this message.
pub async fn a_session_of_an_unknown_kernelspec(side: Side) -> Value {
    let asked = json!({ "path": side.path("x.ipynb"), "type": "notebook", "kernel": { "name": "julia-1.9" } });
    let answer = side.post("/api/sessions", &asked).await;
    assert!(answer.status >= 400);
    answer.body["message"].as_str().is_some_and(|text| text.contains("julia-1.9")).into()
}
