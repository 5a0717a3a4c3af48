//! A port of this machine that leads to a port in a container, through the engine's own connection alone: nothing is
//! published on the engine's machine.
//!
//! One program in the container (`relay.py`), which the engine runs with its input and output attached, carries all
//! connections: to start one for each would take 60 to 100 ms and two round trips each time, and 4 MB of the container's
//! memory. Its frames say the end of a direction, which not every engine passes on, and how much room the receiver of a
//! connection has left: one that waits holds back only its own sender.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::errors::Error as Refusal;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Engine;
use super::calls::error;
use crate::words::error::{Error, Result};
use crate::words::remote as words;

/// The program that connects to the port in the container.
const RELAY: &str = include_str!("relay.py");
/// The bytes of a connection that each side takes before it says that it has more room. At a round trip of 40 ms, one
/// connection carries up to 100 MB/s.
const WINDOW: usize = 4 << 20;
/// The most bytes of one frame to the container.
const PART: usize = 64 << 10;
/// The most bytes that are read of the engine's stream at once.
const READ: usize = 256 << 10;
/// The frames that wait for the engine to take them.
const QUEUE: usize = 16;
/// The pause after an accept that failed, as with too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// What is carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrySpec {
    /// The container, by name or id.
    pub container: String,
    /// A Python in it, 3.8 or newer.
    pub python: String,
    /// The port in the container, on its loopback.
    pub port: u16,
    /// The port of this machine. 0 for any that is free.
    pub at: u16,
}

/// A port of this machine that is carried. Dropped, it closes the port and all of its connections.
#[derive(Debug)]
pub struct Carried {
    port: u16,
    _end: DropGuard,
}

impl Carried {
    /// The port of this machine, on its loopback.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Engine {
    /// Carries a port, from now until the answer is dropped. A container that does not run ends only the connections to it.
    pub async fn carry(&self, spec: CarrySpec) -> Result<Carried> {
        let refused = |source| Error::Io {
            what: words::listen_on(spec.at),
            path: Ipv4Addr::LOCALHOST.to_string().into(),
            source,
        };
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, spec.at));
        let listener = TcpListener::bind(at).await.map_err(refused)?;
        let port = listener.local_addr().map_err(refused)?.port();
        let end = CancellationToken::new();
        let carrier =
            Arc::new(Carrier { engine: self.clone(), spec, relay: tokio::sync::Mutex::default(), end: end.clone() });
        tokio::spawn(end.clone().run_until_cancelled_owned(accept(listener, carrier)));
        Ok(Carried { port, _end: end.drop_guard() })
    }
}

/// One carried port.
struct Carrier {
    engine: Engine,
    spec: CarrySpec,
    relay: tokio::sync::Mutex<Option<Arc<Relay>>>,
    end: CancellationToken,
}

