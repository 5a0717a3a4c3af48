//! The limits of containers: which an engine keeps, and which were asked for.

/// The limits that an engine keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeps {
    /// Memory.
    pub memory: bool,
    /// CPUs.
    pub cpus: bool,
    /// Processes.
    pub processes: bool,
    /// Each container has a control group of its own. Without one, an engine's figures are those of the machine, or zero.
    pub figures: bool,
    /// Why it does not keep all of them.
    pub lacks: Option<Lack>,
}

impl Keeps {
    /// An engine that keeps them all.
    pub const ALL: Keeps = Keeps { memory: true, cpus: true, processes: true, figures: true, lacks: None };

    /// An engine that keeps none.
    pub fn none(lacks: Lack) -> Keeps {
        Keeps { memory: false, cpus: false, processes: false, figures: false, lacks: Some(lacks) }
    }

    /// The engine tells how much memory a container uses.
    pub fn tells_memory(self) -> bool {
        self.figures && self.memory
    }
}

/// What an engine lacks to keep limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A person's own engine needs version 2 of control groups, and this machine has version 1.
    Version2,
    /// A person's own engine needs the person's systemd, and runs without it.
    Session,
    /// The machine's systemd does not leave all controllers to the person.
    Delegation,
    /// The machine's kernel does not have all controllers, or they are switched off.
    Kernel,
}

/// Limits that a kernelspec asks for, and that not every engine keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskedLimits {
    /// Memory.
    pub memory: bool,
    /// CPUs.
    pub cpus: bool,
}
