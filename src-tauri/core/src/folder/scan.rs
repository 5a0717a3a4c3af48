//! Scans a pipeline's folder and reads its pipeline files, within bounds, and never through links that lead out of it.
//!
//! The walk is ours: `walkdir` has no bound on the entries of one folder, and these bounds are most of the walk.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::contract::snapshot::PipelineFile;
use crate::folder::links::{self, Lead};
use crate::folder::mark;
use crate::folder::pipeline_file::{self, PipelineGraph, StepFile};
use crate::platform::beneath;
use crate::words::error::{Error, Result};
use crate::words::names::readable_name;
use crate::words::{file, folder as words};

/// The deepest level of folders.
const DEPTH: usize = 6;
/// The most entries that are read: in one folder, and in all.
const ENTRIES: (usize, usize) = (2_000, 20_000);
/// The most notebooks, and the most scripts, in the result.
const KEPT: usize = 500;
/// The longest time of a scan.
const PATIENCE: Duration = Duration::from_millis(500);
/// Folders with the code of libraries.
const SKIPPED: [&str; 6] = ["node_modules", "__pycache__", "venv", "site-packages", "renv", "target"];

/// The result of a scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Notebooks, by path.
    pub notebooks: Vec<PipelineFile>,
    /// Scripts, by path.
    pub scripts: Vec<PipelineFile>,
    /// The folder has more entries than were read.
    pub truncated: bool,
    /// The newest change of a notebook or script, milliseconds since the epoch.
    pub last_change: Option<u64>,
    /// The pipeline files, those of the newer form first.
    pub pipeline_files: Vec<PipelineFile>,
    /// The folder does not exist.
    pub missing: bool,
    /// The reason why the folder cannot be read.
    pub unreadable: Option<String>,
    /// Distinguishes the folder from a new one at the same path.
    pub mark: Option<String>,
}

impl Contents {
    /// The paths of the notebooks.
    pub fn notebook_paths(&self) -> Vec<String> {
        self.notebooks.iter().map(|file| file.path.clone()).collect()
    }
}

/// Whether a scan enters a folder of this name.
pub(crate) fn is_entered(name: &str) -> bool {
    !name.starts_with('.') && !SKIPPED.contains(&name)
}

/// Scans a folder.
pub fn scan(folder: &Path) -> Contents {
    let mut contents = Contents { mark: mark::of(folder), ..Contents::default() };
    if let Err(error) = fs::read_dir(folder) {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => contents.missing = true,
            _ => contents.unreadable = Some(error.to_string()),
        }
        return contents;
    }
    let began = Instant::now();
    let mut left = ENTRIES.1;
    let mut waiting = vec![(folder.to_owned(), 0)];
    while let Some((dir, depth)) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for (looked_at, entry) in entries.flatten().enumerate() {
            if looked_at >= ENTRIES.0 || left == 0 || began.elapsed() > PATIENCE {
                contents.truncated = true;
                break;
            }
            left -= 1;
            let name = readable_name(&entry.file_name());
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if is_entered(&name) {
                    if depth < DEPTH { waiting.push((entry.path(), depth + 1)) } else { contents.truncated = true }
                }
            } else if !name.starts_with('.') {
                add(&mut contents, folder, &entry.path(), &name, kind.is_symlink(), depth);
            }
        }
    }
    contents.notebooks.sort_by(|a, b| a.path.cmp(&b.path));
    contents.scripts.sort_by(|a, b| a.path.cmp(&b.path));
    contents.pipeline_files.sort_by_key(|file| (file.path == "pipeline.json", file.path.clone()));
    contents.last_change = contents.notebooks.iter().chain(&contents.scripts).filter_map(|file| file.modified).max();
    contents
}

/// Milliseconds since the epoch. An archive without times sets the epoch itself, which is no time of a change.
fn since_1970(time: SystemTime) -> Option<u64> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok().filter(|time| *time != 0)
}

