//! Persons who are not root, and folders that only one user may enter.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use orchest_tests::engine::{left_of, socket};
use orchest_tests::home::{Home, NOTEBOOK};
use orchest_tests::jupyter::Server;
use serde_json::Value;

/// A person who is not root. It is `nobody`, because `fusermount` needs a user with a name.
const SOMEBODY: &str = "65534";

/// Runs a command as root.
pub fn as_root(arguments: &[&OsStr]) -> bool {
    root_runs(arguments).status.success()
}

fn root_runs(arguments: &[&OsStr]) -> Output {
    let mut command = Command::new(if rustix::process::geteuid().is_root() { "env" } else { "sudo" });
    command.args(arguments).output().unwrap()
}

/// A mount; dropping it unmounts it.
pub struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        as_root(&["umount".as_ref(), "-l".as_ref(), self.0.as_os_str()]);
    }
}

/// Mounts something as root.
pub fn mount(arguments: &[&str], at: &Path) -> Mounted {
    let mut all: Vec<&OsStr> = vec!["mount".as_ref()];
    all.extend(arguments.iter().map(OsStr::new));
    all.push(at.as_os_str());
    assert!(as_root(&all), "{arguments:?} could not be mounted");
    Mounted(at.to_owned())
}

/// Runs a command as somebody who may use the engine, with `shell` before it (`umask 077; exec "$@"`).
fn somebody_runs(shell: &str, arguments: &[&OsStr]) -> Output {
    // The engine's socket belongs to the group of root or to `docker`.
    let groups = format!("--groups={}", group_of(&socket()));
    let mut all: Vec<&OsStr> = ["setpriv", "--reuid", SOMEBODY, "--regid", SOMEBODY].map(OsStr::new).into();
    all.extend([groups.as_ref(), OsStr::new("sh"), "-c".as_ref(), shell.as_ref(), "sh".as_ref()]);
    all.extend(arguments);
    root_runs(&all)
}

fn group_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().gid()
}

/// What a command of the program needs, to be run by another user.
fn orchest(home: &Home, arguments: &[&OsStr]) -> Vec<std::ffi::OsString> {
    let mut all: Vec<std::ffi::OsString> = vec!["env".into()];
    all.extend(home.env().into_iter().map(|(name, path)| format!("{name}={}", path.display()).into()));
    all.push(home.orchest(&[]).get_program().to_owned());
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    all
}

fn given_to_somebody(path: &Path) {
    assert!(as_root(&["chown".as_ref(), "-R".as_ref(), SOMEBODY.as_ref(), path.as_os_str()]));
}

fn borrowed(arguments: &[std::ffi::OsString]) -> Vec<&OsStr> {
    arguments.iter().map(std::ffi::OsString::as_os_str).collect()
}

fn words_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Somebody's folder with a notebook, mounted by FUSE for the user alone who mounts it: `by` runs `bindfs`.
fn by_fuse(home: &Home, name: &str, by: impl Fn(&[&OsStr]) -> Output) -> (PathBuf, Mounted) {
    let (files, folder) = (home.path().join(format!("{name} files")), home.path().join(name));
    for path in [&files, &folder] {
        fs::create_dir(path).unwrap();
        given_to_somebody(path);
    }
    fs::write(files.join("first.ipynb"), NOTEBOOK).unwrap();
    // With the mode that udev sets.
    assert!(as_root(&["chmod".as_ref(), "666".as_ref(), "/dev/fuse".as_ref()]));
    given_to_somebody(&files);
    let mounted = by(&["bindfs".as_ref(), "--no-allow-other".as_ref(), files.as_ref(), folder.as_ref()]);
    assert!(mounted.status.success(), "{}", words_of(&mounted));
    (folder.clone(), Mounted(folder))
}

#[test]
fn a_mount_closed_to_the_engine_is_refused_with_the_remedy() {
    let home = Home::new();
    given_to_somebody(home.path());
    let (folder, _mounted) = by_fuse(&home, "drive", |bindfs| somebody_runs("exec \"$@\"", bindfs));
    let launch = orchest(&home, &["launch".as_ref(), folder.as_ref(), "--no-open".as_ref()]);
    let told = somebody_runs("exec \"$@\"", &borrowed(&launch));
    let words = words_of(&told);
    assert_eq!(told.status.code(), Some(1), "{words}");
    assert!(words.contains("is mounted by FUSE (fuse") && words.contains("for you alone"), "{words}");
    assert!(words.contains("allow_other"), "{words}");
}

#[test]
fn a_home_closed_to_the_engine_is_refused_with_the_remedy() {
    let home = Home::new();
    let folder = home.pipeline("notes");
    given_to_somebody(home.path());
    let (closed, _mounted) = by_fuse(&home, "data", |bindfs| somebody_runs("exec \"$@\"", bindfs));
    let launch = orchest(&home, &["launch".as_ref(), folder.as_ref(), "--no-open".as_ref()]);
    let told = somebody_runs("exec \"$@\"", &borrowed(&launch));
    let words = words_of(&told);
    assert_eq!(told.status.code(), Some(1), "{words}");
    assert!(words.contains(closed.to_str().unwrap()) && words.contains("this program's own files"), "{words}");
    assert!(words.contains("XDG_DATA_HOME"), "{words}");
}

/// The engine, and the person as root, may read this folder; the folder's user, who is that of server and kernels, may not.
#[test]
fn a_mount_closed_to_server_and_kernels_ends_the_launch_with_the_remedy() {
    let home = Home::new();
    let (folder, _mounted) = by_fuse(&home, "drive", root_runs);
    let launch = orchest(&home, &["launch".as_ref(), folder.as_ref(), "--no-open".as_ref()]);
    let told = root_runs(&borrowed(&launch));
    let words = words_of(&told);
    assert_eq!(told.status.code(), Some(1), "{words}");
    assert!(words.contains("Server and kernels may not read"), "{words}");
    assert!(words.contains("mounted by FUSE (fuse") && words.contains("allow_other"), "{words}");
}

#[tokio::test]
async fn a_person_whose_new_files_are_closed_to_all_others_launches_and_stops() {
    let home = Home::new();
    given_to_somebody(home.path());
    let folder = home.path().join("closed");
    let make = "umask 077; mkdir \"$1\"; printf %s \"$2\" >\"$1/first.ipynb\"";
    let made = somebody_runs(make, &[folder.as_ref(), NOTEBOOK.as_ref()]);
    assert!(made.status.success(), "{}", words_of(&made));
    let umask = "umask 077; exec \"$@\"";
    let launch = ["launch".as_ref(), folder.as_ref(), "--no-open".as_ref(), "--json".as_ref()];
    let launched = somebody_runs(umask, &borrowed(&orchest(&home, &launch)));
    assert!(launched.status.success(), "{}", words_of(&launched));
    let launched: Value = serde_json::from_slice(&launched.stdout).unwrap();
    let server = Server::at(launched["url"].as_str().unwrap());
    let mut kernel = server.start("python_docker", "first.ipynb").await.unwrap();
    let cell = "open('made', 'w').close(); print('on')";
    assert_eq!(kernel.execute(cell).await.text, "on\n");
    assert_eq!(fs::metadata(folder.join("made")).unwrap().uid().to_string(), SOMEBODY);
    let stop = ["stop".as_ref(), folder.as_ref()];
    let stopped = somebody_runs(umask, &borrowed(&orchest(&home, &stop)));
    assert!(stopped.status.success(), "{}", words_of(&stopped));
    assert_eq!(left_of(launched["id"].as_str().unwrap()), Vec::<String>::new());
}
