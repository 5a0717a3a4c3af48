//! The chain of messages between a page and a kernel: every message arrives byte for byte, and one that cannot be read
//! is dropped without harm to the others.

use std::time::Duration;

use bytes::Bytes;
use orchest_core::App;
use orchest_tests::engine::{docker, left_of};
use orchest_tests::frames::{Frame, Message, Protocol, framed_legacy, framed_v1};
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::{Kernel, Server};
use serde_json::json;

const BOTH: [Protocol; 2] = [Protocol::V1, Protocol::Legacy];

/// A running launch.
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
    /// A kernel of this launch, connected in this protocol, as JupyterLab does it.
    pub async fn kernel(&self, protocol: Protocol) -> Kernel {
        let id = self.server.start_unheard("python_docker", &format!("{protocol:?}.ipynb")).await.unwrap();
        self.server.connect_as(&id, protocol, "page").await
    }

    /// The log of one of the launch's containers.
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

/// The messages that belong to one without a reply, until the kernel is idle again.
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
        // Larger than Tornado's default for a frame, too.
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
        // More than one of Tornado's streams holds.
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
async fn every_channel_of_an_r_kernel_works_in_both_protocols() {
    let home = Home::new();
    let chain = chain(&home, "r").await;
    for protocol in BOTH {
        let id = chain.server.start_unheard("r_docker", &format!("{protocol:?}.ipynb")).await.unwrap();
        let mut kernel = chain.server.connect_as(&id, protocol, "page").await;
        let output = kernel.execute("cat('ä𝄞\\n'); cat(strrep('x', 2e7))").await;
        assert!(output.text.starts_with("ä𝄞\n") && output.text.ends_with("xx"), "{protocol:?}");
        assert_eq!(output.text.chars().filter(|one| *one == 'x').count(), 20_000_000, "{protocol:?}");
        let output = kernel.execute("plot(1:9); stop('on purpose')").await;
        assert!(output.error.is_some_and(|error| error.contains("on purpose")), "{protocol:?}");
        // The stdin channel, both ways.
        let content = json!({ "code": "name <- readline('name? '); cat('I am', name)", "silent": false,
                              "store_history": false, "user_expressions": {}, "allow_stdin": true,
                              "stop_on_error": true });
        let cell = Message::new("shell", "execute_request", content);
        kernel.send_message(&cell).await;
        let question = next_of(&mut kernel, "input_request").await;
        assert_eq!((question.channel.as_str(), &question.content["prompt"]), ("stdin", &json!("name? ")));
        let mut answer = Message::new("stdin", "input_reply", json!({ "status": "ok", "value": "Ada ü" }));
        answer.parent_header = question.header;
        kernel.send_message(&answer).await;
        assert_eq!(kernel.outcome(cell.id()).await.text, "I am Ada ü", "{protocol:?}");
        // The control channel comes last, because R answers a shut-down there.
        kernel.send_message(&Message::new("control", "shutdown_request", json!({ "restart": false }))).await;
        assert_eq!(next_of(&mut kernel, "shutdown_reply").await.channel, "control", "{protocol:?}");
    }
    chain.ends_well().await;
}

