//! The chain of messages between a page and a kernel: whatever is sent arrives, byte for byte, and what cannot be read
//! is dropped alone.

use std::time::Duration;

use bytes::Bytes;
use orchest_core::App;
use orchest_tests::engine::left_of;
use orchest_tests::frames::{Message, Protocol};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::{Kernel, Server};
use serde_json::json;

const BOTH: [Protocol; 2] = [Protocol::V1, Protocol::Legacy];

/// A launch that runs.
pub struct Chain {
    pub app: App,
    pub id: String,
    pub server: Server,
}

pub async fn chain(home: &Home, name: &str) -> Chain {
    let app = home.app().await;
    let id = launched(&app, &home.pipeline(name), None).await.unwrap();
    let server = Server::at(&app.url(&id).await.unwrap());
    Chain { app, id, server }
}

impl Chain {
    /// A kernel, connected to in this protocol, as JupyterLab does it.
    pub async fn kernel(&self, protocol: Protocol) -> Kernel {
        let id = self.server.start_unheard("python_docker", &format!("{protocol:?}.ipynb")).await.unwrap();
        self.server.connect_as(&id, protocol, "page").await
    }

    /// What a part of it has written.
    pub fn log(&self, role: &str) -> String {
        let name = format!("orchest-{}-{role}", self.id);
        let output = std::process::Command::new("docker").args(["logs", &name]).output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    pub async fn ends_well(self) {
        stopped(&self.app, &self.id).await;
        assert_eq!(left_of(&self.id), Vec::<String>::new());
    }
}

pub async fn still_works(kernel: &mut Kernel, after: &str) {
    assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n", "after {after}");
}

/// What belongs to a message that has no reply, until the kernel is idle again.
async fn heard_of(kernel: &mut Kernel, sent: &Message) -> Vec<Message> {
    kernel.send_message(sent).await;
    let mut heard = Vec::new();
    loop {
        let message = kernel.next().await;
        if message.parent() == sent.id() {
            if message.content["execution_state"] == "idle" {
                return heard;
            }
            heard.push(message);
        }
    }
}

fn buffers_of(messages: &[Message]) -> Vec<Vec<Bytes>> {
    messages.iter().filter(|message| message.kind() == "comm_msg").map(|message| message.buffers.clone()).collect()
}

const ECHO: &str = "
from comm import create_comm, get_comm_manager
def opened(comm, message):
    comm.on_msg(lambda message: comm.send({}, buffers=[bytes(one)[::-1] for one in message['buffers']]))
get_comm_manager().register_target('echo', opened)
";

#[tokio::test(flavor = "multi_thread")]
async fn buffers_pass_both_ways_byte_for_byte() {
    let home = Home::new();
    let chain = chain(&home, "buffers").await;
    for protocol in BOTH {
        let mut kernel = chain.kernel(protocol).await;
        kernel.execute(ECHO).await;
        let sent = kernel
            .send("c = create_comm(target_name='x', data={}); c.send({}, buffers=[bytes(range(256)), b'', bytes(3 << 20)])")
            .await;
        let every = Bytes::from_iter(0..=255);
        let long = Bytes::from(vec![0; 3 << 20]);
        let answers = kernel.answers(&sent).await;
        assert_eq!(buffers_of(&answers), [[every.clone(), Bytes::new(), long.clone()]], "{protocol:?}");
        let open = Message::new("shell", "comm_open", json!({ "comm_id": "c", "target_name": "echo", "data": {} }));
        heard_of(&mut kernel, &open).await;
        let mut message = Message::new("shell", "comm_msg", json!({ "comm_id": "c", "data": {} }));
        // Beyond what a frame of Tornado's may have by default, too.
        for size in [0, 1, 255, 70_000, 12 << 20] {
            message = Message { header: Message::new("", "comm_msg", json!({})).header, ..message };
            message.buffers = vec![Bytes::from_iter((0..size).map(|n: usize| (n % 251) as u8)), every.clone()];
            let back: Vec<_> =
                message.buffers.iter().map(|buffer| Bytes::from_iter(buffer.iter().rev().copied())).collect();
            let heard = heard_of(&mut kernel, &message).await;
            assert!(buffers_of(&heard) == [back], "{protocol:?}, {size} bytes");
        }
        still_works(&mut kernel, "buffers").await;
    }
    chain.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_outputs_and_large_cells_arrive() {
    let home = Home::new();
    let chain = chain(&home, "large").await;
    for protocol in BOTH {
        let mut kernel = chain.kernel(protocol).await;
        let output = kernel.execute("print('x' * 20_000_000)").await;
        assert!(output.text.len() == 20_000_001 && output.text.starts_with("xx"), "{} came", output.text.len());
        for (code, place) in [
            ("from IPython.display import HTML; HTML('<b>' * 4_000_000)", "text/html"),
            (
                "import os; from IPython.display import display; \
                 display({'image/png': 'iVBORw0KGgo=' * 1_000_000}, raw=True)",
                "image/png",
            ),
        ] {
            let sent = kernel.send(code).await;
            let answers = kernel.answers(&sent).await;
            let sizes: Vec<_> =
                answers.iter().filter_map(|message| message.content["data"][place].as_str()).map(str::len).collect();
            assert_eq!(sizes, [12_000_000], "{protocol:?}, {place}");
        }
        let output = kernel.execute("raise ValueError('y' * 12_000_000)").await;
        assert!(output.error.is_some_and(|error| error.len() > 12_000_000));
        let code = format!("text = '{}'\nprint(len(text))", "z".repeat(25_000_000));
        assert_eq!(kernel.execute(&code).await.text, "25000000\n");
        // More than a stream of Tornado's holds.
        let sent = kernel
            .send("c = __import__('comm').create_comm(target_name='x'); c.send({}, buffers=[bytes(150_000_000)])")
            .await;
        let answers = kernel.answers(&sent).await;
        assert_eq!(buffers_of(&answers).concat()[0].len(), 150_000_000);
        still_works(&mut kernel, "large messages").await;
    }
    chain.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_a_surrogate_pair_is_a_replacement_character() {
    let home = Home::new();
    let chain = chain(&home, "surrogates").await;
    for protocol in BOTH {
        let mut kernel = chain.kernel(protocol).await;
        assert_eq!(kernel.execute("print('a\\udcffb')").await.text, "a\u{fffd}b\n", "{protocol:?}");
        assert_eq!(kernel.execute("print('ä𝄞')").await.text, "ä𝄞\n");
        still_works(&mut kernel, "half a pair").await;
    }
    chain.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_connects_once_in_the_protocol_that_jupyterlab_offers() {
    let home = Home::new();
    let chain = chain(&home, "once").await;
    let mut kernel = chain.kernel(Protocol::V1).await;
    still_works(&mut kernel, "the first connection").await;
    let (_, kernels) = chain.server.get("/api/kernels").await;
    assert_eq!(kernels[0]["connections"], 1, "{kernels}");
    let log = chain.log("server");
    assert_eq!(log.matches("Connecting to kernel").count(), 1, "{log}");
    chain.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_while_no_page_is_there_is_kept_for_it() {
    let home = Home::new();
    let chain = chain(&home, "away").await;
    for protocol in BOTH {
        let mut kernel = chain.kernel(protocol).await;
        let code = "import time\nfor n in range(40): print(n, '\\udcff', flush=True); time.sleep(0.05)";
        let sent = kernel.begin(code).await;
        let id = kernel.id.clone();
        drop(kernel);
        tokio::time::sleep(Duration::from_millis(1000)).await;
        let mut kernel = chain.server.connect_as(&id, protocol, "page").await;
        let output = kernel.outcome(&sent).await;
        // What was on its way when the page left is lost; nothing after it.
        let numbers: Vec<u32> = output.text.lines().filter_map(|line| line.split(' ').next()?.parse().ok()).collect();
        let first = numbers[0];
        assert!(first < 5, "{protocol:?}: {numbers:?}");
        assert_eq!(numbers, (first..40).collect::<Vec<_>>(), "{protocol:?}");
        still_works(&mut kernel, "an absence").await;
    }
    chain.ends_well().await;
}
