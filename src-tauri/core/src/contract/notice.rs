//! Messages about things that happened while nobody waited for an answer.

use serde::Serialize;
use ts_rs::TS;

use super::failure::Failure;

/// A message with its hint: good news, something to know, or a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Notice {
    /// Its tone.
    pub tone: Tone,
    /// What happened, with what: one sentence.
    pub message: String,
    /// What to do next, or what follows.
    pub hint: String,
}

/// The tone of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Something that had failed works again.
    Good,
    /// Something to know; nothing has failed.
    Remark,
    /// Something failed.
    Failure,
}

impl From<Failure> for Notice {
    fn from(Failure { message, hint, .. }: Failure) -> Notice {
        Notice { tone: Tone::Failure, message, hint }
    }
}
