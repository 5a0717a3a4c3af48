//! Kernelspecs: folders with a `kernel.json` under the kernels directory, as jupyter_client defines them, with
//! Enterprise Gateway's `metadata.process_proxy`. One that cannot be used is told with its reason, never left out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path};

use crate::contract::snapshot::{KernelspecProblem, KernelspecView};
use crate::kernelspec::copy::{self, Files};
use crate::kernelspec::json_place;
use crate::platform::others;
use crate::platform::others::Problem;
use crate::words::names::{display_path, readable_name};
use crate::words::plain_text;

pub use crate::kernelspec::parse::parse;

/// The largest `kernel.json` that is read, bytes.
const LARGEST: u64 = 1 << 20;
/// The file that makes a folder a kernelspec.
pub const KERNEL_JSON: &str = "kernel.json";

/// A kernelspec that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernelspec {
    /// Jupyter's name for it: that of its folder, in lower case.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// The language.
    pub language: String,
    /// The image that its kernels run from.
    pub image: String,
    /// Its command has no `{public_key}`, which today's kernel launchers need: the gateway adds it.
    pub lacks_public_key: bool,
}

impl From<&Kernelspec> for KernelspecView {
    fn from(spec: &Kernelspec) -> KernelspecView {
        let remark = "Its command has no {public_key}, as older ones have; it is added when a kernel starts.";
        KernelspecView {
            name: spec.name.clone(),
            display_name: plain_text::name(&spec.display_name).into_owned(),
            language: spec.language.clone(),
            image: spec.image.clone(),
            remark: spec.lacks_public_key.then(|| remark.to_owned()),
        }
    }
}

pub(crate) fn problem(message: &str, hint: &str) -> Problem {
    (message.to_owned(), hint.to_owned())
}

/// What the kernels directory holds.
#[derive(Clone, Debug, Default)]
pub struct Kernels {
    /// Those that can be used, by display name.
    pub usable: Vec<Kernelspec>,
    /// What is wrong with the others.
    pub problems: Vec<KernelspecProblem>,
    /// What gateways are given: all files but each `kernel.json` of one that cannot be used.
    pub files: Files,
}

/// The kernelspecs under `dir`, by display name, and what is wrong with the others. A directory that is not there
/// is told as a problem of its own.
pub fn read(dir: &Path) -> (Vec<Kernelspec>, Vec<KernelspecProblem>) {
    let found = read_whole(dir);
    (found.usable, found.problems)
}

/// The same, with the files that gateways are given.
pub fn read_whole(dir: &Path) -> Kernels {
    let mut found = Kernels::default();
    let read = fs::read_dir(dir).map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            problem("the kernels directory is not there", "bring it back, or choose another one in Settings")
        } else {
            problem(&format!("the kernels directory cannot be read: {error}"), "check who may read it")
        }
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
            // A script that several share.
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
    found
}

/// Folders whose names are one to Jupyter, with what is wrong with each. The one in lower case is used.
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
            let message = format!("Jupyter tells no capital letters from small ones, and `{other}` is there, too");
            twins.insert((**folder).clone(), problem(&message, "rename one of the two folders"));
        }
    }
    twins
}

/// A kernelspec, and the text that gateways are given of it.
fn read_one(dir: &Path, folder: &Path, name: &str) -> Result<(Kernelspec, String), Problem> {
    let text = text_of(&folder.join(KERNEL_JSON))?;
    let hidden = |script: &Path| matches!(script.components().next(), Some(Component::Normal(first)) if first.as_encoded_bytes().starts_with(b"."));
    let kernelspec = parse(name, &text, |script| !hidden(script) && fs::File::open(dir.join(script)).is_ok())?;
    let text = with_display_name(&text, &kernelspec.display_name).unwrap_or(text);
    Ok((kernelspec, text))
}

/// Jupyter would show one without a name as nothing.
fn with_display_name(text: &str, name: &str) -> Option<String> {
    let mut spec: serde_json::Value = serde_json::from_str(text).ok()?;
    if spec["display_name"] == name {
        return None;
    }
    spec["display_name"] = name.into();
    serde_json::to_string_pretty(&spec).ok()
}

fn text_of(file: &Path) -> Result<String, Problem> {
    let cannot = |error: io::Error| match error.kind() {
        ErrorKind::NotFound if file.is_symlink() => {
            problem("`kernel.json` is a link that leads nowhere", "correct the link")
        }
        ErrorKind::NotFound
            if file.parent().is_some_and(Path::is_symlink) && !file.parent().is_some_and(Path::exists) =>
        {
            problem("it is a link that leads nowhere", "correct the link, or remove it")
        }
        ErrorKind::NotFound => problem("there is no `kernel.json` in it", "put one there, or remove the folder"),
        _ => problem(&format!("`kernel.json` cannot be read: {error}"), "check who may read it, and the folder"),
    };
    let found = fs::metadata(file).map_err(cannot)?;
    if found.is_dir() {
        return Err(problem("`kernel.json` is a folder, and must be a file", "put the file in its place"));
    }
    if !found.is_file() {
        // A pipe that is read would be waited for without end.
        return Err(problem("`kernel.json` is no plain file", "put a plain file in its place"));
    }
    if found.len() > LARGEST {
        return Err(problem("`kernel.json` is larger than 1 MiB", "a kernelspec is a few lines; correct the file"));
    }
    let bytes = fs::read(file).map_err(cannot)?;
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return problem(
                "`kernel.json` begins with the byte-order mark of UTF-16 (line 1, column 1), and must be UTF-8",
                "save the file with the encoding UTF-8",
            );
        }
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default()).into_owned();
        let (line, column) = json_place::line_and_column(&before, before.len());
        problem(
            &format!("`kernel.json` is not UTF-8 at line {line}, column {column}"),
            "save the file with the encoding UTF-8",
        )
    })
}
