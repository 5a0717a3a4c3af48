//! A kernel's messages as frames of a websocket, in both of Jupyter Server's formats.
//!
//! "WebSocket kernel wire protocols" (jupyter_server's documentation, "WebSocket protocols") describes both. The older
//! one has no name: a message is one JSON object, with its channel. If it has buffers, the object and the buffers are
//! the parts of a binary frame. JupyterLab offers the other one: a binary frame with the parts of a message as the
//! kernel has them.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use serde_json::{Value, json};

pub use tokio_tungstenite::tungstenite::Message as Frame;

/// The name of the protocol that JupyterLab offers.
pub const V1: &str = "v1.kernel.websocket.jupyter.org";

/// The count of messages so far: a message's id is unique, also between websockets.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// One of the two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// JSON, the default of a client that offers no protocol.
    Legacy,
    /// [`V1`].
    V1,
}

/// A message from or to a kernel ("Messaging in Jupyter").
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// `shell`, `iopub`, `stdin` or `control`.
    pub channel: String,
    /// Its header.
    pub header: Value,
    /// The header of its parent message, or an empty object.
    pub parent_header: Value,
    /// Its metadata.
    pub metadata: Value,
    /// Its content.
    pub content: Value,
    /// Its buffers.
    pub buffers: Vec<Bytes>,
}

impl Message {
    /// A new message with an id of its own.
    pub fn new(channel: &str, kind: &str, content: Value) -> Message {
        let id = format!("{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let header = json!({ "msg_id": id, "msg_type": kind, "username": "test", "session": "test",
                             "date": "2026-01-01T00:00:00.000Z", "version": "5.3" });
        let (parent_header, metadata) = (json!({}), json!({}));
        Message { channel: channel.to_owned(), header, parent_header, metadata, content, buffers: Vec::new() }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.header["msg_id"].as_str().unwrap_or_default()
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        self.header["msg_type"].as_str().unwrap_or_default()
    }

    /// The id of its parent message.
    pub fn parent(&self) -> &str {
        self.parent_header["msg_id"].as_str().unwrap_or_default()
    }

    /// The frame as a page sends it.
    pub fn frame(&self, protocol: Protocol) -> Frame {
        match protocol {
            Protocol::V1 => {
                let parts = [&self.header, &self.parent_header, &self.metadata, &self.content];
                let mut parts: Vec<Bytes> = parts.map(|part| part.to_string().into()).into();
                parts.insert(0, self.channel.clone().into());
                parts.extend(self.buffers.iter().cloned());
                Frame::binary(framed_v1(&parts))
            }
            Protocol::Legacy => {
                let whole = json!({ "channel": self.channel, "header": self.header, "metadata": self.metadata,
                                    "parent_header": self.parent_header, "content": self.content,
                                    "buffers": [] });
                if self.buffers.is_empty() {
                    return Frame::text(whole.to_string());
                }
                let mut parts = vec![Bytes::from(whole.to_string())];
                parts.extend(self.buffers.iter().cloned());
                Frame::binary(framed_legacy(&parts))
            }
        }
    }

    /// The message of a frame that a page got; none for a frame without a message, such as a ping.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(frame: &Frame, protocol: Protocol) -> Result<Option<Message>, String> {
        match (frame, protocol) {
            (Frame::Text(text), Protocol::Legacy) => of_json(&json(text.as_bytes())?, Vec::new()).map(Some),
            (Frame::Binary(bytes), Protocol::Legacy) => {
                let mut parts = parts(bytes, number_be, 4, false)?;
                let whole = json(&parts.remove(0))?;
                of_json(&whole, parts).map(Some)
            }
            (Frame::Binary(bytes), Protocol::V1) => {
                let mut parts = parts(bytes, number_le, 8, true)?;
                if parts.len() < 5 {
                    return Err(format!("{} parts are too few", parts.len()));
                }
                let buffers = parts.split_off(5);
                let channel = String::from_utf8(parts[0].to_vec()).map_err(|error| error.to_string())?;
                let [header, parent_header, metadata, content] = [1, 2, 3, 4].map(|part| json(&parts[part]));
                let (header, parent_header) = (header?, parent_header?);
                Ok(Some(Message { channel, header, parent_header, metadata: metadata?, content: content?, buffers }))
            }
            (Frame::Text(_), Protocol::V1) => Err("text, where all is binary".to_owned()),
            _ => Ok(None),
        }
    }
}

