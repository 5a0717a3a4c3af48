//! Parses a `kernel.json`, and names its problems with their places. Pure.
//!
//! The requirements are exactly those of jupyter_client 6.1.12 (`kernelspec.py`, in the gateway), Enterprise Gateway 3.3.0
//! and the kernel launchers: the gateway offers a kernelspec that passes, and its kernels start.

use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use crate::contract::kernelspec::KernelspecField as Field;
use crate::kernelspec::KERNELS;
use crate::kernelspec::image_name;
use crate::kernelspec::json_place::{self, Key};
use crate::kernelspec::{AskedLimits, Kernelspec};
use crate::platform::others::Problem;
use crate::words::kernelspec as words;

/// The process proxies that this app's gateway supports.
pub(super) const PROXIES: [&str; 2] = [
    "enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
    "enterprise_gateway.services.processproxies.docker_swarm.DockerSwarmProcessProxy",
];
/// Jupyter replaces this with the kernelspec's own folder.
pub(super) const OWN_FOLDER: &str = "{resource_dir}";

/// A problem of a kernelspec, with the field that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The field.
    pub field: Field,
    /// The variable, if it is one of a variable.
    pub variable: Option<String>,
    /// The message and its hint.
    pub problem: Problem,
}

/// Reads the `kernel.json` in the folder `name`. `is_there` checks a script by its path below the kernels
/// directory.
pub fn parse(name: &str, text: &str, is_there: impl Fn(&Path) -> bool) -> Result<Kernelspec, Problem> {
    parse_all(name, text, is_there).map_err(|found| {
        let first = found.into_iter().next();
        first.map_or_else(words::no_file, |found| found.problem)
    })
}

/// The same, with every problem. There is at least one where it cannot be used.
pub fn parse_all(name: &str, text: &str, is_there: impl Fn(&Path) -> bool) -> Result<Kernelspec, Vec<Found>> {
    let whole = |field, problem| vec![Found { field, variable: None, problem }];
    check_name(name).map_err(|problem| whole(Field::Name, problem))?;
    let value = read(text).map_err(|problem| whole(Field::File, problem))?;
    check(name, &value, Some(text), is_there)
}

/// The kernelspec in a value. Without its text, problems name a field's own value as "it", because they are shown beside
/// the field.
pub fn check(
    name: &str,
    value: &Value,
    text: Option<&str>,
    is_there: impl Fn(&Path) -> bool,
) -> Result<Kernelspec, Vec<Found>> {
    let mut check = Check { text, found: Vec::new() };
    let Some(spec) = value.as_object() else {
        check.add(&[], |_| words::not_object(value));
        return Err(check.found);
    };
    // Jupyter sets these itself, and fails if they are set twice.
    for name in ["resource_dir", "self"].into_iter().filter(|name| spec.contains_key(*name)) {
        check.add(&[Key::Name(name)], words::reserved);
    }
    let argv = check.argv(spec);
    let language = check.language(spec);
    let display_name = check.text_at(spec, "display_name").filter(|name| !name.trim().is_empty());
    check.interrupt_mode(spec);
    check.env(spec);
    let image = check.image(spec);
    check.orchest(spec);
    for (item, word) in &argv {
        if let Some(script) = script_of(name, word) {
            let inside = script.components().all(|part| matches!(part, Component::Normal(_)));
            if !inside || !is_there(&script) {
                check.add(&[Key::Name("argv"), Key::Item(*item)], |place| words::script(place, &script));
            }
        }
    }
    if !check.found.is_empty() {
        return Err(check.found);
    }
    Ok(Kernelspec {
        name: name.to_ascii_lowercase(),
        display_name: display_name.unwrap_or(name).to_owned(),
        language: language.unwrap_or_default().to_owned(),
        image: image.unwrap_or_default().to_owned(),
        gpus: value.pointer("/metadata/orchest/gpus").is_some_and(|gpus| !gpus.is_null()),
        limits: AskedLimits {
            memory: value.pointer("/metadata/orchest/limits/memory_mb").is_some_and(|limit| !limit.is_null()),
            cpus: value.pointer("/metadata/orchest/limits/cpus").is_some_and(|limit| !limit.is_null()),
        },
        lacks_public_key: !argv.iter().any(|(_, word)| word.contains("{public_key}")),
    })
}

/// The script that a word of `argv` names, by its path below the kernels directory.
pub(super) fn script_of(name: &str, word: &str) -> Option<PathBuf> {
    let own = word.strip_prefix(OWN_FOLDER).map(|rest| format!("{name}{rest}"));
    let below = word.strip_prefix(KERNELS).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned);
    own.or(below).map(PathBuf::from)
}

