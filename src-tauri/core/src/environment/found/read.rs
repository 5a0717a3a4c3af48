//! Looks for each file that counts, in each place, and reads it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::contract::environment::Language;
use crate::environment::found::files::{Files, Unread};
use crate::environment::found::requirements::Look;
use crate::environment::found::source::{Build, FileProblem, Found, PostBuild, Read, Source, SourceKind, WantedPython};
use crate::environment::found::tree::{self, Tree};
use crate::environment::found::{conda, debian, image, notebook, pyproject, r, requirements, setup, text};
use crate::environment::{choice, post_build};
use crate::kernelspec::nearest::Asked;
use crate::words::found as words;

/// The folders in which files count, the nearest first.
const PLACES: [&str; 4] = ["", "binder/", ".binder/", ".devcontainer/"];
/// The lock files of a `pyproject.toml`, the preferred one first.
const LOCKS: [&str; 4] = ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"];
/// Finds the files of a folder that say what its kernels need, and reads them. `notebooks` are the paths of its
/// notebooks, relative and with `/`.
///
/// A file that is there and cannot be read is a source with a problem. A notebook that cannot be read, since it is larger
/// than 4 MB or 200 files were read before it, is left out: few have a block.
#[must_use]
pub fn read(folder: &Path, notebooks: &[String]) -> Read {
    let mut files = Files::of(folder);
    let mut found = Found { python: python(&mut files), ..Found::default() };
    let mut problems = debian_packages(&mut found, &mut files);
    problems.extend(post_build(&mut found, &mut files));
    for place in PLACES {
        pyprojects(&mut found, &mut files, place);
    }
    for place in PLACES {
        found.sources.extend(by_name(&mut files, place));
        found.sources.extend(setups(&mut files, place));
    }
    drop_built_twice(&mut found.sources);
    let (sources, kernelspecs) = in_notebooks(&mut files, notebooks);
    found.sources.extend(sources);
    found.kernelspecs = kernelspecs;
    let of_notebooks = language_of(&found.kernelspecs);
    for source in &mut found.sources {
        if choice::is_of_conda(source.kind) {
            source.language = conda::language(&source.asks, of_notebooks);
        } else if choice::is_image(source.kind) {
            source.language = image::language(&source.asks, of_notebooks);
        }
    }
    // Sources of one kind stay in the order of their places.
    found.sources.sort_by_key(|source| source.kind as usize);
    if let Some(first) = found.sources.first_mut() {
        for problem in problems {
            first.problem(&problem.file, problem.line, problem.message);
        }
    }
    found.sources.iter_mut().for_each(Source::finish);
    let wanted = named(&found);
    let contents = files.into_contents(|path| wanted.contains(path));
    Read { found, contents }
}

/// The language of all notebooks, if they have one, and it is one of ours.
fn language_of(kernelspecs: &[(Asked, Vec<String>)]) -> Option<Language> {
    let mut languages = kernelspecs.iter().map(|(asked, _)| asked.language.to_lowercase());
    let first = languages.find(|language| !language.is_empty())?;
    let is_one = languages.all(|other| other.is_empty() || other == first);
    is_one.then(|| Language::of_kernelspec(&first)).flatten()
}

/// The files that the result is from.
fn named(found: &Found) -> BTreeSet<&str> {
    let mut named: BTreeSet<&str> = found.python.iter().map(|python| python.file.as_str()).collect();
    for source in &found.sources {
        named.extend(source.files.iter().chain(&source.locked_by).map(String::as_str));
        named.extend(source.python.iter().map(|python| python.file.as_str()));
    }
    named
}

/// A source from a file, if the file is there. One that cannot be read is a source with a problem.
fn source(
    files: &mut Files,
    kind: SourceKind,
    file: &str,
    read: impl FnOnce(&mut Source, &str, &mut Files) -> bool,
) -> Option<Source> {
    let mut source = Source::new(kind, file);
    match files.text(&mut source, file) {
        Ok(text) => read(&mut source, &text, files).then_some(source),
        Err(Unread::Missing) => None,
        Err(Unread::Refused(message)) => {
            source.problem(file, None, message);
            Some(source)
        }
    }
}

/// A reader of one file, with the file's path and its text.
type Reader = fn(&mut Source, &str, &str, Look);

/// The files with a name of their own.
const BY_NAME: [(SourceKind, &str, Reader); 11] = [
    (SourceKind::Dockerfile, "Dockerfile", |source, file, text, look| {
        // A Dockerfile in binder/ is built with the folder itself, too.
        image::dockerfile(source, file, text);
        image::built(source, Build { dockerfile: file.to_owned(), ..Build::default() }, text, look);
    }),
    (SourceKind::DevContainer, "devcontainer.json", image::dev_container),
    (SourceKind::DevContainer, ".devcontainer.json", image::dev_container),
    (SourceKind::CondaEnvironment, "environment.yml", conda::environment),
    (SourceKind::CondaEnvironment, "environment.yaml", conda::environment),
    (SourceKind::CondaLock, "conda-lock.yml", |source, file, text, _| conda::lock(source, file, text)),
    // `pip` runs in the folder itself, also for a list in binder/.
    (SourceKind::Requirements, "requirements.txt", |source, file, text, look| {
        requirements::read(source, file, text, "", look);
    }),
    (SourceKind::Pipfile, "Pipfile", setup::pipfile),
    (SourceKind::Renv, "renv.lock", |source, file, text, _| r::renv(source, file, text)),
    (SourceKind::RDescription, "DESCRIPTION", |source, file, text, _| r::description(source, file, text)),
    (SourceKind::RInstall, "install.R", |source, file, text, _| r::install(source, file, text)),
];

