//! Kernelspecs that are opened, written, renamed and removed. A kernelspec is named by its name: its folder is found in
//! the list of the kernels directory, so that no name leads out of it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{draft, faults, template_for};
use crate::contract::kernelspec::{KernelspecChecked, KernelspecDraft, KernelspecOpened, KernelspecSource};
use crate::kernelspec::parse::{self, Found};
use crate::kernelspec::{KERNEL_JSON, copy, read, shipped};
use crate::words::error::{Error, Result};
use crate::words::{file, kernelspec as words};

/// What a draft begins with.
struct Before {
    text: String,
    /// The folder that it is read from.
    folder: Option<String>,
    /// A new kernelspec is made, and the folder stays as it is.
    is_new: bool,
}

/// Opens a kernelspec for its editor.
pub fn open(dir: &Path, source: &KernelspecSource) -> Result<KernelspecOpened> {
    let before = before(dir, source, "python")?;
    let spec = parse::read(before.text.trim_start_matches('\u{feff}'));
    let folder = before.folder.as_deref().unwrap_or_default();
    let mut fields = draft::fields(folder, spec.as_ref().unwrap_or(&serde_json::Value::Null));
    if let KernelspecSource::Copy { .. } = source {
        fields.name = free_name(dir, folder);
        if !fields.display_name.is_empty() {
            fields.display_name = words::copy_of(&fields.display_name);
        }
    }
    let fields = at_its_place(&before, fields);
    let checked = checked(dir, &before, &fields);
    let seen = (!before.is_new).then(|| hash(&before.text));
    Ok(KernelspecOpened { draft: fields, checked, seen, unreadable: !spec.is_ok_and(|spec| spec.is_object()) })
}

/// Checks a draft while somebody types.
pub fn check(dir: &Path, source: &KernelspecSource, draft: KernelspecDraft) -> Result<KernelspecChecked> {
    let before = before(dir, source, &draft.language)?;
    let draft = at_its_place(&before, draft);
    Ok(checked(dir, &before, &draft))
}

/// Writes a draft. Answers with the name of its folder.
///
/// # Errors
///
/// It has a fault, or the file is another one than `seen`. Nothing is written then.
pub fn save(dir: &Path, source: &KernelspecSource, draft: KernelspecDraft, seen: Option<&str>) -> Result<String> {
    let before = before(dir, source, &draft.language)?;
    let draft = at_its_place(&before, draft);
    let checked = checked(dir, &before, &draft);
    if let Some(fault) = checked.faults.first() {
        return Err(words::not_saved(&draft.name, &fault.message, &fault.hint));
    }
    let to = dir.join(&draft.name);
    match &before.folder {
        Some(folder) if !before.is_new => {
            let from = dir.join(folder);
            replace(&from.join(KERNEL_JSON), &before.text, &checked.text, seen)?;
            if *folder != draft.name {
                fs::rename(&from, &to).map_err(|error| file::failed(file::RENAME, &from, error))?;
            }
        }
        from => make(dir, from.as_deref(), &to, &checked.text)?,
    }
    Ok(draft.name)
}

