//! A PEP 723 block in the first code cell of a notebook. Pure.
//!
//! Its form: <https://packaging.python.org/en/latest/specifications/inline-script-metadata/>.

use serde::Deserialize;
use serde_json::Value;

use crate::environment::found::pyproject;
use crate::environment::found::requirements::Look;
use crate::environment::found::source::Source;
use crate::environment::found::tree;
use crate::kernelspec::nearest::Asked;
use crate::words::found as words;

const BEGIN: &str = "# /// script";
const END: &str = "# ///";

/// Whether bytes of a notebook may have a block. It is asked first, since most have none and may be large.
pub(super) fn may_have_block(notebook: &[u8]) -> bool {
    notebook.windows(BEGIN.len()).any(|window| window == BEGIN.as_bytes())
}

/// The kernelspec that a notebook names.
pub(super) fn kernelspec(notebook: &[u8]) -> Option<Asked> {
    #[derive(Deserialize)]
    struct Notebook {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        kernelspec: Spec,
        #[serde(default)]
        language_info: Option<Language>,
    }
    #[derive(Deserialize)]
    struct Spec {
        name: String,
        #[serde(default)]
        display_name: Option<String>,
        #[serde(default)]
        language: Option<String>,
    }
    #[derive(Deserialize)]
    struct Language {
        #[serde(default)]
        name: Option<String>,
    }
    let Metadata { kernelspec, language_info } = serde_json::from_slice::<Notebook>(notebook).ok()?.metadata;
    let language = kernelspec.language.or_else(|| language_info?.name).unwrap_or_default();
    let display_name = kernelspec.display_name.unwrap_or_default();
    let fits = |text: &str| text.len() <= 200;
    let asked = Asked { name: kernelspec.name, display_name, language };
    (!asked.name.is_empty() && fits(&asked.name) && fits(&asked.display_name) && fits(&asked.language)).then_some(asked)
}

/// The text of the first code cell.
pub(super) fn first_code(notebook: &[u8]) -> Option<String> {
    code_cells(notebook).into_iter().next()
}

/// The texts of the code cells.
pub(super) fn code_cells(notebook: &[u8]) -> Vec<String> {
    let Ok(notebook) = serde_json::from_slice::<Value>(notebook) else { return Vec::new() };
    let cells = notebook.get("cells").and_then(Value::as_array);
    let code = cells.into_iter().flatten().filter(|cell| cell.get("cell_type").and_then(Value::as_str) == Some("code"));
    let text = |cell: &Value| match cell.get("source") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    };
    code.map(text).collect()
}

/// Reads the block of a cell into a source. `false` if there is none.
pub(super) fn block(source: &mut Source, cell: &str, look: Look) -> bool {
    let file = source.file.clone();
    let mut lines = cell.lines().enumerate();
    let Some((begin, _)) = lines.find(|(_, line)| line.trim_end() == BEGIN) else { return false };
    // Empty lines, so that lines in the block are those in the cell.
    let mut text = "\n".repeat(begin + 1);
    for (_, line) in lines {
        let line = line.trim_end();
        if line == END {
            let (tree, faults) = tree::toml(&text);
            pyproject::script(source, &tree, faults, look);
            return true;
        }
        let Some(content) = line.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with(' ')) else {
            break;
        };
        text.push_str(content.strip_prefix(' ').unwrap_or_default());
        text.push('\n');
    }
    source.problem(&file, Some(begin + 1), words::NO_END);
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::found::source::SourceKind;

    fn read(cell: &str) -> Option<Source> {
        let mut source = Source::new(SourceKind::Notebook, "a.ipynb");
        block(&mut source, cell, &mut |_, path| Err(words::missing(path))).then_some(source)
    }

    #[test]
    fn a_block_asks_for_packages_and_a_python() {
        let cell = "%pip list\n# /// script\n# requires-python = \">=3.11\"\n# dependencies = [\n#   \"numpy\",\n#   \"a b\",\n# ]\n#\n# [tool.uv.sources]\n# numpy = { git = \"https://example.org/n\" }\n# ///\nimport numpy";
        let source = read(cell).unwrap();
        assert_eq!(source.asks[0].text, "numpy @ git+https://example.org/n");
        assert_eq!((source.asks[0].line, source.problems[0].line), (Some(5), Some(6)));
        assert_eq!(source.python.unwrap().wanted, ">=3.11");
        assert!(read("import numpy").is_none());
        assert_eq!(read("# /// script\n# dependencies = []\nx").unwrap().problems[0].line, Some(1));
        assert_eq!(read("# /// script\n# a = = 1\n# ///").unwrap().problems[0].line, Some(2));
    }

    #[test]
    fn a_notebook_names_a_kernelspec_with_its_language() {
        let of = |metadata: &str| {
            kernelspec(format!(r#"{{"cells": [{{"outputs": [1]}}], "metadata": {metadata}}}"#).as_bytes())
        };
        let named =
            of(r#"{"kernelspec": {"name": "ir", "display_name": "R"}, "language_info": {"name": "R"}}"#).unwrap();
        assert_eq!((named.name.as_str(), named.display_name.as_str(), named.language.as_str()), ("ir", "R", "R"));
        assert_eq!(of(r#"{"kernelspec": {"name": "x", "language": "julia"}}"#).unwrap().language, "julia");
        for none in ["{}", "7", r#"{"kernelspec": {"display_name": "R"}}"#, r#"{"kernelspec": {"name": ""}}"#] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(kernelspec(b"{"), None);
    }

    #[test]
    fn only_the_first_code_cell_is_looked_at() {
        let notebook = br#"{"cells": [{"cell_type": "markdown", "source": "a"},
            {"cell_type": "code", "source": ["x\n", "y"]}, {"cell_type": "code", "source": "z"}]}"#;
        assert_eq!(first_code(notebook).as_deref(), Some("x\ny"));
        assert_eq!(first_code(b"{\"cells\": 1}"), None);
        assert!(may_have_block(b"\"# /// script\\n\"") && !may_have_block(b"# // script"));
    }
}
