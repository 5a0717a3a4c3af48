//! The parts of an archive on their way between a stream and those who read and write.

use std::io::{self, Read, Write};

use bytes::{Buf, Bytes, BytesMut};
use tokio::sync::mpsc;

/// The size of a part that is sent, bytes.
const PART: usize = 1 << 20;

/// What the engine sends, as a reader.
pub struct Parts {
    waiting: mpsc::Receiver<io::Result<Bytes>>,
    part: Bytes,
}

impl Parts {
    pub fn of(waiting: mpsc::Receiver<io::Result<Bytes>>) -> Parts {
        Parts { waiting, part: Bytes::new() }
    }
}

impl Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() {
            match self.waiting.blocking_recv() {
                Some(part) => self.part = part?,
                None => return Ok(0),
            }
        }
        let count = self.part.len().min(into.len());
        self.part.copy_to_slice(&mut into[..count]);
        Ok(count)
    }
}

/// Sends what is written, part by part.
pub struct Sender {
    parts: mpsc::Sender<io::Result<Bytes>>,
    part: BytesMut,
}

impl Sender {
    pub fn to(parts: mpsc::Sender<io::Result<Bytes>>) -> Sender {
        Sender { parts, part: BytesMut::with_capacity(PART) }
    }

    /// Sends what was written last.
    pub fn send(&mut self) -> io::Result<()> {
        let part = std::mem::replace(&mut self.part, BytesMut::with_capacity(PART)).freeze();
        self.parts.blocking_send(Ok(part)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Breaks the archive off: an engine takes nothing of it.
    pub fn break_off(&self) {
        let _ = self.parts.blocking_send(Err(io::ErrorKind::ConnectionAborted.into()));
    }
}

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.part.len() + bytes.len() > PART {
            self.send()?;
        }
        self.part.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
