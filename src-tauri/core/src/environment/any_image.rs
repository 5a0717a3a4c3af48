//! Has kernels start in an image that was not made for them: `python:3.13`, a Dockerfile's, a company's own.
//!
//! The image's Python is looked for once, in a container without mounts and network. What a kernel needs besides is in the
//! store: ipykernel for that Python, and the programs that start a kernel. For R, another image stands in (`over_r`).
//! Gateways read how a kernel starts from a file.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::image_python::{self, ImagePython, Lacks};
use super::line::Install;
use super::over_r;
use super::request;
use super::run::{self, Outcome, Report};
use super::store::{self, SUPPORT, Store};
use crate::contract::environment::Language;
use crate::engine::{Engine, ImageFacts, RunSpec};
use crate::images;
use crate::kernelspec::copy::{self, Files};
use crate::platform::clock::now;
use crate::words::any_image as words;
use crate::words::error::{Error, Result};
use crate::words::file;

/// Where gateways see what is known of images.
pub const NOTES: &str = "/usr/share/orchest/images";
/// The file there.
const FILE: &str = "images.json";
/// Where a kernel has the programs that start it.
const PROGRAMS: &str = "/opt/orchest";
/// Who looks for Python: somebody who owns nothing in an image, as the users of kernels.
const NOBODY: &str = "65534:65534";
/// An image that does not say within this time what its Python is has none.
const PATIENCE: Duration = Duration::from_secs(60);
/// The label of an image that starts kernels by a command of its own.
const OWN_LAUNCHER: &str = "org.orchest.launcher";
/// Programs that start a kernel: ours, and those of Enterprise Gateway.
const LAUNCHERS: [&str; 5] =
    ["orchest_kernel.py", "bootstrap-kernel", "launch_ipykernel", "launch_IRkernel", "launch_kubernetes"];

/// Where images are made ready for kernels.
#[derive(Clone, Debug)]
pub struct Place {
    /// The store, with what kernels need.
    pub store: Store,
    /// The folder with what is known of images, which gateways see.
    pub notes: PathBuf,
    /// How a missing image of the installer is built.
    pub images: images::Options,
}

/// How a kernel starts in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// The image's name when it was looked at.
    pub name: String,
    /// The version of its Python; empty for R.
    pub python: String,
    /// The image that stands in for it, for R.
    pub image: Option<String>,
    /// The command of its kernels.
    pub command: Vec<String>,
    /// What its kernels mount besides those of other images, in the form of the Docker API.
    pub mounts: Vec<Value>,
    /// The environment with what the kernel itself needs, and the programs that start it, in the store.
    pub keys: [String; 2],
    /// The store, and when the engine created it.
    pub(super) store: String,
}

/// Notes by the ids of images. Those for R have `R` behind the id.
type Notes = BTreeMap<String, Note>;
/// What is behind the id in a note for R.
const OF_R: &str = " R";

/// Whether kernels start by the image's own command.
pub fn starts_kernels(image: &ImageFacts) -> bool {
    images::is_from_ours(&image.labels) || image.labels.contains_key(OWN_LAUNCHER) || has_launcher(&image.command)
}

fn has_launcher(command: &[String]) -> bool {
    command.iter().any(|word| LAUNCHERS.iter().any(|launcher| word.contains(launcher)))
}

