//! `/api/contents`: the person's files.

use std::os::unix::fs::PermissionsExt;

use reqwest::Method;
use serde_json::{Value, json};

use crate::rest::{answer, shape};
use crate::sides::Side;

/// A notebook of one cell with an output.
pub fn notebook() -> Value {
    json!({ "cells": [{ "cell_type": "code", "execution_count": 1, "id": "one", "metadata": {}, "source": "print('ü')",
                        "outputs": [{ "name": "stdout", "output_type": "stream", "text": "ü\n" }] }],
            "metadata": { "kernelspec": { "display_name": "Python 3", "language": "python", "name": "python3" } },
            "nbformat": 4, "nbformat_minor": 5 })
}

pub fn file(content: impl Into<Value>, format: &str) -> Value {
    json!({ "type": "file", "format": format, "content": content.into() })
}

pub async fn a_text_file(side: Side) -> Value {
    side.write("text ü.txt", "ü 👩🏽‍🔬\r\nline\n\u{feff}");
    side.get(&side.contents("text ü.txt")).await.seen()
}

pub async fn a_binary_file(side: Side) -> Value {
    side.write("bytes.bin", (0..=255).collect::<Vec<u8>>());
    let any = side.get(&side.contents("bytes.bin")).await.seen();
    let text = side.get(&format!("{}?format=text", side.contents("bytes.bin"))).await.seen();
    let coded = side.get(&format!("{}?format=base64", side.contents("bytes.bin"))).await.seen();
    json!([any, text, coded])
}

pub async fn an_empty_file(side: Side) -> Value {
    side.write("empty.txt", "");
    side.write("empty.ipynb", "");
    json!([side.get(&side.contents("empty.txt")).await.seen(), side.get(&side.contents("empty.ipynb")).await.seen()])
}

pub async fn a_notebook_saved_and_read(side: Side) -> Value {
    let saved = side.put(&side.contents("n.ipynb"), &json!({ "type": "notebook", "content": notebook() })).await;
    let read = side.get(&side.contents("n.ipynb")).await;
    let on_disk = std::fs::read_to_string(side.folder().join("n.ipynb")).unwrap();
    assert_eq!(saved.status, 201);
    json!([saved.seen(), read.seen(), on_disk])
}

pub async fn an_invalid_notebook(side: Side) -> Value {
    let mut odd = notebook();
    odd["cells"][0]["outputs"] = json!("none");
    let saved = side.put(&side.contents("odd.ipynb"), &json!({ "type": "notebook", "content": odd })).await;
    side.write("broken.ipynb", "{\"cells\": [");
    side.write("list.ipynb", "[]");
    let broken = side.get(&side.contents("broken.ipynb")).await.shape();
    let list = side.get(&side.contents("list.ipynb")).await.shape();
    json!([saved.shape(), saved.body["message"], broken, list, side.get(&side.contents("odd.ipynb")).await.shape()])
}

pub async fn notebooks_of_older_formats(side: Side) -> Value {
    let three = json!({ "metadata": { "name": "old" }, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{ "metadata": {},
        "cells": [{ "cell_type": "code", "collapsed": false, "input": ["1"], "language": "python", "metadata": {},
                    "outputs": [] }] }] });
    let mut four = notebook();
    four["nbformat_minor"] = 4.into();
    four["cells"][0].as_object_mut().unwrap().remove("id");
    let mut future = notebook();
    future["nbformat"] = 9.into();
    side.write("three.ipynb", three.to_string());
    side.write("four.ipynb", four.to_string());
    side.write("future.ipynb", future.to_string());
    let mut read = side.get(&side.contents("three.ipynb")).await;
    if let Some(cells) = read.body["content"]["cells"].as_array_mut() {
        cells.iter_mut().for_each(|cell| cell["id"] = Value::Null);
    }
    let future = side.get(&side.contents("future.ipynb")).await.shape();
    json!([read.seen(), side.get(&side.contents("four.ipynb")).await.seen(), future])
}

pub async fn a_notebook_with_large_outputs(side: Side) -> Value {
    let mut large = notebook();
    large["cells"][0]["outputs"][0]["text"] = "x".repeat(30_000_000).into();
    let saved = side.put(&side.contents("large.ipynb"), &json!({ "type": "notebook", "content": large })).await;
    let read = side.get(&side.contents("large.ipynb")).await;
    let length = read.body["content"]["cells"][0]["outputs"][0]["text"].as_str().unwrap().len();
    assert_eq!((saved.status, length), (201, 30_000_000));
    json!([saved.shape(), length])
}

pub async fn a_text_is_saved(side: Side) -> Value {
    let text = "ü 👩🏽‍🔬\r\n\t\u{0}end";
    let first = side.put(&side.contents("t ü.txt"), &file(text, "text")).await;
    let second = side.put(&side.contents("t ü.txt"), &file("again", "text")).await;
    let empty = side.put(&side.contents("none.txt"), &file("", "text")).await;
    assert_eq!(std::fs::read_to_string(side.folder().join("t ü.txt")).unwrap(), "again");
    json!([first.seen(), second.seen(), empty.seen()])
}

pub async fn bytes_are_saved(side: Side) -> Value {
    let saved = side.put(&side.contents("b.bin"), &file("AAH/", "base64")).await;
    let wrong = side.put(&side.contents("w.bin"), &file("no base64 ü", "base64")).await;
    json!([saved.seen(), wrong.shape(), std::fs::read(side.folder().join("b.bin")).unwrap()])
}

