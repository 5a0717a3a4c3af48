//! The words that the terminal prints, apart from help, which is in `args`. Failures have theirs in `orchest_core::words`.

use std::fmt::Display;

use orchest_core::contract::archive::Came;
use orchest_core::contract::kernelspec::{KernelspecField, KernelspecTested};
use orchest_core::contract::snapshot::{ImageRole, LaunchState, StageState};

/// The start of an error, a hint, a remark and a log's path.
pub fn error(message: &str) -> String {
    format!("error: {message}")
}

pub fn hint(hint: &str) -> String {
    format!("hint: {hint}")
}

pub fn note(message: &str) -> String {
    format!("note: {message}")
}

pub fn log(file: &str) -> String {
    format!("log: {file}")
}

pub fn not_started(error: &dyn Display) -> String {
    format!("could not start: {error}")
}

pub fn not_printed(error: &dyn Display) -> String {
    format!("could not print: {error}")
}

pub const NOT_ON: &str = "this command is of this machine alone: give it without `--on`";

pub fn without_log(error: &dyn Display) -> String {
    format!("{error}; continuing without a log")
}

/// A message with its hint, in one line.
pub fn remark(message: &str, hint: &str) -> String {
    format!("{message}; {hint}")
}

/// `orchest launch`.
pub mod launch {
    pub const CANCELLING: &str = "Cancelling: removing everything that the launch started";
    pub const CANCELLED: &str = "Cancelled";

    pub fn bringing(machine: &str) -> String {
        format!("{machine} lacks the image of the server, which is brought there or built there first")
    }

    pub fn not_carried(error: &std::io::Error) -> String {
        format!("nothing carries open pages to the launch once this program ends: {error}")
    }

    pub fn open_by_hand(message: &str) -> String {
        format!("{message}; open the printed address by hand")
    }
}

/// `orchest engine`.
pub mod engine {
    pub const HEAD: [&str; 4] = ["", "ENGINE", "ADDRESS", "NAMED BY"];
    pub const USED: &str = "*";
    /// What stands before the names of contexts and connections, as core gives them.
    pub const BEFORE_NAMES: [&str; 2] = ["context ", "Podman connection "];
    pub const NO_ANSWER: &str = "-";
    pub const NONE: &str = "no engine is found; `orchest doctor` says what gives you one";
    pub const FORGOTTEN: &str = "The engine is searched again.";

    pub fn reason(place: &str, message: &str, hint: &str) -> String {
        format!("{place}: {message}; {hint}")
    }

    pub fn used(name: &str, version: &str, endpoint: &str) -> String {
        format!("{name} {version} at {endpoint} is used from now on.")
    }

    pub fn said(variable: &str) -> String {
        format!("{variable} is set and goes before what you picked; programs without it use your choice")
    }

    pub fn stay(count: usize, name: &str) -> String {
        match count {
            1 => format!("1 launch stays on {name} and runs on"),
            count => format!("{count} launches stay on {name} and run on"),
        }
    }
}

/// `orchest places`.
pub mod places {
    pub const HEAD: [&str; 5] = ["PLACE", "ADDRESS", "ANSWERS", "KERNELSPECS", "SHARED"];
    pub const NO_ANSWER: &str = "no answer";
    pub const NONE: &str =
        "launches run on this machine alone; `orchest places add NAME --gateway URL` or `--engine HOST` adds a place";
    pub const UNSEEN: &str = "its kernels do not see this folder; if they share a disk with this machine, add the place again \
                              with `--shared HERE=THERE`";

    pub fn added(name: &str) -> String {
        let quoted = if name.contains(' ') { format!("\"{name}\"") } else { name.to_owned() };
        format!("Added {name}. `orchest places test {quoted}` starts a kernel there.")
    }

    pub fn added_machine(name: &str) -> String {
        format!("Added {name}. `orchest --on {name} launch /a/folder/there` launches a folder on it.")
    }

    pub fn removed_machine(name: &str) -> String {
        format!("Removed {name}. Its folders and what runs there stay as they are.")
    }

    pub fn runs(name: &str, folders: &[String]) -> String {
        format!("launches run on {name}: {}", folders.join(", "))
    }

    pub fn stop_first(name: &str) -> String {
        format!("`orchest --on {name} stop --all` stops them")
    }

    pub fn not_of_folders(name: &str) -> String {
        format!("{name} is another machine: its folders are there")
    }

    pub fn launch_there(name: &str) -> String {
        format!("`orchest --on {name} launch /a/folder/there` launches a folder on it")
    }

