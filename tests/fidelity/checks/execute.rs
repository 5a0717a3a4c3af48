//! All forms of `execute_request`.

use serde_json::{Value, json};

use crate::kernels::cell;
use crate::sides::Side;

/// A cell with some other values in its fields.
fn cell_with(code: &str, fields: Value) -> Value {
    let mut content = cell(code);
    for (name, value) in fields.as_object().unwrap() {
        content[name] = value.clone();
    }
    content
}

async fn of_cell(side: Side, code: &str) -> Value {
    side.page().await.run(code).await.seen()
}

pub async fn a_cell_with_a_value(side: Side) -> Value {
    let run = side.page().await.run("6 * 7").await;
    assert_eq!(run.first("execute_result").content["data"]["text/plain"], "42");
    let mut seen = run.seen();
    // The number of cells that the shared kernel has run.
    for at in ["/reply/content/execution_count", "/iopub/1/content/execution_count"] {
        *seen.pointer_mut(at).unwrap() = Value::Null;
    }
    without_counts(seen)
}

/// A shared kernel has run a different number of cells on each side.
fn without_counts(mut value: Value) -> Value {
    match &mut value {
        Value::Object(items) => {
            items.retain(|name, _| name != "execution_count");
            items.values_mut().for_each(|item| *item = without_counts(item.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_counts(item.take())),
        _ => {}
    }
    value
}

pub async fn a_cell_that_prints(side: Side) -> Value {
    let run = side.page().await.run("print('hello')").await;
    assert_eq!(run.text("stdout"), "hello\n");
    without_counts(run.seen())
}

pub async fn an_empty_cell(side: Side) -> Value {
    without_counts(of_cell(side, "").await)
}

pub async fn a_cell_of_comments(side: Side) -> Value {
    without_counts(of_cell(side, "# nothing\n\n   \n# at all").await)
}

pub async fn a_silent_cell_shows_nothing(side: Side) -> Value {
    let mut page = side.page().await;
    let silent = page.ask("shell", "execute_request", cell_with("quiet = 6\n7", json!({ "silent": true }))).await;
    let after = page.run("print(quiet)").await;
    assert_eq!(after.text("stdout"), "6\n");
    without_counts(json!([silent.seen(), after.seen()]))
}

pub async fn store_history_counts(side: Side) -> Value {
    let mut page = side.own_page().await;
    let mut seen = Vec::new();
    for (code, store) in [("1", true), ("2", false), ("3", true), ("", true), ("In, Out", true)] {
        let run = page.ask("shell", "execute_request", cell_with(code, json!({ "store_history": store }))).await;
        seen.push(run.seen());
    }
    assert_eq!(seen[2]["reply"]["content"]["execution_count"], 2);
    seen.into()
}

pub async fn user_expressions_are_evaluated(side: Side) -> Value {
    let wanted = json!({ "sum": "1 + 1", "text": "'a' * 3", "frame": "__import__('pandas').DataFrame({'n': [1]})" });
    let mut page = side.page().await;
    let run = page.ask("shell", "execute_request", cell_with("pass", json!({ "user_expressions": wanted }))).await;
    assert_eq!(run.reply().content["user_expressions"]["sum"]["data"]["text/plain"], "2");
    without_counts(run.seen())
}

pub async fn user_expressions_that_fail(side: Side) -> Value {
    let wanted = json!({ "bad": "1 / 0", "good": "1" });
    let mut page = side.page().await;
    let run = page.ask("shell", "execute_request", cell_with("pass", json!({ "user_expressions": wanted }))).await;
    assert_eq!(run.reply().content["user_expressions"]["bad"]["status"], "error");
    without_counts(run.seen())
}

pub async fn an_error_has_its_traceback(side: Side) -> Value {
    let code = "def outer(n):\n    return inner(n)\ndef inner(n):\n    return 1 / n\nouter(0)";
    let run = side.page().await.run(code).await;
    assert_eq!(run.first("error").content["ename"], "ZeroDivisionError");
    uncoloured(without_counts(run.seen()))
}

/// Prompts in tracebacks have the cell's number, which differs between shared kernels.
fn uncoloured(value: Value) -> Value {
    let numbers = regex::Regex::new(r"In\[\d+\]|Cell In\[\d+\]|cell line: \d+").unwrap();
    serde_json::from_str(&numbers.replace_all(&value.to_string(), "In[N]")).unwrap()
}

pub async fn a_syntax_error(side: Side) -> Value {
    let run = side.page().await.run("def f(:\n    pass").await;
    assert_eq!(run.first("error").content["ename"], "SyntaxError");
    uncoloured(without_counts(run.seen()))
}

pub async fn system_exit_ends_only_the_cell(side: Side) -> Value {
    // Python shows the warning that comes with it once in each kernel.
    let mut page = side.own_page().await;
    let exit = page.run("import sys; kept = 1; sys.exit(3)").await;
    let after = page.run("print(kept)").await;
    assert_eq!(after.text("stdout"), "1\n");
    uncoloured(without_counts(json!([exit.seen(), after.seen()])))
}

pub async fn stop_on_error_aborts_waiting_cells(side: Side) -> Value {
    let mut page = side.page().await;
    let mut ids = Vec::new();
    for code in ["import time; time.sleep(0.5); 1 / 0", "print('not run')", "print('nor this')"] {
        ids.push(page.send("shell", "execute_request", cell(code)).await);
    }
    let last = ids[2].clone();
    let heard = page.until(|message| message.answers(&last) && message.kind() == "execute_reply").await;
    let replies: Vec<Value> = heard
        .iter()
        .filter(|message| message.kind() == "execute_reply")
        .map(|message| message.content["status"].clone())
        .collect();
    // A later cell runs, once the kernel has dropped the waiting ones.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let after = page.run("print('run')").await;
    assert_eq!(after.text("stdout"), "run\n");
    assert_eq!(json!(replies), json!(["error", "aborted", "aborted"]));
    json!({ "replies": replies, "streams": heard.iter().filter(|message| message.kind() == "stream").count() })
}

pub async fn without_stop_on_error_waiting_cells_run(side: Side) -> Value {
    let mut page = side.page().await;
    let failing = cell_with("import time; time.sleep(0.3); 1 / 0", json!({ "stop_on_error": false }));
    page.send("shell", "execute_request", failing).await;
    let next = page.run("print('run')").await;
    assert_eq!(next.text("stdout"), "run\n");
    without_counts(next.seen())
}

pub async fn a_queue_of_fifty_cells(side: Side) -> Value {
    let mut page = side.page().await;
    let mut last = String::new();
    for number in 0..50 {
        last = page.send("shell", "execute_request", cell(&format!("print({number})"))).await;
    }
    let heard = page.until(|message| message.answers(&last) && message.tells("idle")).await;
    let printed: String = heard.iter().filter_map(|message| message.content["text"].as_str()).collect();
    assert_eq!(printed.lines().count(), 50);
    printed.into()
}

pub async fn large_code(side: Side) -> Value {
    let mut page = side.page().await;
    let mut seen = Vec::new();
    for size in [1 << 16, 1 << 20, 8 << 20] {
        let run = page.run(&format!("text = '{}'\nprint(len(text))", "ü".repeat(size / 2))).await;
        assert_eq!(run.text("stdout"), format!("{}\n", size / 2));
        seen.push(without_counts(run.seen()));
    }
    seen.into()
}

pub async fn a_magic(side: Side) -> Value {
    let run = side.page().await.run("%precision 3\n%who_ls str").await;
    without_counts(run.seen())["reply"].clone()
}

pub async fn a_shell_command(side: Side) -> Value {
    let run = side
        .page()
        .await
        .run("out = !echo one; echo two\nprint(out)\n!echo three >&2; exit 4\nprint(_exit_code)")
        .await;
    assert!(run.text("stdout").contains("['one', 'two']"), "{:?}", run.messages);
    without_counts(run.seen())
}

pub async fn a_cell_with_await(side: Side) -> Value {
    let code = "import asyncio\nawait asyncio.sleep(0.01)\nprint(await asyncio.gather(*[asyncio.sleep(0, n) for n in range(3)]))";
    let run = side.page().await.run(code).await;
    assert_eq!(run.text("stdout"), "[0, 1, 2]\n");
    without_counts(run.seen())
}

pub async fn exit_status_of_a_script(side: Side) -> Value {
    let run = side.page().await.run("%%bash\necho out; echo err >&2; exit 3").await;
    assert_eq!(run.first("error").content["ename"], "CalledProcessError");
    json!([run.text("stdout"), run.text("stderr"), run.first("error").content["evalue"]])
}

pub async fn metadata_of_a_cell(side: Side) -> Value {
    let mut page = side.page().await;
    let mut message = page.message("shell", "execute_request", cell("print('with metadata')"));
    message.metadata = json!({ "deletedCells": [], "recordTiming": true, "cellId": "a1", "ü": "ü" });
    let id = page.post(message).await;
    let run = page.outcome(&id).await;
    assert_eq!(run.text("stdout"), "with metadata\n");
    without_counts(run.seen())
}
