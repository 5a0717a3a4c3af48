//! The files of a folder that the build of its Dockerfile gets: plain files within bounds, and nothing from outside.

use std::fs;
use std::io::{Error, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use glob::{MatchOptions, Pattern};

use super::found::Build;
use crate::platform::beneath;

/// The most files, and their most bytes.
const MOST: usize = 50_000;
pub const MOST_BYTES: u64 = 512 << 20;
/// The most levels of folders.
const DEEPEST: usize = 40;
/// The path of the Dockerfile in the context: the Dockerfile may be outside of the context, or be ignored.
pub const DOCKERFILE: &str = ".orchest.Dockerfile";

/// A context.
pub struct Context {
    /// The archive.
    pub archive: Bytes,
    /// The number of files.
    pub files: usize,
    /// Their bytes.
    pub size: u64,
}

/// Why there is no context.
#[derive(Debug)]
pub enum NoContext {
    /// It has more files or bytes than are sent.
    TooLarge,
    /// A file cannot be read.
    Unread(PathBuf, Error),
}

/// Reads the context of a build. Links, pipes and devices are left out.
pub fn of(folder: &Path, build: &Build, dockerfile: &[u8]) -> Result<Context, NoContext> {
    let ignored = Ignored::of(folder, build);
    let root = PathBuf::from(&build.context);
    let mut archive = tar::Builder::new(Vec::new());
    let add = |archive: &mut tar::Builder<Vec<u8>>, path: &Path, contents: &[u8], mode: u32| {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(mode);
        header.set_mtime(1);
        archive.append_data(&mut header, path, contents).map_err(|error| NoContext::Unread(path.to_owned(), error))
    };
    add(&mut archive, Path::new(DOCKERFILE), dockerfile, 0o644)?;
    let (mut files, mut size) = (0, 0);
    for inside in paths(&folder.join(&root), &ignored)? {
        let unread = |error| NoContext::Unread(inside.clone(), error);
        let mut file = match beneath::open(folder, &root.join(&inside)) {
            Ok(file) => file,
            // It was removed, or a link took its place.
            Err(error) if error.kind() != std::io::ErrorKind::PermissionDenied => continue,
            Err(error) => return Err(unread(error)),
        };
        let mode = mode_of(&file).map_err(unread)?;
        let mut contents = Vec::new();
        file.by_ref().take(MOST_BYTES - size + 1).read_to_end(&mut contents).map_err(unread)?;
        files += 1;
        size += contents.len() as u64;
        if size > MOST_BYTES {
            return Err(NoContext::TooLarge);
        }
        add(&mut archive, &inside, &contents, mode)?;
    }
    let archive = archive.into_inner().map_err(|error| NoContext::Unread(root, error))?;
    Ok(Context { archive: archive.into(), files, size })
}

/// The paths of the plain files, in order: the same folder gives the same archive.
fn paths(root: &Path, ignored: &Ignored) -> Result<Vec<PathBuf>, NoContext> {
    let mut found = Vec::new();
    let mut waiting = vec![(PathBuf::new(), 0)];
    while let Some((dir, depth)) = waiting.pop() {
        let entries = fs::read_dir(root.join(&dir)).map_err(|error| NoContext::Unread(dir.clone(), error))?;
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let inside = dir.join(entry.file_name());
            // A folder that is ignored may have files that are not.
            let is_ignored = ignored.matches(&inside);
            if kind.is_dir() && depth < DEEPEST && (!is_ignored || ignored.has_exceptions) {
                waiting.push((inside, depth + 1));
            } else if kind.is_file() && !is_ignored {
                found.push(inside);
            }
            if found.len() > MOST || waiting.len() > MOST {
                return Err(NoContext::TooLarge);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(unix)]
fn mode_of(file: &fs::File) -> std::io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(if file.metadata()?.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 })
}

#[cfg(not(unix))]
fn mode_of(_file: &fs::File) -> std::io::Result<u32> {
    Ok(0o755)
}

/// A `.dockerignore`: <https://docs.docker.com/build/concepts/context/#dockerignore-files>.
#[derive(Default)]
struct Ignored {
    /// Patterns, and whether each is an exception. The last one that matches decides.
    patterns: Vec<(Pattern, bool)>,
    has_exceptions: bool,
}

impl Ignored {
    /// The one beside the Dockerfile goes before the one of the context.
    fn of(folder: &Path, build: &Build) -> Self {
        let own = PathBuf::from(format!("{}.dockerignore", build.dockerfile));
        let usual = Path::new(&build.context).join(".dockerignore");
        let read = |path: &Path| beneath::read(folder, path, 1 << 20).ok().flatten();
        let bytes = read(&own).or_else(|| read(&usual)).unwrap_or_default();
        Ignored::parsed(&String::from_utf8_lossy(&bytes))
    }

    fn parsed(text: &str) -> Self {
        let mut ignored = Ignored::default();
        for line in text.trim_start_matches('\u{feff}').lines().filter(|line| !line.starts_with('#')) {
            let (exception, line) = match line.trim().strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line.trim()),
            };
            let parts = line.split('/').filter(|part| !part.is_empty() && *part != ".");
            let line = parts.collect::<Vec<_>>().join("/");
            // A pattern that nobody understands, such as `[`, matches nothing.
            if let Ok(pattern) = Pattern::new(&line)
                && !line.is_empty()
            {
                ignored.has_exceptions |= exception;
                ignored.patterns.push((pattern, exception));
            }
        }
        ignored
    }

    /// A pattern that matches a folder matches everything below it.
    fn matches(&self, path: &Path) -> bool {
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::default() };
        let mut is_ignored = false;
        for (pattern, exception) in &self.patterns {
            let hits = || {
                path.ancestors().any(|part| !part.as_os_str().is_empty() && pattern.matches_path_with(part, options))
            };
            if *exception == is_ignored && hits() {
                is_ignored = !exception;
            }
        }
        is_ignored
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(folder: &Path, build: &Build) -> Vec<String> {
        let context = of(folder, build, b"FROM x").unwrap();
        let mut archive = tar::Archive::new(context.archive.as_ref());
        let entries = archive.entries().unwrap();
        let names = entries.map(|entry| entry.unwrap().path().unwrap().display().to_string());
        names.filter(|name| name != DOCKERFILE).collect()
    }

    fn write(folder: &Path, files: &[&str]) {
        for file in files {
            fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
            fs::write(folder.join(file), file).unwrap();
        }
    }

    #[test]
    fn patterns_match_as_dockers_do() {
        let ignored = Ignored::parsed(
            "# no\n*.md\n!README.md\n/data/\n**/*.pyc\ntemp?\ndocs/*/drafts\n[\nbuild\n!build/keep\n./own\n",
        );
        for (path, wanted) in [
            ("notes.md", true),
            ("README.md", false),
            ("deep/notes.md", false),
            ("data/a/b.csv", true),
            ("other/data", false),
            ("a.pyc", true),
            ("a/b/c.pyc", true),
            ("temp1", true),
            ("temporary", false),
            ("docs/a/drafts/x", true),
            ("docs/drafts", false),
            ("build/x", true),
            ("build/keep", false),
            ("own/file", true),
        ] {
            assert_eq!(ignored.matches(Path::new(path)), wanted, "{path}");
        }
    }

    #[test]
    fn a_context_has_the_plain_files_that_are_not_ignored() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("birds");
        write(&folder, &["Dockerfile", "a.py", "data/large.csv", "sub/b.py", "sub/Dockerfile"]);
        fs::write(folder.join(".dockerignore"), "data\n!data/small.csv\n").unwrap();
        write(&folder, &["data/small.csv"]);
        let build = Build { dockerfile: "Dockerfile".into(), ..Build::default() };
        assert_eq!(
            names(&folder, &build),
            [".dockerignore", "Dockerfile", "a.py", "data/small.csv", "sub/Dockerfile", "sub/b.py"]
        );
        let build = Build { dockerfile: "Dockerfile".into(), context: "sub".into(), ..Build::default() };
        assert_eq!(names(&folder, &build), ["Dockerfile", "b.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_outside_of_the_folder_is_in_a_context() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("birds");
        write(home.path(), &["secret/key", "birds/a.py"]);
        std::os::unix::fs::symlink("../secret", folder.join("folder")).unwrap();
        std::os::unix::fs::symlink("../secret/key", folder.join("file")).unwrap();
        assert_eq!(names(&folder, &Build { dockerfile: "Dockerfile".into(), ..Build::default() }), ["a.py"]);
        // A context that is itself a link has nothing.
        let build = Build { dockerfile: "Dockerfile".into(), context: "folder".into(), ..Build::default() };
        assert_eq!(names(&folder, &build), Vec::<String>::new());
    }
}
