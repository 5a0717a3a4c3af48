//! The shipped kernelspecs in the kernels directory: installed, and refreshed by an upgrade unless the user changed them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use include_dir::{Dir, File, include_dir};
use sha2::{Digest, Sha256};

use crate::kernelspec;
use crate::platform::others;
use crate::words::error::{Error, Result};
use crate::words::{file, kernelspec as words};

/// The shipped kernelspecs, and the launch script that they share.
static SHIPPED: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../etc/kernels");
/// The script that starts a kernel's container; each kernelspec gets it under `scripts/`.
const SCRIPT: &str = "launch_docker.py";
/// Where it is in the folder of a kernelspec.
pub(super) const OWN_SCRIPT: &str = "scripts/launch_docker.py";
/// Its text.
pub(crate) static SCRIPT_TEXT: &[u8] = include_bytes!("../../../../etc/kernels/launch_docker.py");
/// The files as they were written, with their hashes: a file that differs was changed by the user.
const MANIFEST: &str = ".orchest-shipped.json";

type Manifest = BTreeMap<String, String>;

/// Installs and refreshes. Returns the files that the user changed, which are kept.
pub fn install(dir: &Path) -> Result<Vec<String>> {
    let io = |path: &Path, source| file::failed(file::WRITE, path, source);
    if !dir.exists() {
        others::closed_folder(dir).map_err(|error| io(dir, error))?;
    }
    others::not_written_by_others(dir).map_err(|error| io(dir, error))?;
    let manifest_file = dir.join(MANIFEST);
    // Without a readable record all existing files count as the user's.
    let before: Manifest =
        fs::read(&manifest_file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let mut after = Manifest::new();
    let mut kept = Vec::new();
    for (name, contents) in shipped() {
        let spec = name.split('/').next().unwrap_or_default();
        let shipped_before = before.keys().any(|known| known.starts_with(&format!("{spec}/")));
        if shipped_before && !dir.join(spec).exists() {
            // Removed by the user. The record keeps it, so that it does not come back.
            after.insert(name.clone(), before.get(&name).cloned().unwrap_or_default());
            continue;
        }
        let path = dir.join(&name);
        let new = hash(&contents);
        match fs::read(&path) {
            Ok(found) if hash(&found) == new => {}
            Ok(found) if before.get(&name).is_none_or(|known| *known != hash(&found)) => {
                kept.push(name.clone());
                after.insert(name.clone(), before.get(&name).cloned().unwrap_or_default());
                continue;
            }
            _ => write(dir, &path, &contents).map_err(|error| io(&path, error))?,
        }
        after.insert(name, new);
    }
    refresh_copies(dir, &before, &mut after)?;
    if after != before {
        let text = serde_json::to_vec_pretty(&after).unwrap_or_default();
        write(dir, &manifest_file, &text).map_err(|error| io(&manifest_file, error))?;
    }
    Ok(kept)
}

/// Refreshes the launch scripts of the person's own kernelspecs, unless the person changed them: those that are as the app
/// wrote them, there or in a kernelspec that they are a copy of.
fn refresh_copies(dir: &Path, before: &Manifest, after: &mut Manifest) -> Result<()> {
    let Some(contents) = script() else { return Ok(()) };
    let new = hash(contents);
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let Ok(folder) = entry.file_name().into_string() else { continue };
        let (name, path) = (format!("{folder}/{OWN_SCRIPT}"), entry.path().join(OWN_SCRIPT));
        if after.contains_key(&name) || folder.starts_with('.') {
            continue;
        }
        let Ok(found) = fs::read(&path).map(|found| hash(&found)) else { continue };
        if found != new {
            if !before.values().any(|known| *known == found) {
                continue;
            }
            write(dir, &path, contents).map_err(|error| file::failed(file::WRITE, &path, error))?;
        }
        after.insert(name, new.clone());
    }
    Ok(())
}