/// The next message of this type.
async fn next_of(kernel: &mut Kernel, kind: &str) -> Message {
    let found = async {
        loop {
            let message = kernel.next().await;
            if message.kind() == kind {
                return message;
            }
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(60), found).await;
    found.unwrap_or_else(|_| panic!("no {kind} came"))
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_surrogate_pair_becomes_a_replacement_character() {
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
async fn a_page_connects_once_in_jupyterlabs_protocol() {
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
async fn output_printed_without_a_page_is_kept_for_its_return() {
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
        // Messages in flight when the page left are lost; later ones are not.
        let numbers: Vec<u32> = output.text.lines().filter_map(|line| line.split(' ').next()?.parse().ok()).collect();
        let first = numbers[0];
        assert!(first < 5, "{protocol:?}: {numbers:?}");
        assert_eq!(numbers, (first..40).collect::<Vec<_>>(), "{protocol:?}");
        still_works(&mut kernel, "an absence").await;
    }
    chain.ends_well().await;
}

/// Frames that a page never sends.
fn bad_frames(protocol: Protocol) -> Vec<Frame> {
    let request = Message::new("shell", "kernel_info_request", json!({}));
    let good = request.frame(protocol).into_data();
    let mut frames: Vec<Frame> = (0..good.len()).step_by(7).map(|end| Frame::binary(good.slice(..end))).collect();
    let text = ["", "{", "null", "[]", "7", "{}", r#"{"channel": 3}"#, r#"{"channel": "shell", "header": 1}"#, "\u{0}"];
    frames.extend(text.map(Frame::text));
    let numbers = [u64::MAX, 1 << 63, 1 << 40, 1 << 31, 0, 1, 2];
    for number in numbers {
        frames.push(Frame::binary([number.to_le_bytes(), [0xff; 8]].concat()));
        frames.push(Frame::binary([&number.to_be_bytes()[4..], &[0xff; 8]].concat()));
    }
    let parts = |parts: &[&str]| parts.iter().map(|part| Bytes::from(part.to_string())).collect::<Vec<_>>();
    let header = request.header.to_string();
    for bad in [
        &["shell"][..],
        &["nowhere", &header, "{}", "{}", "{}"],
        &["shell", "", "", "", ""],
        &["shell", "{}", "{}", "{}", "{}"],
        &["shell", &header, "[]", "{}", "{}"],
        &["shell", &header, "{}", "{}", "{\"half\": "],
        &["shell", &header, "{}", "{}"],
    ] {
        frames.push(Frame::binary(framed_v1(&parts(bad))));
        frames.push(Frame::binary(framed_legacy(&parts(bad))));
    }
    // Offsets that go back.
    let mut back = framed_v1(&parts(&["shell", &header, "{}", "{}", "{}"]));
    back[16] = 1;
    frames.push(Frame::binary(back));
    frames
}

#[tokio::test(flavor = "multi_thread")]
async fn no_frame_of_a_page_stops_a_channel() {
    let home = Home::new();
    let chain = chain(&home, "bad page").await;
    for protocol in BOTH {
        let mut kernel = chain.kernel(protocol).await;
        let frames = bad_frames(protocol);
        let count = frames.len();
        for frame in frames {
            kernel.send_frame(frame).await;
        }
        still_works(&mut kernel, "bad frames").await;
        let log = chain.log("gateway");
        let told = log.lines().filter(|line| line.contains(&kernel.id) && line.contains("from a page")).count();
        assert!(told > count / 2, "{told} of {count} were logged: {log}");
        assert!(!log.contains("Traceback"), "{log}");
        assert!(!log.contains(&format!("Starting buffering for {}", kernel.id)), "the websocket was closed: {log}");

        // Random changes to a good frame: cut, flipped, joined.
        let mut chance = Chance(7);
        for _ in 0..300 {
            let request = Message::new("shell", "kernel_info_request", json!({}));
            let mut bytes = request.frame(protocol).into_data().to_vec();
            for _ in 0..=chance.below(6) {
                let place = chance.below(bytes.len());
                match chance.below(4) {
                    0 => bytes.truncate(place + 1),
                    1 => bytes[place] = chance.below(256) as u8,
                    2 => bytes.extend_from_within(place..),
                    _ => bytes[place.min(40)] ^= 1 << chance.below(8),
                }
            }
            let text = String::from_utf8(bytes.clone()).ok().filter(|_| chance.below(3) == 0);
            kernel.send_frame(text.map_or_else(|| Frame::binary(bytes), Frame::text)).await;
        }
        still_works(&mut kernel, "chance").await;
    }
    chain.ends_well().await;
}

/// Pseudo-random numbers that are the same in each run (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Messages that no kernel's library sends: `send(parts)` publishes them.
const BAD_MESSAGES: &str = r#"
kernel = get_ipython().kernel
session, send = kernel.session, kernel.iopub_socket.send_multipart
def good():
    return session.serialize(session.msg("display_data", {"data": {"text/plain": "x"}, "metadata": {}}, parent=kernel.get_parent()), b"topic")
def signed(*parts):
    return [b"topic", b"<IDS|MSG>", session.sign(list(parts)), *parts]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn no_message_of_a_kernel_stops_a_channel() {
    let home = Home::new();
    let chain = chain(&home, "bad kernel").await;
    for protocol in BOTH {
        let mut kernel = chain.kernel(protocol).await;
        kernel.execute(BAD_MESSAGES).await;
        let bad = [
            "send([b''])",
            "send([b'no', b'delimiter'])",
            "send([b'<IDS|MSG>'])",
            "send(good()[:3])",
            "send(good()[:5])",
            "parts = good(); parts[2] = b'0' * 64; send(parts)",
            "parts = good(); parts[2] = b''; send(parts)",
            "parts = good(); parts[0] = bytes(50_000_000); send(parts)",
            "send([b'i'] * 20_000 + good()[1:])",
            "send(signed(b'', b'', b'', b''))",
            "send(signed(b'{}', b'{}', b'{}', b'{}'))",
            "send(signed(b'[1]', b'{}', b'{}', b'{}'))",
            r#"send(signed(b'{"msg_type": "status", "msg_id": "x"}', b'{}', b'{}', b'{}'))"#,
            r#"send(signed(b'{"msg_type": "status", "msg_id": "x"}', b'{}', b'{}', b'[]'))"#,
            r#"send(signed(b'{"msg_type": "status"}', b'{}', b'{}', b'{'))"#,
            r#"send(signed(b'{"msg_type": "stream", "msg_id": "\xff\xfe"}', b'{}', b'{}', b'{"text": "\xff"}'))"#,
            "send(signed(good()[3], b'nul\x00', b'{}', b'{}'))",
            "send(signed(good()[3], b'{}', b'{}', b'{' * 10_000))",
        ];
        for code in bad {
            kernel.execute(code).await;
            still_works(&mut kernel, code).await;
        }
        let log = chain.log("gateway");
        let told = log.lines().filter(|line| line.contains("iopub: a message was dropped")).count();
        assert!(told >= bad.len() - 4 && !log.contains("Traceback"), "{told} were logged: {log}");
        // The gateway still knows the kernel's state.
        let (_, kernels) = chain.server.get("/api/kernels").await;
        let state = kernels.as_array().unwrap().iter().find(|one| one["id"] == kernel.id.as_str()).unwrap();
        assert_eq!(state["execution_state"], "idle", "{kernels}");

        let chance = r#"
import random
random.seed(7)
for _ in range(300):
    parts = good()
    for _ in range(random.randrange(1, 4)):
        place = random.randrange(len(parts))
        what = random.randrange(5)
        if what == 0 and len(parts) > 1: del parts[place]
        elif what == 1: parts[place] = parts[place][:random.randrange(len(parts[place]) + 1)]
        elif what == 2: parts[place] = random.randbytes(random.randrange(40))
        elif what == 3: parts.insert(place, b'<IDS|MSG>')
        else: parts[place] = parts[place] * 2
    if random.random() < 0.5 and len(parts) > 6: parts[2] = session.sign(parts[3:7])
    send(parts)
"#;
        kernel.execute(chance).await;
        still_works(&mut kernel, "chance").await;
    }
    chain.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_page_costs_bounded_memory_and_its_cell_counts_the_dropped_messages() {
    let home = Home::new();
    let chain = chain(&home, "slow page").await;
    let mut kernel = chain.kernel(Protocol::V1).await;
    kernel.execute("from comm import create_comm; c = create_comm(target_name='x')").await;
    let sent = kernel.send("for n in range(150): c.send({'n': n}, buffers=[bytes(4_000_000)])").await;
    // The cell ends although nobody reads its output; the gateway reports that.
    let done = async {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let (_, kernels) = chain.server.get("/api/kernels").await;
            if kernels[0]["execution_state"] == "idle" {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), done).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for (role, bound) in [("gateway", 600), ("server", 200)] {
        let used = memory_of(&format!("orchest-{}-{role}", chain.id));
        assert!((10 << 20..bound << 20).contains(&used), "the {role} has {} MiB", used >> 20);
    }
    let answers = kernel.answers(&sent).await;
    let came = buffers_of(&answers).len();
    assert!((40..150).contains(&came), "{came} came");
    let said: String = answers.iter().filter_map(|message| message.content["text"].as_str()).collect();
    assert!(said.starts_with(&format!("{} messages", 150 - came)), "{said}");
    still_works(&mut kernel, "being slow").await;
    // A page that reads its messages loses none, however fast they come.
    let sent = kernel.send("for n in range(5000): c.send({'n': n})").await;
    let answers = kernel.answers(&sent).await;
    assert_eq!(buffers_of(&answers).len(), 5000);
    chain.ends_well().await;
}

/// The memory of a container's processes, bytes.
fn memory_of(container: &str) -> u64 {
    let processes = docker(&["top", container, "-o", "pid"]);
    processes.iter().skip(1).map(|id| resident(id.trim())).sum()
}

fn resident(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_sent_during_a_restart_reach_the_new_kernel() {
    let home = Home::new();
    let chain = chain(&home, "burst").await;
    for protocol in BOTH {
        let mut kernel = chain.kernel(protocol).await;
        for round in 0..3 {
            kernel.send("import os\nos._exit(1)").await;
            while kernel.next().await.content["execution_state"] != "restarting" {}
            let asked: Vec<Message> =
                (0..100).map(|_| Message::new("shell", "kernel_info_request", json!({}))).collect();
            for message in &asked {
                kernel.send_message(message).await;
            }
            let mut answered = 0;
            while answered < asked.len() {
                let message = tokio::time::timeout(Duration::from_secs(60), kernel.next()).await;
                let message = message.unwrap_or_else(|_| panic!("{protocol:?}, {round}: {answered} were answered"));
                if message.kind() == "kernel_info_reply" && asked.iter().any(|one| one.id() == message.parent()) {
                    answered += 1;
                }
            }
            still_works(&mut kernel, "a restart").await;
        }
    }
    chain.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_too_large_for_a_page_is_dropped_and_its_cell_says_so() {
    let home = Home::new();
    let chain = chain(&home, "too long").await;
    let mut kernel = chain.kernel(Protocol::V1).await;
    kernel.execute("from comm import create_comm; c = create_comm(target_name='x')").await;
    let sent = kernel.send("c.send({}, buffers=[bytes(513 << 20)]); print('after it')").await;
    let answers = kernel.answers(&sent).await;
    let said: String = answers.iter().filter_map(|message| message.content["text"].as_str()).collect();
    assert!(said.contains("513 MiB was left out: no page can take more than 512 MiB"), "{said}");
    assert!(said.contains("after it") && buffers_of(&answers).is_empty(), "{said}");
    // The asking page gets an answer and does not wait.
    let expressions = json!({ "x": "'x' * (513 << 20)" });
    let content = json!({ "code": "", "silent": false, "store_history": false, "user_expressions": expressions,
                          "allow_stdin": false, "stop_on_error": true });
    let asked = Message::new("shell", "execute_request", content);
    kernel.send_message(&asked).await;
    let reply = loop {
        let message = kernel.next().await;
        if message.kind() == "execute_reply" && message.parent() == asked.id() {
            break message;
        }
    };
    assert_eq!((reply.content["status"].as_str(), reply.content["ename"].as_str()), (Some("error"), Some("TooLarge")));
    still_works(&mut kernel, "a message that was too long").await;
    chain.ends_well().await;
}