/// jupyter_client: `[a-z0-9._-]+`, ignoring case.
pub fn check_name(name: &str) -> Result<(), Problem> {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if name.is_empty() || !name.chars().all(fine) {
        return Err(words::name());
    }
    Ok(())
}

pub(super) fn read(text: &str) -> Result<Value, Problem> {
    if text.starts_with('\u{feff}') {
        return Err(words::byte_order_mark());
    }
    serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        words::not_json(text.split(" at line ").next().unwrap_or_default(), error.line(), error.column())
    })
}

/// The way to the image's name.
pub(super) const IMAGE: [&str; 4] = ["metadata", "process_proxy", "config", "image_name"];
/// The way to the limits of a kernelspec's kernels.
pub(super) const LIMITS: [&str; 3] = ["metadata", "orchest", "limits"];
/// The way to its GPUs.
pub(super) const GPUS: [&str; 3] = ["metadata", "orchest", "gpus"];

/// The field that shows the value at a path.
fn field_of(path: &[Key]) -> Field {
    let names: Vec<&str> =
        path.iter().map_while(|key| if let Key::Name(name) = key { Some(*name) } else { None }).collect();
    match names.as_slice() {
        ["argv", ..] => Field::Argv,
        ["language"] => Field::Language,
        ["display_name"] => Field::DisplayName,
        ["env", ..] => Field::Env,
        names if names == IMAGE => Field::Image,
        names if names == GPUS => Field::Gpus,
        [way @ .., "memory_mb"] if way == LIMITS => Field::MemoryMb,
        [way @ .., "cpus"] if way == LIMITS => Field::Cpus,
        [way @ .., "shm_mb"] if way == LIMITS => Field::ShmMb,
        _ => Field::File,
    }
}

/// A kernelspec that is being checked, with the problems until now.
struct Check<'a> {
    text: Option<&'a str>,
    found: Vec<Found>,
}