/// The `kernel.json` of the shipped kernelspec for Python.
pub(super) fn python() -> String {
    let file = SHIPPED.get_file("python_docker/kernel.json");
    file.map(|file| String::from_utf8_lossy(&finished(file)).into_owned()).unwrap_or_default()
}

/// The text of a file, where a `kernel.json` names the images of this version of the program.
fn finished(file: &'static File<'static>) -> Cow<'static, [u8]> {
    match file.contents_utf8() {
        Some(text) if file.path().ends_with("kernel.json") => {
            text.replace(":VERSION\"", concat!(":", env!("CARGO_PKG_VERSION"), "\"")).into_bytes().into()
        }
        _ => file.contents().into(),
    }
}

/// The launch script.
fn script() -> Option<&'static [u8]> {
    SHIPPED.get_file(SCRIPT).map(|file| file.contents())
}

/// Writes the launch script into the folder of a kernelspec.
pub(super) fn write_script(folder: &Path) -> std::io::Result<()> {
    write(folder, &folder.join(OWN_SCRIPT), script().unwrap_or_default())
}

/// Whether the shipped kernelspecs are installed and refreshed there.
pub fn is_kept_by_us(dir: &Path) -> bool {
    dir.join(MANIFEST).exists()
}

/// Accepts a folder as the person's kernels directory: unchanged if it has kernelspecs, with the shipped ones if it is
/// empty. Nothing is written into a folder with other files.
pub fn take(dir: &Path) -> Result<()> {
    let (usable, problems) = kernelspec::read(dir);
    if !usable.is_empty() {
        return Ok(());
    }
    let refused = |(message, hint)| Error::Kernelspec { message, hint };
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none()) {
        return install(dir).map(drop);
    }
    match problems.into_iter().find(|problem| Path::new(&problem.path).exists()) {
        Some(problem) => Err(refused((words::none_usable(dir, &problem.name, &problem.message), problem.hint))),
        None => Err(refused(words::none_in(dir))),
    }
}

/// Every shipped file by its path below the kernels directory.
fn shipped() -> BTreeMap<String, Cow<'static, [u8]>> {
    let mut files = BTreeMap::new();
    let script = script();
    for spec in SHIPPED.dirs().filter(|dir| dir.get_file(dir.path().join("kernel.json")).is_some()) {
        let name = spec.path().to_string_lossy();
        files.extend(spec.files().map(|file| (file.path().to_string_lossy().replace('\\', "/"), finished(file))));
        files.extend(script.map(|script| (format!("{name}/{OWN_SCRIPT}"), script.into())));
    }
    files
}

fn hash(contents: &[u8]) -> String {
    hex::encode(Sha256::digest(contents))
}

