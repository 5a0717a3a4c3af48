//! What the installer and the builder get: a request as JSON, and the files that it names, in one archive. Pure.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use serde_json::json;

use super::base;
use super::choice::{files_of, is_of_r, leaves_lock_out};
use super::found::{Read, Source, SourceKind};
use crate::images;
use crate::platform::secret::Secret;
use crate::words::error::{Error, Result};
use crate::words::file;

/// The groups of a `pyproject.toml` that are installed beside the project's own dependencies, as `uv sync` does.
pub const GROUPS: [&str; 1] = ["dev"];

/// The file of logins.
pub const NETRC: &str = "netrc";

/// A request for the environment of a source.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub source: &'a Source,
    pub read: &'a Read,
    /// The builder's results: the files below `out/`, if it ran.
    pub built: Option<BTreeMap<String, Vec<u8>>>,
    /// Files of the folder beside those that name packages: the builder gets them if it installs the folder itself.
    pub sources: BTreeMap<String, Vec<u8>>,
    /// The folder of the Python that the installer took before, if it is not the image's.
    pub python: Option<String>,
    /// What the conda installer said about packages of pip that have to be built.
    pub carried: Option<Box<serde_json::Value>>,
    /// Logins at package indexes, for the installer alone.
    pub netrc: Option<Secret>,
    /// Take the newest versions that fit, not those that were found before.
    pub upgrade: bool,
}

/// The name of a kind in a request.
fn kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::CondaEnvironment => "conda",
        SourceKind::Pixi => "pixi",
        SourceKind::CondaLock => "conda_lock",
        SourceKind::Pyproject => "pyproject",
        SourceKind::Pipfile => "pipfile",
        SourceKind::Setup => "setup",
        SourceKind::Renv => "renv",
        SourceKind::RDescription => "description",
        SourceKind::RInstall => "install_r",
        _ => "requirements",
    }
}

/// The request, as JSON.
fn json(request: &Request) -> serde_json::Value {
    let Source { locked_by, of_folder, asks, environment, language, .. } = request.source;
    let all = vec!["*".to_owned()];
    let first: Vec<&str> = asks.iter().filter_map(|ask| ask.name.as_deref()).take(50).collect();
    json!({
        "source": {
            "kind": kind(request.source.kind),
            "file": at(request.source, request.source.path()),
            "locked_by": locked_by,
            "language": language,
            "of_folder": of_folder,
            "environment": environment,
        },
        "wants": wants(request),
        "r": of_r(request.source),
        "groups": GROUPS,
        "wheels": request.built.is_some(),
        "resolved": request.built.as_ref().map(|_| "resolved.txt"),
        "carried": request.carried,
        "first": first,
        "upgrade": if request.upgrade || leaves_lock_out(request.source) { &all } else { &request.source.unlocked },
    })
}

/// The Python that the folder wants.
fn wants(request: &Request) -> Option<base::Wish> {
    let wish = base::wish(request.source, &request.read.found)?;
    Some(base::Wish { exact: request.python.clone(), ..wish })
}

/// What the request has for packages of R: the image of the kernels, and the packages as they are written.
fn of_r(source: &Source) -> serde_json::Value {
    if !is_of_r(source) {
        return serde_json::Value::Null;
    }
    let asks: Vec<_> = source.asks.iter().filter_map(|ask| Some((ask.name.as_ref()?, &ask.text))).collect();
    json!({ "image": images::kernel_r(), "asks": asks })
}

/// The file that the installer reads. A notebook's packages come in a file of requirements.
fn at(source: &Source, file: &str) -> String {
    if source.kind == SourceKind::Notebook { format!("{file}.requirements.txt") } else { file.to_owned() }
}

/// An archive of these files of a request, which is about `what`.
pub fn of_files<'a>(what: &str, files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Bytes> {
    packed(what, files.into_iter().map(|(path, contents)| (Path::new("request").join(path), contents)))
}

/// An archive of one program of a request, which any user may run.
pub fn of_program(name: &str, text: &[u8]) -> Result<Bytes> {
    let not_packed = |source| Error::Io { what: file::PACK_REQUEST.to_owned(), path: name.into(), source };
    archived([(Path::new("request").join(name), text)], 0o755).map_err(not_packed)
}

/// An archive of these files, for `what`.
pub fn packed<'a>(what: &str, files: impl IntoIterator<Item = (impl AsRef<Path>, &'a [u8])>) -> Result<Bytes> {
    let not_packed = |source| Error::Io { what: file::PACK_REQUEST.to_owned(), path: what.into(), source };
    archived(files, 0o644).map_err(not_packed)
}

