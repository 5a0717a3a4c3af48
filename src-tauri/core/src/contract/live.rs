//! What a running launch does at this moment: its kernels' states and notebooks, and what its containers use. Pure.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

/// A launch at one moment. Not part of a snapshot: only whoever watches the launch is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct Live {
    /// Its kernels, as its server tells them.
    pub kernels: Vec<LiveKernel>,
    /// What its containers use: of those that have told it yet.
    pub uses: Vec<Use>,
}

/// A kernel, as the server tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LiveKernel {
    /// Jupyter's kernel id.
    pub id: String,
    /// The kernelspec's name.
    pub kernelspec: String,
    /// The notebook that it belongs to, relative to the folder; none for a console or what is not open any more.
    pub notebook: Option<String>,
    /// What it does.
    pub state: KernelState,
}

/// What a kernel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KernelState {
    /// It is not there yet, or again.
    Starting,
    /// It waits for work.
    Idle,
    /// It computes.
    Busy,
    /// It ended.
    Dead,
}

/// What one container uses.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Use {
    /// `gateway`, `server`, or a kernel's id.
    pub part: String,
    /// Percent of one core.
    pub cpu: f64,
    /// Bytes, without what the system would give back when it is wanted.
    #[ts(type = "number")]
    pub memory: u64,
    /// The most that it may use, bytes.
    #[ts(type = "number")]
    pub memory_limit: u64,
}

/// What is done to a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelAction {
    /// What it computes is broken off; its variables stay.
    Interrupt,
    /// It begins anew, without its variables.
    Restart,
    /// It ends.
    ShutDown,
}

/// Reads the server's lists of kernels and sessions (Jupyter Server's `api.yaml`).
pub fn kernels(kernels: &Value, sessions: &Value) -> Vec<LiveKernel> {
    let mut notebooks: HashMap<&str, &str> = HashMap::new();
    for session in sessions.as_array().into_iter().flatten() {
        if let (Some(id), "notebook", Some(path)) = (
            session["kernel"]["id"].as_str(),
            session["type"].as_str().unwrap_or_default(),
            session["path"].as_str().filter(|path| !path.is_empty()),
        ) {
            notebooks.insert(id, path);
        }
    }
    let one = |kernel: &Value| {
        let id = kernel["id"].as_str()?;
        let state = match kernel["execution_state"].as_str()? {
            "idle" => KernelState::Idle,
            "busy" => KernelState::Busy,
            "dead" | "terminating" => KernelState::Dead,
            _ => KernelState::Starting,
        };
        Some(LiveKernel {
            id: id.to_owned(),
            kernelspec: kernel["name"].as_str().unwrap_or_default().to_owned(),
            notebook: notebooks.get(id).map(|path| (*path).to_owned()),
            state,
        })
    };
    kernels.as_array().into_iter().flatten().filter_map(one).collect()
}

/// The counters that an engine tells of a container, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// How long it has computed, on all cores together, nanoseconds.
    pub cpu: u64,
    /// How long all cores of the machine have run, nanoseconds.
    pub machine: u64,
    /// How many cores there are.
    pub cores: u64,
    /// The memory that is counted as its own, bytes.
    pub memory: u64,
    /// How much of that is files that were read and not used since, bytes.
    pub inactive_file: u64,
    /// The most that it may use, bytes.
    pub memory_limit: u64,
}

/// What a container used between two moments, as `docker stats` counts it (docker/cli,
/// `cli/command/container/stats_helpers.go`); none where the moments are the same.
pub fn used(part: &str, before: &Counters, after: &Counters) -> Option<Use> {
    let machine = after.machine.checked_sub(before.machine).filter(|passed| *passed > 0)?;
    let cpu = after.cpu.saturating_sub(before.cpu);
    Some(Use {
        part: part.to_owned(),
        cpu: cpu as f64 / machine as f64 * after.cores.max(1) as f64 * 100.0,
        memory: after.memory.saturating_sub(after.inactive_file),
        memory_limit: after.memory_limit,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kernels_have_the_notebook_of_their_session_and_a_state() {
        let list = json!([
            { "id": "a", "execution_state": "busy" },
            { "id": "b", "execution_state": "idle" },
            { "id": "c", "execution_state": "restarting" },
            { "id": "d", "name": "r_docker", "execution_state": "dead" },
            { "id": "e", "execution_state": "a word of a later version" },
            { "name": "no id" },
        ]);
        let sessions = json!([
            { "type": "notebook", "path": "deep/one.ipynb", "kernel": { "id": "a" } },
            { "type": "console", "path": "console-1", "kernel": { "id": "b" } },
            { "type": "notebook", "path": "", "kernel": { "id": "c" } },
            { "type": "notebook", "path": "gone.ipynb", "kernel": null },
        ]);
        let kernel = |id: &str, notebook: Option<&str>, state| LiveKernel {
            id: id.into(),
            kernelspec: if id == "d" { "r_docker".into() } else { String::new() },
            notebook: notebook.map(Into::into),
            state,
        };
        use KernelState::{Busy, Dead, Idle, Starting};
        let wanted = [
            kernel("a", Some("deep/one.ipynb"), Busy),
            kernel("b", None, Idle),
            kernel("c", None, Starting),
            kernel("d", None, Dead),
            kernel("e", None, Starting),
        ];
        assert_eq!(kernels(&list, &sessions), wanted);
        for nonsense in [json!(null), json!({}), json!("x"), json!([1, null, []])] {
            assert_eq!(kernels(&nonsense, &nonsense), []);
        }
    }

    #[test]
    fn use_is_counted_between_two_moments() {
        let counters = |cpu, machine, memory, inactive_file| Counters {
            cpu,
            machine,
            cores: 4,
            memory,
            inactive_file,
            memory_limit: 900,
        };
        let before = counters(100, 1_000, 0, 0);
        let table = [
            // One of four cores all the time, then two, then none.
            (counters(350, 2_000, 500, 100), Some((100.0, 400))),
            (counters(600, 2_000, 500, 0), Some((200.0, 500))),
            (counters(100, 2_000, 0, 0), Some((0.0, 0))),
            // A container that was started again begins to count anew.
            (counters(5, 2_000, 10, 20), Some((0.0, 0))),
            (counters(350, 1_000, 0, 0), None),
            (counters(350, 900, 0, 0), None),
        ];
        for (after, wanted) in table {
            let found = used("server", &before, &after).map(|used| (used.cpu, used.memory));
            assert_eq!(found, wanted, "{after:?}");
        }
    }
}