    pub fn removed(name: &str, folders: &[String]) -> String {
        match folders {
            [] => format!("Removed {name}"),
            folders => format!("Removed {name}. Launched on this machine from now on: {}", folders.join(", ")),
        }
    }

    pub fn picked(folder: &str, place: Option<&str>) -> String {
        format!("{folder} is launched at {} from now on", place.unwrap_or("this machine"))
    }

    pub fn no_path(path: &str, error: &std::io::Error) -> String {
        format!("`{path}` is no path: {error}")
    }
}

/// `orchest updates`.
pub mod updates {
    use orchest_core::contract::updates::{NewerView, UpdateHow};

    pub const NO_ADDRESS: &str =
        "this build of the program has no address for newer versions, and the settings name none (`updates_address`)";
    pub const NOT_ASKED: &str = "nobody has looked yet; `orchest updates --check` does";
    pub const BY_WINDOW: &str = "The window installs it: \"Update now\" in its Settings.";

    pub fn current(version: &str) -> String {
        format!("Version {version} is the newest.")
    }

    pub fn newer(newer: &NewerView, running: &str) -> String {
        format!("Version {} of {} is newer than this one, {running}.", newer.version, newer.date)
    }

    pub fn how(newer: &NewerView) -> String {
        match &newer.how {
            UpdateHow::Itself { .. } => BY_WINDOW.to_owned(),
            UpdateHow::Command { command } => format!("To install it:\n  {command}"),
            UpdateHow::Page => format!("Get it at {}", newer.page),
        }
    }
}

/// `orchest env`.
pub mod env {
    use orchest_core::contract::environment::{
        DownloadView, EnvironmentFile, EnvironmentState, EnvironmentView, Language, PostBuildState, PostBuildView,
    };
    use orchest_core::contract::variables::{EnvFileState, EnvFileView, VariableKept, VariableView};

    pub const NONE: &str = "no file of this folder names packages; `orchest env init` writes a requirements.txt with what the notebooks import";
    pub const BY_HAND: &str = "Installed by hand in the kernels of this folder:";
    pub const BY_HAND_OF_R: &str = "Packages of R installed by hand in the kernels of this folder:";
    pub const CANCELLING: &str = "Cancelling";
    pub const BUSY: &str = "some environments are being made or used, and stay";

    fn packages(count: usize) -> String {
        if count == 1 { "1 package".to_owned() } else { format!("{count} packages") }
    }

    pub fn file(file: &EnvironmentFile) -> String {
        let used = match (file.used, file.usable) {
            (true, _) => "used",
            (false, true) => "not used",
            (false, false) => "no environment is made from it yet",
        };
        let lock = file.locked_by.as_ref().map(|lock| format!(", locked by {lock}")).unwrap_or_default();
        let places: Vec<&str> = file.channels.iter().chain(&file.hosts).map(String::as_str).collect();
        let from = if places.is_empty() { String::new() } else { format!(", from {}", places.join(", ")) };
        let asks = match (&file.pulls, file.builds) {
            (Some(image), _) => format!("the image {image}"),
            (None, true) => "builds an image".to_owned(),
            (None, false) => packages(file.count),
        };
        format!("{}: {asks} ({used}{lock}{from})", file.path)
    }

