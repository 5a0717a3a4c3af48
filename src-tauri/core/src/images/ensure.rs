//! Makes sure that the engine has an image: it is present, or is pulled, or, if this project defines it, is built.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use futures_util::future::join_all;
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::contract::snapshot::{ImageRole, ImageView, Progress};
use crate::engine::{BuildRequest, Engine, StreamLine};
use crate::images::progress::{self, Build, Pull};
use crate::platform::clock::now;
use crate::platform::others;
use crate::words::error::{Error, Result};
use crate::words::{file, image as words};

/// The definitions: Dockerfiles, with the files beside them.
static DEFINITIONS: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../etc/images");
/// Files that several images copy, each in a folder of its own below this one.
const SHARED_FILES: &str = "shared";
/// The label with the digest of the definition that an image was built from: a newer definition is noticed by it.
const CONTEXT: &str = "org.orchest.context";
/// The base image that `etc/images/base/make.sh` makes if no registry can be reached.
const LOCAL_BASE: &str = "orchest/base:bookworm";

/// Options for pulls and builds.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The base image that ours are built from, instead of the official one.
    pub base_image: Option<String>,
    /// A file with certificate authorities beside the machine's own.
    pub ca_file: Option<PathBuf>,
    /// The folder for the whole logs of pulls and builds.
    pub logs_dir: PathBuf,
    /// The proxies of builds, as predefined build arguments.
    pub proxies: BTreeMap<String, String>,
}

/// The progress of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageProgress {
    /// The current action and its image.
    pub detail: String,
    /// How much of it is done.
    pub progress: Option<Progress>,
    /// The newest lines of a build's log.
    pub log: Vec<String>,
}

/// How an image came to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Had {
    Here,
    Pulled,
    Built,
}

/// The gateway's image.
pub fn gateway() -> String {
    ours("gateway")
}

/// The server's image.
pub fn server() -> String {
    ours("server")
}

fn ours(name: &str) -> String {
    format!("orchest/{name}:{}", env!("CARGO_PKG_VERSION"))
}

/// Whether this project defines an image.
pub fn is_ours(image: &str) -> bool {
    definition(image).is_some()
}

fn definition(image: &str) -> Option<&'static Dir<'static>> {
    let name = image.strip_prefix("orchest/")?.strip_suffix(env!("CARGO_PKG_VERSION"))?.strip_suffix(':')?;
    DEFINITIONS.get_dir(name).filter(|dir| dir.get_file(format!("{name}/Dockerfile")).is_some())
}

/// The size of the layers that our images share, bytes. Approximate; `tests/docker/images.rs` checks it.
const SHARED: u64 = 145_000_000;

/// The size of each image's own layers.
fn adds(image: &str) -> Option<u64> {
    let megabytes = match image.strip_prefix("orchest/").filter(|_| is_ours(image))?.split(':').next()? {
        "gateway" => 29,
        "server" => 154,
        "kernel-python" => 274,
        "kernel-r" => 184,
        _ => return None,
    };
    Some(megabytes * 1_000_000)
}

/// The state of each image on the engine.
pub async fn list(engine: &Engine, names: &[(ImageRole, String)]) -> Vec<ImageView> {
    join_all(names.iter().map(async |(role, name)| {
        let found = engine.image(name).await.ok().flatten().filter(|facts| is_current(name, &facts.labels));
        let adds = adds(name);
        ImageView {
            role: *role,
            name: name.clone(),
            present: found.is_some(),
            size: found.map(|facts| facts.size),
            adds,
            shared: if adds.is_some() { SHARED } else { 0 },
        }
    }))
    .await
}

/// An image of this project that was built from another definition has to be built again. An image that somebody else
/// made under that name is left as it is.
fn is_current(name: &str, labels: &HashMap<String, String>) -> bool {
    match (definition(name), labels.get(CONTEXT)) {
        (Some(dir), Some(built_from)) => *built_from == hash(dir),
        _ => true,
    }
}

/// Makes sure that the engine has each image, one after the other. Returns a summary in words.
pub async fn ensure_all(
    engine: &Engine,
    names: &[String],
    options: &Options,
    cancel: &CancellationToken,
    on_progress: impl Fn(ImageProgress) + Send + Sync,
) -> Result<String> {
    // All are checked first and at the same time: usually they are present, and a launch is quick.
    let here = join_all(names.iter().map(async |name| is_here(engine, name).await)).await;
    let (mut pulled, mut built) = (0, 0);
    for (name, here) in names.iter().zip(here) {
        if here? {
            continue;
        }
        let had = tokio::select! {
            () = cancel.cancelled() => return Err(Error::Cancelled),
            had = ensure(engine, name, options, &on_progress) => had?,
        };
        match had {
            Had::Here => {}
            Had::Pulled => pulled += 1,
            Had::Built => built += 1,
        }
    }
    Ok(words::had(pulled, built))
}

