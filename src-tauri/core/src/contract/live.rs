//! A running launch at this moment: the states and notebooks of its kernels, and what its containers use. Pure.

use serde::Serialize;
use ts_rs::TS;

/// A launch at one moment. It is not part of a snapshot: only those who watch the launch get it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct Live {
    /// Its kernels, as its server reports them.
    pub kernels: Vec<LiveKernel>,
    /// The usage of those containers that have reported it.
    pub uses: Vec<Use>,
}

/// A kernel, as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LiveKernel {
    /// Jupyter's kernel id.
    pub id: String,
    /// The kernelspec's name.
    pub kernelspec: String,
    /// Its notebook, relative to the folder; none for a console or a closed notebook.
    pub notebook: Option<String>,
    /// Its state.
    pub state: KernelState,
}

/// The state of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KernelState {
    /// It starts or restarts.
    Starting,
    /// It waits for work.
    Idle,
    /// It runs code.
    Busy,
    /// It ended.
    Dead,
}

/// The usage of one container.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Use {
    /// `gateway`, `server`, or a kernel's id.
    pub part: String,
    /// CPU, percent of one core.
    pub cpu: f64,
    /// Memory, bytes, without what the system can free when it needs to.
    #[ts(type = "number")]
    pub memory: u64,
    /// Its memory limit, bytes.
    #[ts(type = "number")]
    pub memory_limit: u64,
}

/// An action on a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelAction {
    /// Interrupts the code that it runs; its variables stay.
    Interrupt,
    /// Restarts it, without its variables.
    Restart,
    /// Ends it.
    ShutDown,
}
