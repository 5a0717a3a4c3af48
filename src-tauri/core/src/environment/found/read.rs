//! Reads the files of a folder that name packages.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Ask, Found, Read, Source, SourceKind};

/// Reads a folder's `requirements.txt`.
pub fn read(folder: &Path, _notebooks: &[String]) -> Read {
    let file = "requirements.txt".to_owned();
    let Ok(text) = fs::read(folder.join(&file)) else { return Read::default() };
    let lines = String::from_utf8_lossy(&text);
    let asks = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let asks = asks.map(|(number, line)| Ask { text: line.to_owned(), name: None, line: Some(number + 1) });
    let source = Source {
        kind: SourceKind::Requirements,
        files: vec![file.clone()],
        asks: asks.collect(),
        locked_by: None,
        python: None,
        of_folder: false,
        problems: Vec::new(),
        file: file.clone(),
    };
    Read { found: Found { sources: vec![source], ..Found::default() }, contents: BTreeMap::from([(file, text)]) }
}