fn by_name(files: &mut Files, place: &str) -> Vec<Source> {
    let mut found = Vec::new();
    for (kind, name, reader) in BY_NAME {
        let file = format!("{place}{name}");
        found.extend(source(files, kind, &file, |source, text, files| {
            if kind == SourceKind::RDescription && !r::description_counts(text) {
                return false;
            }
            reader(source, &file, text, &mut |source, path| files.look(source, path));
            if kind == SourceKind::Pipfile {
                lock(source, files, &["Pipfile.lock"]);
            }
            if matches!(kind, SourceKind::CondaEnvironment | SourceKind::CondaLock) {
                condarc(source, files);
            }
            true
        }));
    }
    let mut others = Vec::new();
    found.extend(source(files, SourceKind::Pixi, &format!("{place}pixi.toml"), |source, text, files| {
        let (tree, faults) = tree::toml(text);
        pixi(source, &tree, faults, files);
        others = other_environments(&source.file, &tree, files);
        true
    }));
    found.extend(others);
    found
}

/// The environments of a file of pixi beside the default one. A person can pick each of them.
fn other_environments(file: &str, tree: &Tree, files: &mut Files) -> Vec<Source> {
    let mut found = Vec::new();
    for name in conda::other_environments(tree) {
        let mut source = Source::of_environment(file, name);
        source.add_file(file);
        pixi(&mut source, tree, Vec::new(), files);
        found.push(source);
    }
    found
}

fn pixi(source: &mut Source, tree: &Tree, faults: Vec<tree::Fault>, files: &mut Files) {
    let file = source.path().to_owned();
    for (line, message) in faults {
        source.problem(&file, line, message);
    }
    conda::pixi(source, &file, tree, &mut |source, path| files.look(source, path));
    lock(source, files, &["pixi.lock"]);
    condarc(source, files);
}

/// The `.condarc` of the folder, and that beside the source's file, say which channels there are. Most have none.
fn condarc(source: &mut Source, files: &mut Files) {
    let beside = text::join(text::parent(source.path()), ".condarc");
    for path in BTreeSet::from([Some(".condarc".to_owned()), beside]).into_iter().flatten() {
        if let Ok(text) = files.text(source, &path) {
            conda::condarc(source, &text);
        }
    }
    conda::usual_channel(source);
}

/// A `pyproject.toml` can be an environment of pixi as well. The Python of the nearest is that of the folder, if no other
/// file says it.
fn pyprojects(found: &mut Found, files: &mut Files, place: &str) {
    let file = format!("{place}pyproject.toml");
    let mut of_pixi = Vec::new();
    let python = &mut found.python;
    let project = source(files, SourceKind::Pyproject, &file, |source, text, files| {
        let (tree, faults) = tree::toml(text);
        if let (None, Some(wanted)) = (&python, pyproject::requires_python(&tree)) {
            *python = Some(WantedPython { wanted: wanted.trim().to_owned(), file: file.clone() });
        }
        if let Some(table) = tree.at(&["tool", "pixi"]).filter(|_| conda::has_pixi(&tree)) {
            let mut source = Source::new(SourceKind::Pixi, &file);
            source.add_file(&file);
            pixi(&mut source, table, Vec::new(), files);
            of_pixi.push(source);
            of_pixi.extend(other_environments(&file, table, files));
        }
        if !pyproject::counts(&tree, &faults) {
            return false;
        }
        pyproject::read(source, &tree, faults, &mut |source, path| files.look(source, path));
        if source.of_folder {
            // Setuptools reads these, too. Most have none.
            for name in ["setup.py", "setup.cfg"] {
                let _ = files.text(source, &format!("{place}{name}"));
            }
        }
        lock(source, files, &LOCKS);
        true
    });
    found.sources.extend(of_pixi);
    found.sources.extend(project);
}

/// A `setup.py` and a `setup.cfg` are one source.
fn setups(files: &mut Files, place: &str) -> Option<Source> {
    let (py, cfg) = (format!("{place}setup.py"), format!("{place}setup.cfg"));
    let of_py = source(files, SourceKind::Setup, &py, |source, text, _| {
        setup::py(source, &py, text);
        true
    });
    let of_cfg = source(files, SourceKind::Setup, &cfg, |source, text, files| {
        let counts = of_py.is_some() || setup::cfg_counts(text);
        if counts {
            setup::cfg(source, &cfg, text, &mut |source, path| files.look(source, path));
        }
        counts
    });
    let mut whole = match (of_py, of_cfg) {
        (Some(mut py), Some(cfg)) => {
            cfg.files.iter().for_each(|file| py.add_file(file));
            cfg.asks.into_iter().for_each(|ask| py.ask(ask.text, ask.name, ask.line));
            cfg.problems.into_iter().for_each(|problem| py.problem(&problem.file, problem.line, problem.message));
            py.python = py.python.or(cfg.python);
            py
        }
        (one, other) => one.or(other)?,
    };
    whole.of_folder = true;
    // It names the programs that build the package. Most have none.
    let _ = files.text(&mut whole, &format!("{place}pyproject.toml"));
    Some(whole)
}