async fn accept(listener: TcpListener, carrier: Arc<Carrier>) {
    // The first connection finds it started.
    let early = carrier.clone();
    tokio::spawn(carrier.end.clone().run_until_cancelled_owned(async move {
        if let Err(error) = early.relay().await {
            tracing::debug!(%error, "no relay was started in advance");
        }
    }));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (carrier, end) = (carrier.clone(), carrier.end.clone());
                tokio::spawn(end.run_until_cancelled_owned(async move {
                    if let Err(error) = carried(stream, &carrier).await {
                        let (container, port) = (&carrier.spec.container, carrier.spec.port);
                        tracing::debug!(container, port, %error, "a carried connection ended");
                    }
                }));
            }
            Err(error) => {
                tracing::warn!(%error, "no connection was accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn carried(stream: TcpStream, carrier: &Carrier) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let relay = carrier.relay().await.map_err(io::Error::other)?;
    let ended = relay.ended.clone();
    let done = ended.run_until_cancelled(relay.carry(stream)).await;
    done.unwrap_or_else(|| Err(io::Error::other(words::RELAY_ENDED)))
}

impl Carrier {
    /// The relay that runs, or a new one.
    async fn relay(&self) -> Result<Arc<Relay>> {
        let mut relay = self.relay.lock().await;
        if let Some(runs) = relay.as_ref().filter(|relay| !relay.ended.is_cancelled()) {
            return Ok(runs.clone());
        }
        let (input, output) = self.start().await?;
        Ok(relay.insert(Relay::new(input, output, &self.end)).clone())
    }

    async fn start(&self) -> Result<(Input, Output)> {
        let CarrySpec { container, python, port, .. } = &self.spec;
        let what = words::run_in(container);
        let refused = |refusal: Refusal| error(&what, &refusal);
        let port = port.to_string();
        let command = [python, "-I", "-S", "-c", RELAY, &port].map(str::to_owned).to_vec();
        let options = CreateExecOptions {
            cmd: Some(command),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..CreateExecOptions::default()
        };
        let docker = &self.engine.docker;
        let created = docker.create_exec(container, options).await.map_err(refused)?;
        let options = StartExecOptions { output_capacity: Some(READ), ..StartExecOptions::default() };
        match docker.start_exec(&created.id, Some(options)).await.map_err(refused)? {
            StartExecResults::Attached { input, output } => Ok((input, output)),
            StartExecResults::Detached => Err(Error::Engine { what, reason: words::NOT_ATTACHED.to_owned() }),
        }
    }
}

type Output = Pin<Box<dyn Stream<Item = std::result::Result<LogOutput, Refusal>> + Send>>;
type Input = Pin<Box<dyn AsyncWrite + Send>>;

/// A relay that runs in the container.
struct Relay {
    frames: mpsc::Sender<Bytes>,
    connections: Mutex<HashMap<u32, Connection>>,
    next: AtomicU32,
    /// Cancelled once it has ended, by itself or with the carried port.
    ended: CancellationToken,
}

/// The side of a connection that gets what the relay says of it.
struct Connection {
    /// Its data. Empty at the end of the direction. What waits here has room in the window.
    come: mpsc::UnboundedSender<Bytes>,
    /// The bytes that the relay has room for.
    room: Arc<Semaphore>,
    /// Cancelled once the other side has broken it.
    broken: CancellationToken,
}

/// Takes a connection off the relay, also if its task is dropped.
struct Place<'a>(&'a Relay, u32);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.connections().remove(&self.1);
    }
}

impl Relay {
    fn new(input: Input, output: Output, end: &CancellationToken) -> Arc<Relay> {
        let (frames, waiting) = mpsc::channel(QUEUE);
        let ended = end.child_token();
        let relay = Arc::new(Relay { frames, connections: Mutex::default(), next: AtomicU32::new(0), ended });
        let (reader, ended) = (Arc::downgrade(&relay), relay.ended.clone());
        tokio::spawn(async move {
            let why = tokio::select! {
                () = ended.cancelled() => return,
                written = write(input, waiting) => written.err().map(|error| error.to_string()).unwrap_or_default(),
                said = read(output, |frame| {
                    if let Some(relay) = reader.upgrade() {
                        relay.take(frame);
                    }
                }) => said,
            };
            tracing::info!(why, "a relay ended");
            ended.cancel();
        });
        relay
    }

