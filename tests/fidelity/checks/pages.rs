//! Several pages, several kernels, and pages that reconnect.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::client::{Message, Protocol};
use crate::kernels::{cell, seen_of};
use crate::sides::Side;

pub async fn two_pages_hear_each_others_outputs(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let (mut first, mut second) = (side.page_of(&kernel).await, side.page_of(&kernel).await);
    let id = first.send("shell", "execute_request", cell("print('heard by both')")).await;
    let mine = first.outcome(&id).await;
    let theirs = second.until(|message| message.answers(&id) && message.tells("idle")).await;
    let theirs: Vec<Message> = theirs.into_iter().filter(|message| message.answers(&id)).collect();
    assert!(theirs.iter().all(|message| message.channel == "iopub"), "a reply goes to the asking page only");
    json!([mine.text("stdout"), seen_of(&theirs)])
}

pub async fn both_protocols_at_one_kernel(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let other = if side.protocol == Protocol::V1 { Protocol::Legacy } else { Protocol::V1 };
    let (mut first, mut second) = (side.page_of(&kernel).await, side.speaking(other).page_of(&kernel).await);
    let code =
        "from comm import create_comm\nc = create_comm(target_name='x', data={})\nc.send({}, buffers=[b'\\xff\\x00'])";
    let id = first.send("shell", "execute_request", cell(code)).await;
    let heard = second.until(|message| message.answers(&id) && message.tells("idle")).await;
    let heard: Vec<&Message> = heard.iter().filter(|message| message.kind() == "comm_msg").collect();
    let mine = first.outcome(&id).await;
    assert_eq!(heard[0].buffers, mine.first("comm_msg").buffers);
    heard[0].seen()
}

pub async fn a_question_goes_to_the_asking_page(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let (mut first, mut second) = (side.page_of(&kernel).await, side.page_of(&kernel).await);
    let mut content = cell("print(input('who? '))");
    content["allow_stdin"] = true.into();
    let id = first.send("shell", "execute_request", content).await;
    let asked = first.until(|message| message.kind() == "input_request").await;
    let mut reply = first.message("stdin", "input_reply", json!({ "status": "ok", "value": "first" }));
    reply.parent = asked.last().unwrap().header.clone();
    first.post(reply).await;
    let run = first.outcome(&id).await;
    let heard = second.until(|message| message.answers(&id) && message.tells("idle")).await;
    json!([run.text("stdout"), heard.iter().any(|message| message.channel == "stdin")])
}

/// A page that is closed while a cell runs and opened with the same session gets the missed messages.
pub async fn a_page_that_reconnects_has_missed_nothing(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let mut page = side.page_of(&kernel).await;
    let session = page.session.clone();
    let code =
        "import time\nprint('begun', flush=True)\nfor n in range(5):\n    time.sleep(0.3)\n    print(n, flush=True)";
    let id = page.begin(code, "begun").await;
    let _ = page.socket.close(None).await;
    drop(page);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let mut again = side.connect(&kernel, &session).await;
    let heard = again.until(|message| message.answers(&id) && message.tells("idle")).await;
    let printed: String = heard
        .iter()
        .filter(|message| message.answers(&id) && message.kind() == "stream")
        .filter_map(|message| message.content["text"].as_str())
        .collect();
    let run = again.run("print('on')").await;
    json!([printed, run.text("stdout")])
}

pub async fn another_session_gets_no_missed_output(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let mut page = side.page_of(&kernel).await;
    page.begin("import time\nprint('begun', flush=True)\ntime.sleep(0.3)\nprint('missed')", "begun").await;
    let _ = page.socket.close(None).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut other = side.page_of(&kernel).await;
    let run = other.run("print('on')").await;
    json!(run.text("stdout"))
}

pub async fn a_cell_ends_without_its_page(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let mut page = side.page_of(&kernel).await;
    page.begin("import time\nprint('begun', flush=True)\ntime.sleep(0.5)\ndone = 1", "begun").await;
    drop(page);
    let run = side.page_of(&kernel).await.run("print(done)").await;
    assert_eq!(run.text("stdout"), "1\n");
    run.text("stdout").into()
}

/// The later connection replaces the earlier one with the same session.
pub async fn two_connections_of_one_session(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let session = Side::new_session();
    let mut first = side.connect(&kernel, &session).await;
    first.ask("shell", "kernel_info_request", json!({})).await;
    let mut second = side.connect(&kernel, &session).await;
    let run = second.run("print('second')").await;
    let ended =
        tokio::time::timeout(Duration::from_secs(5), async { while let Some(Ok(_)) = first.socket.next().await {} });
    json!([run.text("stdout"), ended.await.is_ok()])
}

