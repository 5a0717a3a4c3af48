//! `look.py` on this machine, without an engine: what it tells of a folder makes a shadow that reads as the folder does.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::folder::{mark, scan};

// Only these tests name what is above.
#[cfg(test)]
use crate::environment::{found, seen};

/// The program with a request. `None` on a machine without Python.
fn started(request: &Request) -> Option<Child> {
    let request = serde_json::to_string(request).unwrap();
    let mut python = Command::new("python3");
    python.args(["-I", "-c", lines::PROGRAM, &request]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()
}

fn told(request: &Request) -> Option<Vec<Line>> {
    let ended = started(request)?.wait_with_output().unwrap();
    assert!(ended.status.success());
    let told = String::from_utf8(ended.stdout).unwrap();
    Some(told.lines().map(|line| lines::parse(line).unwrap()).collect())
}

/// A folder and its shadow.
struct Pair {
    home: tempfile::TempDir,
    folder: PathBuf,
    shadow: PathBuf,
    receiver: Receiver,
}

impl Pair {
    fn new() -> Pair {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap();
        let (folder, shadow) = (root.join("folder"), root.join("shadow"));
        fs::create_dir(&folder).unwrap();
        let receiver = Receiver::new(&folder, &shadow).unwrap();
        Pair { home, folder, shadow, receiver }
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn request(&mut self, life: u64) -> Request<'static> {
        let (mut copied, (_, known)) = self.receiver.request(0);
        let file = self.home.path().join("known.json");
        fs::write(&file, known).unwrap();
        (copied.at, copied.known) = (self.receiver.path.clone(), file.to_str().unwrap().to_owned());
        Request { action: "look", folders: vec![copied], life, ..Request::default() }
    }

    /// Copies once. The bool: whether the shadow changed.
    fn copy(&mut self) -> Option<Result<(Found, bool)>> {
        let request = self.request(0);
        let mut answer = None;
        for line in told(&request)? {
            answer = match line {
                Line::Fault { kind, why, .. } => Some(Err(self.receiver.lost(kind, &why))),
                line => self.receiver.take(line).unwrap().map(Ok).or(answer),
            };
        }
        Some(answer.unwrap())
    }

    /// What a scan shows of the folder and of its shadow, without their marks.
    fn scans(&self) -> [scan::Contents; 2] {
        [&self.folder, &self.shadow].map(|folder| scan::Contents { mark: None, ..scan::scan(folder) })
    }

    /// What is known of the environments of both.
    fn seen(&self) -> [seen::Seen; 2] {
        let nowhere = self.home.path().join("nowhere");
        [&self.folder, &self.shadow].map(|folder| {
            let notebooks = scan::scan(folder).notebook_paths();
            seen::look(folder, &notebooks, &nowhere, &nowhere)
        })
    }
}

fn notebook(cells: &[&str]) -> String {
    let cells = cells.iter().map(|source| {
        let output = json!({ "output_type": "stream", "text": "x".repeat(10_000) });
        json!({ "cell_type": "code", "source": source.split_inclusive('\n').collect::<Vec<_>>(), "outputs": [output] })
    });
    let words = json!({ "cell_type": "markdown", "source": "words", "attachments": { "a.png": "y".repeat(10_000) } });
    json!({
        "metadata": {
            "kernelspec": { "name": "r_docker", "display_name": "R", "language": "R" },
            "widgets": "z".repeat(10_000),
        },
        "nbformat": 4,
        "nbformat_minor": 5,
        "cells": cells.chain([words]).collect::<Vec<_>>(),
    })
    .to_string()
}

#[test]
fn a_shadow_reads_as_its_folder() {
    let mut pair = Pair::new();
    let block = "# /// script\n# dependencies = [\"polars\"]\n# ///\nimport polars\n";
    pair.write("a.ipynb", notebook(&["import numpy, sklearn\n", "import near\n"]));
    pair.write("deep/er/b.ipynb", notebook(&[block]));
    pair.write("broken.ipynb", "{");
    pair.write("nan.ipynb", "{\"metadata\": NaN}");
    pair.write("near.py", "import yaml\n");
    pair.write("run.sh", "echo");
    pair.write("one/two/three/four/five/six/seven/c.ipynb", "{}");
    pair.write("venv/lib/x.py", "");
    pair.write(".git/config", "");
    pair.write("data/large.csv", "1,2");
    pair.write("data/other.csv", "1,2");
    pair.write("b.sql", "select 1");
    let steps = json!({ "steps": { "1": { "file_path": "a.ipynb" }, "2": { "file_path": "b.sql" },
        "3": { "file_path": "none.py" }, "4": { "file_path": "data/large.csv" } } });
    pair.write("p.orchest", steps.to_string());
    pair.write(
        "requirements.txt",
        "-r lists/more.in\n-c limits.data\npandas\n./wheels/mine-1.0-py3-none-any.whl\n-e ./lib\n",
    );
    pair.write("lists/more.in", "-r third.list\nscipy\n");
    pair.write("lists/third.list", "flask\n");
    pair.write("limits.data", "pandas<3\n");
    pair.write("wheels/mine-1.0-py3-none-any.whl", "wheel");
    pair.write("lib/setup.cfg", "[options]\ninstall_requires = requests\n");
    pair.write("pyproject.toml", "[project]\nname = \"x\"\nversion = \"1\"\ndependencies = [\"rich\"]\n");
    pair.write("src/x/__init__.py", "");
    pair.write("README.md", "words");
    pair.write("uv.lock", "version = 1\nrequires-python = \">=3.12\"\n");
    pair.write("environment.yml", "dependencies: [python=3.12, pip: [tqdm]]\n");
    pair.write("binder/Dockerfile", "FROM python:3.12\nCOPY requirements.txt start.sh /\n");
    pair.write("binder/postBuild", "echo");
    pair.write(".binder/apt.txt", "git\n");
    pair.write(
        ".devcontainer/devcontainer.json",
        "{\"build\": {\"dockerfile\": \"Docker.mine\", \"context\": \"..\"}}",
    );
    pair.write(".devcontainer/Docker.mine", "FROM debian\nCOPY b.sql /\n");
    pair.write(".env", "A=1\n");
    pair.write(".python-version", "3.12\n");
    pair.write("pixi.toml", vec![b'#'; (4 << 20) + 5]);
    symlink("lists/more.in", pair.folder.join("runtime.txt")).unwrap();
    let old = std::time::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    fs::File::open(pair.folder.join("a.ipynb")).unwrap().set_modified(old).unwrap();
    let Some(copied) = pair.copy() else { return };
    let (found, is_changed) = copied.unwrap();
    assert!(is_changed && found.truncated);
    assert_eq!(found.path, pair.folder);
    assert_eq!(Some(found.mark), mark::of(&pair.folder));
    assert!(!found.kind.is_empty());

    let [there, here] = pair.scans();
    assert_eq!(here, there);
    assert!(there.notebooks.len() == 4 && there.truncated, "{there:?}");
    assert_eq!(fs::metadata(pair.shadow.join("a.ipynb")).unwrap().modified().unwrap(), old);
    let [there, here] = pair.seen();
    assert!(there.found.sources.len() > 6, "{:?}", there.found.sources);
    assert_eq!(here, there);
    let graphs = [&pair.folder, &pair.shadow].map(|folder| scan::graph(folder, "p.orchest", &scan::scan(folder)));
    let [there, here] = graphs.map(|graph| format!("{:?}", graph.unwrap()));
    assert_eq!(here, there);
    let imports =
        [&pair.folder, &pair.shadow].map(|folder| found::imports(folder, &scan::scan(folder).notebook_paths()));
    assert_eq!(imports[1], imports[0]);
    assert!(imports[0].contains(&"scikit-learn".to_owned()));
    for left_out in ["data/other.csv", ".git", "venv/lib"] {
        assert!(!pair.shadow.join(left_out).exists(), "{left_out}");
    }
}

#[test]
fn notebooks_come_without_outputs_and_only_changes_come_again() {
    let mut pair = Pair::new();
    for name in ["a.ipynb", "b.ipynb"] {
        pair.write(name, notebook(&["1 + 1"]));
    }
    pair.write("c.py", "");
    if pair.copy().is_none() {
        return;
    }
    let text = fs::read_to_string(pair.shadow.join("a.ipynb")).unwrap();
    assert!(text.contains("1 + 1") && text.contains("r_docker"));
    for left_out in ["xxx", "yyy", "zzz", "words"] {
        assert!(!text.contains(left_out), "{left_out}");
    }
    let (_, is_changed) = pair.copy().unwrap().unwrap();
    assert!(!is_changed);
    pair.write("b.ipynb", notebook(&["2 + 2"]));
    fs::remove_file(pair.folder.join("c.py")).unwrap();
    fs::create_dir(pair.folder.join("c.py")).unwrap();
    pair.write("c.py/d.py", "");
    let request = pair.request(0);
    let lines = told(&request).unwrap();
    let files = lines.iter().filter(|line| matches!(line, Line::File { .. })).count();
    assert_eq!(files, 2, "{lines:?}");
    let (_, is_changed) = pair.copy().unwrap().unwrap();
    assert!(is_changed);
    let [there, here] = pair.scans();
    assert_eq!(here, there);
    fs::remove_dir_all(pair.folder.join("c.py")).unwrap();
    pair.write("c.py", "x");
    pair.copy().unwrap().unwrap();
    assert_eq!(fs::read(pair.shadow.join("c.py")).unwrap(), b"x");
    fs::remove_dir_all(&pair.folder).unwrap();
    let error = pair.copy().unwrap().unwrap_err();
    assert!(error.to_string().contains("no longer"), "{error}");
    assert_eq!(fs::read_dir(&pair.shadow).unwrap().count(), 0);
}

#[test]
fn links_lead_in_a_shadow_where_they_lead_there() {
    let mut pair = Pair::new();
    let outside = pair.home.path().canonicalize().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.ipynb"), "{}").unwrap();
    pair.write("deep/a.ipynb", "{}");
    pair.write(".hidden/b.ipynb", "{}");
    pair.write("lists/all", "numpy\n");
    let folder = pair.folder.clone();
    let table: [(&str, PathBuf); 13] = [
        ("absolute.ipynb", folder.join("deep/a.ipynb")),
        ("deep/absolute.ipynb", folder.join("deep/../deep/a.ipynb")),
        ("relative.ipynb", "deep/a.ipynb".into()),
        ("folder", folder.join("deep")),
        ("itself", folder.clone()),
        ("through.ipynb", "folder/../folder/a.ipynb".into()),
        ("hidden.ipynb", ".hidden/b.ipynb".into()),
        ("out.ipynb", outside.join("secret.ipynb")),
        ("up.ipynb", "../outside/secret.ipynb".into()),
        ("back.ipynb", "../folder/deep/a.ipynb".into()),
        ("round.ipynb", "round.ipynb".into()),
        ("lost.ipynb", "none.ipynb".into()),
        ("requirements.txt", folder.join("lists/all")),
    ];
    for (name, target) in &table {
        symlink(target, folder.join(name)).unwrap();
    }
    if pair.copy().is_none() {
        return;
    }
    let [there, here] = pair.scans();
    assert_eq!(here, there);
    let open = there.notebooks.iter().filter(|notebook| notebook.problem.is_none()).count();
    assert_eq!((there.notebooks.len(), open), (11, 6), "{:?}", there.notebooks);
    let [there, here] = pair.seen();
    assert_eq!(here, there);
    assert_eq!(there.found.sources.len(), 1);
    assert!(!pair.shadow.join("out.ipynb").canonicalize().unwrap().starts_with(&pair.shadow));
    let (_, is_changed) = pair.copy().unwrap().unwrap();
    assert!(!is_changed);
}

#[test]
fn a_hostile_folder_hurts_nobody() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let mut pair = Pair::new();
    for name in [&b"caf\xe9.ipynb"[..], b"caf\xe8.ipynb", b"two\nlines.ipynb", b"..\\..\\x.py", b"C:x.py", b"\"{.py"] {
        fs::write(pair.folder.join(OsStr::from_bytes(name)), "{}").unwrap();
    }
    let at = rustix::fs::CWD;
    for name in ["pipe.ipynb", ".env", "requirements.txt"] {
        let path = pair.folder.join(name);
        rustix::fs::mknodat(at, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    }
    fs::File::create(pair.folder.join("huge.ipynb")).unwrap().set_len(10 << 30).unwrap();
    fs::File::create(pair.folder.join("huge.py")).unwrap().set_len(10 << 30).unwrap();
    pair.write("nested.ipynb", "[".repeat(3 << 20));
    pair.write("lists.ipynb", format!("[{}{{}}]", "{},".repeat(4 << 20)));
    pair.write("bytes.ipynb", b"\xff\xfe{}");
    pair.write("setup.py", "'''".to_owned() + &"\"a/b\" ".repeat(100_000));
    for number in 0..3_000 {
        pair.write(&format!("many/{number}.csv"), "");
    }
    let mut deep = pair.folder.clone();
    for _ in 0..200 {
        deep.push("deep");
    }
    fs::create_dir_all(deep).unwrap();
    for number in 0..40 {
        symlink(format!("chain{}.ipynb", number + 1), pair.folder.join(format!("chain{number}.ipynb"))).unwrap();
    }
    let began = Instant::now();
    let Some(copied) = pair.copy() else { return };
    let (found, _) = copied.unwrap();
    assert!(found.truncated);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let [there, here] = pair.scans();
    let names = |contents: &scan::Contents| {
        contents.notebooks.iter().map(|file| (file.path.clone(), file.problem.clone())).collect::<Vec<_>>()
    };
    let has_no_pipe = |names: Vec<(String, Option<String>)>| {
        names.into_iter().filter(|(name, _)| name != "pipe.ipynb").collect::<Vec<_>>()
    };
    assert_eq!(has_no_pipe(names(&here)), has_no_pipe(names(&there)));
    let huge = fs::metadata(pair.shadow.join("huge.ipynb")).unwrap();
    assert_eq!(huge.len(), (4 << 20) + 1, "its size says that it is too long");
    assert_eq!(fs::read(pair.shadow.join("bytes.ipynb")).unwrap(), b"\xff\xfe{}", "no notebook: as it is");
    let outside: Vec<_> = fs::read_dir(pair.home.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(outside.len(), 3, "{outside:?}");
}

#[test]
fn what_another_machine_tells_is_written_nowhere_else_and_has_bounds() {
    let mut pair = Pair::new();
    let line = |text: serde_json::Value| lines::parse(&text.to_string()).unwrap();
    let encoded = |text: &str| lines::encoded(text.as_bytes());
    let file = |path: &str, data: &str, last: bool| {
        line(
            json!({ "File": { "at": 0, "path": encoded(path), "modified": 0, "size": 1_u64 << 40, "data": encoded(data),
            "last": last } }),
        )
    };
    let secret = pair.home.path().join("secret");
    fs::write(&secret, "mine").unwrap();
    let link = json!({ "Link": { "at": 0, "path": encoded("out"), "to": encoded(".."), "modified": 0 } });
    for one in [
        file("../secret", "theirs", true),
        file(secret.to_str().unwrap(), "theirs", true),
        line(link),
        file("out/secret", "theirs", true),
        line(json!({ "Gone": { "at": 0, "path": encoded("../secret") } })),
        file("a", "part of ", false),
        file("b", "another", true),
        file("c", "long", true),
    ] {
        pair.receiver.take(one).unwrap();
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "mine");
    assert_eq!(fs::metadata(pair.shadow.join("c")).unwrap().len(), (4 << 20) + 1);
    assert!(fs::read(pair.shadow.join("b")).unwrap().starts_with(b"another"));
    let large = "x".repeat(700_000);
    let mut parts = (0..10).map(|_| pair.receiver.take(file("d", &large, false)));
    assert!(parts.any(|taken| taken.is_err()), "a file has no more than what is read");
    let mut many = (0..200_000).map(|_| pair.receiver.take(line(json!({ "Dir": { "at": 0, "path": encoded("e") } }))));
    assert!(many.any(|taken| taken.is_err_and(|error| error.to_string().contains("MB"))));
    assert!(pair.receiver.take(line(json!({ "Back": { "at": 0 } }))).is_err());
}

#[test]
fn a_folder_is_found_by_any_path_and_what_is_none_is_named() {
    let pair = Pair::new();
    pair.write("a.ipynb", "{}");
    fs::set_permissions(&pair.folder, fs::Permissions::from_mode(0o750)).unwrap();
    let link = pair.home.path().join("link");
    symlink(&pair.folder, &link).unwrap();
    let paths = [
        format!("{}/.", link.display()),
        "/nowhere/at/all".to_owned(),
        format!("{}/a.ipynb", pair.folder.display()),
        "/".to_owned(),
        format!("{}/a.ipynb/x", pair.folder.display()),
        "/a\0b".to_owned(),
    ];
    let paths = paths.iter().map(String::as_str).collect();
    let Some(lines) = told(&Request { action: "find", root: "/", paths, ..Request::default() }) else { return };
    let Line::Found(told) = &lines[0] else { panic!("{lines:?}") };
    let found = told.found().unwrap();
    assert_eq!((found.path, found.mode, Some(found.mark)), (pair.folder.clone(), 0o750, mark::of(&pair.folder)));
    let kinds: Vec<Kind> =
        lines[1..].iter().map(|line| if let Line::Fault { kind, .. } = line { *kind } else { panic!() }).collect();
    assert_eq!(kinds, [Kind::Missing, Kind::File, Kind::Root, Kind::Lost, Kind::Lost]);
}

#[test]
fn a_picker_shows_folders_hidden_ones_last() {
    let pair = Pair::new();
    for file in ["b/x.IPYNB", "A/x.py", ".c/x.ipynb", "d.ipynb"] {
        pair.write(file, "");
    }
    let paths = vec![pair.folder.to_str().unwrap()];
    let Some(lines) = told(&Request { action: "list", root: "/", paths, ..Request::default() }) else { return };
    let told: Vec<_> = lines
        .iter()
        .filter_map(
            |line| if let Line::Folder { name, notebooks } = line { Some((name.as_str(), *notebooks)) } else { None },
        )
        .collect();
    assert_eq!(told, [("A", false), ("b", true), (".c", true)]);
    assert!(matches!(lines.last(), Some(Line::Listed { truncated: false, .. })), "{lines:?}");
}

#[test]
fn changes_are_told_at_once_and_an_input_that_ends_is_the_end() {
    let mut pair = Pair::new();
    pair.write("a.ipynb", "{}");
    let request = pair.request(60);
    let Some(mut child) = started(&request) else { return };
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |pair: &mut Pair, wanted: &str| {
        let began = Instant::now();
        loop {
            let line = lines::parse(&lines.next().unwrap().unwrap()).unwrap();
            if pair.receiver.take(line).unwrap().is_some() && pair.shadow.join(wanted).exists() {
                return began.elapsed();
            }
        }
    };
    until(&mut pair, "a.ipynb");
    pair.write("deep/new/b.ipynb", "{}");
    assert!(until(&mut pair, "deep/new/b.ipynb") < Duration::from_secs(3));
    pair.write("deep/new/c.py", "{}");
    assert!(until(&mut pair, "deep/new/c.py") < Duration::from_secs(3), "a folder that is new is watched");
    child.stdin.take().unwrap().flush().unwrap();
    let began = Instant::now();
    assert!(child.wait().unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(2));
}