fn archived<'a>(files: impl IntoIterator<Item = (impl AsRef<Path>, &'a [u8])>, mode: u32) -> std::io::Result<Bytes> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(mode);
        header.set_mtime(1);
        archive.append_data(&mut header, path, contents)?;
    }
    archive.into_inner().map(Bytes::from)
}

/// The archive, to be unpacked at the root. The same input gives the same bytes.
pub fn archive(request: &Request) -> Result<Bytes> {
    let mut all: Vec<(String, Vec<u8>)> = vec![("request.json".to_owned(), json(request).to_string().into_bytes())];
    let mut add = |path: &str, contents: &[u8]| all.push((path.to_owned(), contents.to_vec()));
    let source = request.source;
    for file in files_of(source) {
        if let Some(contents) = request.read.contents.get(file) {
            add(&format!("files/{file}"), contents);
        }
    }
    if source.kind == SourceKind::Notebook {
        let lines: Vec<&str> = source.asks.iter().map(|ask| ask.text.as_str()).collect();
        add(&format!("files/{}", at(source, &source.file)), lines.join("\n").as_bytes());
    }
    for (file, contents) in request.sources.iter().filter(|(file, _)| !files_of(source).any(|known| known == *file)) {
        add(&format!("files/{file}"), contents);
    }
    if let Some(netrc) = &request.netrc {
        add(NETRC, netrc.expose().as_bytes());
    }
    for (file, contents) in request.built.iter().flatten() {
        add(file, contents);
    }
    of_files(&source.file, all.iter().map(|(path, contents)| (path.as_str(), contents.as_slice())))
}

