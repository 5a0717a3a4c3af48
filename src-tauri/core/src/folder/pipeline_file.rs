//! A pipeline file: its steps and their order. Pure: the file is data, and no path in it is opened.
//!
//! The form is that of Orchest's `*.orchest`, and of the `pipeline.json` before it: `steps` by uuid, each with `title`,
//! `file_path` (relative to the pipeline file), `kernel`, `environment`, `incoming_connections` and
//! `meta_data.position`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use crate::words::{folder as words, plain_text};

/// The most steps that are shown.
const STEPS: usize = 1_000;

/// The content of a pipeline file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct PipelineGraph {
    /// The pipeline's own name.
    pub name: Option<String>,
    /// Its steps, by uuid.
    pub steps: Vec<GraphStep>,
    /// Its problems, apart from those of single steps.
    pub problems: Vec<String>,
}

/// A step of a pipeline: one file that is run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct GraphStep {
    /// Its name in connections.
    pub uuid: String,
    /// Its name for people, or empty.
    pub title: String,
    /// The file that it runs, as in the pipeline file, or empty.
    pub file: String,
    /// Whether that file can be opened.
    pub state: StepFile,
    /// Its kernel, as named in the file.
    pub kernel: Option<String>,
    /// Its environment.
    pub environment: Option<String>,
    /// The steps whose output it takes.
    pub after: Vec<String>,
    /// Its position in the drawing: right and down, in pixels.
    pub position: Option<(f64, f64)>,
    /// It is part of a cycle: it waits for itself.
    pub in_cycle: bool,
}

/// The state of a step's file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StepFile {
    /// A notebook in the folder's list.
    Notebook,
    /// Another file in the folder.
    Other,
    /// The folder has no such file.
    Missing,
    /// It is outside of the folder, where nothing is read.
    Outside,
    /// The step names no file.
    #[default]
    None,
}

/// The reason why a text is no pipeline file.
pub type Reason = String;

/// Reads a pipeline file's text. `look` finds a path (relative, with `/`) in the folder.
pub fn parse(text: &[u8], look: impl Fn(&str) -> StepFile) -> Result<PipelineGraph, Reason> {
    let file: Value = serde_json::from_slice(text).map_err(|error| words::not_json(&error))?;
    let Some(steps) = file.get("steps") else { return Err(words::NO_STEPS.to_owned()) };
    let named: Vec<(String, &Value)> = match steps {
        Value::Object(steps) => steps.iter().map(|(uuid, step)| (uuid.clone(), step)).collect(),
        // Some tools write a list, each with its own uuid.
        Value::Array(steps) => {
            let own = |step: &Value| text_of(step, "uuid").unwrap_or_default();
            steps.iter().map(|step| (own(step), step)).collect()
        }
        _ => return Err(words::STEPS_OF_NO_FORM.to_owned()),
    };
    let mut graph = PipelineGraph { name: shown(text_of(&file, "name")), ..PipelineGraph::default() };
    let (mut read, mut unread) = (BTreeMap::new(), 0);
    for (uuid, step) in named.iter().take(STEPS) {
        if step.is_object() && !uuid.is_empty() {
            read.entry(uuid.clone()).or_insert_with(|| one(uuid, step, &look));
        } else {
            unread += 1;
        }
    }
    if unread > 0 {
        graph.problems.push(words::unread_steps(unread));
    }
    if named.len() > STEPS {
        graph.problems.push(words::many_steps(named.len(), STEPS));
    }
    let known: BTreeSet<String> = read.keys().cloned().collect();
    let mut loose = 0;
    for step in read.values_mut() {
        let before = step.after.len();
        step.after.retain(|uuid| known.contains(uuid));
        loose += before - step.after.len();
    }
    if loose > 0 {
        graph.problems.push(words::loose_connections(loose));
    }
    for uuid in cycles(&read) {
        if let Some(step) = read.get_mut(&uuid) {
            step.in_cycle = true;
        }
    }
    graph.steps = read.into_values().collect();
    Ok(graph)
}

