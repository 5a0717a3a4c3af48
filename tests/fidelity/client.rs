//! Messages over a kernel's websocket, in both formats that Jupyter Server documents ("WebSocket protocols" in its
//! documentation): the default one, and `v1.kernel.websocket.jupyter.org`, which JupyterLab offers.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

/// The format of messages in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// JSON in text frames; with buffers, JSON and the buffers in binary frames.
    Legacy,
    /// Binary frames: a table of offsets, then the channel, the four parts and the buffers.
    V1,
}

impl Protocol {
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Legacy => "legacy",
            Protocol::V1 => "v1",
        }
    }

    /// The protocol that the client offers to the server.
    pub fn offered(self) -> Option<&'static str> {
        (self == Protocol::V1).then_some("v1.kernel.websocket.jupyter.org")
    }
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    pub channel: String,
    pub header: Value,
    pub parent: Value,
    pub metadata: Value,
    pub content: Value,
    pub buffers: Vec<Vec<u8>>,
}

impl Message {
    pub fn kind(&self) -> &str {
        self.header["msg_type"].as_str().unwrap_or_default()
    }

    pub fn answers(&self, id: &str) -> bool {
        self.parent["msg_id"] == id
    }

    /// Whether it reports this state of the kernel.
    pub fn tells(&self, state: &str) -> bool {
        self.kind() == "status" && self.content["execution_state"] == state
    }

    /// The parts of it that a notebook can use.
    pub fn seen(&self) -> Value {
        let buffers: Vec<Value> = self.buffers.iter().map(|buffer| brief(buffer)).collect();
        let (kind, content, metadata) = (self.kind(), &self.content, &self.metadata);
        if buffers.is_empty() {
            json!({ "kind": kind, "content": content, "metadata": metadata })
        } else {
            json!({ "kind": kind, "content": content, "metadata": metadata, "buffers": buffers })
        }
    }

    /// The message as a websocket frame.
    pub fn frame(&self, protocol: Protocol) -> Frame {
        match protocol {
            Protocol::V1 => Frame::binary(self.v1()),
            Protocol::Legacy if self.buffers.is_empty() => Frame::text(self.json().to_string()),
            Protocol::Legacy => Frame::binary(self.with_buffers()),
        }
    }

    fn json(&self) -> Value {
        json!({
            "channel": self.channel, "header": self.header, "parent_header": self.parent, "metadata": self.metadata,
            "content": self.content, "buffers": [],
        })
    }

    fn with_buffers(&self) -> Vec<u8> {
        let json = self.json().to_string().into_bytes();
        let parts: Vec<&[u8]> = std::iter::once(&json[..]).chain(self.buffers.iter().map(Vec::as_slice)).collect();
        let mut bytes = u32::try_from(parts.len()).unwrap().to_be_bytes().to_vec();
        let mut at = 4 * (1 + parts.len());
        for part in &parts {
            bytes.extend(u32::try_from(at).unwrap().to_be_bytes());
            at += part.len();
        }
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        bytes
    }

    fn v1(&self) -> Vec<u8> {
        let json = |value: &Value| value.to_string().into_bytes();
        let mut parts = vec![self.channel.clone().into_bytes(), json(&self.header), json(&self.parent)];
        parts.extend([json(&self.metadata), json(&self.content)]);
        parts.extend(self.buffers.iter().cloned());
        let mut bytes = (parts.len() as u64 + 1).to_le_bytes().to_vec();
        let mut at = 8 * (2 + parts.len() as u64);
        bytes.extend(at.to_le_bytes());
        for part in &parts {
            at += part.len() as u64;
            bytes.extend(at.to_le_bytes());
        }
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        bytes
    }

    /// The message of a frame; none for a frame without a message.
    pub fn from_frame(frame: Frame, protocol: Protocol) -> Option<Message> {
        match (frame, protocol) {
            (Frame::Text(text), Protocol::Legacy) => Some(Message::from_json(&json_of(text.as_bytes()), vec![])),
            (Frame::Binary(bytes), Protocol::Legacy) => Some(Message::from_buffers(&bytes)),
            (Frame::Binary(bytes), Protocol::V1) => Some(Message::from_v1(&bytes)),
            (Frame::Text(text), Protocol::V1) => panic!("text in a binary protocol: {:.200}", text.as_str()),
            _ => None,
        }
    }

    fn from_json(json: &Value, buffers: Vec<Vec<u8>>) -> Message {
        Message {
            channel: json["channel"].as_str().unwrap_or_default().to_owned(),
            header: json["header"].clone(),
            parent: json["parent_header"].clone(),
            metadata: json["metadata"].clone(),
            content: json["content"].clone(),
            buffers,
        }
    }

    fn from_buffers(bytes: &[u8]) -> Message {
        let number = |at: usize| u32::from_be_bytes(bytes[4 * at..4 * at + 4].try_into().unwrap()) as usize;
        let parts = cut(bytes, (1..=number(0)).map(number).collect());
        Message::from_json(&json_of(parts[0]), owned(&parts[1..]))
    }

    fn from_v1(bytes: &[u8]) -> Message {
        let number = |at: usize| u64::from_le_bytes(bytes[8 * at..8 * at + 8].try_into().unwrap()) as usize;
        let count = number(0);
        let parts = cut(bytes, (1..count).map(number).collect());
        assert_eq!(number(count), bytes.len(), "the last offset is the end");
        Message {
            channel: String::from_utf8(parts[0].to_vec()).expect("a channel"),
            header: json_of(parts[1]),
            parent: json_of(parts[2]),
            metadata: json_of(parts[3]),
            content: json_of(parts[4]),
            buffers: owned(&parts[5..]),
        }
    }
}

/// JSON as a browser reads it: invalid UTF-8 and half a surrogate pair are no error, and become replacement characters.
fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes)
        .or_else(|_| serde_json::from_slice(&whole_pairs(String::from_utf8_lossy(bytes).as_bytes())))
        .unwrap_or_else(|error| panic!("no JSON: {error} in {:.200}", String::from_utf8_lossy(bytes)))
}

/// JSON with each escape of half a surrogate pair replaced by one of a replacement character.
fn whole_pairs(bytes: &[u8]) -> Vec<u8> {
    let unit = |at: usize| -> Option<u16> {
        let escape = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(escape).ok()?, 16).ok()
    };
    let (mut whole, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => {
                whole.extend_from_slice(b"\\ufffd");
                at += 6;
                continue;
            }
            // Skips any other escape, so that an escaped backslash does not begin one.
            _ if bytes[at] == b'\\' => 2,
            _ => 1,
        };
        whole.extend_from_slice(&bytes[at..bytes.len().min(at + length)]);
        at += length;
    }
    whole
}

fn cut(bytes: &[u8], mut starts: Vec<usize>) -> Vec<&[u8]> {
    starts.push(bytes.len());
    starts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn owned(parts: &[&[u8]]) -> Vec<Vec<u8>> {
    parts.iter().map(|part| part.to_vec()).collect()
}

/// Bytes, shown by length and digest.
pub fn brief(bytes: &[u8]) -> Value {
    format!("{} bytes, {}", bytes.len(), orchest_tests::engine::digest(bytes)).into()
}