fn add(contents: &mut Contents, folder: &Path, path: &Path, name: &str, link: bool, depth: usize) {
    let extension = Path::new(name).extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
    let files = match extension.as_str() {
        _ if depth == 0 && (extension == "orchest" || name == "pipeline.json") => &mut contents.pipeline_files,
        "ipynb" => &mut contents.notebooks,
        "py" | "r" | "sh" | "jl" => &mut contents.scripts,
        _ => return,
    };
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let lead = if link { links::lead(folder, inside) } else { Lead::Inside };
    let problem = match lead {
        Lead::Inside if inside.to_str().is_none() => Some(words::NOTEBOOK_NOT_UTF8),
        Lead::Inside => None,
        Lead::Out => Some(words::NOTEBOOK_OUTSIDE),
        Lead::Nowhere => Some(words::NOTEBOOK_LOST),
    };
    // A notebook that cannot be opened is shown with the reason. Other files are not opened from the list.
    if problem.is_some() && extension != "ipynb" {
        return;
    }
    if files.len() == KEPT {
        contents.truncated = true;
        return;
    }
    // The app looks at no file outside of the folder.
    let found = if lead == Lead::Inside { fs::metadata(path) } else { fs::symlink_metadata(path) };
    let modified = found.and_then(|found| found.modified()).ok().and_then(since_1970);
    let names = inside.components().map(|part| readable_name(part.as_os_str()));
    let file =
        PipelineFile { path: names.collect::<Vec<_>>().join("/"), modified, problem: problem.map(str::to_owned) };
    // A name that has `\xe9` in it looks like one that is not UTF-8.
    match files.iter_mut().find(|known| known.path == file.path) {
        Some(known) if known.problem.is_some() => *known = file,
        Some(_) => {}
        None => files.push(file),
    }
}

/// The longest pipeline file that is read, bytes.
const LONGEST: u64 = 4 << 20;

