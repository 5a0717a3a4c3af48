//! The long form of a test: `soak [CYCLES]`, 100 without a number.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::process::ExitCode;
use std::time::Duration;

use orchest_tests::home::Home;
use orchest_tests::soak::soak;

#[tokio::main]
async fn main() -> ExitCode {
    let cycles = std::env::args().nth(1).and_then(|cycles| cycles.parse().ok()).unwrap_or(100);
    let home = Home::new();
    let app = home.app().await;
    let report = soak(&home, &app, cycles, (cycles / 10).clamp(3, 10)).await.unwrap();
    let middle = |times: &[Duration]| times.get(times.len() / 2).copied().unwrap_or_default();
    let last = |times: &[Duration]| times.last().copied().unwrap_or_default();
    println!("{cycles} times launched and stopped");
    println!("launch: median {:.2?}, longest {:.2?}", middle(&report.launches), last(&report.launches));
    println!("stop:   median {:.2?}, longest {:.2?}", middle(&report.stops), last(&report.stops));
    println!("held after the tenth: {:?}", report.before);
    println!("held at the end:      {:?}", report.after);
    let grown = report.grown();
    grown.iter().for_each(|what| println!("more than there was: {what}"));
    if grown.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
