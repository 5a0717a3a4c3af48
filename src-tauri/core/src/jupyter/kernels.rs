//! A server's kernels, from its lists of kernels and sessions. Pure.

use std::collections::HashMap;

use serde_json::Value;

use crate::contract::live::{KernelState, LiveKernel};

/// Reads the server's lists of kernels and sessions (Jupyter Server's `api.yaml`).
pub fn kernels_of(list: &Value, sessions: &Value) -> Vec<LiveKernel> {
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
    list.as_array().into_iter().flatten().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kernel_has_a_state_and_the_notebook_of_its_session() {
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
        assert_eq!(kernels_of(&list, &sessions), wanted);
        for nonsense in [json!(null), json!({}), json!("x"), json!([1, null, []])] {
            assert_eq!(kernels_of(&nonsense, &nonsense), []);
        }
    }
}
