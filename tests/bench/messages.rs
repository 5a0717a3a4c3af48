//! Large and many messages, through a launch and with a local kernel, and how much memory stays in use after them.

use std::time::{Duration, Instant};

use orchest_tests::engine::docker;
use orchest_tests::frames::Protocol;
use orchest_tests::jupyter::{Kernel, Server};

/// The loads: a name, and the cell that sends the messages.
pub const LOADS: [(&str, &str); 3] = [
    ("100 MB of binary output", "for n in range(20): c.send({}, buffers=[data])"),
    ("20 MB of text", "print('x' * 20_000_000)"),
    ("10,000 small comm messages", "for n in range(10_000): c.send({'n': n})"),
];
const PREPARED: &str =
    "import os; from comm import create_comm; c = create_comm(target_name='x'); data = os.urandom(5_000_000)";
/// How long a process has to give memory back.
const REST: Duration = Duration::from_secs(5);

/// A kernel, connected as JupyterLab connects.
pub async fn kernel(server: &Server, kernelspec: &str) -> Kernel {
    let id = server.start_unheard(kernelspec, "messages.ipynb").await.unwrap();
    let mut kernel = server.connect_as(&id, Protocol::V1, "bench").await;
    kernel.execute(PREPARED).await;
    kernel
}

/// The time from the cell to its last message, and the share of the messages that arrive.
pub async fn time(kernel: &mut Kernel, load: usize) -> (Duration, f64) {
    let began = Instant::now();
    let sent = kernel.send(LOADS[load].1).await;
    let answers = kernel.answers(&sent).await;
    let took = began.elapsed();
    let came: usize = match load {
        0 => answers.iter().flat_map(|message| &message.buffers).map(|buffer| buffer.len()).sum(),
        1 => answers.iter().filter_map(|message| message.content["text"].as_str()).map(str::len).sum(),
        _ => answers.iter().filter(|message| message.kind() == "comm_msg").count(),
    };
    (took, (came as f64 / [100e6, 20e6, 10e3][load]).min(1.0))
}

/// The memory that a container's processes hold after a rest, bytes (`proc(5)`, `status`, `VmRSS`).
pub async fn memory(container: &str) -> u64 {
    tokio::time::sleep(REST).await;
    let processes = docker(&["top", container, "-o", "pid"]);
    let held = processes.iter().skip(1).map(|id| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", id.trim())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
    });
    held.sum()
}
