//! The debugger, as JupyterLab uses it.

use serde_json::{Value, json};

use crate::client::Message;
use crate::kernels::{Page, cell};
use crate::sides::Side;

/// One request of the Debug Adapter Protocol; answers with the response.
async fn debug(page: &mut Page, number: u32, command: &str, arguments: Value) -> Value {
    let asked = json!({ "type": "request", "seq": number, "command": command, "arguments": arguments });
    let id = page.send("control", "debug_request", asked).await;
    let heard = page.until(|message| message.answers(&id) && message.kind() == "debug_reply").await;
    // The kernel may stop before it replies.
    page.unheard.extend(heard.iter().filter(|message| has_stopped(message)).cloned());
    heard.last().unwrap().content.clone()
}

fn has_stopped(message: &Message) -> bool {
    message.kind() == "debug_event" && message.content["event"] == "stopped"
}

/// Waits until the kernel stops; answers with the place.
async fn stopped(page: &mut Page) -> Value {
    match page.unheard.pop() {
        Some(message) => message.content["body"].clone(),
        None => page.until(has_stopped).await.last().unwrap().content["body"].clone(),
    }
}

async fn started(page: &mut Page) -> Value {
    let arguments = json!({ "clientID": "jupyterlab", "adapterID": "", "pathFormat": "path", "linesStartAt1": true,
        "columnsStartAt1": true, "supportsVariableType": true, "supportsVariablePaging": true,
        "supportsRunInTerminalRequest": true, "locale": "en" });
    let initialized = debug(page, 1, "initialize", arguments).await;
    let attached = debug(page, 2, "attach", json!({ "justMyCode": true })).await;
    assert_eq!(
        (&initialized["success"], &attached["success"]),
        (&true.into(), &true.into()),
        "{initialized} {attached}"
    );
    json!([initialized, attached])
}

fn without_numbers(mut value: Value) -> Value {
    for name in ["seq", "request_seq"] {
        value.as_object_mut().map(|items| items.remove(name));
    }
    value
}

pub async fn support_of_the_debugger(side: Side) -> Value {
    let mut page = side.own_page().await;
    let run = page.ask("shell", "kernel_info_request", json!({})).await;
    let info = debug(&mut page, 1, "debugInfo", json!({})).await;
    let features = &run.reply().content["supported_features"];
    let body = &info["body"];
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    json!([features, names, body["isStarted"], body["breakpoints"], body["richRendering"], body["exceptionPaths"]])
}

pub async fn capabilities(side: Side) -> Value {
    let mut page = side.own_page().await;
    let seen = started(&mut page).await;
    let ended = debug(&mut page, 3, "disconnect", json!({ "restart": false, "terminateDebuggee": false })).await;
    assert_eq!(ended["success"], true);
    json!([without_numbers(seen[0].clone()), without_numbers(seen[1].clone()), without_numbers(ended)])
}

