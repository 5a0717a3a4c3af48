//! The images that this project defines: their names, files and sizes. Pure.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

/// The definitions: Dockerfiles, with the files beside them.
static DEFINITIONS: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../etc/images");
/// Files that several images copy, each in a folder of its own below this one.
const SHARED_FILES: &str = "shared";
/// The label with the digest of the definition that an image was built from: a newer definition is noticed by it.
pub(super) const CONTEXT: &str = "org.orchest.context";

/// The gateway's image.
pub fn gateway() -> String {
    ours("gateway")
}

/// The server's image.
pub fn server() -> String {
    ours("server")
}

/// The image that builds packages from their sources.
pub fn builder() -> String {
    ours("builder")
}

/// The image that installs packages of R.
pub fn builder_r() -> String {
    ours("builder-r")
}

/// The image of kernels for R.
pub fn kernel_r() -> String {
    ours("kernel-r")
}

/// The image of kernels for Python, and of the installer.
pub fn kernel_python() -> String {
    ours("kernel-python")
}

/// The name of one of our images with its tag.
pub(super) fn ours(name: &str) -> String {
    format!("orchest/{name}:{}", env!("CARGO_PKG_VERSION"))
}

/// Whether this project defines an image.
pub fn is_ours(image: &str) -> bool {
    of(image).is_some()
}

/// Whether an image is one of ours, or was built from one: labels are handed on.
pub fn is_from_ours(labels: &HashMap<String, String>) -> bool {
    labels.contains_key(CONTEXT)
}

/// The digest of the definition of [`kernel_python`].
pub fn kernel_python_digest() -> String {
    of(&kernel_python()).map(hash).unwrap_or_default()
}

/// The definition of an image.
pub(super) fn of(image: &str) -> Option<&'static Dir<'static>> {
    let name = image.strip_prefix("orchest/")?.strip_suffix(env!("CARGO_PKG_VERSION"))?.strip_suffix(':')?;
    DEFINITIONS.get_dir(name).filter(|dir| dir.get_file(format!("{name}/Dockerfile")).is_some())
}

/// What makes the base image; it is no image of ours.
pub(super) fn base() -> Option<&'static Dir<'static>> {
    DEFINITIONS.get_dir("base")
}

/// All definitions.
pub(super) fn all() -> impl Iterator<Item = &'static Dir<'static>> {
    DEFINITIONS.dirs().filter(|dir| dir.get_file(dir.path().join("Dockerfile")).is_some())
}

/// The size of the layers that our images share, bytes. Approximate; `tests/docker/images.rs` checks it.
pub(super) const SHARED: u64 = 145_000_000;

/// The size of each image's own layers.
pub(super) fn adds(image: &str) -> Option<u64> {
    let megabytes = match image.strip_prefix("orchest/").filter(|_| is_ours(image))?.split(':').next()? {
        "gateway" => 29,
        "server" => 154,
        "kernel-python" => 313,
        "kernel-r" => 184,
        "builder" => 486,
        "builder-r" => 484,
        _ => return None,
    };
    Some(megabytes * 1_000_000)
}

/// An image of this project that was built from another definition has to be built again. An image that somebody else
/// made under that name is left as it is.
pub(super) fn is_current(name: &str, labels: &HashMap<String, String>) -> bool {
    match (of(name), labels.get(CONTEXT)) {
        (Some(dir), Some(built_from)) => *built_from == hash(dir),
        _ => true,
    }
}

/// The files of a definition, by their paths in the context of its build.
pub(super) fn files<'a>(definition: &'a Dir<'a>) -> BTreeMap<PathBuf, &'a [u8]> {
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

/// The digest of a definition.
pub(super) fn hash(definition: &Dir<'_>) -> String {
    let mut hash = Sha256::new();
    for (path, contents) in files(definition) {
        hash.update(path.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(contents);
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..8])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_images_that_kernelspecs_name_are_defined() {
        for name in [gateway(), server(), ours("kernel-python"), kernel_r(), ours("builder"), builder_r()] {
            assert!(is_ours(&name), "{name}");
        }
        for name in ["orchest/base:0.1.0", "orchest/gateway:9", "elyra/kernel-py:2.0.0", "orchest/../gateway:0.1.0"] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn the_kernel_images_have_the_same_launcher() {
        let launcher = |name: &str| {
            let image = ours(name);
            files(of(&image).unwrap())[Path::new("shared/kernel/orchest_kernel.py")]
        };
        assert_eq!(launcher("kernel-python"), launcher("kernel-r"));
    }

    #[test]
    fn what_builds_packages_of_r_has_the_r_of_the_kernels_with_the_same_packages() {
        let layer = |name: &str| {
            let image = ours(name);
            let text = String::from_utf8(files(of(&image).unwrap())[Path::new("Dockerfile")].to_vec()).unwrap();
            let of_r = text.split("\nRUN ").find(|part| part.contains("r-base-core")).unwrap_or_default();
            of_r.lines().take_while(|line| !line.starts_with(['#', 'A'])).collect::<Vec<_>>().join("\n")
        };
        assert!(layer("kernel-r").contains("r-cran-irkernel"));
        assert_eq!(layer("kernel-r"), layer("builder-r"));
    }

    #[test]
    fn the_images_begin_with_the_same_layers() {
        let head = |name: &str| {
            let image = ours(name);
            let dockerfile = String::from_utf8(files(of(&image).unwrap())[Path::new("Dockerfile")].to_vec()).unwrap();
            let (before, after) = dockerfile.split_once("\nENV ").unwrap();
            let (env, _) = after.split_once("\n\n").unwrap();
            format!("{before}\nENV {env}")
        };
        let gateway = head("gateway");
        assert!(gateway.contains("shared/base/") && gateway.contains("PATH=/opt/venv/bin"), "{gateway}");
        for name in ["server", "kernel-python", "kernel-r", "builder", "builder-r"] {
            assert_eq!(head(name), gateway, "{name}");
        }
    }

    #[test]
    fn an_image_has_only_the_shared_files_that_it_copies() {
        let shared = |name: &str| {
            let files = files(of(&ours(name)).unwrap());
            let folders = files.keys().filter_map(|path| path.strip_prefix("shared").ok()?.iter().next());
            folders.map(|name| name.to_string_lossy().into_owned()).collect::<std::collections::BTreeSet<_>>()
        };
        for (image, folder) in [("gateway", "orchest_common"), ("server", "orchest_common"), ("kernel-r", "kernel")] {
            assert_eq!(shared(image).into_iter().collect::<Vec<_>>(), ["base", folder], "{image}");
        }
        assert!(!is_ours(&ours("shared")));
    }

    #[test]
    fn an_image_of_another_definition_is_not_current() {
        let labels = |value: &str| HashMap::from([(CONTEXT.to_owned(), value.to_owned())]);
        assert!(!is_current(&gateway(), &labels("0123")));
        assert!(is_current(&gateway(), &labels(&hash(of(&gateway()).unwrap()))));
        assert!(is_current(&gateway(), &HashMap::new()), "an image that somebody else made is left as it is");
        assert!(is_current("elyra/kernel-py:2.0.0", &labels("0123")));
    }
}