async fn is_here(engine: &Engine, name: &str) -> Result<bool> {
    Ok(engine.image(name).await?.is_some_and(|facts| is_current(name, &facts.labels)))
}

async fn ensure(
    engine: &Engine,
    name: &str,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<Had> {
    // A second launch that needs the same image waits for the first one's pull or build.
    let turn = turn_for(name);
    on_progress(ImageProgress { detail: words::waiting(name), progress: None, log: Vec::new() });
    let _turn = turn.lock().await;
    if is_here(engine, name).await? {
        return Ok(Had::Here);
    }
    match definition(name) {
        Some(definition) => build(engine, name, definition, options, on_progress).await.map(|()| Had::Built),
        None => pull(engine, name, options, on_progress).await.map(|()| Had::Pulled),
    }
}

fn turn_for(name: &str) -> Arc<tokio::sync::Mutex<()>> {
    static TURNS: LazyLock<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>> = LazyLock::new(Mutex::default);
    let mut turns = TURNS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    turns.entry(name.to_owned()).or_default().clone()
}

async fn pull(
    engine: &Engine,
    name: &str,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<()> {
    let mut log = Log::open(&options.logs_dir, "pull", name);
    let mut pull = Pull::default();
    on_progress(ImageProgress { detail: words::pulling(name, None), progress: None, log: Vec::new() });
    let outcome = engine
        .pull(name, |line| {
            log.write(&as_text(&line));
            pull.fold(&line, now());
            let detail = words::pulling(name, Some(pull.status()));
            on_progress(ImageProgress { detail, progress: pull.progress(), log: Vec::new() });
        })
        .await;
    outcome.map_err(|reason| {
        log.write(&reason);
        Error::Pull { image: name.to_owned(), reason, log: log.tail(), log_file: log.path }
    })
}

fn as_text(line: &StreamLine) -> String {
    match (&line.layer, line.current, line.total) {
        (Some(layer), Some(current), Some(total)) => format!("{layer}: {} {current}/{total}", line.text),
        (Some(layer), ..) => format!("{layer}: {}", line.text),
        (None, ..) => line.text.clone(),
    }
}

async fn build(
    engine: &Engine,
    name: &str,
    definition: &Dir<'_>,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<()> {
    let base = base_for(engine, name, definition, options, on_progress).await?;
    let authorities = authorities(options.ca_file.as_deref());
    let mut args: HashMap<String, String> = options.proxies.clone().into_iter().collect();
    args.insert("BASE_IMAGE".to_owned(), base.clone());
    if let Ok(index) = std::env::var("PIP_INDEX_URL") {
        args.insert("PIP_INDEX_URL".to_owned(), index);
    }
    let request = BuildRequest {
        tag: name.to_owned(),
        context: context(definition, &authorities).map_err(|source| Error::Io {
            what: file::PACK_DEFINITION.to_owned(),
            path: name.into(),
            source,
        })?,
        from: vec![base],
        args,
        labels: HashMap::from([(CONTEXT.to_owned(), hash(definition))]),
    };
    let replaced = engine.image(name).await?;
    let mut log = Log::open(&options.logs_dir, "build", name);
    let mut build = Build::default();
    on_progress(ImageProgress { detail: words::building(name, None), progress: None, log: Vec::new() });
    let outcome = engine
        .build(request, |line| {
            log.write_part(&line.text);
            build.fold(&line);
            let detail = words::building(name, Some(&build.status()));
            on_progress(ImageProgress { detail, progress: build.progress(), log: build.shown() });
        })
        .await;
    outcome.map_err(|reason| {
        log.write(&reason);
        let reason = progress::plain(&reason);
        Error::Build { image: name.to_owned(), reason, log: build.tail(), log_file: log.path }
    })?;
    if let Some(replaced) = replaced
        && let Err(error) = remove_nameless(engine, &replaced.id).await
    {
        tracing::debug!(image = name, %error, "the image that was replaced stays");
    }
    Ok(())
}

/// Removes an image whose name a newer one has taken. The engine keeps it while a launch uses it.
async fn remove_nameless(engine: &Engine, id: &str) -> Result<()> {
    match engine.image(id).await? {
        Some(found) if found.names.is_empty() => engine.remove_image(id).await,
        _ => Ok(()),
    }
}

/// The base image to build from: the chosen one, else the official one if the engine has it, else the local one if the
/// engine has it, else the official one, pulled.
async fn base_for(
    engine: &Engine,
    name: &str,
    definition: &Dir<'_>,
    options: &Options,
    on_progress: &(impl Fn(ImageProgress) + Send + Sync),
) -> Result<String> {
    let base = match &options.base_image {
        Some(asked) => asked.clone(),
        None => {
            let official = official_base(definition);
            if engine.image(&official).await?.is_none() && engine.image(LOCAL_BASE).await?.is_some() {
                LOCAL_BASE.to_owned()
            } else {
                official
            }
        }
    };
    if engine.image(&base).await?.is_none() {
        let pulled = pull(engine, &base, options, on_progress).await;
        pulled.map_err(|error| Error::BaseImage {
            base: base.clone(),
            image: name.to_owned(),
            reason: match error {
                Error::Pull { reason, .. } => reason,
                other => other.to_string(),
            },
        })?;
    }
    Ok(base)
}

/// The default of `ARG BASE_IMAGE=` in a definition's Dockerfile.
fn official_base(definition: &Dir<'_>) -> String {
    let dockerfile = definition.get_file(definition.path().join("Dockerfile")).and_then(|file| file.contents_utf8());
    let default = dockerfile.and_then(|text| text.lines().find_map(|line| line.strip_prefix("ARG BASE_IMAGE=")));
    default.unwrap_or(LOCAL_BASE).trim().to_owned()
}

/// The base image that is on the engine, for `doctor`.
pub async fn base_on_engine(engine: &Engine, asked: Option<&str>) -> Result<Option<String>> {
    let official = DEFINITIONS.get_dir("gateway").map(official_base).unwrap_or_default();
    for name in asked.map(str::to_owned).into_iter().chain([official, LOCAL_BASE.to_owned()]) {
        if engine.image(&name).await?.is_some() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn files<'a>(definition: &'a Dir<'a>) -> BTreeMap<PathBuf, &'a [u8]> {
    let inside = |path: &Path| path.strip_prefix(definition.path()).map_or_else(|_| path.to_owned(), Path::to_owned);
    let skipped = |path: &Path| path.components().any(|part| part.as_os_str() == "__pycache__");
    let mut files = BTreeMap::new();
    let mut dirs = vec![definition];
    while let Some(dir) = dirs.pop() {
        files.extend(dir.files().map(|file| (inside(file.path()), file.contents())));
        dirs.extend(dir.dirs());
    }
    files.extend(shared(&files));
    files.retain(|path, _| !skipped(path));
    files
}

/// The files of each shared folder that a definition's Dockerfile copies by `COPY shared/NAME/`.
fn shared<'a>(definition: &BTreeMap<PathBuf, &[u8]>) -> Vec<(PathBuf, &'a [u8])> {
    let dockerfile = definition.get(Path::new("Dockerfile")).copied().unwrap_or_default();
    let copied = |dir: &Dir<'_>| {
        let copy = format!("COPY {}/", dir.path().display());
        dockerfile.windows(copy.len()).any(|part| part == copy.as_bytes())
    };
    let folders = DEFINITIONS.get_dir(SHARED_FILES).into_iter().flat_map(Dir::dirs);
    let mut dirs: Vec<&Dir> = folders.filter(|dir| copied(dir)).collect();
    let mut files = Vec::new();
    while let Some(dir) = dirs.pop() {
        files.extend(dir.files().map(|file| (file.path().to_owned(), file.contents())));
        dirs.extend(dir.dirs());
    }
    files
}

fn hash(definition: &Dir<'_>) -> String {
    let mut hash = Sha256::new();
    for (path, contents) in files(definition) {
        hash.update(path.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(contents);
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..8])
}

/// The build context: the definition, and `ca/` with the machine's authorities. The same input gives the same bytes.
fn context(definition: &Dir<'_>, authorities: &BTreeMap<String, Vec<u8>>) -> std::io::Result<Bytes> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |path: &Path, contents: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, path, contents)
    };
    for (path, contents) in files(definition) {
        add(&path, contents)?;
    }
    add(Path::new("ca/.keep"), b"")?;
    for (name, contents) in authorities {
        add(&Path::new("ca").join(name), contents)?;
    }
    archive.into_inner().map(Bytes::from)
}

/// The certificate authorities that were added to this machine by hand, and those of `extra`.
fn authorities(extra: Option<&Path>) -> BTreeMap<String, Vec<u8>> {
    let folders = ["/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors"];
    let mut paths: Vec<PathBuf> = extra.map(Path::to_owned).into_iter().collect();
    let mut waiting: Vec<PathBuf> = folders.map(PathBuf::from).to_vec();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                _ => paths.push(entry.path()),
            }
        }
    }
    let mut authorities = BTreeMap::new();
    for path in paths {
        match fs::read(&path) {
            Ok(contents) if contents.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----") => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let safe: String =
                    stem.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
                authorities.insert(format!("{safe}.crt"), contents);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(path = %path.display(), %error, "a certificate authority cannot be read"),
        }
    }
    authorities
}