/// The files in an archive of a container's folder, by their paths below that folder. What is no plain file is left out.
pub fn unpacked(archive: &[u8]) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let inside = path.components().skip(1).collect::<std::path::PathBuf>();
        let plain = inside.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if entry.header().entry_type().is_file() && plain {
            let mut contents = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut contents)?;
            files.insert(inside.to_string_lossy().replace('\\', "/"), contents);
        }
    }
    Ok(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::contract::environment::Language;
    use crate::environment::found::{Ask, Found, WantedPython};

    fn source(kind: SourceKind, file: &str) -> Source {
        let ask = Ask { text: "numpy>=2".into(), name: Some("numpy".into()), line: Some(1) };
        Source { files: vec![file.into(), "constraints.txt".into()], asks: vec![ask], ..Source::new(kind, file) }
    }

    fn read() -> Read {
        let contents = [("requirements.txt", "numpy>=2"), ("constraints.txt", "numpy<3"), ("other.txt", "no")];
        let contents = contents.map(|(name, text)| (name.to_owned(), text.into()));
        Read { found: Found::default(), contents: BTreeMap::from(contents) }
    }

    fn request<'a>(source: &'a Source, read: &'a Read) -> Request<'a> {
        let sources = BTreeMap::new();
        Request { source, read, built: None, sources, python: None, carried: None, netrc: None, upgrade: false }
    }

    #[test]
    fn an_archive_has_the_request_and_the_files_that_count() {
        let (source, read) = (source(SourceKind::Requirements, "requirements.txt"), read());
        let files = unpacked(&archive(&request(&source, &read)).unwrap()).unwrap();
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["files/constraints.txt", "files/requirements.txt", "request.json"]);
        let request: serde_json::Value = serde_json::from_slice(&files["request.json"]).unwrap();
        assert_eq!(request["source"]["kind"], "requirements");
        assert_eq!(request["first"], json!(["numpy"]));
    }

    #[test]
    fn the_python_that_a_folder_wants_and_the_one_that_was_taken_are_in_the_request() {
        let (mut source, read) = (source(SourceKind::Requirements, "requirements.txt"), read());
        let wants = |source: &Source, python: Option<&str>| {
            let request = Request { python: python.map(str::to_owned), ..request(source, &read) };
            super::json(&request)["wants"].clone()
        };
        assert_eq!(wants(&source, None), json!(null));
        source.python = Some(WantedPython { wanted: "==3.12.4".into(), file: "pyproject.toml".into() });
        let found = wants(&source, Some("cpython-3.12.4"));
        assert_eq!((&found["allowed"], &found["exact"]), (&json!([[3, 12, 4, 4]]), &json!("cpython-3.12.4")));
        assert_eq!((&found["wanted"], &found["file"]), (&json!("==3.12.4"), &json!("pyproject.toml")));
    }

    #[test]
    fn files_of_conda_are_named_by_what_reads_them() {
        for (of, wanted) in
            [(SourceKind::CondaEnvironment, "conda"), (SourceKind::Pixi, "pixi"), (SourceKind::CondaLock, "conda_lock")]
        {
            assert_eq!(kind(of), wanted);
            assert!(crate::environment::choice::is_of_conda(of) && crate::environment::choice::is_used(of));
        }
        assert!(!crate::environment::choice::is_of_conda(SourceKind::Pyproject));
    }

    #[test]
    fn an_environment_of_pixi_has_the_path_of_its_file_and_its_own_name() {
        let mut source = source(SourceKind::Pixi, "binder/pixi.toml:test");
        source.environment = Some("test".to_owned());
        let json = super::json(&request(&source, &read()));
        assert_eq!(
            (&json["source"]["file"], &json["source"]["environment"]),
            (&json!("binder/pixi.toml"), &json!("test"))
        );
    }

    #[test]
    fn what_changed_after_the_lock_was_written_is_looked_up_anew() {
        let read = read();
        for (kind, wanted) in [(SourceKind::Pyproject, json!(["rich"])), (SourceKind::Pixi, json!(["*"]))] {
            let mut source = source(kind, "f.toml");
            assert_eq!(super::json(&request(&source, &read))["upgrade"], json!([]));
            source.unlocked = vec!["rich".to_owned()];
            assert_eq!(super::json(&request(&source, &read))["upgrade"], wanted);
        }
    }

    #[test]
    fn a_request_for_packages_of_r_has_them_as_they_are_written_and_the_image_of_the_kernels() {
        let mut source = Source { language: Language::R, ..source(SourceKind::RDescription, "DESCRIPTION") };
        source.asks = vec![Ask { text: "dplyr (>= 1.0)".into(), name: Some("dplyr".into()), line: None }];
        let json = super::json(&request(&source, &read()));
        assert_eq!(json["source"]["kind"], "description");
        assert_eq!(json["r"]["asks"], json!([["dplyr", "dplyr (>= 1.0)"]]));
        assert!(json["r"]["image"].as_str().unwrap().starts_with("orchest/kernel-r:"));
        let of_conda = Source { kind: SourceKind::CondaEnvironment, ..source };
        let json = super::json(&request(&of_conda, &read()));
        assert_eq!((&json["source"]["language"], &json["r"]), (&json!("R"), &json!(null)));
        assert_eq!(super::json(&request(&self::source(SourceKind::Setup, "setup.py"), &read()))["r"], json!(null));
    }

    #[test]
    fn the_packages_of_a_notebook_come_as_a_file_of_requirements() {
        let (source, read) = (source(SourceKind::Notebook, "a b.ipynb"), read());
        let files = unpacked(&archive(&request(&source, &read)).unwrap()).unwrap();
        assert_eq!(files["files/a b.ipynb.requirements.txt"], b"numpy>=2");
    }

    #[test]
    fn the_results_of_the_builder_go_beside_the_request() {
        let (source, read) = (source(SourceKind::Requirements, "requirements.txt"), read());
        let built = BTreeMap::from([("wheels/a-1-py3-none-any.whl".to_owned(), vec![7])]);
        let request = Request { built: Some(built), ..request(&source, &read) };
        let files = unpacked(&archive(&request).unwrap()).unwrap();
        assert_eq!(files["wheels/a-1-py3-none-any.whl"], [7]);
        let json: serde_json::Value = serde_json::from_slice(&files["request.json"]).unwrap();
        assert_eq!((&json["wheels"], &json["resolved"]), (&json!(true), &json!("resolved.txt")));
    }

    #[test]
    fn an_archive_that_leads_elsewhere_or_has_links_gives_plain_files_only() {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, "out/link", "/etc/passwd").unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        archive.append_data(&mut header, "out/wheels/a.whl", &b"x"[..]).unwrap();
        let files = unpacked(&archive.into_inner().unwrap()).unwrap();
        assert_eq!(files.into_keys().collect::<Vec<_>>(), ["wheels/a.whl"]);
        assert!(
            unpacked(b"no archive at all, but long enough to be a header of one").is_err()
                || unpacked(b"").unwrap().is_empty()
        );
    }
}
