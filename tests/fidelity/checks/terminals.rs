//! Terminals.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::rest::shape;
use crate::sides::Side;

struct Terminal {
    name: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

async fn connected(side: &Side, name: &str) -> Result<Terminal, tungstenite::Error> {
    let address = side.place.base.replacen("http", "ws", 1);
    let url = format!("{address}/terminals/websocket/{name}?token={}", side.place.token);
    let (socket, _) = tokio_tungstenite::connect_async(url).await?;
    Ok(Terminal { name: name.to_owned(), socket })
}

async fn opened(side: &Side, asked: Value) -> Terminal {
    let name = side.post("/api/terminals", &asked).await.with(200)["name"].as_str().unwrap().to_owned();
    connected(side, &name).await.unwrap()
}

impl Terminal {
    async fn type_in(&mut self, text: &str) {
        self.socket.send(Frame::text(json!(["stdin", text]).to_string())).await.unwrap();
    }

    /// Everything shown until this text appears.
    async fn until(&mut self, words: &str) -> String {
        let mut shown = String::new();
        let heard = tokio::time::timeout(Duration::from_secs(15), async {
            while !shown.contains(words) {
                let frame = self.socket.next().await.expect("it stays open").expect("a frame");
                let Frame::Text(text) = frame else { continue };
                let message: Value = serde_json::from_str(&text).unwrap();
                if message[0] == "stdout" {
                    shown.push_str(message[1].as_str().unwrap());
                }
            }
        })
        .await;
        assert!(heard.is_ok(), "{words:?} is not shown, but: {shown:?}");
        shown
    }

    /// The output of a command. Its end is marked by a text that the typed line does not show.
    async fn run(&mut self, command: &str) -> String {
        self.type_in(&format!("printf 'beg''in\\n'; {command}; printf 'e''nd\\n'\r")).await;
        let shown = self.until("end\r\n").await;
        let from = shown.rfind("begin\r\n").expect("the command began") + 7;
        shown[from..].split("end\r\n").next().unwrap().replace('\r', "")
    }
}

async fn close(side: &Side, terminal: Terminal) {
    side.delete(&format!("/api/terminals/{}", terminal.name)).await;
}

pub async fn a_terminal_is_made_listed_and_ended(side: Side) -> Value {
    let made = side.post("/api/terminals", &json!({})).await.with(200);
    let path = format!("/api/terminals/{}", made["name"].as_str().unwrap());
    let read = side.get(&path).await;
    let listed = side.get("/api/terminals").await.with(200);
    let listed = listed.as_array().unwrap().iter().any(|one| one["name"] == made["name"]);
    let ended = side.delete(&path).await;
    let after = side.get(&path).await;
    json!([shape(&made), read.status, shape(&read.body), listed, ended.status, after.status])
}

pub async fn a_typed_command_runs(side: Side) -> Value {
    let mut terminal = opened(&side, json!({})).await;
    let shown = terminal.run("echo $((6 * 7)) 'ü 👩🏽‍🔬'").await;
    assert_eq!(shown, "42 ü 👩🏽‍🔬\n");
    close(&side, terminal).await;
    shown.into()
}

pub async fn the_working_folder(side: Side) -> Value {
    side.write("sub/x.txt", "");
    let mut at_root = opened(&side, json!({})).await;
    let mut in_sub = opened(&side, json!({ "cwd": side.path("sub") })).await;
    let seen = json!([at_root.run("pwd").await, in_sub.run("pwd").await]);
    close(&side, at_root).await;
    close(&side, in_sub).await;
    seen
}

pub async fn the_size_of_a_terminal(side: Side) -> Value {
    let mut terminal = opened(&side, json!({})).await;
    terminal.run("true").await;
    terminal.socket.send(Frame::text(json!(["set_size", 33, 111, 0, 0]).to_string())).await.unwrap();
    let shown = terminal.run("stty size").await;
    assert_eq!(shown, "33 111\n");
    close(&side, terminal).await;
    shown.into()
}

pub async fn an_interrupt(side: Side) -> Value {
    let mut terminal = opened(&side, json!({})).await;
    terminal.run("true").await;
    terminal.type_in("sleep 305\r").await;
    terminal.until("sleep 305").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    terminal.type_in("\u{3}").await;
    terminal.type_in("echo st''atus $?\r").await;
    terminal.until("status 130").await;
    close(&side, terminal).await;
    "interrupted".into()
}

pub async fn much_output(side: Side) -> Value {
    let mut terminal = opened(&side, json!({})).await;
    let shown = terminal.run("seq 1 20000").await;
    assert_eq!(shown.lines().count(), 20_000);
    close(&side, terminal).await;
    crate::client::brief(shown.as_bytes())
}

pub async fn the_environment_of_a_terminal(side: Side) -> Value {
    let mut terminal = opened(&side, json!({})).await;
    let shown = terminal.run("echo $TERM; test -n \"$HOME\" && echo home; test -w \"$HOME\" && echo writable; echo $SHELL; locale charmap 2>/dev/null").await;
    close(&side, terminal).await;
    shown.into()
}

pub async fn a_page_that_reconnects(side: Side) -> Value {
    let mut terminal = opened(&side, json!({})).await;
    terminal.run("kept=41").await;
    let name = terminal.name.clone();
    drop(terminal);
    let mut again = connected(&side, &name).await.unwrap();
    // Everything shown before is shown again.
    again.type_in("echo kept-$((kept + 1))\r").await;
    let shown = again.until("kept-42").await;
    close(&side, again).await;
    shown.contains("begin").into()
}

pub async fn the_shell_of_a_terminal_ends(side: Side) -> Value {
    let mut terminal = opened(&side, json!({})).await;
    terminal.run("true").await;
    terminal.type_in("exit\r").await;
    let mut last = Value::Null;
    let ended = tokio::time::timeout(Duration::from_secs(10), async {
        while let Some(Ok(frame)) = terminal.socket.next().await {
            if let Frame::Text(text) = frame {
                let message: Value = serde_json::from_str(&text).unwrap();
                last = message[0].clone();
            }
        }
    });
    let ended = ended.await.is_ok();
    let status = side.get(&format!("/api/terminals/{}", terminal.name)).await.status;
    json!([last, ended, status])
}

pub async fn an_unknown_terminal(side: Side) -> Value {
    let get = side.get("/api/terminals/no-such").await.seen();
    let delete = side.delete("/api/terminals/no-such").await.seen();
    let socket = match connected(&side, "no-such-terminal").await {
        Ok(terminal) => {
            close(&side, terminal).await;
            "connected".into()
        }
        Err(tungstenite::Error::Http(answer)) => json!(answer.status().as_u16()),
        Err(error) => error.to_string().into(),
    };
    json!([get, delete, socket])
}
