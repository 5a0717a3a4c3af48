//! Comms, both ways, with and without binary buffers. Widgets use them.

use serde_json::{Value, json};

use crate::client::{Message, brief};
use crate::kernels::{Page, Run};
use crate::sides::Side;

/// A target in the kernel that stores each message and sends it back.
const ECHO: &str = "\
from comm import get_comm_manager
heard = []
def echo(comm, opened):
    def back(message):
        heard.append(message)
        comm.send(message['content']['data'], message['metadata'], [bytes(b) for b in message['buffers']])
    comm.on_msg(back)
    comm.on_close(lambda message: heard.append(message))
    comm.send({'opened': opened['content']['data']}, opened['metadata'], [bytes(b) for b in opened['buffers']])
get_comm_manager().register_target('echo', echo)
";

async fn page(side: &Side) -> Page {
    let mut page = side.page().await;
    assert_eq!(page.run(ECHO).await.reply().content["status"], "ok");
    page
}

/// Sends a message of a comm, and reads the answers to it.
async fn tell(page: &mut Page, kind: &str, content: Value, metadata: Value, buffers: Vec<Vec<u8>>) -> Run {
    let mut message = page.message("shell", kind, content);
    message.metadata = metadata;
    message.buffers = buffers;
    let id = page.post(message).await;
    let (mut messages, mut idle) = (Vec::new(), false);
    while !idle {
        let message = page.next().await;
        if message.answers(&id) {
            idle = message.tells("idle");
            messages.push(message);
        }
    }
    Run { messages }
}

fn of_comms(run: &Run) -> Vec<Value> {
    run.messages.iter().filter(|message| message.kind().starts_with("comm")).map(Message::seen).collect()
}

/// Opens an echo and closes it; the answers to both.
async fn opened(page: &mut Page, id: &str) -> Value {
    let content = json!({ "comm_id": id, "target_name": "echo", "data": { "ü": [1, null, "👩🏽‍🔬"] } });
    let run = tell(page, "comm_open", content, json!({ "m": 1 }), vec![]).await;
    assert_eq!(run.of("comm_msg").len(), 1, "{:?}", run.messages);
    json!(of_comms(&run))
}

async fn echoed(page: &mut Page, id: &str, buffers: Vec<Vec<u8>>) -> Value {
    let content = json!({ "comm_id": id, "data": { "count": buffers.len() } });
    let run = tell(page, "comm_msg", content, json!({ "buffer_paths": [] }), buffers.clone()).await;
    let back = run.of("comm_msg");
    assert_eq!(back.len(), 1, "{:?}", run.messages);
    assert!(back[0].buffers == buffers, "the buffers come back unchanged");
    json!(of_comms(&run))
}

pub async fn the_kernel_opens_sends_and_closes(side: Side) -> Value {
    let code = "from comm import create_comm\nc = create_comm(target_name='x', data={'d': 1}, metadata={'m': 'ü'})\nc.send({'a': [1, 2]}, {'n': None})\nc.close({'bye': 1})";
    let run = side.page().await.run(code).await;
    assert_eq!((run.of("comm_open").len(), run.of("comm_msg").len(), run.of("comm_close").len()), (1, 1, 1));
    json!(of_comms(&run))
}

pub async fn a_buffer_from_the_kernel(side: Side) -> Value {
    let code = "from comm import create_comm\nc = create_comm(target_name='x', data={})\nc.send({}, buffers=[bytes(range(256))])\nprint('on')";
    let mut page = side.page().await;
    let run = page.run(code).await;
    assert_eq!(run.first("comm_msg").buffers, [(0..=255).collect::<Vec<u8>>()]);
    assert_eq!(page.run("print('later')").await.text("stdout"), "later\n");
    json!([of_comms(&run), run.text("stdout")])
}

pub async fn many_and_empty_buffers_from_the_kernel(side: Side) -> Value {
    let code = "from comm import create_comm\nimport numpy as np\nc = create_comm(target_name='x', data={}, buffers=[b'opened'])\nc.send({}, buffers=[])\nc.send({}, buffers=[b''])\nc.send({}, buffers=[b'', b'one', b'', memoryview(b'two'), bytearray(b'three'), np.arange(4)])\nc.close(buffers=[b'closed'])";
    let run = side.page().await.run(code).await;
    assert_eq!(run.of("comm_msg")[2].buffers.len(), 6);
    json!(of_comms(&run))
}

pub async fn ten_megabytes_from_the_kernel(side: Side) -> Value {
    let code = "from comm import create_comm\nc = create_comm(target_name='x', data={})\nc.send({}, buffers=[bytes(range(256)) * 40_000, b'last'])";
    let run = side.page().await.run(code).await;
    assert_eq!(run.first("comm_msg").buffers[0].len(), 10_240_000);
    json!(of_comms(&run))
}

pub async fn a_thousand_buffers_in_order(side: Side) -> Value {
    let code = "from comm import create_comm\nc = create_comm(target_name='x', data={})\nfor n in range(1000): c.send({'n': n}, buffers=[n.to_bytes(4, 'big') * 64])";
    let run = side.page().await.run(code).await;
    let numbers: Vec<Value> = run.of("comm_msg").iter().map(|one| one.content["data"]["n"].clone()).collect();
    assert_eq!(json!(numbers), json!((0..1000).collect::<Vec<_>>()));
    let all: Vec<u8> = run.of("comm_msg").iter().flat_map(|one| one.buffers.concat()).collect();
    brief(&all)
}