pub async fn a_stop_at_a_breakpoint(side: Side) -> Value {
    let mut page = side.own_page().await;
    started(&mut page).await;
    let code = "def add(a, b):\n    total = a + b\n    return total\nresult = add(40, 2)";
    let dumped = debug(&mut page, 3, "dumpCell", json!({ "code": code })).await;
    let path = dumped["body"]["sourcePath"].clone();
    assert!(path.is_string(), "{dumped}");
    let breakpoints = json!({ "breakpoints": [{ "line": 3 }], "source": { "path": path }, "sourceModified": false });
    let set = debug(&mut page, 4, "setBreakpoints", breakpoints).await;
    assert_eq!(set["body"]["breakpoints"][0]["verified"], true, "{set}");
    let configured = debug(&mut page, 5, "configurationDone", json!({})).await;
    page.send("shell", "execute_request", cell(code)).await;
    let stopped = stopped(&mut page).await;
    let thread = stopped["threadId"].clone();
    let trace = debug(&mut page, 6, "stackTrace", json!({ "threadId": thread })).await;
    let frame = &trace["body"]["stackFrames"][0];
    let scopes = debug(&mut page, 7, "scopes", json!({ "frameId": frame["id"] })).await;
    let reference = scopes["body"]["scopes"][0]["variablesReference"].clone();
    let variables = debug(&mut page, 8, "variables", json!({ "variablesReference": reference })).await;
    let locals: Vec<Value> = variables["body"]["variables"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|variable| variable["type"] == "int")
        .map(|variable| json!([variable["name"], variable["value"]]))
        .collect();
    let evaluate = json!({ "expression": "total * 2", "frameId": frame["id"], "context": "repl" });
    let evaluated = debug(&mut page, 9, "evaluate", evaluate).await;
    let went = debug(&mut page, 10, "continue", json!({ "threadId": thread })).await;
    let run = page.run("print(result)").await;
    debug(&mut page, 11, "disconnect", json!({ "restart": false, "terminateDebuggee": false })).await;
    assert_eq!(run.text("stdout"), "42\n");
    json!({ "configured": configured["success"], "reason": stopped["reason"], "line": frame["line"],
            "name": frame["name"], "locals": locals, "evaluated": evaluated["body"]["result"],
            "went": went["success"], "printed": run.text("stdout") })
}

pub async fn steps(side: Side) -> Value {
    let mut page = side.own_page().await;
    started(&mut page).await;
    let code = "x = 1\ny = x + 1\nz = y + 1";
    let dumped = debug(&mut page, 3, "dumpCell", json!({ "code": code })).await;
    let source = json!({ "path": dumped["body"]["sourcePath"] });
    debug(&mut page, 4, "setBreakpoints", json!({ "breakpoints": [{ "line": 1 }], "source": source })).await;
    debug(&mut page, 5, "configurationDone", json!({})).await;
    page.send("shell", "execute_request", cell(code)).await;
    let mut lines = Vec::new();
    for number in 0..3 {
        let thread = stopped(&mut page).await["threadId"].clone();
        let trace = debug(&mut page, 10 + 2 * number, "stackTrace", json!({ "threadId": thread })).await;
        lines.push(trace["body"]["stackFrames"][0]["line"].clone());
        let command = if number == 2 { "continue" } else { "next" };
        debug(&mut page, 11 + 2 * number, command, json!({ "threadId": thread })).await;
    }
    assert_eq!(page.run("print(z)").await.text("stdout"), "3\n");
    assert_eq!(json!(lines), json!([1, 2, 3]));
    json!(lines)
}

pub async fn variables_without_a_stop(side: Side) -> Value {
    let mut page = side.own_page().await;
    page.run("number, text = 7, 'ü'\nimport pandas\nframe = pandas.DataFrame({'n': [1]})").await;
    started(&mut page).await;
    let seen = debug(&mut page, 3, "inspectVariables", json!({})).await;
    let mut found: Vec<Value> = seen["body"]["variables"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|variable| ["number", "text", "frame"].iter().any(|name| variable["name"] == *name))
        .map(|variable| json!([variable["name"], variable["type"], variable["value"]]))
        .collect();
    found.sort_by_key(Value::to_string);
    assert_eq!(found.len(), 3, "{seen}");
    let rich = debug(&mut page, 4, "richInspectVariables", json!({ "variableName": "frame" })).await;
    let kinds: Vec<String> =
        rich["body"]["data"].as_object().map(|data| data.keys().cloned().collect()).unwrap_or_default();
    json!([found, kinds])
}

pub async fn a_debugger_after_a_restart(side: Side) -> Value {
    let mut page = side.own_page().await;
    started(&mut page).await;
    let answer = side.post(&format!("/api/kernels/{}/restart", page.kernel), &json!({})).await;
    assert_eq!(answer.status, 200);
    page.ask("shell", "kernel_info_request", json!({})).await;
    let info = debug(&mut page, 1, "debugInfo", json!({})).await;
    json!([info["body"]["isStarted"], started(&mut page).await[0]["success"]])
}
