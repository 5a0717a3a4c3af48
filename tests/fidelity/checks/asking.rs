//! Requests of a page to a kernel, except for cells.

use serde_json::{Value, json};

use crate::sides::Side;

async fn content(side: &Side, kind: &str, asked: Value) -> Value {
    side.page().await.ask("shell", kind, asked).await.reply().content.clone()
}

pub async fn kernel_info(side: Side) -> Value {
    let mut info = content(&side, "kernel_info_request", json!({})).await;
    assert_eq!(info["language_info"]["name"], "python");
    // The last line is a random tip.
    let banner = info["banner"].as_str().unwrap();
    info["banner"] = banner.split("\nTip: ").next().into();
    info
}

pub async fn kernel_info_by_the_control_channel(side: Side) -> Value {
    let run = side.page().await.ask("control", "kernel_info_request", json!({})).await;
    assert_eq!(run.reply().channel, "control");
    run.reply().content["status"].clone()
}

pub async fn completions(side: Side) -> Value {
    let mut page = side.own_page().await;
    // Jedi gives up after some time, so its findings depend on how busy the machine is.
    page.run("%config Completer.use_jedi = False\nimport os.path\nlong_name_here = 1").await;
    let mut seen = Vec::new();
    for (code, at) in
        [("os.path.isd", 11), ("long_name_h", 11), ("", 0), ("print(long_na)", 13), ("%%tim", 5), ("ü = long_na", 11)]
    {
        let run = page.ask("shell", "complete_request", json!({ "code": code, "cursor_pos": at })).await;
        let mut content = run.reply().content.clone();
        if code.is_empty() {
            // Names left by other checks.
            content["matches"] = content["matches"].as_array().is_some_and(|all| !all.is_empty()).into();
            content["metadata"] = Value::Null;
        }
        seen.push(content);
    }
    assert_eq!(seen[0]["matches"], json!([".isdir"]));
    seen.into()
}

pub async fn completion_of_files(side: Side) -> Value {
    side.write("completed file ü.csv", "");
    let code = format!("open('{}/completed", side.dir);
    let kernel = side.own_kernel().await;
    let mut page = side.page_of(&kernel).await;
    let run = page.ask("shell", "complete_request", json!({ "code": code, "cursor_pos": code.len() })).await;
    run.reply().content["matches"].clone()
}

pub async fn inspections(side: Side) -> Value {
    let mut page = side.page().await;
    page.run("def documented(a, b=2):\n    'What it does.'\n    return a").await;
    let mut seen = Vec::new();
    for (code, at, level) in
        [("documented", 4, 0), ("documented(", 11, 1), ("len", 3, 0), ("not_there", 3, 0), ("", 0, 0)]
    {
        let asked = json!({ "code": code, "cursor_pos": at, "detail_level": level });
        seen.push(page.ask("shell", "inspect_request", asked).await.reply().content.clone());
    }
    assert_eq!(seen[0]["found"], true);
    seen.into()
}

pub async fn whether_code_is_complete(side: Side) -> Value {
    let mut page = side.page().await;
    let mut seen = Vec::new();
    for code in [
        "1",
        "for n in x:",
        "def f():\n    return 1",
        "def f():\n    return 1\n\n",
        "x = (",
        "1 1 1",
        "",
        "%time",
        "'''",
        "a\\",
    ] {
        let run = page.ask("shell", "is_complete_request", json!({ "code": code })).await;
        seen.push(run.reply().content.clone());
    }
    assert_eq!(seen[1]["status"], "incomplete");
    seen.into()
}

pub async fn history(side: Side) -> Value {
    let mut page = side.own_page().await;
    for code in ["first = 1", "second = 'ü'", "first"] {
        let mut content = crate::kernels::cell(code);
        content["store_history"] = true.into();
        page.ask("shell", "execute_request", content).await;
    }
    let mut seen = Vec::new();
    for asked in [
        json!({ "hist_access_type": "tail", "n": 2, "output": false, "raw": true }),
        json!({ "hist_access_type": "range", "session": 0, "start": 1, "stop": 3, "output": false, "raw": true }),
        json!({ "hist_access_type": "range", "session": 0, "start": 1, "stop": 4, "output": true, "raw": false }),
        json!({ "hist_access_type": "search", "pattern": "sec*", "n": 1, "output": false, "raw": true }),
    ] {
        let run = page.ask("shell", "history_request", asked).await;
        let history = run.reply().content["history"].clone();
        // The number of the session counts the sessions in the person's history.
        seen.push(history.as_array().unwrap().iter().map(|one| one[2].clone()).collect::<Value>());
    }
    assert_eq!(seen[0], json!(["second = 'ü'", "first"]));
    seen.into()
}

pub async fn connect_info(side: Side) -> Value {
    let reply = content(&side, "connect_request", json!({})).await;
    assert!(reply.is_object());
    crate::rest::shape(&reply)
}

pub async fn usage_of_resources(side: Side) -> Value {
    let run = side.page().await.ask("control", "usage_request", json!({})).await;
    assert!(run.reply().content["kernel_cpu"].is_number(), "{:?}", run.reply());
    let mut names: Vec<&String> = run.reply().content.as_object().unwrap().keys().collect();
    // The kernel leaves this figure out if it measures zero.
    names.retain(|name| *name != "host_cpu_percent");
    json!(names)
}

pub async fn unknown_requests(side: Side) -> Value {
    let mut page = side.page().await;
    page.send("shell", "no_such_request", json!({ "a": 1 })).await;
    page.send("control", "no_such_request", json!({})).await;
    page.send("stdin", "input_reply", json!({ "value": "nobody asked" })).await;
    let on = page.run("print('on')").await;
    assert_eq!(on.text("stdout"), "on\n");
    on.text("stdout").into()
}

pub async fn requests_to_a_busy_kernel(side: Side) -> Value {
    let mut page = side.page().await;
    let running = page.begin("import time\nprint('begun', flush=True)\ntime.sleep(0.6)", "begun").await;
    let complete = page.send("shell", "complete_request", json!({ "code": "prin", "cursor_pos": 4 })).await;
    let info = page.send("control", "kernel_info_request", json!({})).await;
    let heard = page.until(|message| message.answers(&complete) && message.kind() == "complete_reply").await;
    let order: Vec<&str> = heard
        .iter()
        .filter(|message| message.kind().ends_with("_reply"))
        .map(|message| {
            if message.answers(&running) {
                "cell"
            } else if message.answers(&info) {
                "control"
            } else {
                "completion"
            }
        })
        .collect();
    assert_eq!(order, ["control", "cell", "completion"]);
    json!(order)
}