/// The command of a draft, if the gateway would run another one than before. A command that is no Python script may also
/// obey variables.
pub fn new_command(dir: &Path, source: &KernelspecSource, draft: KernelspecDraft) -> Result<Option<Vec<String>>> {
    let before = before(dir, source, &draft.language)?;
    let spec = parse::read(before.text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let was = draft::fields(&draft.name, &spec);
    let [was, draft] = [was, draft].map(|draft| at_its_place(&before, draft));
    let is_python = draft.argv.first().is_some_and(|program| program.starts_with("python"));
    let same = was.argv == draft.argv && (is_python || was.env == draft.env);
    Ok((!same).then_some(draft.argv))
}

/// Moves a kernelspec to the desktop's trash.
pub fn remove(dir: &Path, name: &str) -> Result<()> {
    let folder = folder_of(dir, name)?;
    let needing = needing(dir, &folder);
    if !needing.is_empty() {
        return Err(words::not_removed(&folder, words::script_used_by(&folder, &needing)));
    }
    let path = dir.join(&folder);
    trash::delete(&path).map_err(|error| words::not_in_trash(&path, &error.to_string()))
}

/// The file of a kernelspec, for an editor of the person's own.
pub fn file_of(dir: &Path, name: &str) -> Result<PathBuf> {
    Ok(dir.join(folder_of(dir, name)?).join(KERNEL_JSON))
}

/// All problems of a kernelspec as it is on the disk.
pub fn problems(dir: &Path, name: &str) -> Result<Vec<Found>> {
    let folder = folder_of(dir, name)?;
    Ok(match read::text_of(&dir.join(&folder).join(KERNEL_JSON)) {
        Ok(text) => parse::parse_all(&folder, &text, |script| is_script(dir, script)).err().unwrap_or_default(),
        Err(problem) => {
            vec![Found { field: crate::contract::kernelspec::KernelspecField::File, variable: None, problem }]
        }
    })
}

fn before(dir: &Path, source: &KernelspecSource, language: &str) -> Result<Before> {
    let (name, is_new) = match source {
        KernelspecSource::New => return Ok(Before { text: template_for(language), folder: None, is_new: true }),
        KernelspecSource::Copy { name } => (name, true),
        KernelspecSource::Existing { name } => (name, false),
    };
    let folder = folder_of(dir, name)?;
    let text = read::text_of(&dir.join(&folder).join(KERNEL_JSON));
    let text = text.map_err(|(message, hint)| words::no_fields(&folder, &message, &hint))?;
    Ok(Before { text, folder: Some(folder), is_new })
}

/// The draft with a command that finds the scripts of its folder where the folder will be.
fn at_its_place(before: &Before, draft: KernelspecDraft) -> KernelspecDraft {
    match &before.folder {
        Some(folder) if *folder != draft.name => KernelspecDraft { argv: draft::moved(&draft.argv, folder), ..draft },
        _ => draft,
    }
}

fn checked(dir: &Path, before: &Before, draft: &KernelspecDraft) -> KernelspecChecked {
    let renamed = before.folder.as_ref().filter(|_| !before.is_new);
    let names: Vec<String> = folders(dir).into_iter().filter(|folder| Some(folder) != renamed).collect();
    let needing = renamed.map(|folder| needing(dir, folder)).unwrap_or_default();
    let is_there = |script: &Path| {
        let Ok(own) = script.strip_prefix(&draft.name) else { return is_script(dir, script) };
        match &before.folder {
            Some(folder) => is_script(dir, &Path::new(folder).join(own)),
            None => own == Path::new(shipped::OWN_SCRIPT),
        }
    };
    let others =
        faults::Others { names: &names, needing: &needing, was: renamed.map(String::as_str), is_there: &is_there };
    KernelspecChecked { faults: faults::faults(&before.text, draft, &others), text: draft::text(&before.text, draft) }
}

/// Whether a script below the kernels directory can be run by a gateway.
fn is_script(dir: &Path, script: &Path) -> bool {
    let hidden = matches!(script.components().next(), Some(Component::Normal(first)) if first.as_encoded_bytes().starts_with(b"."));
    !hidden && fs::File::open(dir.join(script)).is_ok()
}

/// The folders in the kernels directory.
fn folders(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let names =
        entries.filter(|entry| !entry.path().is_file()).filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| !name.starts_with('.')).collect()
}

/// The folder of a kernelspec, found in the list of the kernels directory.
pub fn folder_of(dir: &Path, name: &str) -> Result<String> {
    let folders = folders(dir);
    let found = folders.iter().find(|folder| *folder == name);
    let found = found.or_else(|| folders.iter().find(|folder| folder.eq_ignore_ascii_case(name)));
    found.cloned().ok_or_else(|| words::no_such(name, dir))
}

/// The other kernelspecs whose commands run a script in this folder.
fn needing(dir: &Path, folder: &str) -> Vec<String> {
    let runs = |other: &String| {
        let text = read::text_of(&dir.join(other).join(KERNEL_JSON)).unwrap_or_default();
        let argv = parse::read(&text).map(|spec| draft::fields(other, &spec).argv).unwrap_or_default();
        let script = |word: &String| parse::script_of(other, word).is_some_and(|script| script.starts_with(folder));
        argv.iter().any(script)
    };
    let mut found: Vec<String> = folders(dir).into_iter().filter(|other| other != folder).filter(runs).collect();
    found.sort();
    found
}