    fn language(language: Language) -> &'static str {
        match language {
            Language::Python => "Python",
            Language::R => "R",
        }
    }

    pub fn state(view: &EnvironmentView, size: fn(u64) -> String) -> String {
        let python = view.python.as_deref();
        let python = python.map(|version| format!("{} {version}, ", language(view.language))).unwrap_or_default();
        let has_image = view.files.iter().any(|file| file.used && (file.builds || file.pulls.is_some()));
        let count = if has_image { "an image of its own".to_owned() } else { packages(view.packages) };
        let needs = view.download.map(|download| needs(download, size)).unwrap_or_default();
        match view.state {
            EnvironmentState::Ready => {
                let size = size(view.size.unwrap_or_default());
                format!("Environment: ready, {python}{count}, {size}")
            }
            EnvironmentState::Unsupported => "Environment: none".to_owned(),
            EnvironmentState::Asks | EnvironmentState::Wanted if view.changed => {
                format!("Environment: the files have changed since it was made; the next launch makes it again{needs}")
            }
            EnvironmentState::Asks | EnvironmentState::Wanted => {
                format!("Environment: not made yet; a launch makes it, and so does `orchest env update`{needs}")
            }
        }
    }

    fn needs(download: DownloadView, size: fn(u64) -> String) -> String {
        let more = if download.more { "more than " } else { "" };
        let time = match download.seconds {
            None => String::new(),
            Some(0..60) => ", less than 1 min".to_owned(),
            Some(seconds) => format!(", about {} min", (seconds + 30) / 60),
        };
        format!("; it needs {more}{}{time}", size(download.bytes))
    }

    pub fn package(name: &str, width: usize, version: &str, size: &str, asked: bool) -> String {
        let mark = if asked { "*" } else { " " };
        format!("{mark} {name:<width$}  {version:<16} {size:>9}")
    }

    pub fn apt(packages: &[String]) -> String {
        format!("Debian packages that the folder asks for: {}", packages.join(", "))
    }

    pub fn post_build(script: &PostBuildView) -> String {
        let path = &script.path;
        let state = match script.state {
            PostBuildState::Offered => "not run; `orchest env run-post-build` lets launches run it",
            PostBuildState::Changed => {
                "changed, and not run; `orchest env run-post-build` lets launches run it as it is now"
            }
            PostBuildState::Wanted => "the next launch runs it",
            PostBuildState::Ran => "has run",
        };
        format!("{path}: {state}")
    }

    pub fn uses_file(file: &str) -> String {
        format!("The packages come from `{file}`. The next launch installs what is missing.")
    }

    pub fn runs_post_build(run: bool) -> &'static str {
        if run {
            "The next launch runs postBuild, and so does `orchest env update`"
        } else {
            "No launch runs postBuild"
        }
    }

    pub fn changed(file: &str) -> String {
        format!("Changed {file}")
    }

    pub fn started(file: &str) -> String {
        format!("Wrote {file}; `orchest env update` or the next launch installs what it names")
    }

    pub const VARIABLES: &str = "Variables of the kernels of this folder:";

    /// A variable with its value. A value of several lines is in one.
    pub fn variable(view: &VariableView, width: usize) -> String {
        let value = match (&view.problem, view.kept, &view.value) {
            (Some(problem), ..) => format!("(kernels do not get it: {problem})"),
            (None, VariableKept::Keychain, _) => "(secret, in the keychain)".to_owned(),
            (None, VariableKept::ThisRun, _) => "(secret)".to_owned(),
            (None, VariableKept::Lost, _) => "(secret, and its value is not in this program; set it again)".to_owned(),
            (None, VariableKept::Settings, value) => {
                value.as_deref().unwrap_or_default().chars().flat_map(shown).collect()
            }
        };
        format!("  {:<width$}  {value}", view.name)
    }

    /// A letter as a terminal may print it.
    fn shown(letter: char) -> impl Iterator<Item = char> {
        let escaped = letter.is_control().then(|| letter.escape_default());
        let plain = escaped.is_none().then_some(letter);
        escaped.into_iter().flatten().chain(plain)
    }

    /// The `.env` of the folder.
    pub fn env_file(file: &EnvFileView) -> String {
        let count = if file.count == 1 { "1 variable".to_owned() } else { format!("{} variables", file.count) };
        match file.state {
            EnvFileState::Used => format!(".env: {count} (used)"),
            EnvFileState::Offered => format!(".env: {count} (not used; `orchest env use-env-file` uses it)"),
            EnvFileState::Changed => {
                format!(".env: {count} (changed, and not used; `orchest env use-env-file` uses it as it is now)")
            }
        }
    }

    pub fn set(name: &str, secret: bool) -> String {
        if secret {
            format!("Set {name}, in the keychain; kernels that start from now on have it")
        } else {
            format!("Set {name}; kernels that start from now on have it")
        }
    }

    pub fn unset(name: &str) -> String {
        format!("Removed {name}; kernels that start from now on do not have it")
    }

    pub fn used_env_file(used: bool) -> &'static str {
        if used {
            "Kernels that start from now on have the variables of .env"
        } else {
            "Kernels that start from now on do not have the variables of .env"
        }
    }

    pub const IN_HISTORY: &str =
        "the value is in the history of the shell and in the list of processes; --value-stdin avoids that";
    pub const VALUE: &str = "Value: ";
    pub const NO_TERMINAL: &str =
        "the value is missing: write NAME=VALUE, or give it on standard input with --value-stdin";
    pub const BOTH_VALUES: &str = "there are two values: leave out `=VALUE` or --value-stdin";
    pub const NOT_TEXT: &str = "the value on standard input is no text in UTF-8";

    pub fn not_asked(error: &dyn std::fmt::Display) -> String {
        format!("the value could not be read: {error}")
    }

    pub fn cleaned(dry_run: bool, count: usize, pythons: usize, size: &str) -> String {
        let environments = if count == 1 { "1 environment".to_owned() } else { format!("{count} environments") };
        let what = match pythons {
            0 => environments,
            1 => format!("{environments} and 1 Python"),
            _ => format!("{environments} and {pythons} Pythons"),
        };
        if dry_run { format!("Would remove {what} and free {size}") } else { format!("Removed {what}, freed {size}") }
    }
}

