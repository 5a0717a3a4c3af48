//! Files: downloaded and shown.

use reqwest::Method;
use serde_json::{Value, json};

use crate::rest::{Answer, answer, escaped};
use crate::sides::Side;

fn url(side: &Side, name: &str) -> String {
    format!("/files/{}", escaped(&side.path(name)))
}

fn summary(answer: &Answer) -> Value {
    let names = [
        "content-type",
        "content-length",
        "content-disposition",
        "content-range",
        "accept-ranges",
        "content-security-policy",
        "x-content-type-options",
        "cache-control",
    ];
    let headers: Vec<Value> = names.iter().map(|name| json!([name, answer.header(name)])).collect();
    json!([answer.status, headers, crate::client::brief(&answer.bytes)])
}

pub async fn files_of_each_type(side: Side) -> Value {
    let mut seen = Vec::new();
    for name in [
        "a.txt",
        "a.html",
        "a.csv",
        "a.json",
        "a.png",
        "a.svg",
        "a.pdf",
        "a.py",
        "a.md",
        "a.parquet",
        "a",
        "ü ü.txt",
        "a.ipynb",
    ] {
        side.write(name, "{\"cells\": [], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}");
        seen.push(json!([name, summary(&side.get(&url(&side, name)).await)]));
    }
    seen.into()
}

pub async fn a_download(side: Side) -> Value {
    side.write("down ü.bin", (0..=255).collect::<Vec<u8>>());
    summary(&side.get(&format!("{}?download=1", url(&side, "down ü.bin"))).await)
}

pub async fn a_large_download(side: Side) -> Value {
    side.write("large.bin", vec![7; 50_000_000]);
    let answer = side.get(&url(&side, "large.bin")).await;
    assert_eq!(answer.bytes.len(), 50_000_000);
    summary(&answer)
}

pub async fn a_part_of_a_file(side: Side) -> Value {
    side.write("part.bin", (0..=255).collect::<Vec<u8>>());
    let mut seen = Vec::new();
    for range in ["bytes=0-9", "bytes=250-", "bytes=-5", "bytes=300-", "nonsense"] {
        seen.push(summary(&answer(side.request(Method::GET, &url(&side, "part.bin")).header("Range", range)).await));
    }
    seen.into()
}

pub async fn the_head_of_a_file(side: Side) -> Value {
    side.write("h.txt", "twelve bytes");
    summary(&answer(side.request(Method::HEAD, &url(&side, "h.txt"))).await)
}

pub async fn downloads_that_are_refused(side: Side) -> Value {
    side.write("sub/x.txt", "");
    side.write(".hidden", "h");
    let mut seen = Vec::new();
    for name in ["no such.txt", "sub"] {
        let answer = side.get(&url(&side, name)).await;
        seen.push(json!([name, answer.status, answer.header("content-type")]));
    }
    seen.push(json!({ "hidden": side.get(&url(&side, ".hidden")).await.status }));
    seen.into()
}

pub async fn views_and_redirects(side: Side) -> Value {
    side.write("v.html", "<b>v</b>");
    let view = side.get(&format!("/view/{}", side.path("v.html"))).await;
    let root = side.get("/").await;
    let tree = side.get("/tree").await;
    json!([
        [view.status, view.header("content-type")],
        [root.status, root.header("location")],
        [tree.status, tree.header("location")]
    ])
}