pub async fn the_page_opens_and_closes(side: Side) -> Value {
    let mut page = page(&side).await;
    let first = opened(&mut page, "page-opened").await;
    let back = echoed(&mut page, "page-opened", vec![]).await;
    let close = json!({ "comm_id": "page-opened", "data": { "bye": 1 } });
    let closed = tell(&mut page, "comm_close", close, json!({}), vec![]).await;
    let heard = page.run("print(len(heard), heard[-1]['content']['data'])").await;
    assert_eq!(heard.text("stdout"), "2 {'bye': 1}\n");
    json!([first, back, of_comms(&closed), heard.text("stdout")])
}

pub async fn buffers_from_the_page(side: Side) -> Value {
    let mut page = page(&side).await;
    opened(&mut page, "buffers").await;
    let one = echoed(&mut page, "buffers", vec![(0..=255).collect()]).await;
    let many = echoed(&mut page, "buffers", vec![vec![], b"one".to_vec(), vec![], vec![0xff; 3]]).await;
    assert_eq!(page.run("print('later')").await.text("stdout"), "later\n");
    json!([one, many])
}

pub async fn a_comm_opened_with_a_buffer(side: Side) -> Value {
    let mut page = page(&side).await;
    let content = json!({ "comm_id": "with-buffer", "target_name": "echo", "data": {} });
    let run = tell(&mut page, "comm_open", content, json!({}), vec![vec![0, 159, 146, 150]]).await;
    assert_eq!(run.first("comm_msg").buffers, [[0, 159, 146, 150]]);
    json!(of_comms(&run))
}

pub async fn nine_megabytes_from_the_page(side: Side) -> Value {
    let mut page = page(&side).await;
    opened(&mut page, "large").await;
    echoed(&mut page, "large", vec![vec![200; 9_000_000]]).await
}

pub async fn an_unknown_target(side: Side) -> Value {
    let mut page = side.page().await;
    let content = json!({ "comm_id": "nobodys", "target_name": "not there", "data": {} });
    let run = tell(&mut page, "comm_open", content, json!({}), vec![]).await;
    assert_eq!(run.of("comm_close").len(), 1);
    json!(of_comms(&run))
}

pub async fn messages_to_an_unknown_comm(side: Side) -> Value {
    let mut page = side.page().await;
    let message = tell(&mut page, "comm_msg", json!({ "comm_id": "none", "data": {} }), json!({}), vec![]).await;
    let close = tell(&mut page, "comm_close", json!({ "comm_id": "none", "data": {} }), json!({}), vec![]).await;
    let on = page.run("print('on')").await.text("stdout");
    assert_eq!(on, "on\n");
    json!([of_comms(&message), of_comms(&close), on])
}

pub async fn the_list_of_open_comms(side: Side) -> Value {
    let mut page = side.own_page().await;
    page.run(ECHO).await;
    opened(&mut page, "first").await;
    page.run("from comm import create_comm\nc = create_comm(target_name='other', comm_id='second')").await;
    let all = page.ask("shell", "comm_info_request", json!({})).await;
    let one = page.ask("shell", "comm_info_request", json!({ "target_name": "other" })).await;
    let none = page.ask("shell", "comm_info_request", json!({ "target_name": "no such" })).await;
    assert_eq!(all.reply().content["comms"].as_object().unwrap().len(), 2);
    [all, one, none].iter().map(|run| run.reply().content.clone()).collect()
}

pub async fn a_widgets_state(side: Side) -> Value {
    let code = "from comm import create_comm\nfrom IPython.display import display\n\
        c = create_comm(target_name='jupyter.widget', comm_id='widget', data={'state': {'value': 3, '_model_name': 'IntSliderModel'}, 'buffer_paths': [['data'], ['deep', 0, 'x']]}, metadata={'version': '2.1.0'}, buffers=[b'\\x00\\xff', b''])\n\
        c.on_msg(lambda m: c.send({'method': 'update', 'state': m['content']['data']['state'], 'buffer_paths': m['content']['data']['buffer_paths']}, buffers=[bytes(b) for b in m['buffers']]))\n\
        display({'application/vnd.jupyter.widget-view+json': {'model_id': 'widget', 'version_major': 2, 'version_minor': 0}, 'text/plain': 'a widget'}, raw=True)";
    let mut page = side.page().await;
    let shown = page.run(code).await;
    assert_eq!(shown.first("comm_open").buffers.len(), 2);
    let data = json!({ "method": "update", "state": { "value": 7 }, "buffer_paths": [["data"]] });
    let moved =
        tell(&mut page, "comm_msg", json!({ "comm_id": "widget", "data": data }), json!({}), vec![vec![9, 255]]).await;
    assert_eq!(moved.first("comm_msg").content["data"]["state"]["value"], 7);
    json!([of_comms(&shown), of_comms(&moved), shown.first("display_data").content["data"]])
}

pub async fn comms_while_a_cell_runs(side: Side) -> Value {
    let mut page = page(&side).await;
    opened(&mut page, "busy").await;
    let running =
        page.begin("import time\nprint('begun', flush=True)\ntime.sleep(0.7)\nprint(len(heard))", "begun").await;
    for number in 0..20 {
        let mut message = page.message("shell", "comm_msg", json!({ "comm_id": "busy", "data": { "n": number } }));
        message.buffers = vec![vec![number; 10]];
        page.post(message).await;
    }
    let heard = page.until(|message| message.content["data"]["n"] == 19).await;
    let back: Vec<&Message> = heard.iter().filter(|message| message.kind() == "comm_msg").collect();
    let printed: String = heard
        .iter()
        .filter(|message| message.answers(&running) && message.kind() == "stream")
        .filter_map(|message| message.content["text"].as_str())
        .collect();
    assert_eq!((back.len(), printed.as_str()), (20, "0\n"));
    json!([back.iter().map(|message| message.seen()).collect::<Vec<_>>(), printed])
}