    /// Copies both ways until both have ended, or one of them breaks.
    async fn carry(&self, stream: TcpStream) -> io::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (come, coming) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(WINDOW));
        let broken = CancellationToken::new();
        self.connections().insert(number, Connection { come, room: room.clone(), broken: broken.clone() });
        let place = Place(self, number);
        self.put(Kind::Open, number, 0).await?;
        let (from, to) = stream.into_split();
        let both = async { tokio::try_join!(self.inward(number, from, &room), self.outward(number, coming, to)) };
        let carried = broken.run_until_cancelled(both).await;
        drop(place);
        match carried {
            None => Err(io::ErrorKind::ConnectionReset.into()),
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => {
                self.put(Kind::Break, number, 0).await?;
                Err(error)
            }
        }
    }

    async fn inward(&self, number: u32, mut from: OwnedReadHalf, room: &Semaphore) -> io::Result<()> {
        loop {
            let mut frame = BytesMut::with_capacity(PART + HEAD);
            frame.extend_from_slice(&[0; HEAD]);
            let size = (&mut from).take(PART as u64).read_buf(&mut frame).await?;
            if size == 0 {
                return self.put(Kind::End, number, 0).await;
            }
            let size = u32::try_from(size).map_err(io::Error::other)?;
            room.acquire_many(size).await.map_err(io::Error::other)?.forget();
            frame[..HEAD].copy_from_slice(&head(Kind::Data, number, size));
            self.send(frame.freeze()).await?;
        }
    }

    async fn outward(
        &self,
        number: u32,
        mut coming: mpsc::UnboundedReceiver<Bytes>,
        mut to: OwnedWriteHalf,
    ) -> io::Result<()> {
        while let Some(data) = coming.recv().await {
            if data.is_empty() {
                return to.shutdown().await;
            }
            to.write_all(&data).await?;
            self.put(Kind::Room, number, u32::try_from(data.len()).map_err(io::Error::other)?).await?;
        }
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Takes a frame of the relay.
    fn take(&self, frame: Frame) {
        let connections = self.connections();
        let Some(connection) = connections.get(&frame.number) else { return };
        match frame.kind {
            // It may have ended meanwhile.
            Kind::Data | Kind::End => drop(connection.come.send(frame.data)),
            Kind::Room => connection.room.add_permits(frame.size),
            Kind::Break => connection.broken.cancel(),
            Kind::Open => {}
        }
    }

    async fn put(&self, kind: Kind, number: u32, size: u32) -> io::Result<()> {
        self.send(Bytes::copy_from_slice(&head(kind, number, size))).await
    }

    async fn send(&self, frame: Bytes) -> io::Result<()> {
        self.frames.send(frame).await.map_err(|_| io::Error::other(words::RELAY_ENDED))
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<u32, Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(mut input: Input, mut frames: mpsc::Receiver<Bytes>) -> io::Result<()> {
    while let Some(frame) = frames.recv().await {
        input.write_all(&frame).await?;
        if frames.is_empty() {
            input.flush().await?;
        }
    }
    Ok(())
}

/// Reads frames until the relay ends, and answers with the last that it said in words.
async fn read(mut output: Output, mut take: impl FnMut(Frame)) -> String {
    let (mut come, mut said) = (BytesMut::new(), String::new());
    while let Some(part) = output.next().await {
        match part {
            Ok(LogOutput::StdErr { message }) => {
                said = String::from_utf8_lossy(&message).trim().to_owned();
                tracing::debug!(said, "a relay");
            }
            Ok(part) => {
                come.extend_from_slice(super::containers::bytes_of(&part));
                while let Some(frame) = frame(&mut come) {
                    take(frame);
                }
            }
            Err(refusal) => return refusal.to_string(),
        }
    }
    said
}

/// What a frame says of a connection, as in `relay.py`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Data,
    /// No more data comes.
    End,
    /// Nothing more comes or is taken.
    Break,
    /// So many more bytes may be sent.
    Room,
}

/// The size of what comes before the data.
const HEAD: usize = 9;

#[derive(Debug, PartialEq, Eq)]
struct Frame {
    kind: Kind,
    number: u32,
    size: usize,
    data: Bytes,
}

fn head(kind: Kind, number: u32, size: u32) -> [u8; HEAD] {
    let mut head = [kind as u8; HEAD];
    head[1..5].copy_from_slice(&number.to_be_bytes());
    head[5..].copy_from_slice(&size.to_be_bytes());
    head
}

/// Takes the first frame off what has come, if it is whole.
fn frame(come: &mut BytesMut) -> Option<Frame> {
    let head = come.get(..HEAD)?;
    let number = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    // Nothing else is sent. A frame that is none breaks its connection.
    let kind = [Kind::Open, Kind::Data, Kind::End, Kind::Break, Kind::Room].get(usize::from(head[0]));
    let (kind, number, size) = (*kind.unwrap_or(&Kind::Break), number(1)?, number(5)? as usize);
    let data = if kind == Kind::Data { size } else { 0 };
    if come.len() < HEAD + data {
        return None;
    }
    come.advance(HEAD);
    Some(Frame { kind, number, size, data: come.split_to(data).freeze() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_in_parts_of_any_size() {
        let data = Bytes::from((0..3000_u32).map(|n| n.to_le_bytes()[0]).collect::<Vec<u8>>());
        let whole = [
            (Kind::Open, 0, 0),
            (Kind::Data, 7, 3000),
            (Kind::Room, u32::MAX, 1 << 20),
            (Kind::Data, 7, 1),
            (Kind::End, 7, 0),
            (Kind::Break, 8, 0),
        ];
        let mut sent = Vec::new();
        for (kind, number, size) in whole {
            sent.extend_from_slice(&head(kind, number, size));
            if kind == Kind::Data {
                sent.extend_from_slice(&data[..size as usize]);
            }
        }
        for piece in [1, 3, 9, 10, 3009, 100_000] {
            let (mut come, mut frames) = (BytesMut::new(), Vec::new());
            for part in sent.chunks(piece) {
                come.extend_from_slice(part);
                frames.extend(std::iter::from_fn(|| frame(&mut come)));
            }
            let told: Vec<_> = frames.iter().map(|frame| (frame.kind, frame.number, frame.size as u32)).collect();
            assert_eq!(told, whole, "{piece}");
            assert!(frames[1].data == data && frames[3].data == data[..1] && come.is_empty(), "{piece}");
        }
    }
}
