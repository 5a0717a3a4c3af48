//! Ports of containers that are carried through the engine's own connection: `engine::carry`.

use std::time::{Duration, Instant};

use orchest_core::engine::{self, Engine, ProcessEnv};
use orchest_tests::engine::docker;
use orchest_tests::ports_inside::{HTTP, LINES, PortsInside, http};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const MB: usize = 1 << 20;

async fn engine() -> Engine {
    engine::find(&ProcessEnv::of_this_process()).await.unwrap()
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8).collect()
}

fn sum(bytes: &[u8]) -> String {
    // By parts of a megabyte, as the other side adds them up.
    bytes
        .chunks(MB)
        .map(|part| part.iter().step_by(4096).map(|byte| usize::from(*byte)).sum::<usize>())
        .sum::<usize>()
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_much_data_go_both_ways() {
    let inside = PortsInside::start("carry-data", &["--network", "none"]);
    let carried = engine().await.carry(inside.spec(HTTP)).await.unwrap();
    assert_eq!(http(carried.port(), "GET", "/5", b"").await.unwrap(), bytes(5));
    let large = bytes(20 * MB);
    assert!(http(carried.port(), "GET", &format!("/{}", large.len()), b"").await.unwrap() == large);
    assert_eq!(http(carried.port(), "POST", "/", &large).await.unwrap(), sum(&large).into_bytes());

    let one = |size: usize| {
        let port = carried.port();
        tokio::spawn(async move { http(port, "GET", &format!("/{size}"), b"").await.unwrap() == bytes(size) })
    };
    let all: Vec<_> = (0..20).map(|n| one(n * 10_000)).collect();
    for one in all {
        assert!(one.await.unwrap());
    }
    inside.has_relays(1);
    drop(carried);
    inside.has_relays(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_stays_and_either_side_may_end_its_direction() {
    let inside = PortsInside::start("carry-long", &["--network", "none"]);
    let carried = engine().await.carry(inside.spec(LINES)).await.unwrap();
    let open = || async { BufReader::new(TcpStream::connect(("127.0.0.1", carried.port())).await.unwrap()) };
    let mut long = open().await;
    let mut line = String::new();
    long.read_line(&mut line).await.unwrap();
    assert_eq!(line, "hello\n", "the server may speak first");
    for turn in 0..50 {
        // Others come and go meanwhile.
        if turn % 10 == 0 {
            let mut other = open().await;
            other.get_mut().shutdown().await.unwrap();
            let mut all = String::new();
            other.read_to_string(&mut all).await.unwrap();
            assert_eq!(all, "hello\n");
        }
        let said = format!("{turn}\n");
        long.get_mut().write_all(said.as_bytes()).await.unwrap();
        line.clear();
        tokio::time::timeout(Duration::from_secs(5), long.read_line(&mut line)).await.unwrap().unwrap();
        assert_eq!(line, said);
    }
    // The end of the input alone lets the server count, and answer.
    let size = 3 * MB + 7;
    long.get_mut().write_all(b"count\n").await.unwrap();
    long.get_mut().write_all(&bytes(size)).await.unwrap();
    long.get_mut().shutdown().await.unwrap();
    let mut all = String::new();
    long.read_to_string(&mut all).await.unwrap();
    assert_eq!(all, format!("{size}\n"));

    let mut left = open().await;
    left.read_line(&mut line).await.unwrap();
    drop(left);
    inside.has_relays(1);
    let mut open_at_the_end = open().await;
    open_at_the_end.read_line(&mut line).await.unwrap();
    let port = carried.port();
    drop(carried);
    let ended = tokio::time::timeout(Duration::from_secs(5), open_at_the_end.read_line(&mut line)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)), "dropped, it ends its connections");
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "and listens no more");
    inside.has_relays(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_waits_holds_the_writer_back() {
    let inside = PortsInside::start("carry-slow", &["--network", "none"]);
    let carried = engine().await.carry(inside.spec(HTTP)).await.unwrap();
    let mut slow = TcpStream::connect(("127.0.0.1", carried.port())).await.unwrap();
    let size = 300 * MB;
    let request = format!("GET /{size} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    slow.write_all(request.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kb: usize = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kb < 250 << 10, "{kb} kB of memory");
    assert_eq!(http(carried.port(), "GET", "/5", b"").await.unwrap(), bytes(5), "others go on");
    let mut all = Vec::new();
    slow.read_to_end(&mut all).await.unwrap();
    assert!(all.len() > size);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_in_the_container_ends_only_its_connections() {
    let inside = PortsInside::start("carry-ends", &["--network", "none"]);
    let engine = engine().await;
    let nobody = engine.carry(inside.spec(1)).await.unwrap();
    let refused = tokio::time::timeout(Duration::from_secs(10), http(nobody.port(), "GET", "/5", b"")).await.unwrap();
    assert!(refused.is_err(), "nothing listens there");
    let carried = engine.carry(inside.spec(LINES)).await.unwrap();
    let mut long = BufReader::new(TcpStream::connect(("127.0.0.1", carried.port())).await.unwrap());
    let mut line = String::new();
    long.read_line(&mut line).await.unwrap();
    docker(&["kill", inside.name()]);
    let ended = tokio::time::timeout(Duration::from_secs(10), long.read_line(&mut line)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    // No new one starts.
    let after = tokio::time::timeout(Duration::from_secs(10), http(carried.port(), "GET", "/5", b"")).await.unwrap();
    assert!(after.is_err());
    let taken = engine.carry(engine::CarrySpec { at: carried.port(), ..inside.spec(LINES) }).await;
    let failure = taken.map(drop).unwrap_err().failure();
    assert!(failure.message.contains(&carried.port().to_string()), "{failure:?}");
}

/// Only prints: `--ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures"]
#[allow(clippy::print_stdout)]
async fn carried_and_published_ports_are_compared() {
    let inside = PortsInside::start("carry-speed", &["--publish", "127.0.0.1::8001"]);
    let published = docker(&["port", inside.name(), "8001/tcp"])[0].rsplit_once(':').unwrap().1.parse().unwrap();
    let engine = engine().await;
    let carried = engine.carry(inside.spec(HTTP)).await.unwrap();
    let ways = [("published", published), ("carried", carried.port())];
    let large = bytes(20 * MB);
    for (name, port) in &ways {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        http(*port, "GET", &format!("/{}", large.len()), b"").await.unwrap();
        let down = began.elapsed();
        let began = Instant::now();
        http(*port, "POST", "/", &large).await.unwrap();
        let up = began.elapsed();
        let mut each = Vec::new();
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            let began = Instant::now();
            http(*port, "GET", "/5", b"").await.unwrap();
            each.push(began.elapsed());
        }
        each.sort();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        let all: Vec<_> = (0..20)
            .map(|_| {
                let port = *port;
                tokio::spawn(async move { http(port, "GET", "/5", b"").await })
            })
            .collect();
        for one in all {
            one.await.unwrap().unwrap();
        }
        println!(
            "{name}: 20 MB down {down:?}, up {up:?}; a connection {:?}; 20 at once {:?}",
            each[5],
            began.elapsed()
        );
    }
}
