//! Files of this machine that the containers of a launch on another machine get as copies, before they start: kernelspecs,
//! notes on images, and the person's extensions. On this machine the same files are mounted.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::engine::spec::ContainerSpec;
use crate::engine::{Container, ContainerState, Engine};
use crate::environment::any_image::NOTES;
use crate::environment::this_folder::KERNELS_OF_FOLDER;
use crate::kernelspec::KERNELS;
use crate::launch::label::{self, Labels, Role};
use crate::launch::name;
use crate::launch::plan::LABEXTENSIONS;
use crate::launch::spec::LaunchSpec;
use crate::words::error::{Error, Result};
use crate::words::machine as words;

/// The longest file that is brought, bytes: a page's extension has a few.
const LONGEST: u64 = 64 << 20;

/// Puts a part's files into its container, which need not run. A part on this machine has them already.
pub(crate) async fn put(engine: &Engine, container: &ContainerSpec, spec: &LaunchSpec) -> Result<()> {
    if spec.there.is_none() {
        return Ok(());
    }
    let labextensions = spec.person.labextensions.as_ref().map(Into::into);
    let folders = if container.name == name::container(&spec.id, Role::Gateway) {
        vec![
            (spec.kernels_dir.clone(), KERNELS),
            (spec.folder_kernels_dir.clone(), KERNELS_OF_FOLDER),
            (spec.any_image.notes.clone(), NOTES),
        ]
    } else {
        labextensions.into_iter().map(|folder| (folder, LABEXTENSIONS)).collect()
    };
    if folders.is_empty() {
        return Ok(());
    }
    if container.read_only {
        tracing::warn!(
            launch = spec.id,
            "the server of root's folder cannot be changed: it lacks the person's extensions"
        );
        return Ok(());
    }
    let packed = tokio::task::spawn_blocking(move || {
        let folders: Vec<_> = folders.iter().map(|(from, to)| (from.as_path(), *to)).collect();
        packed(&folders)
    });
    let refused = |error: io::Error| Error::Engine { what: words::BRING.to_owned(), reason: error.to_string() };
    let files = packed.await.map_err(|_| Error::ShuttingDown)?.map_err(refused)?;
    engine.put_files(&container.name, files, words::BRING).await
}

/// Puts changed files into the gateways of this person's launches that run. What is gone here stays there until the next
/// launch.
pub(crate) async fn renew(engine: &Engine, owner: &str, from: PathBuf, to: &'static str) {
    let is_ours = |container: &&Container| {
        let labels = Labels::parse(&container.labels);
        let ours = labels.is_some_and(|labels| {
            labels.role == Some(Role::Gateway) && labels.owner.as_deref() == Some(owner) && labels.place.is_none()
        });
        ours && container.state == ContainerState::Running
    };
    let renewed = async {
        let gateways = engine.list(label::LAUNCH).await?;
        let packed = tokio::task::spawn_blocking(move || packed(&[(&from, to)]));
        let refused = |error: io::Error| Error::Engine { what: words::BRING.to_owned(), reason: error.to_string() };
        let files = packed.await.map_err(|_| Error::ShuttingDown)?.map_err(refused)?;
        for gateway in gateways.iter().filter(is_ours) {
            engine.put_files(&gateway.id, files.clone(), words::BRING).await?;
        }
        Ok(())
    };
    let renewed: Result<()> = renewed.await;
    if let Err(error) = renewed {
        tracing::warn!(%error, "running launches see older files of this machine");
    }
}

/// These folders as one archive: each becomes the folder of its second path, which anybody may read.
fn packed(folders: &[(&Path, &str)]) -> io::Result<Bytes> {
    let mut archive = tar::Builder::new(Vec::new());
    for (from, to) in folders {
        let to = Path::new(to.trim_start_matches('/'));
        pack(&mut archive, from, to)?;
    }
    Ok(archive.into_inner()?.into())
}

fn pack(archive: &mut tar::Builder<Vec<u8>>, from: &Path, to: &Path) -> io::Result<()> {
    entry(archive, to, None)?;
    let mut names = std::fs::read_dir(from)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    for name in names {
        let (from, to) = (from.join(&name), to.join(&name));
        // Kernelspecs are copies without links; an extension that is being developed may be one.
        let found = std::fs::metadata(&from)?;
        if found.is_dir() {
            pack(archive, &from, &to)?;
        } else if found.len() > LONGEST {
            tracing::warn!(file = %from.display(), "this file is too long to be brought to another machine");
        } else if found.is_file() {
            let mut content = Vec::new();
            std::fs::File::open(&from)?.take(LONGEST).read_to_end(&mut content)?;
            entry(archive, &to, Some((&content, is_program(&found))))?;
        }
    }
    Ok(())
}

/// A folder, or a file with its content and whether it is a program.
fn entry(archive: &mut tar::Builder<Vec<u8>>, path: &Path, file: Option<(&[u8], bool)>) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    let (kind, mode, content) = match file {
        None => (tar::EntryType::Directory, 0o755, &[][..]),
        Some((content, true)) => (tar::EntryType::Regular, 0o755, content),
        Some((content, false)) => (tar::EntryType::Regular, 0o644, content),
    };
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    archive.append_data(&mut header, path, content)
}

#[cfg(unix)]
fn is_program(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_program(_found: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_packed_below_their_new_paths_and_are_open_to_read() {
        let home = tempfile::tempdir().unwrap();
        let kernels = home.path().join("kernels");
        std::fs::create_dir_all(kernels.join("python_docker")).unwrap();
        std::fs::write(kernels.join("python_docker/kernel.json"), "{}").unwrap();
        let packed = packed(&[(&kernels, "/opt/kernels"), (&home.path().join("none"), "/opt/none")]);
        // A folder that is not there is an error: the gateway would offer nothing.
        assert!(packed.is_err());
        let packed = super::packed(&[(&kernels, "/opt/kernels")]).unwrap();
        let mut archive = tar::Archive::new(&packed[..]);
        let entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap())
            })
            .collect();
        let wanted = [
            ("opt/kernels".to_owned(), 0o755),
            ("opt/kernels/python_docker".to_owned(), 0o755),
            ("opt/kernels/python_docker/kernel.json".to_owned(), 0o644),
        ];
        assert_eq!(entries, wanted);
    }
}