fn free_name(dir: &Path, folder: &str) -> String {
    let taken = folders(dir);
    let first = format!("{folder}_copy");
    let names = std::iter::once(first.clone()).chain((2..1000).map(|n| format!("{folder}_copy{n}")));
    let free = |name: &String| !taken.iter().any(|taken| taken.eq_ignore_ascii_case(name));
    names.into_iter().find(free).unwrap_or(first)
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Puts a new text in a file's place, at once. A link stays, and its target is replaced.
fn replace(path: &Path, before: &str, text: &str, seen: Option<&str>) -> Result<()> {
    let failed = |error| file::failed(file::WRITE, path, error);
    let target = path.canonicalize().map_err(failed)?;
    let mut new = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(target.parent().unwrap_or(Path::new(".")))
        .map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)?;
    let permissions = fs::metadata(&target).map_err(failed)?.permissions();
    fs::set_permissions(new.path(), permissions).map_err(failed)?;
    let now = fs::read(&target).map_err(failed)?;
    if now != before.as_bytes() || seen.is_some_and(|seen| seen != hash(before)) {
        return Err(words::changed_meanwhile(path));
    }
    if before == text {
        return Ok(());
    }
    new.persist(&target).map(drop).map_err(|error| failed(error.error))
}

/// Makes the folder of a new kernelspec, with the files of the one that it is a copy of, or with the launch script. It
/// appears at once and whole.
fn make(dir: &Path, from: Option<&str>, to: &Path, text: &str) -> Result<()> {
    let failed = |error| file::failed(file::CREATE, to, error);
    let new = tempfile::Builder::new().prefix(".new-").tempdir_in(dir).map_err(failed)?;
    match from {
        Some(folder) => {
            let refused = |(message, hint): (String, String)| Error::Kernelspec { message, hint };
            let files = copy::below(dir, OsStr::new(folder)).map_err(refused)?;
            files.write_below(Path::new(folder), new.path()).map_err(failed)?;
        }
        None => shipped::write_script(new.path()).map_err(failed)?,
    }
    shipped::write(new.path(), &new.path().join(KERNEL_JSON), text.as_bytes()).map_err(failed)?;
    shipped::open_to_all(new.path(), 0o755).map_err(failed)?;
    // A folder that another program made meanwhile is not replaced, even if it is empty.
    if to.symlink_metadata().is_ok() {
        return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
    }
    fs::rename(new.keep(), to).map_err(failed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::kernelspec;

    fn home() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        shipped::install(dir.path()).unwrap();
        dir
    }

    fn existing(name: &str) -> KernelspecSource {
        KernelspecSource::Existing { name: name.into() }
    }

    fn copy_of(name: &str) -> KernelspecSource {
        KernelspecSource::Copy { name: name.into() }
    }

    fn named(dir: &Path, source: &KernelspecSource, edit: impl FnOnce(&mut KernelspecDraft)) -> Result<String> {
        let mut opened = open(dir, source)?;
        edit(&mut opened.draft);
        save(dir, source, opened.draft, opened.seen.as_deref())
    }

    fn usable(dir: &Path) -> Vec<String> {
        let (usable, problems) = kernelspec::read(dir);
        assert_eq!(problems, []);
        let mut names: Vec<_> = usable.into_iter().map(|spec| spec.name).collect();
        names.sort();
        names
    }

    fn left(dir: &Path) -> usize {
        fs::read_dir(dir)
            .unwrap()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(".new"))
            .count()
    }

    #[test]
    fn a_new_kernelspec_is_whole_and_usable_at_once() {
        let home = home();
        let dir = home.path();
        let opened = open(dir, &KernelspecSource::New).unwrap();
        let fields: Vec<_> = opened.checked.faults.iter().map(|fault| fault.field).collect();
        use crate::contract::kernelspec::KernelspecField::{Image, Name};
        assert_eq!(fields, [Name, Image]);
        let name = named(dir, &KernelspecSource::New, |draft| {
            draft.name = "Mine".into();
            draft.image = "python:3.13".into();
        });
        assert_eq!(name.unwrap(), "Mine");
        assert_eq!(usable(dir), ["mine", "python_docker", "r_docker"]);
        let again = named(dir, &KernelspecSource::New, |draft| {
            draft.name = "mine".into();
            draft.image = "python:3.13".into();
        });
        assert!(again.unwrap_err().to_string().contains("there is already a kernelspec `Mine`"));
        assert_eq!(left(dir), 0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &str| fs::metadata(dir.join(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode("Mine"), mode("Mine/kernel.json"), mode("Mine/scripts")), (0o755, 0o644, 0o755));
        }
        let spec = fs::read_to_string(dir.join("Mine/kernel.json")).unwrap();
        assert!(spec.contains("debugger") && spec.contains("{resource_dir}/scripts/launch_docker.py"), "{spec}");
    }

    #[test]
    fn a_copy_has_all_files_and_runs_its_own_script() {
        let home = home();
        let dir = home.path();
        let name = named(dir, &copy_of("r_docker"), |_| {}).unwrap();
        assert_eq!(name, "r_docker_copy");
        assert!(dir.join("r_docker_copy/logo-svg.svg").exists());
        let opened = open(dir, &existing("r_docker_copy")).unwrap();
        assert_eq!((opened.draft.display_name.as_str(), opened.checked.faults.len()), ("R (copy)", 0));
        assert_eq!(needing(dir, "r_docker"), Vec::<String>::new());
        fs::remove_dir_all(dir.join("r_docker")).unwrap();
        assert_eq!(usable(dir), ["python_docker", "r_docker_copy"]);
        assert_eq!(named(dir, &copy_of("r_docker_copy"), |_| {}).unwrap(), "r_docker_copy_copy");
    }

    #[test]
    fn a_rename_takes_the_scripts_along_and_is_refused_where_others_run_them() {
        let home = home();
        let dir = home.path();
        named(dir, &existing("python_docker"), |draft| draft.name = "Python_Docker".into()).unwrap();
        named(dir, &existing("python_docker"), |draft| draft.name = "renamed".into()).unwrap();
        assert_eq!(usable(dir), ["r_docker", "renamed"]);
        fs::create_dir(dir.join("other")).unwrap();
        let theirs = fs::read_to_string(dir.join("r_docker/kernel.json")).unwrap();
        fs::write(dir.join("other/kernel.json"), theirs).unwrap();
        let refused = named(dir, &existing("r_docker"), |draft| draft.name = "r".into()).unwrap_err().to_string();
        assert!(refused.contains("the command of `other` runs a script in the folder `r_docker`"), "{refused}");
        let refused = remove(dir, "r_docker").unwrap_err().to_string();
        assert!(refused.contains("`r_docker` was not removed: the command of `other`"), "{refused}");
        // A copy by hand runs a script that stays.
        named(dir, &existing("other"), |draft| draft.name = "another".into()).unwrap();
        assert_eq!(usable(dir), ["another", "r_docker", "renamed"]);
    }

    #[test]
    fn a_file_that_another_program_changed_meanwhile_is_not_overwritten() {
        let home = home();
        let (dir, file) = (home.path(), home.path().join("r_docker/kernel.json"));
        let opened = open(dir, &existing("r_docker")).unwrap();
        let theirs = fs::read_to_string(&file).unwrap().replace("\"R\"", "\"Theirs\"");
        fs::write(&file, &theirs).unwrap();
        let mut draft = opened.draft;
        draft.display_name = "Ours".into();
        let refused = save(dir, &existing("r_docker"), draft, opened.seen.as_deref()).unwrap_err();
        assert!(refused.to_string().contains("another program changed"), "{refused}");
        assert_eq!(fs::read_to_string(&file).unwrap(), theirs);
        assert_eq!(
            fs::read_dir(dir.join("r_docker"))
                .unwrap()
                .flatten()
                .filter(|entry| entry.file_name().to_string_lossy().starts_with(".new"))
                .count(),
            0
        );
    }

    #[test]
    fn a_draft_with_a_fault_is_not_written() {
        let home = home();
        let file = home.path().join("r_docker/kernel.json");
        let before = fs::read(&file).unwrap();
        let refused = named(home.path(), &existing("r_docker"), |draft| draft.image = "A b".into()).unwrap_err();
        assert!(
            refused.to_string().contains("`r_docker` was not written: it is not a valid name of an image"),
            "{refused}"
        );
        assert_eq!(fs::read(&file).unwrap(), before);
    }

    #[test]
    fn another_command_is_noticed_and_a_rename_is_none() {
        let home = home();
        let dir = home.path();
        let edited = |source: &KernelspecSource, edit: fn(&mut KernelspecDraft)| {
            let mut draft = open(dir, source).unwrap().draft;
            edit(&mut draft);
            new_command(dir, source, draft).unwrap()
        };
        for source in [KernelspecSource::New, copy_of("r_docker"), existing("r_docker")] {
            let fine = edited(&source, |draft| {
                draft.name = "mine".into();
                draft.image = "a:1".into();
                draft.language = "julia".into();
                draft.env.push(crate::contract::kernelspec::DraftVariable { name: "A".into(), value: "1".into() });
            });
            assert_eq!(fine, None, "{source:?}");
            let found = edited(&source, |draft| draft.argv = vec!["sh".into(), "-c".into(), "id".into()]);
            assert_eq!(found.unwrap().join(" "), "sh -c id");
        }
        let file = dir.join("r_docker/kernel.json");
        let theirs = fs::read_to_string(&file).unwrap().replace("\"python\"", "\"bash\"");
        fs::write(&file, theirs).unwrap();
        let variable = edited(&existing("r_docker"), |draft| {
            draft.env.push(crate::contract::kernelspec::DraftVariable { name: "BASH_ENV".into(), value: "/x".into() });
        });
        assert!(variable.is_some(), "a shell obeys variables");
        assert_eq!(edited(&existing("r_docker"), |draft| draft.image = "a:1".into()), None);
    }

    #[test]
    fn no_name_leads_out_of_the_kernels_directory() {
        let home = home();
        let dir = home.path().join("kernels");
        fs::rename(home.path().join("python_docker"), home.path().join("outside")).unwrap();
        fs::create_dir(&dir).unwrap();
        for name in ["../outside", "..", ".", "", "/etc"] {
            assert!(open(&dir, &existing(name)).is_err(), "{name}");
            assert!(open(&dir, &copy_of(name)).is_err(), "{name}");
            assert!(remove(&dir, name).is_err(), "{name}");
            assert!(file_of(&dir, name).is_err(), "{name}");
        }
        assert!(home.path().join("outside/kernel.json").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_file_is_changed_where_it_is_and_keeps_its_mode() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let home = home();
        let (dir, theirs) = (home.path(), tempfile::tempdir().unwrap());
        let (link, target) = (dir.join("r_docker/kernel.json"), theirs.path().join("r.json"));
        fs::rename(&link, &target).unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&target, &link).unwrap();
        named(dir, &existing("r_docker"), |draft| draft.display_name = "Linked".into()).unwrap();
        assert!(link.is_symlink());
        assert!(fs::read_to_string(&target).unwrap().contains("Linked"));
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_broken_file_is_opened_with_its_fault_and_is_not_changed_by_fields() {
        let home = home();
        let file = home.path().join("r_docker/kernel.json");
        fs::write(&file, "{,}").unwrap();
        let opened = open(home.path(), &existing("r_docker")).unwrap();
        assert!(opened.unreadable && opened.checked.text == "{,}");
        assert!(opened.checked.faults[0].message.contains("not valid JSON"), "{:?}", opened.checked.faults);
        assert!(named(home.path(), &existing("r_docker"), |draft| draft.image = "a".into()).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "{,}");
        assert_eq!(problems(home.path(), "r_docker").unwrap().len(), 1);
    }
}