/// Makes an image ready for kernels in a language. `None` if it starts kernels by itself. The command of an image that is
/// `of_a_folder` counts, whatever it was built from.
#[allow(clippy::too_many_arguments)]
pub async fn ensure(
    engine: &Engine,
    image: &str,
    language: Language,
    of_a_folder: bool,
    place: &Place,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<Option<Note>> {
    let facts = engine.image(image).await?.ok_or_else(|| Error::ImageGone { image: image.to_owned() })?;
    let starts_kernels = if of_a_folder { has_launcher(&facts.command) } else { starts_kernels(&facts) };
    if starts_kernels {
        return Ok(None);
    }
    if language == Language::R {
        let note = over_r::ensure(engine, image, &facts, place, report, cancel).await?;
        remember(place, format!("{}{OF_R}", facts.id), &note).await?;
        return Ok(Some(note));
    }
    let programs = images::kernel_python_digest();
    let volume = engine.volume_place(&place.store.mount.source).await?;
    let store = volume.as_ref().map(|volume| store::store_name(&place.store.mount, volume));
    if let Some(note) = notes_of(&place.notes).await.remove(&facts.id)
        && note.keys[1] == programs
        && Some(&note.store) == store.as_ref()
    {
        return Ok(Some(note));
    }
    report(&words::looking(image), None, Vec::new());
    let python = python_of(engine, image, place, cancel).await?;
    let key = support(engine, image, &python, &programs, place, report, cancel).await?;
    let volume = engine.volume_place(&place.store.mount.source).await?;
    let volume = volume.ok_or_else(|| store::gone(&place.store.mount))?;
    let mounts = [(format!("environments/{key}"), SUPPORT), (format!("programs/{programs}"), PROGRAMS)];
    let mounts = mounts.iter().map(|(inside, target)| {
        store::mount(&place.store.mount, &volume.mountpoint, store::subpaths(engine), inside, target).as_json()
    });
    let note = Note {
        name: image.to_owned(),
        command: command(&python),
        mounts: mounts.collect(),
        keys: [key, programs],
        store: store::store_name(&place.store.mount, &volume),
        python: python.version,
        image: None,
    };
    remember(place, facts.id, &note).await?;
    Ok(Some(note))
}

/// Has gateways see how a kernel starts in an image.
async fn remember(place: &Place, key: String, note: &Note) -> Result<()> {
    let (folder, note) = (place.notes.clone(), note.clone());
    let written = tokio::task::spawn_blocking(move || match read(&folder).get(&key) {
        Some(known) if *known == note => Ok(()),
        _ => change(&folder, |notes| drop(notes.insert(key, note))),
    });
    written.await.map_err(|_| Error::ShuttingDown)?
}

/// The command of a kernel: our launcher, then what starts the kernel in the folder's layer, on the image's Python.
fn command(python: &ImagePython) -> Vec<String> {
    let sites = python.sites.iter().flat_map(|site| ["--site", site]);
    [python.program.as_str(), "-I", "/opt/orchest/orchest_kernel.py"]
        .into_iter()
        .chain([python.program.as_str(), "-I", "-S", "/opt/orchest/orchest_layer.py"])
        .chain(sites)
        .chain(["/opt/orchest/orchest_ipykernel.py", "-f", "{connection_file}"])
        .map(str::to_owned)
        .collect()
}

/// Looks for the image's Python, in a container of it that sees nothing.
async fn python_of(engine: &Engine, image: &str, place: &Place, cancel: &CancellationToken) -> Result<ImagePython> {
    let spec = RunSpec {
        name: format!("{}-python-{}", place.store.name, now()),
        image: image.to_owned(),
        command: image_python::command(),
        user: NOBODY.to_owned(),
        env: Vec::new(),
        labels: place.store.labels.clone(),
        mounts: Vec::new(),
        security_opt: place.store.security_opt.clone(),
        processes: Some(64),
        removed_at_end: true,
        offline: true,
        ..RunSpec::default()
    };
    let (mut told, mut wrong) = (Vec::new(), Vec::new());
    let ran = engine.run(&spec, Bytes::from_static(&[0; 1024]), |line, is_error| {
        let lines = if is_error { &mut wrong } else { &mut told };
        if lines.len() < 100 {
            lines.push(line.to_owned());
        }
        ControlFlow::Continue(())
    });
    let ran = tokio::select! {
        () = cancel.cancelled() => Err(Error::Cancelled),
        ran = tokio::time::timeout(PATIENCE, ran) => ran.unwrap_or_else(|_| Err(words::silent(image, PATIENCE))),
    };
    if ran.is_err() {
        let _ = engine.remove_container(&spec.name).await;
    }
    let said = match &ran {
        Err(Error::Engine { reason, .. }) => reason.clone(),
        _ => wrong.join("\n"),
    };
    if told.is_empty() && said.contains("exec format error") {
        return Err(words::other_machine(image));
    }
    match ran {
        // An image without a shell has no Python that could be found either.
        Err(Error::Engine { .. }) if said.contains("/bin/sh") => {}
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    image_python::chosen(told.iter().map(String::as_str)).map_err(|lacks| explained(image, lacks))
}

fn explained(image: &str, lacks: Lacks) -> Error {
    match lacks {
        Lacks::Python => words::no_python(image),
        Lacks::Newer(version) => words::old_python(image, &version),
        Lacks::Cpython(name, version) => words::other_python(image, &name, &version),
        Lacks::Machine(machine) => words::unknown_machine(image, &machine),
        Lacks::Library => words::unknown_library(image),
    }
}

/// Has the installer bring what a kernel needs into the store. Returns its key.
async fn support(
    engine: &Engine,
    image: &str,
    python: &ImagePython,
    programs: &str,
    place: &Place,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<String> {
    run::have_image(engine, &place.store.image, &place.images, report, cancel).await?;
    let request = json!({
        "python": { "version": python.version, "platform": python.platform },
        "programs": programs,
    });
    let files = request::of_files(image, [("request.json", request.to_string().as_bytes())])?;
    let mut log = Install::default();
    let spec = run::spec(&place.store, "support");
    match run::run(engine, &spec, files, &mut log, report, cancel).await? {
        Outcome::Made(made) => Ok(made.key),
        Outcome::NoPython(missing) => {
            let (reason, _) = crate::words::python::missing(&missing);
            Err(words::not_installed(image, &python.version, &reason, Vec::new()))
        }
        Outcome::NeedsBuild(_) => Err(words::not_installed(image, &python.version, words::NO_WHEELS, Vec::new())),
        Outcome::Failed { text, .. } => Err(words::not_installed(image, &python.version, &text, log.tail())),
    }
}

async fn notes_of(folder: &Path) -> Notes {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || read(&folder)).await.unwrap_or_default()
}

/// What is known of images. A file that cannot be read counts as empty: the images are then looked at again.
pub fn read(folder: &Path) -> Notes {
    let text = std::fs::read(folder.join(FILE)).ok();
    text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Makes the folder, so that gateways can mount it.
pub fn make_folder(folder: &Path) -> Result<()> {
    if folder.join(FILE).is_file() { Ok(()) } else { change(folder, |_| {}) }
}

/// Forgets images that are not on the engine any more. `dry_run` only finds them. Returns the keys of the others, and the
/// images that stand in for them.
pub async fn tidy(engine: &Engine, folder: &Path, dry_run: bool) -> Result<Vec<String>> {
    let mut gone = Vec::new();
    let mut keys = Vec::new();
    for (id, note) in notes_of(folder).await {
        if engine.image(id.trim_end_matches(OF_R)).await?.is_some() {
            keys.extend(note.keys.into_iter().filter(|key| !key.is_empty()));
            keys.extend(note.image);
        } else {
            gone.push(id);
        }
    }
    if !dry_run && !gone.is_empty() {
        let folder = folder.to_owned();
        let written = move || change(&folder, |notes| notes.retain(|id, _| !gone.contains(id)));
        tokio::task::spawn_blocking(written).await.map_err(|_| Error::ShuttingDown)??;
    }
    Ok(keys)
}

fn change(folder: &Path, edit: impl FnOnce(&mut Notes)) -> Result<()> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut notes = read(folder);
    edit(&mut notes);
    let mut files = Files::default();
    files.add(FILE.into(), serde_json::to_vec_pretty(&notes).unwrap_or_default());
    copy::bring_up_to_date(folder, &files).map_err(|error| file::failed(file::WRITE, folder, error))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn image(command: &str, label: Option<&str>) -> ImageFacts {
        ImageFacts {
            id: "sha256:1".into(),
            digests: Vec::new(),
            machine: (String::new(), String::new()),
            names: Vec::new(),
            size: 0,
            labels: label.map(|name| (name.to_owned(), "1".to_owned())).into_iter().collect::<HashMap<_, _>>(),
            command: command.split(' ').map(str::to_owned).collect(),
            layers: Vec::new(),
        }
    }

    #[test]
    fn images_of_ours_and_of_enterprise_gateway_start_kernels_by_themselves() {
        assert!(starts_kernels(&image("/usr/local/bin/bootstrap-kernel.sh", None)));
        assert!(starts_kernels(&image("python -I /srv/orchest_kernel.py --tcp java", None)));
        assert!(starts_kernels(&image("sleep 600", Some("org.orchest.context"))));
        assert!(starts_kernels(&image("java -jar kernel.jar", Some("org.orchest.launcher"))));
        assert!(!starts_kernels(&image("python3", None)));
        assert!(!starts_kernels(&image("tini -g -- start-notebook.py", Some("maintainer"))));
    }

    #[test]
    fn a_kernel_starts_by_the_images_python_with_its_packages() {
        let python = ImagePython {
            program: "/usr/bin/python3".into(),
            version: "3.13.5".into(),
            platform: "x86_64-manylinux_2_40".into(),
            sites: vec!["/usr/lib/python3/dist-packages".into()],
        };
        let command = command(&python).join(" ");
        assert_eq!(
            command,
            "/usr/bin/python3 -I /opt/orchest/orchest_kernel.py /usr/bin/python3 -I -S /opt/orchest/orchest_layer.py \
             --site /usr/lib/python3/dist-packages /opt/orchest/orchest_ipykernel.py -f {connection_file}"
        );
    }

    #[test]
    fn what_is_known_of_images_comes_back_and_a_broken_file_is_empty() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("gateways/images");
        make_folder(&folder).unwrap();
        assert_eq!(read(&folder), Notes::default());
        let note = Note {
            name: "python:3.13".into(),
            python: "3.13.5".into(),
            command: vec!["python3".into()],
            mounts: vec![json!({"Target": "/opt/orchest"})],
            image: None,
            keys: ["a".into(), "b".into()],
            store: "store@1".into(),
        };
        change(&folder, |notes| drop(notes.insert("sha256:1".into(), note.clone()))).unwrap();
        make_folder(&folder).unwrap();
        assert_eq!(read(&folder)["sha256:1"], note);
        std::fs::write(folder.join(FILE), "[").unwrap();
        assert_eq!(read(&folder), Notes::default());
    }
}
