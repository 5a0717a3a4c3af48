//! The benchmark: everything in one run, interleaved; medians, and the ratios that the project promises.
//!
//! - (a) a launch, from the call to ready; (b) the floor: the same two containers by `docker run` at once, probed
//!   every 10 ms until both answer; (c) gateway, then server, one after the other; (d) a launch to its first cell
//! - (e) a cell's round trip and output messages a second, through a launch and with a local kernel of a plain
//!   Jupyter server behind a published port
//! - (f) the window, from its start to its page's first command, and (g) its memory, against an empty window
//! - (h) how much of one core it uses while it is hidden and three launches run
//! - (i) large and many messages, through a launch and with a local kernel, as (e), and the resident memory of gateway
//!   and server before and after them
//!
//! - (j) environments: see `environments.rs`
//!
//! - (k) images from nothing but their base image: see `images.rs`
//!
//! - (l) the packages of `make package`: see `installed.rs`
//!
//! `bench [messages | environments | images | installed] [ROUNDS]`; five rounds without a number, and only (i), (j), (k) or
//! (l) with its name. (j) to (l) are not part of a run without a name: `make bench` runs them last.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod cells;
mod environments;
mod floor;
mod images;
mod installed;
mod messages;
mod window;

use std::time::{Duration, Instant};

use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;
use orchest_tests::plain::Plain;

use crate::window::Start;

#[tokio::main]
async fn main() {
    let rounds = std::env::args().skip(1).find_map(|rounds| rounds.parse().ok()).unwrap_or(5);
    if let [_, part, file] = std::env::args().collect::<Vec<_>>().as_slice()
        && part == installed::FROM_FILE
    {
        return installed::from_file(file.into()).await;
    }
    let home = Home::new();
    if std::env::args().any(|argument| argument == "messages") {
        return of_messages(&home, rounds).await;
    }
    if std::env::args().any(|argument| argument == "environments") {
        return environments::of_environments(rounds).await;
    }
    if std::env::args().any(|argument| argument == "images") {
        return images::of_images(rounds).await;
    }
    if std::env::args().any(|argument| argument == "installed") {
        return installed::of_installed(rounds).await;
    }
    let app = home.app().await;
    let folder = home.pipeline("bench");
    // A first round is not counted, so that all files have been read from disk.
    let id = launched(&app, &folder, None).await.unwrap();
    stopped(&app, &id).await;

    let (mut launch, mut first_cell, mut together, mut in_turn) = (vec![], vec![], vec![], vec![]);
    for round in 1..=rounds {
        let began = Instant::now();
        let id = launched(&app, &folder, None).await.unwrap();
        launch.push(began.elapsed());
        let server = Server::at(&app.url(&id).await.unwrap());
        let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
        assert_eq!(kernel.execute("print(6 * 7)").await.text, "42\n");
        first_cell.push(began.elapsed());
        stopped(&app, &id).await;
        together.push(floor::both_at_once(&home).await);
        in_turn.push(floor::one_after_the_other(&home).await);
        println!("round {round} of {rounds} done");
    }

    let id = launched(&app, &folder, None).await.unwrap();
    let through = Server::at(&app.url(&id).await.unwrap());
    let plain = Plain::start(&home.pipeline("plain")).await;
    let (mut trip, mut plain_trip, mut rate, mut plain_rate) = (vec![], vec![], vec![], vec![]);
    {
        let mut kernel = through.start("python_docker", "first.ipynb").await.unwrap();
        let mut local = plain.server.start("python3", "first.ipynb").await.unwrap();
        for _ in 0..rounds {
            trip.push(cells::round_trip(&mut kernel).await);
            plain_trip.push(cells::round_trip(&mut local).await);
            rate.push(cells::messages_a_second(&mut kernel).await);
            plain_rate.push(cells::messages_a_second(&mut local).await);
        }
    }
    drop(plain);
    stopped(&app, &id).await;

    let (mut ours, mut empty, mut idle) = (vec![], vec![], 0.0);
    if std::env::var_os("DISPLAY").is_some() {
        for _ in 0..rounds {
            ours.push(window::ours(&home).await);
            empty.push(window::empty(&home).await);
        }
        let mut up = Vec::new();
        for name in ["first", "second", "third"] {
            up.push(launched(&app, &home.pipeline(name), None).await.unwrap());
        }
        idle = window::idle(&home, Duration::from_secs(60)).await;
        for id in up {
            stopped(&app, &id).await;
        }
    }

    let floor = median(&mut together);
    println!("\nmedians of {rounds}");
    line("(a) launch, from the call to ready", median(&mut launch), floor);
    line("(b) the floor: both containers at once", floor, floor);
    line("(c) gateway, then server", median(&mut in_turn), floor);
    line("(d) launch to the first cell", median(&mut first_cell), floor);
    compare("(e) empty cell: through a launch, with a local kernel", "ms", millis(&trip), millis(&plain_trip));
    compare("(e) output messages a second", "", rate, plain_rate);
    of_messages(&home, rounds).await;
    if ours.is_empty() {
        println!("(f), (g), (h): there is no screen");
        return;
    }
    let starts = |of: &[Start]| of.iter().map(|start| start.first_command).collect::<Vec<_>>();
    let memory = |of: &[Start]| of.iter().map(|start| start.memory as f64 / 1e6).collect::<Vec<_>>();
    compare("(f) first command: the window, an empty one", "ms", millis(&starts(&ours)), millis(&starts(&empty)));
    compare("(g) memory: the window, an empty one", "MB", memory(&ours), memory(&empty));
    println!("(h) idle, hidden, three launches: {:.2} % of a core", idle * 100.0);
}

