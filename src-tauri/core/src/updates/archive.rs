//! Unpacks the archive of a version: one folder `orchest-desktop-VERSION-…` with `bin`, `share` and plain files.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use semver::Version;
use tar::{Archive, EntryType};

use crate::words::error::Result;
use crate::words::file as of_files;
use crate::words::updates as words;

/// The programs that an archive must have, relative to its folder. The one that runs is the last.
pub const PROGRAMS: [&str; 2] = ["bin/orchest", "bin/orchest-desktop"];
const MOST_ENTRIES: usize = 10_000;
const MOST_BYTES: u64 = 8 << 30;

/// Unpacks an archive into an empty folder, and answers with its files, relative to that folder; the programs are last.
/// Whatever is neither a plain file nor a folder, or would lie elsewhere, is refused.
pub fn unpack(archive: impl Read, version: &Version, into: &Path) -> Result<Vec<PathBuf>> {
    let unusable = |error: &dyn std::fmt::Display| words::unusable_archive(&error.to_string());
    let mut archive = Archive::new(GzDecoder::new(archive));
    let mut files = Vec::new();
    let mut bytes = 0;
    for (count, entry) in archive.entries().map_err(|error| unusable(&error))?.enumerate() {
        let mut entry = entry.map_err(|error| unusable(&error))?;
        let named = entry.path().map_err(|error| unusable(&error))?.into_owned();
        bytes += entry.size();
        if count >= MOST_ENTRIES || bytes > MOST_BYTES {
            return Err(unusable(&words::TOO_LARGE));
        }
        let Some(path) = inside(&named, version) else { return Err(words::foreign_entry(&named)) };
        let to = into.join(&path);
        match entry.header().entry_type() {
            EntryType::Directory => make_folder(&to)?,
            EntryType::Regular | EntryType::Continuous if path.parent().is_some() => {
                make_folder(to.parent().unwrap_or(into))?;
                let mode = entry.header().mode().unwrap_or(0o644);
                write(&mut entry, &to, mode).map_err(|error| of_files::failed(of_files::WRITE, &to, error))?;
                files.push(path);
            }
            EntryType::XGlobalHeader => {}
            _ => return Err(words::foreign_entry(&named)),
        }
    }
    let place = |file: &PathBuf| PROGRAMS.iter().position(|program| file == Path::new(program)).map_or(0, |at| at + 1);
    files.sort_by_key(|file| (place(file), file.clone()));
    match PROGRAMS.iter().find(|program| !files.iter().any(|file| file == Path::new(program))) {
        Some(missing) => Err(words::no_program(missing)),
        None => Ok(files),
    }
}

/// The path of an entry inside the archive's one folder, if it lies there.
fn inside(named: &Path, version: &Version) -> Option<PathBuf> {
    let mut parts = named.components().filter(|part| *part != Component::CurDir);
    let Component::Normal(folder) = parts.next()? else { return None };
    if !folder.to_str()?.starts_with(&format!("orchest-desktop-{version}-")) {
        return None;
    }
    parts
        .map(|part| match part {
            // A name with a dot at its beginning could be one of the files by which an update is undone.
            Component::Normal(name) if !name.as_encoded_bytes().starts_with(b".") => Some(name),
            _ => None,
        })
        .collect()
}

fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| of_files::failed(of_files::WRITE, folder, error))
}

fn write(from: &mut impl Read, to: &Path, mode: u32) -> std::io::Result<()> {
    let mut file = File::create_new(to)?;
    std::io::copy(from, &mut file)?;
    file.flush()?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode & 0o755))?;
    #[cfg(not(unix))]
    let _ = mode;
    file.sync_all()
}

/// Archives for tests.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod samples {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tar::{Builder, Header};

    use super::*;

    /// An archive of a version, with programs that name it, and these other files.
    pub fn archive(version: &str, others: &[(&str, &str)]) -> Vec<u8> {
        let script = format!("#!/bin/sh\n# {version}\necho \"orchest {version}\"\n");
        let programs = PROGRAMS.map(|program| (program, script.as_str()));
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, text) in others.iter().chain(&programs) {
            let mut header = Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(if path.starts_with("bin/") { 0o4755 } else { 0o644 });
            let path = format!("orchest-desktop-{version}-linux-x86_64/{path}");
            builder.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    /// An archive with one entry more, under a name that no honest archive has.
    pub fn with_entry(name: &str, kind: EntryType) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_mode(0o644);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, std::io::empty()).unwrap();
        builder.into_inner().unwrap().finish().unwrap()
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::samples::{archive, with_entry};
    use super::*;

    fn unpacked(archive: &[u8], version: &str) -> (tempfile::TempDir, Result<Vec<PathBuf>>) {
        let folder = tempfile::tempdir().unwrap();
        let files = unpack(archive, &version.parse().unwrap(), folder.path());
        (folder, files)
    }

    #[test]
    fn an_archive_is_unpacked_with_its_programs_last_and_without_setuid() {
        let (folder, files) = unpacked(&archive("0.2.0", &[("share/doc/z.txt", "z"), ("README.md", "r")]), "0.2.0");
        let names = ["README.md", "share/doc/z.txt", "bin/orchest", "bin/orchest-desktop"].map(PathBuf::from);
        assert_eq!(files.unwrap(), names);
        let mode = fs::metadata(folder.path().join("bin/orchest")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o755);
    }

    #[test]
    fn what_is_no_archive_of_the_version_is_refused() {
        assert!(unpacked(&archive("0.1.0", &[]), "0.2.0").1.is_err(), "another version");
        let whole = archive("0.2.0", &[]);
        assert!(unpacked(&whole[..whole.len() / 2], "0.2.0").1.is_err(), "cut");
        assert!(unpacked(b"no archive", "0.2.0").1.is_err());
        assert!(unpacked(&[], "0.2.0").1.is_err());
        let top = "orchest-desktop-0.2.0-linux-x86_64";
        for (name, kind) in [
            ("../outside".to_owned(), EntryType::Regular),
            ("/etc/outside".to_owned(), EntryType::Regular),
            (format!("{top}/../outside"), EntryType::Regular),
            (format!("{top}/bin/../../outside"), EntryType::Regular),
            (format!("{top}/.orchest-before/journal.json"), EntryType::Regular),
            (format!("{top}/bin/link"), EntryType::Symlink),
            (format!("{top}/bin/link"), EntryType::Link),
            (format!("{top}/bin/pipe"), EntryType::Fifo),
            (top.to_owned(), EntryType::Regular),
            (format!("{top}/README.md"), EntryType::Regular),
        ] {
            let (folder, files) = unpacked(&with_entry(&name, kind), "0.2.0");
            assert!(files.is_err(), "{name} {kind:?}");
            assert!(!folder.path().join("../outside").exists());
        }
    }
}
