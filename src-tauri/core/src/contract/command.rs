//! All that a page can ask of the program and that has no channel, no dialog and no clipboard in it.

use serde::Deserialize;
use ts_rs::TS;

use super::choices::{Change, OnClose};

/// A command of the page. It names folders, launches and kernels by the ids of the snapshot, and files by the paths of
/// the snapshot; a path or an address of the page's own never comes with it.
#[derive(Clone, Debug, PartialEq, Deserialize, TS)]
#[serde(tag = "command", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields have the names that they have in the snapshot")]
pub enum Command {
    /// Takes a folder off the list.
    RemovePipeline { id: String },
    /// Removes what is kept of a folder from one launch to the next. Refused while it runs.
    ForgetPipeline { id: String },
    /// Keeps a folder on top of the list, or lets it go.
    PinPipeline { id: String, pinned: bool },
    /// The kernelspec of the folder's next launch.
    PickKernelspec { id: String, name: String },
    /// Launches a folder.
    Launch { id: String },
    /// Gives up a launch that is on its way.
    Cancel { id: String },
    /// Stops a launch.
    Stop { id: String },
    /// Stops a launch, and launches it again.
    RestartLaunch { id: String },
    /// Keeps a launch that is about to be stopped because nobody uses it.
    KeepRunning { id: String },
    /// Opens JupyterLab in the browser.
    OpenPipeline { id: String },
    /// Opens a notebook in the browser; launches its folder first if nothing runs yet.
    OpenNotebook { id: String, path: String },
    /// Reads a pipeline file. The only command with an answer.
    PipelineGraph { id: String, file: String },
    /// Interrupts a kernel; its variables stay.
    InterruptKernel { id: String, kernel: String },
    /// Restarts a kernel.
    RestartKernel { id: String, kernel: String },
    /// Ends a kernel.
    ShutDownKernel { id: String, kernel: String },
    /// Shows a folder in the file manager.
    RevealPipeline { id: String },
    /// Shows the log that the failure of a launch names.
    RevealLog { id: String },
    /// Shows the kernels directory.
    RevealKernels,
    /// Shows the settings file.
    RevealSettings,
    /// Shows the folder of logs.
    RevealLogs,
    /// Takes the last failure of a launch away.
    DismissFailure { id: String },
    /// Takes a notice away.
    DismissNotice {
        #[ts(type = "number")]
        notice: u64,
    },
    /// Looks for the engine now.
    LookAgain,
    /// Starts the engine that the snapshot names.
    StartEngine,
    /// Has every image on the engine.
    PrepareImages,
    /// Gives up preparing images.
    CancelPreparing,
    /// What becomes of launches when the window is closed; without an answer the window stays.
    AnswerClose { answer: Option<OnClose>, remember: bool },
    /// Ends the program.
    Quit,
    /// Changes one setting. Core refuses what makes no sense.
    Choose { change: Change },
    /// Forgets the file with certificate authorities.
    ClearCaFile,
    /// Goes back to the usual kernels directory.
    ClearKernelsDir,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Command, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_command_is_read_by_its_name() {
        let pin = Command::PinPipeline { id: "a".into(), pinned: true };
        assert_eq!(read(r#"{"command": "pin_pipeline", "id": "a", "pinned": true}"#).unwrap(), pin);
        assert_eq!(read(r#"{"command": "quit"}"#).unwrap(), Command::Quit);
    }

    #[test]
    fn a_command_that_is_unknown_or_lacks_something_is_refused() {
        for text in [r#"{"command": "run_shell"}"#, r#"{"command": "launch"}"#, r#"{"id": "a"}"#, r#""launch""#] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_command_cannot_set_a_path() {
        for name in ["ca_file", "kernels_dir"] {
            let text = format!(r#"{{"command": "choose", "change": {{"name": "{name}", "value": "/etc"}}}}"#);
            assert!(read(&text).is_err(), "{text}");
        }
    }
}