async fn of_messages(home: &Home, rounds: usize) {
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("messages"), None).await.unwrap();
    let plain = Plain::start(&home.pipeline("plain")).await;
    {
        let through = Server::at(&app.url(&id).await.unwrap());
        let mut ours = messages::kernel(&through, "python_docker").await;
        let mut theirs = messages::kernel(&plain.server, "python3").await;
        let parts = ["gateway", "server"].map(|role| format!("orchest-{id}-{role}"));
        let before = [messages::memory(&parts[0]).await, messages::memory(&parts[1]).await];
        for (load, (name, _)) in messages::LOADS.iter().enumerate() {
            let (mut times, mut plain_times) = (vec![], vec![]);
            let (mut came, mut plain_came) = (1.0_f64, 1.0_f64);
            for _ in 0..rounds {
                let (took, share) = messages::time(&mut ours, load).await;
                times.push(took);
                came = came.min(share);
                let (took, share) = messages::time(&mut theirs, load).await;
                plain_times.push(took);
                plain_came = plain_came.min(share);
            }
            if came.min(plain_came) < 1.0 {
                println!("(i) {name}: {:.1} % arrived, {:.1} % with a local kernel", came * 100.0, plain_came * 100.0);
            }
            compare(&format!("(i) {name}"), "ms", millis(&times), millis(&plain_times));
        }
        for (part, before) in parts.iter().zip(before) {
            let after = messages::memory(part).await;
            let role = part.rsplit('-').next().unwrap_or_default();
            compare(
                &format!("(i) memory of the {role}, after and before"),
                "MB",
                vec![after as f64 / 1e6],
                vec![before as f64 / 1e6],
            );
        }
    }
    drop(plain);
    stopped(&app, &id).await;
}

fn line(what: &str, time: Duration, floor: Duration) {
    println!("{what:<42} {:>6.2} s  {:>5.2} x (b)", time.as_secs_f64(), time.as_secs_f64() / floor.as_secs_f64());
}

fn compare(what: &str, unit: &str, ours: Vec<f64>, theirs: Vec<f64>) {
    let (ours, theirs) = (middle(ours), middle(theirs));
    println!("{what:<56} {ours:>8.1} {theirs:>8.1} {unit:<3} {:>5.2} x", ours / theirs);
}

fn millis(times: &[Duration]) -> Vec<f64> {
    times.iter().map(|time| time.as_secs_f64() * 1000.0).collect()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