pub async fn an_upload_in_chunks(side: Side) -> Value {
    let mut seen = Vec::new();
    for (chunk, content) in [(1, "YWFh"), (2, "YmJi"), (-1, "Y2M=")] {
        let mut asked = file(content, "base64");
        asked["chunk"] = chunk.into();
        seen.push(side.put(&side.contents("chunks.bin"), &asked).await.seen());
    }
    assert_eq!(std::fs::read_to_string(side.folder().join("chunks.bin")).unwrap(), "aaabbbcc");
    seen.into()
}

pub async fn an_upload_of_thirty_megabytes(side: Side) -> Value {
    let saved = side.put(&side.contents("large.txt"), &file("u".repeat(30_000_000), "text")).await;
    json!([saved.status, saved.body["size"], std::fs::metadata(side.folder().join("large.txt")).unwrap().len()])
}

pub async fn files_without_permission(side: Side) -> Value {
    side.write("unreadable.txt", "u");
    side.write("read only.txt", "r");
    side.write("closed/x.txt", "");
    let mode = |name: &str, mode| {
        std::fs::set_permissions(side.folder().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("unreadable.txt", 0o000);
    mode("read only.txt", 0o444);
    mode("closed", 0o555);
    let read = side.get(&side.contents("unreadable.txt")).await.shape();
    let model = side.get(&side.contents("read only.txt")).await;
    let write = side.put(&side.contents("read only.txt"), &file("w", "text")).await.shape();
    let into = side.put(&side.contents("closed/new.txt"), &file("w", "text")).await.shape();
    let delete = side.delete(&side.contents("closed/x.txt")).await.shape();
    mode("closed", 0o755);
    json!([read, model.body["writable"], write, into, delete])
}

pub async fn paths_that_lead_out(side: Side) -> Value {
    let mut seen = Vec::new();
    for path in [
        "/api/contents/../../etc/passwd",
        "/api/contents/%2e%2e/%2e%2e/etc/passwd",
        "/api/contents//etc/passwd",
        "/files/%2e%2e/%2e%2e/etc/passwd",
        "/api/contents/..%2f..%2fetc%2fpasswd",
    ] {
        seen.push(json!([path, side.get(path).await.status]));
    }
    seen.into()
}

pub async fn missing_files(side: Side) -> Value {
    let get = side.get(&side.contents("no such.txt")).await.seen();
    let folder = side.get(&side.contents("no/such/folder")).await.seen();
    let put = side.put(&side.contents("no/such/folder/x.txt"), &file("x", "text")).await.shape();
    let delete = side.delete(&side.contents("no such.txt")).await.seen();
    json!([get, folder, put, delete])
}

pub async fn files_of_another_type_than_asked(side: Side) -> Value {
    side.write("t.txt", "t");
    side.write("sub/x.txt", "");
    let mut seen = Vec::new();
    for (name, query) in [
        ("t.txt", "type=directory"),
        ("sub", "type=file"),
        ("t.txt", "type=notebook"),
        ("t.txt", "type=no"),
        ("t.txt", "format=no"),
        ("t.txt", "content=7"),
        ("sub", "format=text"),
    ] {
        let answer = side.get(&format!("{}?{query}", side.contents(name))).await;
        seen.push(json!([name, query, answer.shape(), answer.body["message"]]));
    }
    seen.into()
}

pub async fn wrong_bodies(side: Side) -> Value {
    let path = side.contents("x.txt");
    let mut seen = Vec::new();
    for body in [
        "no json",
        "[]",
        "{}",
        "{\"type\":\"file\"}",
        "{\"type\":\"no\",\"content\":\"\"}",
        "{\"type\":\"file\",\"format\":\"no\",\"content\":\"\"}",
        "{\"type\":\"file\",\"format\":\"text\",\"content\":7}",
        "{\"type\":\"notebook\",\"content\":\"no\"}",
    ] {
        let put = answer(side.request(Method::PUT, &path).body(body)).await;
        let post = answer(side.request(Method::POST, &side.contents("")).body(body)).await;
        let patch = answer(side.request(Method::PATCH, &path).body(body)).await;
        seen.push(json!([body, put.status, post.status, patch.status]));
    }
    seen.into()
}

pub async fn times_change_with_the_file(side: Side) -> Value {
    side.write("t.txt", "1");
    let read = |hash: &str| {
        let path = format!("{}?content=0{hash}", side.contents("t.txt"));
        let side = side.clone();
        async move { side.get(&path).await.with(200) }
    };
    let first = read("&hash=1").await;
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    side.write("t.txt", "2");
    let second = read("&hash=1").await;
    json!([
        first["last_modified"] != second["last_modified"],
        first["hash"] != second["hash"],
        first["hash_algorithm"],
        shape(&second)
    ])
}

pub async fn trust(side: Side) -> Value {
    side.write("n.ipynb", notebook().to_string());
    let trusted = side.post(&format!("{}/trust", side.contents("n.ipynb")), &json!({})).await;
    let none = side.post(&format!("{}/trust", side.contents("none.ipynb")), &json!({})).await;
    let read = side.get(&side.contents("n.ipynb")).await;
    json!([trusted.seen(), none.status, read.body["content"]["cells"][0]["metadata"]])
}

pub async fn a_kernel_sees_what_the_page_saves(side: Side) -> Value {
    side.put(&side.contents("by the page.txt"), &file("from the page", "text")).await.with(201);
    let mut page = side.page().await;
    let code = format!(
        "import os\nos.chdir('/notebooks/{}')\nprint(open('by the page.txt').read())\nopen('by the kernel.txt', 'w').write('ü'); os.chdir('/')",
        side.dir
    );
    let run = page.run(&code).await;
    let read = side.get(&side.contents("by the kernel.txt")).await.with(200);
    assert_eq!((run.text("stdout").as_str(), &read["content"]), ("from the page\n", &"ü".into()));
    json!([run.text("stdout"), read])
}
