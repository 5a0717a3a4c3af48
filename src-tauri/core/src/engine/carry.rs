//! A port of this machine that leads to a port in a container, through the engine's own connection alone: nothing is
//! published on the engine's machine.
//!
//! Each connection is a program in the container (`relay.py`), which the engine runs with its input and output attached.
//! To start it takes the engine about 100 ms, so a few wait, started, for the next connections. Bytes are framed both
//! ways: engines differ in whether they pass on the end of one direction, and a frame of size 0 always says it. Data waits
//! where it is as long as the other side takes none.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::errors::Error as Refusal;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bytes::{Buf, BytesMut};
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Engine;
use super::calls::error;
use crate::words::error::{Error, Result};
use crate::words::remote as words;

/// The program that connects to the port in the container.
const RELAY: &str = include_str!("relay.py");
/// The most bytes of one frame to the container.
const FRAME: usize = 64 << 10;
/// The most bytes that are read of the engine's stream at once.
const READ: usize = 256 << 10;
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
    /// How many relays wait for connections.
    pub waiting: usize,
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
        let relays = Arc::new(Relays { engine: self.clone(), spec, waiting: Mutex::default(), end: end.clone() });
        relays.refill();
        tokio::spawn(end.clone().run_until_cancelled_owned(accept(listener, relays)));
        Ok(Carried { port, _end: end.drop_guard() })
    }
}