/// Reads one of the pipeline files that a scan found.
pub fn graph(folder: &Path, file: &str, contents: &Contents) -> Result<PipelineGraph> {
    let path = folder.join(file);
    let io = |source| file::failed(file::READ, &path, source);
    let unusable = |reason: String| Error::PipelineFile { path: path.clone(), reason };
    // A link may lead to a file inside the folder. Its target is then opened without following links.
    let folder = folder.canonicalize().map_err(io)?;
    let target = path.canonicalize().map_err(io)?;
    let Ok(inside) = target.strip_prefix(&folder) else {
        return Err(unusable(words::PIPELINE_FILE_OUTSIDE.to_owned()));
    };
    let text = beneath::read(&folder, inside, LONGEST).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidInput => unusable(error.to_string()),
        _ => io(error),
    })?;
    let Some(text) = text else { return Err(unusable(words::too_long(LONGEST))) };
    let look = |step: &str| {
        let found = |files: &[PipelineFile]| files.iter().any(|known| known.path == step && known.problem.is_none());
        let here = || folder.join(step).canonicalize().is_ok_and(|file| file.is_file() && file.starts_with(&folder));
        match step {
            _ if found(&contents.notebooks) => StepFile::Notebook,
            _ if found(&contents.scripts) || here() => StepFile::Other,
            _ => StepFile::Missing,
        }
    };
    pipeline_file::parse(&text, look).map_err(unusable)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn notebooks_scripts_and_pipeline_files_are_found() {
        let files = [
            "b.ipynb",
            "deep/a.ipynb",
            "c.R",
            "d.txt",
            "pipeline.json",
            "z.orchest",
            "b.orchest",
            "deep/c.orchest",
            ".git/e.ipynb",
            "venv/f.py",
            ".g.py",
        ];
        let folder = folder(&files);
        let found = scan(folder.path());
        let paths = |files: &[PipelineFile]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&found.notebooks), ["b.ipynb", "deep/a.ipynb"]);
        assert_eq!(paths(&found.scripts), ["c.R"]);
        assert_eq!(paths(&found.pipeline_files), ["b.orchest", "z.orchest", "pipeline.json"]);
        assert!(found.last_change.is_some() && !found.truncated);
    }

    #[test]
    fn a_time_that_is_not_known_is_none() {
        let folder = folder(&["a.ipynb", "b.ipynb", "c.ipynb"]);
        let set = |name: &str, time| fs::File::open(folder.path().join(name)).unwrap().set_modified(time).unwrap();
        let seconds = Duration::from_secs;
        set("a.ipynb", UNIX_EPOCH);
        set("b.ipynb", UNIX_EPOCH - seconds(60));
        set("c.ipynb", UNIX_EPOCH + seconds(60));
        let found = scan(folder.path());
        assert_eq!(found.notebooks.iter().map(|file| file.modified).collect::<Vec<_>>(), [None, None, Some(60_000)]);
        assert_eq!(found.last_change, Some(60_000));
        set("c.ipynb", UNIX_EPOCH);
        assert_eq!(scan(folder.path()).last_change, None);
    }

    #[test]
    fn a_huge_folder_is_bounded() {
        let names: Vec<String> = (0..600).map(|n| format!("{n}.ipynb")).collect();
        let folder = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let found = scan(folder.path());
        assert_eq!((found.notebooks.len(), found.truncated), (500, true));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_or_round_are_not_followed_and_notebooks_show_the_reason() {
        let (inside, outside) = (folder(&["a.ipynb"]), folder(&["secret.ipynb"]));
        let root = inside.path().canonicalize().unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.ipynb"), root.join("out.ipynb")).unwrap();
        std::os::unix::fs::symlink(root.join("a.ipynb"), root.join("in.ipynb")).unwrap();
        std::os::unix::fs::symlink(&root, root.join("round")).unwrap();
        std::os::unix::fs::symlink("lost", root.join("nowhere.ipynb")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.ipynb"), root.join("out.py")).unwrap();
        let found = scan(&root);
        let told: Vec<_> = found.notebooks.iter().map(|file| (file.path.as_str(), file.problem.as_deref())).collect();
        let wanted = [
            ("a.ipynb", None),
            ("in.ipynb", None),
            ("nowhere.ipynb", Some(words::NOTEBOOK_LOST)),
            ("out.ipynb", Some(words::NOTEBOOK_OUTSIDE)),
        ];
        assert_eq!(told, wanted);
        assert!(found.scripts.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_are_shown_apart_and_say_that_they_cannot_be_opened() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = folder(&["a.ipynb"]);
        for name in [&b"caf\xe9.ipynb"[..], b"caf\xe8.ipynb", b"d\xff/b.ipynb", b"caf\\xe9.ipynb", b"run\xe9.py"] {
            let path = folder.path().join(OsStr::from_bytes(name));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let notebooks = scan(folder.path()).notebooks;
        let mut paths: Vec<_> = notebooks.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a.ipynb", "caf\\xe8.ipynb", "caf\\xe9.ipynb", "d\\xff/b.ipynb"]);
        paths.dedup();
        assert_eq!(paths.len(), 4, "a list has each once");
        let open: Vec<_> = notebooks.iter().filter(|file| file.problem.is_none()).map(|file| &file.path).collect();
        assert!(open.contains(&&"a.ipynb".to_owned()) && !open.contains(&&"caf\\xe8.ipynb".to_owned()), "{open:?}");
    }

    #[cfg(unix)]
    #[test]
    fn the_files_of_a_pipeline_file_are_looked_up() {
        let (inside, outside) = (folder(&["a.ipynb", "b.sql"]), folder(&["secret.sql"]));
        let root = inside.path().canonicalize().unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.sql"), root.join("out.sql")).unwrap();
        let names = ["a.ipynb", "b.sql", "c.py", "out.sql"];
        let steps: serde_json::Map<String, serde_json::Value> =
            names.iter().map(|name| ((*name).to_owned(), serde_json::json!({ "file_path": name }))).collect();
        fs::write(root.join("p.orchest"), serde_json::json!({ "steps": steps }).to_string()).unwrap();
        let found = graph(&root, "p.orchest", &scan(&root)).unwrap();
        use StepFile::{Missing, Notebook, Other};
        assert_eq!(found.steps.iter().map(|step| step.state).collect::<Vec<_>>(), [Notebook, Other, Missing, Missing]);
        fs::write(root.join("p.orchest"), "{").unwrap();
        let error = graph(&root, "p.orchest", &scan(&root)).unwrap_err().to_string();
        assert!(error.contains("p.orchest") && error.contains("line 1"), "{error}");
    }

    #[test]
    fn a_folder_that_is_gone_is_missing() {
        assert!(scan(Path::new("/nowhere/at/all")).missing);
    }
}