/// The manual's pages.
pub mod manual {
    /// The title of the manual that the pages belong to.
    pub const MANUAL: &str = "Orchest Desktop";
    /// The program and its version.
    pub const SOURCE: &str = concat!("orchest ", env!("CARGO_PKG_VERSION"));
    /// What the window's program does.
    pub const WINDOW: &str = "Open folders of notebooks in JupyterLab, with kernels in containers";
    /// What it takes.
    pub const PATHS: &str = "Folders that are added to the list, and notebooks whose folders are added";
    /// The way without a window.
    pub const TERMINAL: &str = "orchest(1) does the same in a terminal.";
    /// What is done with the folder of the pages, in a failure.
    pub const WRITE: &str = "write";
}

/// `orchest open`.
pub mod open {
    use std::fmt::Display;
    use std::path::Path;

    pub const INSTALL: &str = "install Orchest Desktop completely, or use `orchest launch DIR`";
    pub const INSTALL_AGAIN: &str = "install Orchest Desktop again";

    pub fn not_found(program: &str) -> String {
        format!("`{program}` is neither beside this program nor in the PATH")
    }

    pub fn not_started(program: &Path, error: &dyn Display) -> String {
        format!("`{}` could not be started: {error}", program.display())
    }

    pub fn no_temporary_file(error: &dyn Display) -> String {
        format!("could not create a temporary file: {error}")
    }
}

/// `orchest list`.
pub mod list {
    pub fn on(machine: &str) -> String {
        format!("On {machine}:")
    }

    pub fn silent(machine: &str) -> String {
        format!("{machine} does not answer")
    }

    use super::LaunchState;

    pub const HEAD: [&str; 4] = ["ID", "STATE", "KERNELSPEC", "FOLDER"];
    pub const EMPTY: &str = "no folder is in the list and no launch is running; `orchest launch DIR` launches a folder";

    pub fn slow(folder: &str) -> String {
        format!("`{folder}` is slow: its notebooks are not known yet and missing here")
    }

    /// A kernelspec, with the place of its kernels.
    pub fn kernelspec(name: &str, place: Option<&str>) -> String {
        match place {
            Some(place) if name.is_empty() => format!("at {place}"),
            Some(place) => format!("{name} at {place}"),
            None => name.to_owned(),
        }
    }

    /// The state of a pipeline, with the owner of somebody else's launch.
    pub fn state(launch: Option<LaunchState>, missing: bool, owner: Option<&str>) -> String {
        let state = match launch {
            Some(LaunchState::Starting) => "starting",
            Some(LaunchState::Running) => "running",
            Some(LaunchState::Broken) => "broken",
            Some(LaunchState::Stopping) => "stopping",
            Some(LaunchState::Failed) => "failed",
            None if missing => "missing",
            None => "stopped",
        };
        owner.map_or_else(|| state.to_owned(), |owner| format!("{state}, of {owner}"))
    }
}

/// `orchest kernels`.
pub mod kernels {
    use std::fmt::Display;
    use std::path::Path;
    use std::time::Duration;

    use super::{KernelspecField, KernelspecTested};

    pub const HEAD: [&str; 4] = ["NAME", "SHOWN AS", "LANGUAGE", "IMAGE"];

    pub fn unusable(name: &str, message: &str) -> String {
        format!("`{name}` cannot be used: {message}")
    }

    pub fn hint(hint: &str, path: &str) -> String {
        format!("{hint} ({path})")
    }

    /// A fault with the field that has it, and the name of a variable.
    pub fn fault(field: KernelspecField, variable: Option<&str>, message: &str) -> String {
        let field = match field {
            // Its message names the file.
            KernelspecField::File => return message.to_owned(),
            KernelspecField::Name => "name",
            KernelspecField::DisplayName => "display name",
            KernelspecField::Language => "language",
            KernelspecField::Image => "image",
            KernelspecField::Env => "variable",
            KernelspecField::MemoryMb => "memory",
            KernelspecField::Cpus => "cores",
            KernelspecField::ShmMb => "shared memory",
            KernelspecField::Gpus => "GPUs",
            KernelspecField::Argv => "argv",
        };
        let variable = variable.filter(|name| !name.is_empty());
        variable.map_or_else(|| format!("{field}: {message}"), |name| format!("{field} `{name}`: {message}"))
    }