/// A frame of [`V1`]: the number of offsets, the offsets (8 bytes each, lowest byte first), then the parts.
pub fn framed_v1(parts: &[Bytes]) -> Vec<u8> {
    let mut offset = 8 * (parts.len() as u64 + 2);
    let mut frame = (parts.len() as u64 + 1).to_le_bytes().to_vec();
    frame.extend(offset.to_le_bytes());
    for part in parts {
        offset += part.len() as u64;
        frame.extend(offset.to_le_bytes());
    }
    frame.extend(parts.concat());
    frame
}

/// A binary frame of the older protocol: the number of parts, the offset of each (4 bytes each, highest byte first),
/// then the parts.
pub fn framed_legacy(parts: &[Bytes]) -> Vec<u8> {
    let mut frame = (parts.len() as u32).to_be_bytes().to_vec();
    let mut offset = 4 * (parts.len() as u32 + 1);
    for part in parts {
        frame.extend(offset.to_be_bytes());
        offset += part.len() as u32;
    }
    frame.extend(parts.concat());
    frame
}

fn of_json(whole: &Value, buffers: Vec<Bytes>) -> Result<Message, String> {
    let part = |name: &str| whole.get(name).cloned().ok_or_else(|| format!("no `{name}` in {whole}"));
    Ok(Message {
        channel: part("channel")?.as_str().ok_or("a channel that is no text")?.to_owned(),
        header: part("header")?,
        parent_header: part("parent_header")?,
        metadata: part("metadata")?,
        content: part("content")?,
        buffers,
    })
}

fn json(text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).map_err(|error| format!("no JSON: {error}"))
}

/// The parts of a binary frame whose numbers have `width` bytes; `ended` means that the last number is the end.
fn parts(frame: &Bytes, number: fn(&[u8]) -> usize, width: usize, ended: bool) -> Result<Vec<Bytes>, String> {
    let at = |place: usize| frame.get(place * width..(place + 1) * width).map(number).ok_or("a frame cut short");
    let count = at(0)?;
    let mut offsets = (1..=count).map(at).collect::<Result<Vec<_>, _>>()?;
    if !ended {
        offsets.push(frame.len());
    }
    let part = |pair: &[usize]| match pair {
        [start, end] if start <= end && *end <= frame.len() => Ok(frame.slice(*start..*end)),
        _ => Err(format!("offsets {pair:?} in a frame of {} bytes", frame.len())),
    };
    let parts = offsets.windows(2).map(part).collect::<Result<Vec<_>, _>>()?;
    if parts.is_empty() { Err("no part".to_owned()) } else { Ok(parts) }
}

fn number_le(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

fn number_be(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_either_frame_and_half_a_frame_is_an_error() {
        let mut message = Message::new("iopub", "comm_msg", json!({ "data": "ä" }));
        for protocol in [Protocol::Legacy, Protocol::V1] {
            for buffers in [vec![], vec![Bytes::from_static(b"\0\xff"), Bytes::new(), Bytes::from_static(b"z")]] {
                message.buffers = buffers;
                let frame = message.frame(protocol);
                assert_eq!(Message::read(&frame, protocol), Ok(Some(message.clone())));
                let whole = frame.into_data();
                assert!(Message::read(&Frame::binary(whole.slice(..whole.len() / 2)), protocol).is_err());
            }
        }
    }
}