async fn accept(listener: TcpListener, relays: Arc<Relays>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let relays = relays.clone();
                let end = relays.end.clone();
                tokio::spawn(end.run_until_cancelled_owned(async move {
                    if let Err(error) = connected(stream, &relays).await {
                        let (container, port) = (&relays.spec.container, relays.spec.port);
                        tracing::info!(container, port, %error, "a carried connection ended");
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

async fn connected(stream: TcpStream, relays: &Arc<Relays>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let relay = relays.take().await.map_err(io::Error::other)?;
    pump(stream, relay).await
}

type Output = Pin<Box<dyn Stream<Item = std::result::Result<LogOutput, Refusal>> + Send>>;
type Input = Pin<Box<dyn AsyncWrite + Send>>;

/// A relay that runs in the container.
struct Relay {
    input: Input,
    output: Output,
}

/// The relays of one carried port.
struct Relays {
    engine: Engine,
    spec: CarrySpec,
    waiting: Mutex<Waiting>,
    end: CancellationToken,
}

#[derive(Default)]
struct Waiting {
    relays: Vec<Relay>,
    /// How many are being started for it.
    coming: usize,
}

impl Relays {
    /// A relay that waits, or a new one.
    async fn take(self: &Arc<Self>) -> Result<Relay> {
        let relay = match self.waiting_one() {
            Some(relay) => relay,
            None => self.start().await?,
        };
        self.refill();
        Ok(relay)
    }

    fn waiting_one(&self) -> Option<Relay> {
        loop {
            let mut relay = self.waiting().relays.pop()?;
            // It says nothing before it is used: it ended if anything comes, as with its container or the connection.
            if relay.output.next().now_or_never().is_none() {
                return Some(relay);
            }
        }
    }

    /// Starts relays until enough wait. One that does not start is tried again with the next connection.
    fn refill(self: &Arc<Self>) {
        let lack = {
            let mut waiting = self.waiting();
            let lack = self.spec.waiting.saturating_sub(waiting.relays.len() + waiting.coming);
            waiting.coming += lack;
            lack
        };
        for _ in 0..lack {
            let relays = self.clone();
            tokio::spawn(self.end.clone().run_until_cancelled_owned(async move {
                let started = relays.start().await;
                let mut waiting = relays.waiting();
                waiting.coming -= 1;
                match started {
                    Ok(relay) => waiting.relays.push(relay),
                    Err(error) => tracing::debug!(%error, "no relay was started in advance"),
                }
            }));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn start(&self) -> Result<Relay> {
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
            StartExecResults::Attached { input, output } => Ok(Relay { input, output }),
            StartExecResults::Detached => Err(Error::Engine { what, reason: words::NOT_ATTACHED.to_owned() }),
        }
    }
}

/// Copies both ways until both have ended, or one of them breaks.
async fn pump(stream: TcpStream, relay: Relay) -> io::Result<()> {
    let (from, to) = stream.into_split();
    let (inward, outward) = (inward(from, relay.input), outward(relay.output, to));
    tokio::pin!(inward, outward);
    // The relay ends by itself once both directions have ended. Its input stays open until then.
    let input = tokio::select! {
        input = &mut inward => input?,
        ended = &mut outward => return ended,
    };
    let ended = outward.await;
    drop(input);
    ended
}

async fn inward(mut from: OwnedReadHalf, mut input: Input) -> io::Result<Input> {
    input.write_all(b"\n").await?;
    input.flush().await?;
    let mut frame = BytesMut::with_capacity(FRAME + 4);
    loop {
        frame.clear();
        frame.extend_from_slice(&[0; 4]);
        let mut room = (&mut from).take(FRAME as u64);
        let size = room.read_buf(&mut frame).await?;
        frame[..4].copy_from_slice(&u32::try_from(size).map_err(io::Error::other)?.to_be_bytes());
        input.write_all(&frame).await?;
        input.flush().await?;
        if size == 0 {
            return Ok(input);
        }
    }
}

/// Ends with the relay.
async fn outward(mut output: Output, mut to: OwnedWriteHalf) -> io::Result<()> {
    let mut framed = Framed::default();
    let mut said = String::new();
    while let Some(part) = output.next().await {
        match part.map_err(io::Error::other)? {
            LogOutput::StdErr { message } => said.push_str(&String::from_utf8_lossy(&message)),
            LogOutput::StdOut { message } | LogOutput::Console { message } | LogOutput::StdIn { message } => {
                framed.put(&message);
                while let Some(data) = framed.take() {
                    if data.is_empty() {
                        to.shutdown().await?;
                    } else {
                        to.write_all(&data).await?;
                    }
                }
            }
        }
    }
    if framed.ended { Ok(()) } else { Err(io::Error::other(said.trim().to_owned())) }
}

/// Takes frames apart as they come.
#[derive(Default)]
struct Framed {
    rest: BytesMut,
    /// The bytes of the frame that are still to come.
    left: usize,
    ended: bool,
}

impl Framed {
    fn put(&mut self, part: &[u8]) {
        self.rest.extend_from_slice(part);
    }

    /// The bytes of a frame that are there. Empty at the end of the direction.
    fn take(&mut self) -> Option<BytesMut> {
        if self.left == 0 {
            let size = self.rest.get(..4)?.try_into().ok()?;
            self.left = u32::from_be_bytes(size) as usize;
            self.rest.advance(4);
            if self.left == 0 {
                self.ended = true;
                return Some(BytesMut::new());
            }
        }
        let here = self.left.min(self.rest.len());
        self.left -= here;
        (here > 0).then(|| self.rest.split_to(here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_in_parts_of_any_size() {
        let data: Vec<u8> = (0..5000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut sent = Vec::new();
        for part in data.chunks(1700) {
            sent.extend_from_slice(&u32::try_from(part.len()).unwrap_or_default().to_be_bytes());
            sent.extend_from_slice(part);
        }
        for end in [false, true] {
            if end {
                sent.extend_from_slice(&[0; 4]);
            }
            for piece in [1, 3, 4, 5, 1704, 100_000] {
                let mut framed = Framed::default();
                let mut come = Vec::new();
                for part in sent.chunks(piece) {
                    framed.put(part);
                    while let Some(data) = framed.take() {
                        assert_eq!(data.is_empty(), framed.ended, "{piece}");
                        come.extend_from_slice(&data);
                    }
                }
                assert_eq!((come.as_slice(), framed.ended), (data.as_slice(), end), "{piece}");
            }
        }
    }
}
