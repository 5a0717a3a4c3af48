//! The benchmark: in one run, interleaved, medians and the ratios that the project promises.
//!
//! - (a) a launch, from the call to ready; (b) the floor: the same two containers by `docker run` at once, probed
//!   every 10 ms until both answer; (c) gateway, then server, one after the other; (d) a launch to its first cell
//! - (e) a cell's round trip and output messages a second, through a launch and with a local kernel of a plain
//!   Jupyter server behind a published port
//!
//! `bench [ROUNDS]`; five without a number.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod cells;
mod floor;

use std::time::{Duration, Instant};

use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::jupyter::Server;

#[tokio::main]
async fn main() {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let home = Home::new();
    let app = home.app().await;
    let folder = home.pipeline("bench");
    // Once unmeasured, so that every file has been read from disk.
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
    let plain = cells::plain_server(&home).await;
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

    let floor = median(&mut together);
    println!("\nmedians of {rounds}");
    line("(a) launch, from the call to ready", median(&mut launch), floor);
    line("(b) the floor: both containers at once", floor, floor);
    line("(c) gateway, then server", median(&mut in_turn), floor);
    line("(d) launch to the first cell", median(&mut first_cell), floor);
    let (ours, theirs) = (median(&mut trip), median(&mut plain_trip));
    println!(
        "(e) empty cell: {:.2} ms through a launch, {:.2} ms with a local kernel: {:.2} x",
        millis(ours),
        millis(theirs),
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
    let (ours, theirs) = (middle(&mut rate), middle(&mut plain_rate));
    println!("(e) output messages a second: {ours:.0} and {theirs:.0}: {:.2} x", ours / theirs);
}

fn line(what: &str, time: Duration, floor: Duration) {
    println!("{what:<42} {:>6.2} s  {:>5.2} x (b)", time.as_secs_f64(), time.as_secs_f64() / floor.as_secs_f64());
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn middle(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
