//! What a running launch does at this moment: its kernels' states and notebooks, and what its containers use. Pure.

use serde::Serialize;
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