/// Writes a file at once, with permissions as a package would set them.
pub(super) fn write(dir: &Path, path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(dir);
    fs::create_dir_all(folder)?;
    for folder in folder.ancestors().take_while(|folder| folder.starts_with(dir) && *folder != dir) {
        open_to_all(folder, 0o755)?;
    }
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(contents)?;
    open_to_all(file.path(), 0o644)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Permissions as a package would set them, whatever the person's umask. Gateways have their own copy (`copy`).
#[cfg(unix)]
pub(super) fn open_to_all(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub(super) fn open_to_all(_path: &Path, _mode: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_kernelspecs_are_whole_and_readable() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(install(dir.path()).unwrap(), Vec::<String>::new());
        let (kernelspecs, problems) = crate::kernelspec::read(dir.path());
        assert_eq!(problems, vec![]);
        let names: Vec<_> = kernelspecs.iter().map(|spec| spec.name.as_str()).collect();
        assert_eq!(names, ["python_docker", "r_docker"]);
        assert!(kernelspecs.iter().all(|spec| !spec.lacks_public_key && crate::images::is_ours(&spec.image)));
    }

    #[test]
    fn files_that_the_user_changed_are_kept_and_the_others_refreshed() {
        let dir = tempfile::tempdir().unwrap();
        install(dir.path()).unwrap();
        let changed = dir.path().join("python_docker/kernel.json");
        fs::write(&changed, "{}").unwrap();
        // An older version of the script, as an older version of the app would leave it.
        let script = dir.path().join("r_docker/scripts").join(SCRIPT);
        fs::write(&script, "old").unwrap();
        let manifest = dir.path().join(MANIFEST);
        let mut known: Manifest = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        known.insert(format!("r_docker/scripts/{SCRIPT}"), hash(b"old"));
        fs::write(&manifest, serde_json::to_vec(&known).unwrap()).unwrap();

        assert_eq!(install(dir.path()).unwrap(), ["python_docker/kernel.json"]);
        assert_eq!(fs::read_to_string(&changed).unwrap(), "{}");
        assert_ne!(fs::read_to_string(&script).unwrap(), "old");
        assert_eq!(install(dir.path()).unwrap(), ["python_docker/kernel.json"], "it stays the user's");
    }

    #[test]
    fn a_chosen_folder_is_used_unchanged_and_only_an_empty_one_is_filled() {
        let dir = tempfile::tempdir().unwrap();
        let (empty, theirs, else_) = (dir.path().join("empty"), dir.path().join("theirs"), dir.path().join("else"));
        for folder in [&empty, &theirs, &else_] {
            fs::create_dir(folder).unwrap();
        }
        take(&empty).unwrap();
        assert!(is_kept_by_us(&empty) && empty.join("python_docker/kernel.json").exists());

        fs::rename(empty.join("r_docker"), theirs.join("r_docker")).unwrap();
        take(&theirs).unwrap();
        assert!(!is_kept_by_us(&theirs));
        assert_eq!(fs::read_dir(&theirs).unwrap().count(), 1, "it stays as it is");

        fs::write(else_.join("notes.txt"), "").unwrap();
        let refused = take(&else_).unwrap_err();
        assert!(refused.to_string().starts_with("there is no kernelspec in `"), "{refused}");
        fs::create_dir(else_.join("broken")).unwrap();
        fs::write(else_.join("broken/kernel.json"), "{").unwrap();
        let refused = take(&else_).unwrap_err();
        assert!(refused.to_string().contains("`broken`: "), "{refused}");
        assert!(take(&dir.path().join("nowhere")).is_err());
        assert!(!dir.path().join("nowhere").exists());
    }

    #[test]
    fn the_script_of_a_copy_is_refreshed_unless_the_user_changed_it() {
        let dir = tempfile::tempdir().unwrap();
        install(dir.path()).unwrap();
        let script = |spec: &str| dir.path().join(spec).join(OWN_SCRIPT);
        // As an older version of the app would leave it.
        let manifest = dir.path().join(MANIFEST);
        let mut known: Manifest = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        known.insert(format!("r_docker/{OWN_SCRIPT}"), hash(b"old"));
        fs::write(&manifest, serde_json::to_vec(&known).unwrap()).unwrap();
        for (spec, text) in [("r_docker", "old"), ("copy", "old"), ("changed", "mine")] {
            fs::create_dir_all(script(spec).parent().unwrap()).unwrap();
            fs::write(script(spec), text).unwrap();
        }
        install(dir.path()).unwrap();
        let new = fs::read(script("python_docker")).unwrap();
        assert_eq!(fs::read(script("copy")).unwrap(), new);
        assert_eq!(fs::read_to_string(script("changed")).unwrap(), "mine");
        let known: Manifest = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        assert!(known.contains_key(&format!("copy/{OWN_SCRIPT}")), "the next upgrade knows it");
        assert!(!known.contains_key(&format!("changed/{OWN_SCRIPT}")));
    }

    #[test]
    fn a_kernelspec_that_the_user_removed_does_not_come_back() {
        let dir = tempfile::tempdir().unwrap();
        install(dir.path()).unwrap();
        fs::remove_dir_all(dir.path().join("r_docker")).unwrap();
        install(dir.path()).unwrap();
        install(dir.path()).unwrap();
        assert!(!dir.path().join("r_docker").exists());
    }
}
