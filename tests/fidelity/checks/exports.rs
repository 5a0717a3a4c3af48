//! Exports of a notebook, as in JupyterLab's menu.

use reqwest::Method;
use serde_json::{Value, json};

use crate::rest::{answer, escaped};
use crate::sides::Side;

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn notebook() -> Value {
    json!({ "cells": [
        { "cell_type": "markdown", "id": "m", "metadata": {}, "source": "# Title ü\n\n$x^2$ and **bold**\n\n```python\n1\n```" },
        { "cell_type": "code", "execution_count": 1, "id": "c", "metadata": { "tags": ["t"] }, "source": "%matplotlib inline\nprint('ü')\n!ls",
          "outputs": [
            { "name": "stdout", "output_type": "stream", "text": "ü \u{1b}[31mred\u{1b}[0m\n" },
            { "output_type": "display_data", "metadata": {}, "data": { "image/png": PNG, "text/plain": "p" } },
            { "output_type": "execute_result", "execution_count": 1, "metadata": {},
              "data": { "text/html": "<i>h</i>", "text/plain": "h" } },
            { "output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\u{1b}[31mE\u{1b}[0m: v"] } ] },
        { "cell_type": "raw", "id": "r", "metadata": {}, "source": "raw" } ],
      "metadata": { "kernelspec": { "display_name": "Python 3", "language": "python", "name": "python3" },
                    "language_info": { "name": "python", "file_extension": ".py", "mimetype": "text/x-python",
                                       "pygments_lexer": "ipython3", "version": "3.11.2", "nbconvert_exporter": "python" } },
      "nbformat": 4, "nbformat_minor": 5 })
}

async fn exported(side: &Side, format: &str) -> Value {
    side.write("ex ü.ipynb", notebook().to_string());
    let path = format!("/nbconvert/{format}/{}?download=true", escaped(&side.path("ex ü.ipynb")));
    let answer = side.get(&path).await;
    // An archive has the time at which it was made.
    let body = if answer.body.is_string() && answer.header("content-type") == "application/zip" {
        Value::Null
    } else {
        answer.body.clone()
    };
    json!({ "status": answer.status, "type": answer.header("content-type"), "file": answer.header("content-disposition"), "body": body })
}

async fn works(side: Side, format: &str) -> Value {
    let seen = exported(&side, format).await;
    assert_eq!(seen["status"], 200, "{seen}");
    seen
}

pub async fn the_list_of_exports(side: Side) -> Value {
    let offered = side.get("/api/nbconvert").await;
    assert_eq!(offered.status, 200);
    offered.seen()
}

/// Every export in the menu works.
pub async fn each_offered_export_works(side: Side) -> Value {
    let offered = side.get("/api/nbconvert").await.with(200);
    let mut failing = Vec::new();
    for (format, _) in offered.as_object().unwrap() {
        // Lab leaves this one out of the menu: it is the base of a person's own template.
        if format == "custom" {
            continue;
        }
        let seen = exported(&side, format).await;
        if seen["status"] != 200 {
            failing.push(format.clone());
        }
    }
    // The plain server offers PDFs, but lacks the programs that make them.
    assert!(!side.place.ours || failing.is_empty(), "offered, but failing: {failing:?}");
    Value::Null
}

pub async fn to_html(side: Side) -> Value {
    works(side, "html").await
}

pub async fn to_markdown(side: Side) -> Value {
    works(side, "markdown").await
}

pub async fn to_a_script(side: Side) -> Value {
    works(side, "script").await
}

pub async fn to_python(side: Side) -> Value {
    works(side, "python").await
}

pub async fn to_a_notebook(side: Side) -> Value {
    works(side, "notebook").await
}

pub async fn to_latex(side: Side) -> Value {
    exported(&side, "latex").await["status"].clone()
}

pub async fn to_rst(side: Side) -> Value {
    exported(&side, "rst").await["status"].clone()
}

pub async fn to_asciidoc(side: Side) -> Value {
    exported(&side, "asciidoc").await["status"].clone()
}

pub async fn to_slides(side: Side) -> Value {
    works(side, "slides").await
}

pub async fn a_posted_notebook(side: Side) -> Value {
    let asked = json!({ "type": "notebook", "name": "posted.ipynb", "path": "posted.ipynb", "content": notebook(),
                        "last_modified": "2026-01-01T00:00:00Z" });
    let posted = side.post("/nbconvert/markdown", &asked).await;
    assert_eq!(posted.status, 200);
    posted.seen()
}

pub async fn exports_that_are_refused(side: Side) -> Value {
    side.write("t.txt", "t");
    let format = side.get(&format!("/nbconvert/no-such/{}", side.path("t.txt"))).await;
    let missing = side.get(&format!("/nbconvert/html/{}", side.path("none.ipynb"))).await;
    let text = side.get(&format!("/nbconvert/html/{}", side.path("t.txt"))).await;
    let body = answer(side.request(Method::POST, "/nbconvert/html").body("no json")).await;
    json!([format.status, missing.status, text.status, body.status])
}
