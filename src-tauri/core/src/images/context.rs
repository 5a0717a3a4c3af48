//! The context of a build: what the engine gets to build an image from.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use include_dir::Dir;

use crate::images::definition;

/// The build context: the definition, with another Dockerfile if one is given, and `ca/` with the machine's authorities.
/// The same input gives the same bytes.
pub fn of(
    definition: &Dir<'_>,
    dockerfile: Option<&str>,
    authorities: &BTreeMap<String, Vec<u8>>,
) -> std::io::Result<Bytes> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |path: &Path, contents: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, path, contents)
    };
    for (path, contents) in definition::files(definition) {
        match dockerfile {
            Some(text) if path == Path::new("Dockerfile") => add(&path, text.as_bytes())?,
            _ => add(&path, contents)?,
        }
    }
    add(Path::new("ca/.keep"), b"")?;
    for (name, contents) in authorities {
        add(&Path::new("ca").join(name), contents)?;
    }
    archive.into_inner().map(Bytes::from)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_the_same_each_time_and_holds_the_authorities() {
        let definition = definition::of(&definition::gateway()).unwrap();
        let authorities = BTreeMap::from([("company.crt".to_owned(), b"x".to_vec())]);
        let one = of(definition, None, &authorities).unwrap();
        assert_eq!(one, of(definition, None, &authorities).unwrap());
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
}