fn text_of(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A text that only people read.
fn shown(text: Option<String>) -> Option<String> {
    text.map(|text| plain_text::name(&text).into_owned())
}

fn one(uuid: &str, step: &Value, look: &impl Fn(&str) -> StepFile) -> GraphStep {
    let file = text_of(step, "file_path").unwrap_or_default();
    let state = match inside(&file) {
        _ if file.is_empty() => StepFile::None,
        None => StepFile::Outside,
        Some(path) => look(&path),
    };
    let kernel = step.get("kernel");
    let mut after: Vec<String> = step
        .get("incoming_connections")
        .and_then(Value::as_array)
        .map(|uuids| uuids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    after.sort();
    after.dedup();
    GraphStep {
        uuid: uuid.to_owned(),
        title: shown(text_of(step, "title")).unwrap_or_default(),
        // A file that can be opened has the same path as in the folder's list.
        file: if state == StepFile::Outside { file } else { inside(&file).unwrap_or_default() },
        state,
        kernel: shown(kernel.and_then(|kernel| text_of(kernel, "display_name").or_else(|| text_of(kernel, "name")))),
        environment: shown(text_of(step, "environment")),
        after,
        position: position(step),
        in_cycle: false,
    }
}

/// A relative path without `.` and `..`, with `/`. `None` if it leads out of the folder.
fn inside(path: &str) -> Option<String> {
    if path.starts_with(['/', '\\', '~']) || path.contains(['\0', '\\']) || path.as_bytes().get(1) == Some(&b':') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn position(step: &Value) -> Option<(f64, f64)> {
    let place = step.get("meta_data")?.get("position")?.as_array()?;
    let at = |n: usize| place.get(n).and_then(Value::as_f64).filter(|at| at.abs() < 1e6);
    Some((at(0)?, at(1)?))
}

/// The steps that wait for themselves.
fn cycles(steps: &BTreeMap<String, GraphStep>) -> Vec<String> {
    // A step without predecessors or without successors is in no cycle. Such steps are removed until none is left.
    let mut left: BTreeSet<&String> = steps.keys().collect();
    loop {
        let has_after = |uuid: &String| steps.get(uuid).is_some_and(|step| step.after.iter().any(|u| left.contains(u)));
        let before: BTreeSet<&String> = left.iter().flat_map(|uuid| &steps[*uuid].after).collect();
        let kept: BTreeSet<&String> =
            left.iter().copied().filter(|uuid| has_after(uuid) && before.contains(uuid)).collect();
        if kept.len() == left.len() {
            break;
        }
        left = kept;
    }
    // A step between two circles is still there, but cannot reach itself.
    let reaches_itself = |start: &String| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![start]);
        while let Some(uuid) = waiting.pop() {
            for next in steps[uuid].after.iter().filter(|next| left.contains(next)) {
                if next == start {
                    return true;
                }
                if seen.insert(next) {
                    waiting.push(next);
                }
            }
        }
        false
    };
    left.iter().filter(|uuid| reaches_itself(uuid)).map(|uuid| (*uuid).clone()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn graph(file: &Value) -> PipelineGraph {
        let look = |path: &str| match path {
            "load.ipynb" => StepFile::Notebook,
            "src/train.py" => StepFile::Other,
            _ => StepFile::Missing,
        };
        parse(file.to_string().as_bytes(), look).unwrap()
    }

    #[test]
    fn a_pipeline_is_read() {
        let found = graph(&json!({
            "name": "churn", "uuid": "p", "version": "1.2.1", "settings": {},
            "steps": {
                "a": { "uuid": "a", "title": "Load", "file_path": "./load.ipynb", "kernel": { "name": "python", "display_name": "Python" },
                       "environment": "env-1", "incoming_connections": [], "meta_data": { "hidden": false, "position": [20, 40.5] } },
                "b": { "title": "Train", "file_path": "src//train.py", "incoming_connections": ["a", "a"] }
            }
        }));
        assert_eq!((found.name.as_deref(), found.problems.len()), (Some("churn"), 0));
        let [a, b] = found.steps.as_slice() else { panic!("{found:?}") };
        assert_eq!((a.file.as_str(), a.state, a.position), ("load.ipynb", StepFile::Notebook, Some((20.0, 40.5))));
        assert_eq!((a.kernel.as_deref(), a.environment.as_deref()), (Some("Python"), Some("env-1")));
        assert_eq!(
            (b.file.as_str(), b.state, b.after.as_slice()),
            ("src/train.py", StepFile::Other, ["a".to_owned()].as_slice())
        );
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let table = [
            ("/etc/passwd", None),
            ("../other/a.ipynb", None),
            ("a/../../b.ipynb", None),
            ("~/a.ipynb", None),
            ("C:/a.ipynb", None),
            ("..\\a.ipynb", None),
            ("a/../b.ipynb", Some("b.ipynb")),
            ("./a//b.ipynb", Some("a/b.ipynb")),
            ("...", Some("...")),
        ];
        for (path, wanted) in table {
            assert_eq!(inside(path).as_deref(), wanted, "{path}");
            let step = &graph(&json!({ "steps": { "a": { "file_path": path } } })).steps[0];
            assert_eq!(step.state == StepFile::Outside, wanted.is_none(), "{path}");
        }
    }

    #[test]
    fn problems_are_reported_and_the_rest_is_shown() {
        let found = graph(
            &json!({ "steps": { "a": 7, "b": { "incoming_connections": ["gone", 3] }, "c": { "file_path": "x.ipynb" } } }),
        );
        assert_eq!(found.steps.iter().map(|step| step.state).collect::<Vec<_>>(), [StepFile::None, StepFile::Missing]);
        assert_eq!(
            found.problems,
            ["1 of its steps cannot be read", "1 of its connections come from steps that do not exist"]
        );
        let why = |text: &str| parse(text.as_bytes(), |_| StepFile::Missing).unwrap_err();
        assert!(why("{\n \"steps\": }").contains("line 2"), "{}", why("{\n \"steps\": }"));
        assert_eq!(why("{}"), "it has no `steps`");
        assert!(why("{\"steps\": 3}").contains("neither"));
        assert!(parse(b"{\"steps\": [{\"uuid\": \"a\"}]}", |_| StepFile::Missing).is_ok());
    }

    #[test]
    fn cycles_are_marked_and_nothing_else_is() {
        let steps = |edges: &[(&str, &[&str])]| {
            let steps: serde_json::Map<String, Value> = edges
                .iter()
                .map(|(uuid, after)| ((*uuid).to_owned(), json!({ "incoming_connections": after })))
                .collect();
            let found = graph(&json!({ "steps": steps }));
            found.steps.into_iter().filter(|step| step.in_cycle).map(|step| step.uuid).collect::<Vec<_>>()
        };
        assert_eq!(steps(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"])]), Vec::<String>::new());
        assert_eq!(steps(&[("a", &["a"])]), ["a"]);
        // A way in, a cycle, a way between, another cycle, a way out.
        let chain: &[(&str, &[&str])] = &[
            ("a", &[]),
            ("b", &["a", "c"]),
            ("c", &["b"]),
            ("d", &["c"]),
            ("e", &["d", "f"]),
            ("f", &["e"]),
            ("g", &["f"]),
        ];
        assert_eq!(steps(chain), ["b", "c", "e", "f"]);
    }
}