/// The whole log of one pull or build.
struct Log {
    path: Option<PathBuf>,
    file: Option<File>,
    last: Vec<String>,
}

impl Log {
    fn open(folder: &Path, what: &str, image: &str) -> Log {
        let safe: String =
            image.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
        let path = folder.join(format!("{what}-{safe}-{}.log", now()));
        let file = others::closed_folder(folder).and_then(|()| File::create(&path));
        if let Err(error) = &file {
            tracing::warn!(path = %path.display(), %error, "the log cannot be kept");
        }
        Log { path: file.is_ok().then_some(path), file: file.ok(), last: Vec::new() }
    }

    fn write(&mut self, line: &str) {
        self.last.push(progress::plain(line));
        if self.last.len() > 8 {
            self.last.remove(0);
        }
        self.write_part(&format!("{}\n", line.trim_end()));
    }

    /// A build continues even if its log cannot be written.
    fn write_part(&mut self, part: &str) {
        if let Some(file) = &mut self.file {
            let _ = file.write_all(part.as_bytes());
        }
    }

    fn tail(&self) -> Vec<String> {
        self.last.clone()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_images_that_kernelspecs_name_are_defined() {
        for name in [gateway(), server(), ours("kernel-python"), ours("kernel-r")] {
            assert!(is_ours(&name), "{name}");
            assert!(official_base(definition(&name).unwrap()).contains("slim"));
        }
        for name in ["orchest/base:0.1.0", "orchest/gateway:9", "elyra/kernel-py:2.0.0", "orchest/../gateway:0.1.0"] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn a_context_is_the_same_each_time_and_holds_the_authorities() {
        let definition = definition(&gateway()).unwrap();
        let authorities = BTreeMap::from([("company.crt".to_owned(), b"x".to_vec())]);
        let one = context(definition, &authorities).unwrap();
        assert_eq!(one, context(definition, &authorities).unwrap());
        let mut archive = tar::Archive::new(one.as_ref());
        let names: Vec<_> =
            archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
        for name in [
            "Dockerfile",
            "orchest_gateway/__main__.py",
            "shared/orchest_common/process.py",
            "ca/.keep",
            "ca/company.crt",
        ] {
            assert!(names.iter().any(|found| found == name), "{name} is not in {names:?}");
        }
    }

    #[test]
    fn the_kernel_images_have_the_same_launcher() {
        let launcher = |name: &str| {
            let image = ours(name);
            files(definition(&image).unwrap())[Path::new("shared/kernel/orchest_kernel.py")]
        };
        assert_eq!(launcher("kernel-python"), launcher("kernel-r"));
    }

    #[test]
    fn an_image_has_only_the_shared_files_that_it_copies() {
        let shared = |name: &str| {
            let files = files(definition(&ours(name)).unwrap());
            let folders = files.keys().filter_map(|path| path.strip_prefix("shared").ok()?.iter().next());
            folders.map(|name| name.to_string_lossy().into_owned()).collect::<std::collections::BTreeSet<_>>()
        };
        for (image, folder) in [("gateway", "orchest_common"), ("server", "orchest_common"), ("kernel-r", "kernel")] {
            assert_eq!(shared(image).into_iter().collect::<Vec<_>>(), [folder], "{image}");
        }
        assert!(!is_ours(&ours("shared")));
    }

    #[test]
    fn an_image_of_another_definition_is_not_current() {
        let labels = |value: &str| HashMap::from([(CONTEXT.to_owned(), value.to_owned())]);
        assert!(!is_current(&gateway(), &labels("0123")));
        assert!(is_current(&gateway(), &labels(&hash(definition(&gateway()).unwrap()))));
        assert!(is_current(&gateway(), &HashMap::new()), "an image that somebody else made is left as it is");
        assert!(is_current("elyra/kernel-py:2.0.0", &labels("0123")));
    }
}
