//! The entries of a tar archive of images, as engines write it: copied one by one, only those that are known, and
//! without the names of images.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, Write};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tar::{Archive, EntryType, Header};

use super::manifest::{Fault, is_hex};
use crate::words::archive as words;

/// The largest list of images, bytes.
const LARGEST_LIST: u64 = 4 << 20;
/// The largest number of entries. Images have at most 127 layers with three entries each.
const MOST_ENTRIES: usize = 100_000;
/// The lists of images: of Docker's format, and of OCI's.
const LISTS: [&str; 2] = ["manifest.json", "index.json"];

/// An image in Docker's list.
#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "Layers", default)]
    layers: Vec<String>,
}

/// Copies the entries that are known, with plain headers. The end of the archive is left to [`end`].
///
/// # Errors
/// It does not have this number of images, each with all of its layers, or has an entry twice.
pub fn copy(from: impl Read, to: &mut impl Write, images: usize) -> Result<(), Fault> {
    copy_without(from, to, images, BTreeSet::new(), |_| {})
}

/// As [`copy`], without the layers of these digests in hex, which the receiver has. `left_out` is told the size of
/// each, bytes.
///
/// # Errors
/// As for [`copy`].
pub fn copy_without(
    from: impl Read,
    to: &mut impl Write,
    images: usize,
    mut layers: BTreeSet<String>,
    mut left_out: impl FnMut(u64),
) -> Result<(), Fault> {
    let mut archive = Archive::new(from);
    let mut seen = BTreeSet::new();
    let mut listed: Vec<Listed> = Vec::new();
    for (count, entry) in archive.entries()?.raw(true).enumerate() {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        let path = String::from_utf8_lossy(&entry.header().path_bytes()).trim_end_matches('/').to_owned();
        if count >= MOST_ENTRIES {
            return Err(Fault::Unsound(words::MANY_ENTRIES));
        }
        if !is_known(&path) || !matches!(kind, EntryType::Regular | EntryType::Directory | EntryType::Symlink) {
            continue;
        }
        if !seen.insert(path.clone()) {
            return Err(Fault::Unsound(words::TWICE));
        }
        match kind {
            EntryType::Directory => add(to, &path, kind, 0, None, io::empty())?,
            EntryType::Symlink => {
                let target = entry.header().link_name_bytes().unwrap_or_default();
                let target = String::from_utf8_lossy(&target).into_owned();
                if !target.strip_prefix("../").is_some_and(is_known) {
                    return Err(Fault::Unsound(words::LINK_OUT));
                }
                add(to, &path, kind, 0, Some(&target), io::empty())?;
            }
            _ if LISTS.contains(&path.as_str()) => {
                let list = nameless(&mut entry)?;
                if path == LISTS[0] {
                    listed = serde_json::from_slice(&list).map_err(|_| Fault::Damaged)?;
                }
                add(to, &path, kind, list.len() as u64, None, list.as_slice())?;
            }
            _ => {
                let size = entry.header().entry_size()?;
                let (digest, kept) = match layer_of(&path) {
                    _ if layers.is_empty() => (String::new(), None),
                    Some(Layer::Named(digest)) => (digest.to_owned(), None),
                    Some(Layer::Nameless) => kept(&mut entry).map(|(digest, kept)| (digest, Some(kept)))?,
                    None => (String::new(), None),
                };
                match kept {
                    _ if layers.remove(&digest) => left_out(size),
                    Some(kept) => add(to, &path, kind, size, None, kept)?,
                    None => add(to, &path, kind, size, None, entry)?,
                }
            }
        }
    }
    let whole = |image: &Listed| image.layers.iter().chain([&image.config]).all(|path| seen.contains(path));
    if listed.len() != images || !listed.iter().all(whole) {
        return Err(Fault::Unsound(words::NOT_ALL));
    }
    Ok(())
}

/// An entry that is a layer, perhaps.
enum Layer<'a> {
    /// Its name is the digest of what is in it.
    Named(&'a str),
    /// Only its contents tell its digest, as with Docker before version 25.
    Nameless,
}

fn layer_of(path: &str) -> Option<Layer<'_>> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["blobs", "sha256", digest] => Some(Layer::Named(digest)),
        [name] => name.strip_suffix(".tar").map(Layer::Named),
        [_, "layer.tar"] => Some(Layer::Nameless),
        _ => None,
    }
}

/// Keeps the contents of an entry in a temporary file until its digest is known.
fn kept(entry: &mut impl Read) -> io::Result<(String, File)> {
    let mut file = tempfile::tempfile()?;
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 17];
    loop {
        let count = entry.read(&mut part)?;
        let Some(read) = part.get(..count).filter(|read| !read.is_empty()) else { break };
        hash.update(read);
        file.write_all(read)?;
    }
    file.rewind()?;
    Ok((hex::encode(hash.finalize()), file))
}

/// Ends a tar archive.
pub fn end(to: &mut impl Write) -> io::Result<()> {
    to.write_all(&[0; 1024])
}

fn add(
    to: &mut impl Write,
    path: &str,
    kind: EntryType,
    size: u64,
    target: Option<&str>,
    contents: impl Read,
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_path(path)?;
    header.set_entry_type(kind);
    header.set_mode(if kind == EntryType::Directory { 0o755 } else { 0o644 });
    header.set_size(size);
    header.set_mtime(0);
    if let Some(target) = target {
        header.set_link_name(target)?;
    }
    header.set_cksum();
    to.write_all(header.as_bytes())?;
    if io::copy(&mut contents.take(size), to)? != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let over = size % 512;
    if over > 0 { to.write_all(&[0; 512][..512 - over as usize]) } else { Ok(()) }
}

/// Whether engines write an entry of this path, and need it.
fn is_known(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["blobs"] | ["blobs", "sha256"] | ["oci-layout"] => true,
        [name] if LISTS.contains(name) => true,
        ["blobs", "sha256", name] => is_hex(name),
        [name] => is_hex(name.trim_end_matches(".json").trim_end_matches(".tar")),
        [folder, "VERSION" | "json" | "layer.tar"] => is_hex(folder),
        _ => false,
    }
}

/// A list of images without their names. They get those of the manifest once all of them are on the engine.
fn nameless(entry: &mut impl Read) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    entry.take(LARGEST_LIST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST_LIST {
        return Err(Fault::Unsound(words::LONG_LIST));
    }
    let mut list: Value = serde_json::from_slice(&text).map_err(|_| Fault::Damaged)?;
    for image in list.as_array_mut().into_iter().flatten() {
        if let Some(image) = image.as_object_mut() {
            image.insert("RepoTags".to_owned(), Value::Null);
        }
    }
    for image in list.get_mut("manifests").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(image) = image.as_object_mut() {
            image.remove("annotations");
        }
    }
    Ok(serde_json::to_vec(&list).map_err(io::Error::from)?)
}