pub async fn a_page_that_reads_slowly(side: Side) -> Value {
    let mut page = side.page().await;
    let code = "from IPython.display import display\nfor n in range(2000): display({'text/plain': f'{n} ' + 's' * 5000}, raw=True)";
    let id = page.send("shell", "execute_request", cell(code)).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let run = page.outcome(&id).await;
    let numbers: Vec<&str> = run
        .of("display_data")
        .iter()
        .filter_map(|one| one.content["data"]["text/plain"].as_str()?.split(' ').next())
        .collect();
    assert_eq!(numbers.len(), 2000);
    json!([numbers.first(), numbers.last()])
}

pub async fn five_kernels_at_once(side: Side) -> Value {
    let one = |number: usize| {
        let side = side.clone();
        async move { side.own_page().await.run(&format!("print({number})")).await.text("stdout") }
    };
    let (a, b, c, d, e) = tokio::join!(one(0), one(1), one(2), one(3), one(4));
    json!([a, b, c, d, e])
}

pub async fn each_kernel_has_its_own_state(side: Side) -> Value {
    let (mut first, mut second) = tokio::join!(side.own_page(), side.own_page());
    first.run("only_here = 1").await;
    let run = second.run("only_here").await;
    assert_eq!(run.of("error").len(), 1);
    run.first("error").content["evalue"].clone()
}

pub async fn the_first_messages_of_a_page(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let mut page = side.connect(&kernel, &Side::new_session()).await;
    // Sent before any message came, and before the kernel is known to be ready.
    let run = page.run("print('at once')").await;
    run.text("stdout").into()
}

pub async fn a_page_without_a_session(side: Side) -> Value {
    let kernel = side.shared_kernel().await;
    let mut page = side.connect(&kernel, "").await;
    let run = page.run("print('without')").await;
    run.text("stdout").into()
}

pub async fn an_unknown_kernel(side: Side) -> Value {
    refused(side.try_connect("00000000-0000-0000-0000-000000000000", "s").await)
}

fn refused(connected: Result<crate::kernels::Page, tungstenite::Error>) -> Value {
    match connected {
        Ok(_) => "connected".into(),
        Err(tungstenite::Error::Http(answer)) => json!({ "status": answer.status().as_u16() }),
        Err(error) => error.to_string().into(),
    }
}

pub async fn a_kernel_ends_while_its_page_is_open(side: Side) -> Value {
    let mut page = side.own_page().await;
    assert_eq!(side.delete(&format!("/api/kernels/{}", page.kernel)).await.status, 204);

    tokio::time::timeout(Duration::from_secs(8), async {
        loop {
            match page.socket.next().await {
                Some(Ok(tungstenite::Message::Close(frame))) => return json!(frame.map(|frame| u16::from(frame.code))),
                Some(Ok(_)) => {}
                _ => return "ended".into(),
            }
        }
    })
    .await
    .unwrap_or_else(|_| "open".into())
}

/// Frames that no page of Jupyter sends. The kernel goes on, and so does the connection or a new one.
pub async fn frames_that_are_no_messages(side: Side) -> Value {
    let kernel = side.own_kernel().await;
    let mut seen = Vec::new();
    for frame in [
        tungstenite::Message::text("not json"),
        tungstenite::Message::text("{}"),
        tungstenite::Message::text("[1, 2]"),
        tungstenite::Message::text("{\"channel\":\"shell\",\"header\":{}}"),
        tungstenite::Message::text("{\"channel\":\"nowhere\",\"header\":{\"msg_type\":\"x\"},\"content\":{}}"),
        tungstenite::Message::binary(vec![]),
        // A count of offsets like `[0xff; 8]` makes a plain server count for ever; the fuzzer covers that.
        tungstenite::Message::binary(vec![0; 64]),
        tungstenite::Message::binary(vec![0, 0, 0, 1]),
    ] {
        let mut page = side.page_of(&kernel).await;
        page.socket.send(frame).await.unwrap();
        let on = async move { page.run("print('on')").await.text("stdout") };
        let on = tokio::spawn(tokio::time::timeout(Duration::from_secs(8), on)).await;
        let anew = side.page_of(&kernel).await.run("print('anew')").await.text("stdout");
        assert_eq!(anew, "anew\n");
        // The connection goes on or ends; it does not wait for ever.
        let stalls = matches!(on, Ok(Err(_)));
        assert!(!stalls || !side.place.ours, "the connection stalls after frame {}", seen.len());
        seen.push(anew);
    }
    json!(seen)
}
