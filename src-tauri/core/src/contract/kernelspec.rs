//! A kernelspec while somebody edits it: the values of its fields as they are typed, and what is wrong with them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an editor works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KernelspecSource {
    /// A new kernelspec for an image.
    New,
    /// A new kernelspec that begins as a copy of this one, with its files.
    Copy {
        /// The name of the kernelspec that is copied.
        name: String,
    },
    /// This kernelspec. Another name in the draft renames it.
    Existing {
        /// Its name.
        name: String,
    },
}

/// The fields of a kernelspec, as they are typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KernelspecDraft {
    /// Its name in Jupyter, which is its folder's name.
    pub name: String,
    /// Its name for people; its name in Jupyter if it is empty.
    pub display_name: String,
    /// The language.
    pub language: String,
    /// The image of its kernels.
    pub image: String,
    /// The variables of its kernels.
    pub env: Vec<DraftVariable>,
    /// The memory of a kernel, MB; empty for no limit of its own.
    pub memory_mb: String,
    /// The cores of a kernel; empty for no limit of its own.
    pub cpus: String,
    /// The shared memory of a kernel, MB; empty for no limit of its own.
    pub shm_mb: String,
    /// The GPUs of a kernel: `all`, a number, or empty for none.
    pub gpus: String,
    /// The command that starts a kernel, word by word.
    pub argv: Vec<String>,
}

/// A variable of a kernelspec.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DraftVariable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A field of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KernelspecField {
    /// The file as a whole, or a value that no field shows.
    File,
    /// `name`.
    Name,
    /// `display_name`.
    DisplayName,
    /// `language`.
    Language,
    /// `image`.
    Image,
    /// `env`.
    Env,
    /// `memory_mb`.
    MemoryMb,
    /// `cpus`.
    Cpus,
    /// `shm_mb`.
    ShmMb,
    /// `gpus`.
    Gpus,
    /// `argv`.
    Argv,
}

/// Something wrong with a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelspecFault {
    /// The field that it is shown at.
    pub field: KernelspecField,
    /// The variable's place in `env`, from 0, if it is one of a variable.
    pub row: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// The remedy.
    pub hint: String,
}

/// A draft with what is wrong with it, and the `kernel.json` that it makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelspecChecked {
    /// All that is wrong, in the order of the fields.
    pub faults: Vec<KernelspecFault>,
    /// The text of `kernel.json`.
    pub text: String,
}

/// A kernelspec that is opened in an editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelspecOpened {
    /// Its fields.
    pub draft: KernelspecDraft,
    /// What is wrong with it at first, and its text.
    pub checked: KernelspecChecked,
    /// The hash of the file that was read. Saving is refused if the file has another one by then.
    pub seen: Option<String>,
    /// Its file is no JSON object, so fields cannot change it.
    pub unreadable: bool,
}

/// A kernel that was started to test its kernelspec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KernelspecTested {
    /// How long the gateway and the server took, milliseconds.
    #[ts(type = "number")]
    pub launch_ms: u64,
    /// How long the kernel took until it answered, milliseconds.
    #[ts(type = "number")]
    pub kernel_ms: u64,
    /// How long its answer to the code took, milliseconds.
    #[ts(type = "number")]
    pub answer_ms: u64,
    /// The code that it ran.
    pub code: String,
    /// Its answer.
    pub answer: String,
    /// The last lines of its log, oldest first.
    pub log: Vec<String>,
}
