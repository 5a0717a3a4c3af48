//! The window compared with an empty one of the same kind: the time until its page asks for something, and the memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orchest_tests::home::Home;

/// After this time a window is at rest.
const REST: Duration = Duration::from_secs(3);
/// A window that takes longer has failed to open.
const PATIENCE: Duration = Duration::from_secs(30);

/// One start of a window.
pub struct Start {
    /// From the start of the program to the first command of its page.
    pub first_command: Duration,
    /// At rest, over all its processes, bytes. Shared memory counts once.
    pub memory: u64,
}

/// Starts the app with the folders of `home`.
pub async fn ours(home: &Home) -> Start {
    start_of(home, &beside("orchest-desktop")).await
}

/// The same with the app at this place.
pub async fn start_of(home: &Home, program: &Path) -> Start {
    let before = log_of(home).len();
    start(ours_of(home, program), || page_came(home, before)).await
}

fn ours_of(home: &Home, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.envs(home.env());
    command
}

fn log_of(home: &Home) -> String {
    fs::read_to_string(home.places().logs_dir().join("orchest.log")).unwrap_or_default()
}

/// Whether the log has reported the page after its first so many bytes.
fn page_came(home: &Home, after: usize) -> bool {
    log_of(home).get(after..).is_some_and(|new| new.contains("the page is here"))
}

/// Starts the empty window.
pub async fn empty(home: &Home) -> Start {
    let here = home.path().join("empty-window");
    let _ = fs::remove_file(&here);
    let mut command = Command::new(beside("orchest-empty-window"));
    command.envs(home.env()).arg(&here);
    start(command, || here.exists()).await
}

/// The share of one core that the app uses over this time, while its window is hidden and the launches of `home` run.
pub async fn idle(home: &Home, time: Duration) -> f64 {
    let before = log_of(home).len();
    let (window, _) = open(ours_of(home, &beside("orchest-desktop")), || page_came(home, before)).await;
    tokio::time::sleep(REST).await;
    let hidden = Command::new("xdotool").args(["search", "--name", "^Orchest Desktop$", "windowunmap", "%@"]).status();
    assert!(hidden.unwrap().success(), "the window is not hidden");
    tokio::time::sleep(REST).await;
    let used = || family(window.0.id()).into_iter().map(cpu_of).sum::<Duration>();
    let before = used();
    tokio::time::sleep(time).await;
    (used() - before).as_secs_f64() / time.as_secs_f64()
}

async fn start(command: Command, asked: impl Fn() -> bool) -> Start {
    let (window, first_command) = open(command, asked).await;
    tokio::time::sleep(REST).await;
    Start { first_command, memory: family(window.0.id()).into_iter().map(memory_of).sum() }
}

/// Starts a window; answers with the time until its page asked for something.
async fn open(mut command: Command, asked: impl Fn() -> bool) -> (Window, Duration) {
    // Neither program finds another instance of itself.
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let window = Window(command.spawn().unwrap());
    while !asked() {
        assert!(began.elapsed() < PATIENCE, "no window came: {command:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    (window, began.elapsed())
}

/// A running window; it ends when dropped, and its web processes with it.
struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process and all that descend from it.
fn family(root: u32) -> Vec<u32> {
    let children = |parent: u32| {
        let file = format!("/proc/{parent}/task/{parent}/children");
        let children = fs::read_to_string(file).unwrap_or_default();
        children.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()
    };
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(children(parent));
        next += 1;
    }
    found
}

/// The proportional set size of a process, bytes (`proc(5)`, `smaps_rollup`).
fn memory_of(process: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes: u64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default();
    kilobytes * 1024
}

/// The processor time that a process has used (`proc(5)`, `stat`, fields 14 and 15, in hundredths of a second).
fn cpu_of(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The second field is a name with any characters.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// A program that is built together with this one.
fn beside(name: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap().parent().unwrap_or(Path::new("")).join(name);
    assert!(program.exists(), "{} is not built", program.display());
    program
}
