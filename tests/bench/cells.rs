//! Cells, through a launch and with a local kernel.

use std::time::{Duration, Instant};

use orchest_tests::jupyter::Kernel;

/// How many cells one measurement times.
const CELLS: u32 = 100;
/// How many prints one measurement counts.
const PRINTS: usize = 3000;

/// The mean time of an empty cell.
pub async fn round_trip(kernel: &mut Kernel) -> Duration {
    kernel.execute("").await;
    let began = Instant::now();
    for _ in 0..CELLS {
        kernel.execute("pass").await;
    }
    began.elapsed() / CELLS
}

/// How many output messages a second arrive from a loop of flushed prints.
pub async fn messages_a_second(kernel: &mut Kernel) -> f64 {
    let code = format!("for n in range({PRINTS}): print(n, flush=True)");
    let began = Instant::now();
    let output = kernel.execute(&code).await;
    assert_eq!(output.text.lines().count(), PRINTS);
    output.messages as f64 / began.elapsed().as_secs_f64()
}