/// Finds the lock file beside the source's file.
fn lock(source: &mut Source, files: &mut Files, names: &[&str]) {
    let folder = text::parent(&source.file).to_owned();
    for name in names {
        let Some(path) = text::join(&folder, name) else { continue };
        match files.bytes(&path) {
            Ok(bytes) => {
                let wanted = python_of_lock(name, bytes);
                source.add_hosts(&String::from_utf8_lossy(bytes));
                source.want_python(&wanted.unwrap_or_default(), &path);
                source.locked_by = Some(path);
                return;
            }
            Err(Unread::Missing) => {}
            Err(Unread::Refused(message)) => source.problem(&path, None, message),
        }
    }
}

/// The versions of Python that a lock file of uv or a `pylock.toml` is for. They are before its packages.
fn python_of_lock(name: &str, bytes: &[u8]) -> Option<String> {
    if !matches!(name, "uv.lock" | "pylock.toml") {
        return None;
    }
    let (text, _) = text::decode(bytes);
    let head = text.split("[[").next()?;
    tree::toml(head).0.text_at(&["requires-python"]).map(str::to_owned)
}

/// The Dockerfile of a dev container is a part of that, and no source of its own.
fn drop_built_twice(sources: &mut Vec<Source>) {
    let is_dev = |source: &&Source| source.kind == SourceKind::DevContainer;
    let built: Vec<String> = sources.iter().filter(is_dev).flat_map(|source| source.files.clone()).collect();
    sources.retain(|source| {
        source.kind != SourceKind::Dockerfile
            || !source.file.starts_with(".devcontainer/")
            || !built.contains(&source.file)
    });
}

/// The blocks of notebooks, and the kernelspecs that they name.
fn in_notebooks(files: &mut Files, notebooks: &[String]) -> (Vec<Source>, Vec<(Asked, Vec<String>)>) {
    let mut found = Vec::new();
    let mut named: Vec<(Asked, Vec<String>)> = Vec::new();
    for file in notebooks {
        let Ok(bytes) = files.bytes(file) else { continue };
        if let Some(asked) = notebook::kernelspec(bytes) {
            match named.iter_mut().find(|(known, _)| known.name == asked.name) {
                Some((_, notebooks)) => notebooks.push(file.clone()),
                None => named.push((asked, vec![file.clone()])),
            }
        }
        let cell = notebook::may_have_block(bytes).then(|| notebook::first_code(bytes)).flatten();
        let mut source = Source::new(SourceKind::Notebook, file);
        source.add_file(file);
        let mut look = |source: &mut Source, path: &str| files.look(source, path);
        if cell.is_some_and(|cell| notebook::block(&mut source, &cell, &mut look)) {
            found.push(source);
        } else {
            files.forget(file);
        }
    }
    (found, named)
}

/// What `read` makes of the nearest file with a name.
fn first_of<T>(files: &mut Files, name: &str, read: impl Fn(&str, &str) -> Option<T>) -> Option<T> {
    PLACES.iter().find_map(|place| {
        let file = format!("{place}{name}");
        let bytes = files.bytes(&file).ok()?;
        read(&file, &text::decode(bytes).0)
    })
}

/// The nearest `postBuild`. One that a person cannot be expected to read is none.
fn post_build(found: &mut Found, files: &mut Files) -> Option<FileProblem> {
    for place in PLACES {
        let file = format!("{place}postBuild");
        let message = match files.bytes(&file) {
            Err(Unread::Missing) => continue,
            Err(Unread::Refused(message)) => message,
            Ok(text) if text.len() > post_build::LARGEST => words::long_script(post_build::LARGEST),
            Ok(text) => {
                found.post_build = Some(PostBuild { digest: post_build::digest(text), text: text.to_owned(), file });
                return None;
            }
        };
        return Some(FileProblem { file, line: None, message });
    }
    None
}

fn python(files: &mut Files) -> Option<WantedPython> {
    let runtime = first_of(files, "runtime.txt", debian::runtime);
    runtime.or_else(|| first_of(files, ".python-version", debian::python_version))
}

fn debian_packages(found: &mut Found, files: &mut Files) -> Vec<FileProblem> {
    let read = first_of(files, "apt.txt", |file, text| Some(debian::apt(file, text)));
    let (apt, problems) = read.map_or((None, Vec::new()), |(apt, problems)| (Some(apt), problems));
    found.apt = apt.filter(|apt| !apt.packages.is_empty());
    problems
}
