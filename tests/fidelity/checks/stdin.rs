//! Questions of a cell to the person.

use serde_json::{Value, json};

use crate::kernels::{Page, Run, cell};
use crate::sides::Side;

/// Runs a cell and answers each of its questions.
async fn answered(page: &mut Page, code: &str, answers: &[&str]) -> (Run, Vec<Value>) {
    let mut content = cell(code);
    content["allow_stdin"] = true.into();
    let id = page.send("shell", "execute_request", content).await;
    let (mut messages, mut asked, mut replied, mut idle) = (Vec::new(), Vec::new(), false, false);
    while !(replied && idle) {
        let message = page.next().await;
        if !message.answers(&id) {
            continue;
        }
        if message.kind() == "input_request" {
            let mut reply =
                page.message("stdin", "input_reply", json!({ "status": "ok", "value": answers[asked.len()] }));
            reply.parent = message.header.clone();
            page.post(reply).await;
            asked.push(message.content.clone());
        }
        replied |= message.kind() == "execute_reply";
        idle |= message.tells("idle");
        messages.push(message);
    }
    (Run { messages }, asked)
}

fn seen(run: &Run, asked: &[Value]) -> Value {
    json!([asked, run.text("stdout"), run.reply().content["status"], run.reply().content["ename"]])
}

pub async fn an_answer_of_one_line(side: Side) -> Value {
    let (run, asked) = answered(&mut side.page().await, "print(input('your name? '))", &["Ada ü 👩🏽‍🔬"]).await;
    assert_eq!(run.text("stdout"), "Ada ü 👩🏽‍🔬\n");
    seen(&run, &asked)
}

pub async fn a_password(side: Side) -> Value {
    let code = "import getpass\nprint(len(getpass.getpass('secret: ')))";
    let (run, asked) = answered(&mut side.page().await, code, &["12345"]).await;
    assert_eq!(asked[0]["password"], true);
    seen(&run, &asked)
}

pub async fn several_answers(side: Side) -> Value {
    let code = "print([input(str(n)) for n in range(5)])";
    let (run, asked) = answered(&mut side.page().await, code, &["a", "", "c\nd", " e ", "f"]).await;
    assert_eq!(asked.len(), 5);
    seen(&run, &asked)
}

pub async fn a_long_answer(side: Side) -> Value {
    let long = "l".repeat(2_000_000);
    let (run, asked) = answered(&mut side.page().await, "print(len(input()))", &[&long]).await;
    assert_eq!(run.text("stdout"), "2000000\n");
    seen(&run, &asked)
}

pub async fn a_question_that_is_not_allowed(side: Side) -> Value {
    let run = side.page().await.run("input('?')").await;
    assert_eq!(run.first("error").content["ename"], "StdinNotImplementedError");
    run.first("error").content["evalue"].clone()
}

pub async fn an_interrupt_during_a_question(side: Side) -> Value {
    let mut page = side.page().await;
    let mut content = cell("input('will be interrupted')");
    content["allow_stdin"] = true.into();
    let id = page.send("shell", "execute_request", content).await;
    page.until(|message| message.kind() == "input_request").await;
    let answer = side.post(&format!("/api/kernels/{}/interrupt", page.kernel), &json!({})).await;
    assert_eq!(answer.status, 204);
    let run = page.outcome(&id).await;
    let after = page.run("print('on')").await;
    assert_eq!(after.text("stdout"), "on\n");
    json!([run.first("error").content["ename"], after.text("stdout")])
}

pub async fn the_debuggers_prompt(side: Side) -> Value {
    let code =
        "from IPython.core.debugger import set_trace\ndef f():\n    kept = 41\n    set_trace()\n    return kept\nf()";
    let (run, asked) = answered(&mut side.page().await, code, &["p kept + 1", "c"]).await;
    assert!(run.text("stdout").contains("42"), "{:?}", run.messages);
    json!([asked, run.reply().content["status"]])
}
