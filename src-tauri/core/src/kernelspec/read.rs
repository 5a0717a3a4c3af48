//! Kernelspecs: folders with a `kernel.json` under the kernels directory, as jupyter_client defines them, with
//! Enterprise Gateway's `metadata.process_proxy`. One that cannot be used is reported with its reason, never left out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path};

use crate::contract::environment::Language;
use crate::contract::limits::AskedLimits;
use crate::contract::snapshot::{KernelspecProblem, KernelspecView};
use crate::kernelspec::copy::{self, Files};
use crate::kernelspec::json_place;
use crate::platform::others;
use crate::platform::others::Problem;
use crate::words::kernelspec as words;
use crate::words::names::{display_path, readable_name};
use crate::words::plain_text;

pub use crate::kernelspec::parse::{Found, parse};

/// The largest `kernel.json` that is read, bytes.
const LARGEST: u64 = 1 << 20;
/// The file that makes a folder a kernelspec.
pub const KERNEL_JSON: &str = "kernel.json";
/// The file beside the kernelspecs of gateways with the problems of those that are not offered, by Jupyter's names. It is
/// no folder, so Jupyter does not read it.
const PROBLEMS: &str = ".problems.json";

/// A kernelspec that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernelspec {
    /// Its name in Jupyter: the name of its folder in lower case.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// The language.
    pub language: String,
    /// The image of its kernels.
    pub image: String,
    /// Its command lacks `{public_key}`, which current kernel launchers need: the gateway adds it.
    pub lacks_public_key: bool,
    /// Its kernels ask for GPUs.
    pub gpus: bool,
    /// The limits that it asks for.
    pub limits: AskedLimits,
}

impl Kernelspec {
    /// Its language, if the app can bring what kernels of that language need into any image.
    pub fn known_language(&self) -> Option<Language> {
        Language::of_kernelspec(&self.language)
    }
}

impl From<&Kernelspec> for KernelspecView {
    fn from(spec: &Kernelspec) -> KernelspecView {
        KernelspecView {
            name: spec.name.clone(),
            display_name: plain_text::name(&spec.display_name).into_owned(),
            language: spec.language.clone(),
            image: spec.image.clone(),
            lacks_gpus: false,
            unkept: None,
            remark: spec.lacks_public_key.then(|| words::LACKS_PUBLIC_KEY.to_owned()),
        }
    }
}

/// The content of the kernels directory.
#[derive(Clone, Debug, Default)]
pub struct Kernels {
    /// The usable kernelspecs, by display name.
    pub usable: Vec<Kernelspec>,
    /// The problems of the others.
    pub problems: Vec<KernelspecProblem>,
    /// The files for gateways: all except each `kernel.json` that cannot be used.
    pub files: Files,
}

/// The usable kernelspecs under `dir`, by display name, and the problems of the others. A missing directory is a problem,
/// too.
pub fn read(dir: &Path) -> (Vec<Kernelspec>, Vec<KernelspecProblem>) {
    let found = read_whole(dir);
    (found.usable, found.problems)
}

/// The same, with the files for gateways.
pub fn read_whole(dir: &Path) -> Kernels {
    let mut found = Kernels::default();
    let read = fs::read_dir(dir).map_err(|error| {
        if error.kind() == ErrorKind::NotFound { words::no_directory() } else { words::unreadable_directory(&error) }
    });
    let entries = match read.and_then(|entries| others::nobody_else_changes(dir).map(|()| entries)) {
        Ok(entries) => entries,
        Err((message, hint)) => {
            found.problems.push(KernelspecProblem {
                name: readable_name(dir.file_name().unwrap_or_default()),
                path: display_path(dir),
                message,
                hint,
            });
            return found;
        }
    };
    let mut folders = Vec::new();
    for entry in entries.flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if path.is_file() {
            // A script that several kernelspecs share.
            match others::nobody_else_changes(&path) {
                Ok(()) => found.files.add_file(Path::new(&name), &path),
                Err((message, hint)) => {
                    let (name, path) = (readable_name(&name), display_path(&path));
                    found.problems.push(KernelspecProblem { name, path, message, hint });
                }
            }
        } else if path.is_dir() || path.is_symlink() {
            folders.push(name);
        }
    }
    folders.sort();
    let twins = twins(dir, &folders);
    for folder in folders {
        let name = readable_name(&folder);
        let path = dir.join(&folder);
        let files = copy::below(dir, &folder);
        let read = twins.get(&folder).map_or(Ok(()), |twin| Err(twin.clone()));
        let read = read.and_then(|()| read_one(dir, &path, &name)).and_then(|read| match &files {
            Ok(_) => Ok(read),
            Err(problem) => Err(problem.clone()),
        });
        found.files.extend(files.unwrap_or_default(), &folder);
        match read {
            Ok((kernelspec, text)) => {
                found.files.add(Path::new(&folder).join(KERNEL_JSON), text.into_bytes());
                found.usable.push(kernelspec);
            }
            Err((message, hint)) => {
                let path = display_path(&path.join(KERNEL_JSON));
                found.problems.push(KernelspecProblem { name, path, message, hint });
            }
        }
    }
    found.usable.sort_by_cached_key(|spec| (spec.display_name.to_lowercase(), spec.name.clone()));
    found.problems.sort_by(|a, b| a.name.cmp(&b.name));
    if !found.problems.is_empty() {
        found.files.add(PROBLEMS.into(), for_gateways(&found.problems));
    }
    found
}