    pub fn deleted(name: &str) -> String {
        format!("Moved the kernelspec {name} to the trash")
    }

    pub fn fine(name: &str) -> String {
        format!("The kernelspec {name} can be used")
    }

    /// The steps of a test, with how long each took.
    pub fn steps(tested: &KernelspecTested) -> [(&'static str, String); 3] {
        let took = |ms: u64| format!("{:.2} s", Duration::from_millis(ms).as_secs_f64());
        [("launch", took(tested.launch_ms)), ("kernel", took(tested.kernel_ms)), ("answer", took(tested.answer_ms))]
    }

    pub fn no_value(given: &str) -> String {
        format!("`--env {given}` has no `=`")
    }

    pub const GIVE_VALUE: &str = "write it as `--env NAME=VALUE`";

    pub fn no_editor(editor: &str, error: &dyn Display) -> String {
        format!("the editor `{editor}` could not be started: {error}")
    }

    pub fn set_editor(file: &Path) -> String {
        format!("set EDITOR to the command of an editor, or change `{}` with any program", file.display())
    }
}

/// `orchest images`.
pub mod images {
    use super::{Came, ImageRole};

    pub const HEAD: [&str; 4] = ["ROLE", "NAME", "STATE", "SIZE"];

    pub fn role(role: ImageRole) -> &'static str {
        match role {
            ImageRole::Gateway => "gateway",
            ImageRole::Server => "server",
            ImageRole::Kernel => "kernel",
        }
    }

    pub fn state(present: bool) -> &'static str {
        if present { "present" } else { "missing" }
    }

    pub const IMPORT_HEAD: [&str; 2] = ["NAME", "STATE"];

    /// What became of an image in a file.
    pub fn came(came: Came) -> &'static str {
        match came {
            Came::New => "new",
            Came::Present => "present",
            Came::Replaced => "replaced",
            Came::Left => "not needed",
        }
    }

    pub fn of_another_version(name: &str, version: &str) -> String {
        format!("{name} was built from another version ({version}); the app builds its own")
    }

    pub fn in_file(name: &str, size: &str) -> String {
        format!("{name}, {size}")
    }

    pub fn exported(count: usize, file: &str, size: &str) -> String {
        let images = if count == 1 { "1 image".to_owned() } else { format!("{count} images") };
        format!("Wrote {images} into {file} ({size})")
    }
}

/// `orchest logs`.
pub mod logs {
    pub fn ended(source: &str) -> String {
        format!("{source} has ended")
    }
}

/// `orchest doctor`.
pub mod doctor {
    pub const NOTHING_TO_REMOVE: &str =
        "nothing to remove: everything belongs to a launch or to another running process";

    pub fn removed(pipeline: &str) -> String {
        format!("removed leftovers of a launch of {pipeline}")
    }

    pub fn mark(ok: bool) -> &'static str {
        if ok { "ok" } else { "failed" }
    }
}

/// `orchest stop`.
pub mod stop {
    pub const NOTHING_RUNS: &str = "no launch is running";

    pub fn not_running(target: &str) -> String {
        format!("`{target}` is not running")
    }

    pub fn stopped(folder: &str) -> String {
        format!("Stopped {folder}")
    }
}

/// `orchest locate`.
pub mod locate {
    pub fn located(old: &str, new: &str) -> String {
        format!("The list now has {new} instead of {old}")
    }
}

/// `orchest forget`.
pub mod forget {
    pub fn forgotten(target: &str) -> String {
        format!("Forgot the saved state of {target}")
    }

    pub fn nothing(target: &str) -> String {
        format!("`{target}` has no saved state")
    }
}

/// The stages of a launch.
pub mod progress {
    use super::StageState;

    /// How a stage ended.
    pub fn ended(state: StageState) -> &'static str {
        match state {
            StageState::Done => "ok",
            StageState::Failed => "failed",
            _ => "cancelled",
        }
    }

    /// How much of a download is done.
    pub fn amount(done: &str, total: &str, percent: u64, rate: Option<&str>) -> String {
        let rate = rate.map(|rate| format!(", {rate}/s")).unwrap_or_default();
        format!(" ({done} of {total}, {percent} %{rate})")
    }
}