impl Check<'_> {
    /// Adds a problem of the value at a path. `problem` gets the value's name: with its line and column if there is a
    /// text.
    fn add(&mut self, path: &[Key], problem: impl FnOnce(&str) -> Problem) {
        let field = field_of(path);
        let place = match self.text {
            Some(text) => words::place(&json_place::written(path), json_place::place(text, path)),
            None if field == Field::File => words::place(&json_place::written(path), None),
            None => words::IT.to_owned(),
        };
        let variable = match path {
            [Key::Name("env"), Key::Name(name)] => Some((*name).to_owned()),
            _ => None,
        };
        self.found.push(Found { field, variable, problem: problem(&place) });
    }

    fn text_at<'v>(&mut self, spec: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
        match spec.get(name) {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                self.add(&[Key::Name(name)], |place| words::not_string(place, other));
                None
            }
        }
    }

    /// The words of the command with their places in the list.
    fn argv<'v>(&mut self, spec: &'v Map<String, Value>) -> Vec<(usize, &'v str)> {
        let root = Key::Name("argv");
        let all = match spec.get("argv") {
            None => {
                self.add(&[root], |_| words::no_argv());
                return Vec::new();
            }
            Some(Value::Array(all)) => all,
            Some(other) => {
                self.add(&[root], |place| words::argv_not_list(place, other));
                return Vec::new();
            }
        };
        let mut command = Vec::new();
        for (item, word) in all.iter().enumerate() {
            let path = [root, Key::Item(item)];
            match word {
                Value::String(word) if word.contains('\0') => self.add(&path, words::nul),
                Value::String(word) => command.push((item, word.as_str())),
                other => self.add(&path, |place| words::not_string(place, other)),
            }
        }
        let program = all.first().map(|program| program.as_str().unwrap_or("?"));
        if program.is_none_or(|program| program.trim().is_empty()) {
            self.add(&[root], words::no_command);
        }
        command
    }

    /// The kernel launchers choose the kernel by it, and end at once without it.
    fn language<'v>(&mut self, spec: &'v Map<String, Value>) -> Option<&'v str> {
        let path = [Key::Name("language")];
        if !spec.contains_key("language") {
            self.add(&path, |_| words::no_language());
        }
        let language = self.text_at(spec, "language")?;
        if language.trim().is_empty() || language.contains('\0') {
            self.add(&path, words::empty_language);
        }
        Some(language)
    }

    fn interrupt_mode(&mut self, spec: &Map<String, Value>) {
        if let Some(mode) = self.text_at(spec, "interrupt_mode")
            && !["signal", "message"].contains(&mode.to_lowercase().as_str())
        {
            self.add(&[Key::Name("interrupt_mode")], |place| words::interrupt_mode(place, mode));
        }
    }

    /// Messages contain only names: a value may be a password.
    fn env(&mut self, spec: &Map<String, Value>) {
        let root = Key::Name("env");
        let env = match spec.get("env") {
            None => return,
            Some(Value::Object(env)) => env,
            Some(other) => return self.add(&[root], |place| words::env_not_object(place, other)),
        };
        for (name, value) in env {
            let path = [root, Key::Name(name)];
            if name.is_empty() || name.contains(['=', '\0']) {
                self.add(&path, words::variable_name);
                continue;
            }
            match value {
                Value::String(value) if value.contains('\0') => self.add(&path, words::nul),
                Value::String(_) => {}
                other => self.add(&path, |place| words::variable_not_string(place, other)),
            }
        }
    }

    /// An object in an object; `None` if it is missing or something else.
    fn object<'v>(&mut self, holder: Option<&'v Map<String, Value>>, way: &[Key]) -> Option<&'v Map<String, Value>> {
        let Some(Key::Name(name)) = way.last() else { return None };
        match holder?.get(*name)? {
            Value::Object(inside) => Some(inside),
            other => {
                self.add(way, |place| words::member_not_object(place, other));
                None
            }
        }
    }

    fn image<'v>(&mut self, spec: &'v Map<String, Value>) -> Option<&'v str> {
        let way = IMAGE.map(Key::Name);
        let before = self.found.len();
        let metadata = self.object(Some(spec), &way[..1]);
        let Some(proxy) = self.object(metadata, &way[..2]) else {
            if self.found.len() == before {
                self.add(&way[..2], |_| words::no_proxy(PROXIES[0]));
            }
            return None;
        };
        let class = [way[0], way[1], Key::Name("class_name")];
        match proxy.get("class_name") {
            Some(Value::String(name)) if PROXIES.contains(&name.as_str()) => {}
            Some(Value::String(name)) => self.add(&class, |place| words::unknown_class(place, name, PROXIES[0])),
            Some(other) => self.add(&class, |place| words::class_not_string(place, other, PROXIES[0])),
            None => self.add(&way[..2], |place| words::no_class(place, PROXIES[0])),
        }
        let before = self.found.len();
        let config = self.object(Some(proxy), &way[..3]);
        if self.found.len() > before {
            return None;
        }
        // Enterprise Gateway splits these, and fails if they are no strings.
        for name in ["authorized_users", "unauthorized_users", "port_range"] {
            match config.and_then(|config| config.get(name)) {
                None | Some(Value::String(_)) => {}
                Some(other) => self
                    .add(&[way[0], way[1], way[2], Key::Name(name)], |place| words::optional_not_string(place, other)),
            }
        }
        match config.and_then(|config| config.get(IMAGE[3])) {
            None => self.add(&way, |_| words::no_image()),
            Some(Value::String(image)) if image_name::is_valid(image) => return Some(image),
            Some(Value::String(image)) => self.add(&way, |place| words::invalid_image(place, image)),
            Some(other) => self.add(&way, |place| words::image_not_string(place, other)),
        }
        None
    }

    /// The limits and the GPUs of its kernels, which `launch_docker.py` reads.
    fn orchest(&mut self, spec: &Map<String, Value>) {
        let way = LIMITS.map(Key::Name);
        let metadata = spec.get("metadata").and_then(Value::as_object);
        let orchest = self.object(metadata, &way[..2]);
        for (name, value) in self.object(orchest, &way).into_iter().flatten() {
            let path = [way[0], way[1], way[2], Key::Name(name)];
            match LIMIT.iter().find(|(known, ..)| known == name) {
                Some((_, valid, may_be)) if !valid(value) => self.add(&path, |place| words::limit(place, may_be)),
                Some(_) => {}
                None => self.add(&path, words::unknown_limit),
            }
        }
        if let Some(gpus) = orchest.and_then(|orchest| orchest.get(GPUS[2]))
            && gpus != ALL_GPUS
            && !whole_within(gpus, 1, 1024)
        {
            self.add(&GPUS.map(Key::Name), words::gpus);
        }
    }
}

/// The value for all GPUs of the engine.
pub(crate) const ALL_GPUS: &str = "all";

/// Each limit with its valid values, which are those of the settings.
type Limit = (&'static str, fn(&Value) -> bool, &'static str);
const LIMIT: [Limit; 3] = [
    ("memory_mb", |value| whole_within(value, 128, 16_777_216), words::MEMORY_MB),
    ("cpus", |value| value.as_f64().is_some_and(|cpus| (0.1..=1024.0).contains(&cpus)), words::CPUS),
    ("shm_mb", |value| whole_within(value, 1, 16_777_216), words::SHM_MB),
];

fn whole_within(value: &Value, least: u64, most: u64) -> bool {
    value.as_u64().is_some_and(|number| (least..=most).contains(&number))
}