/// The problems by Jupyter's name of each kernelspec: a gateway is asked for one that a notebook names.
fn for_gateways(problems: &[KernelspecProblem]) -> Vec<u8> {
    let one = |problem: &KernelspecProblem| {
        let text = serde_json::json!({ "message": problem.message, "hint": problem.hint });
        (problem.name.to_ascii_lowercase(), text)
    };
    serde_json::Value::Object(problems.iter().map(one).collect()).to_string().into_bytes()
}

/// Folders whose names are the same for Jupyter, with the problem of each. The one in lower case is used.
fn twins(dir: &Path, folders: &[OsString]) -> BTreeMap<OsString, Problem> {
    let mut by_name: BTreeMap<OsString, Vec<&OsString>> = BTreeMap::new();
    for folder in folders.iter().filter(|folder| dir.join(folder).join(KERNEL_JSON).exists()) {
        by_name.entry(folder.to_ascii_lowercase()).or_default().push(folder);
    }
    let mut twins = BTreeMap::new();
    for (name, folders) in by_name.iter().filter(|(_, folders)| folders.len() > 1) {
        for folder in folders.iter().filter(|folder| **folder != name) {
            let other = folders.iter().find(|other| *other != folder).map(|other| readable_name(other));
            let other = if folders.contains(&name) { readable_name(name) } else { other.unwrap_or_default() };
            twins.insert((**folder).clone(), words::twin(&other));
        }
    }
    twins
}

/// A kernelspec, and its text for gateways.
fn read_one(dir: &Path, folder: &Path, name: &str) -> Result<(Kernelspec, String), Problem> {
    let text = text_of(&folder.join(KERNEL_JSON))?;
    let hidden = |script: &Path| matches!(script.components().next(), Some(Component::Normal(first)) if first.as_encoded_bytes().starts_with(b"."));
    let kernelspec = parse(name, &text, |script| !hidden(script) && fs::File::open(dir.join(script)).is_ok())?;
    let text = with_display_name(&text, &kernelspec.display_name).unwrap_or(text);
    Ok((kernelspec, text))
}

/// Without a display name, Jupyter would show an empty name.
fn with_display_name(text: &str, name: &str) -> Option<String> {
    let mut spec: serde_json::Value = serde_json::from_str(text).ok()?;
    if spec["display_name"] == name {
        return None;
    }
    spec["display_name"] = name.into();
    serde_json::to_string_pretty(&spec).ok()
}

pub(super) fn text_of(file: &Path) -> Result<String, Problem> {
    let cannot = |error: io::Error| match error.kind() {
        ErrorKind::NotFound if file.is_symlink() => words::broken_link(),
        ErrorKind::NotFound
            if file.parent().is_some_and(Path::is_symlink) && !file.parent().is_some_and(Path::exists) =>
        {
            words::folder_is_broken_link()
        }
        ErrorKind::NotFound => words::no_file(),
        _ => words::unreadable(&error),
    };
    let found = fs::metadata(file).map_err(cannot)?;
    if found.is_dir() {
        return Err(words::is_folder());
    }
    if !found.is_file() {
        // Reading a pipe could block for ever.
        return Err(words::not_regular());
    }
    if found.len() > LARGEST {
        return Err(words::too_long());
    }
    let bytes = fs::read(file).map_err(cannot)?;
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return words::utf16();
        }
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default()).into_owned();
        let (line, column) = json_place::line_and_column(&before, before.len());
        words::not_utf8(line, column)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn gateways_have_the_problem_of_a_kernelspec_that_is_not_offered_and_no_file_without_one() {
        let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let copied = || {
            copy::bring_up_to_date(&copy.path().join("copy"), &read_whole(dir.path()).files).unwrap();
            fs::read(copy.path().join("copy").join(PROBLEMS)).ok()
        };
        fs::create_dir(dir.path().join("Broken")).unwrap();
        fs::write(dir.path().join("Broken").join(KERNEL_JSON), "[]").unwrap();
        let problems: serde_json::Value = serde_json::from_slice(&copied().unwrap()).unwrap();
        assert_eq!(problems["broken"]["message"], "`kernel.json` is a list, and must be an object");
        assert!(problems["broken"]["hint"].as_str().unwrap().contains("python_docker"), "{problems}");
        fs::remove_dir_all(dir.path().join("Broken")).unwrap();
        assert_eq!(copied(), None);
    }
}
