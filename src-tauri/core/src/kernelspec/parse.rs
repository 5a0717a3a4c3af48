//! Parses a `kernel.json`, and names its problems with their places. Pure.
//!
//! The requirements are exactly those of jupyter_client 6.1.12 (`kernelspec.py`, in the gateway), Enterprise Gateway 3.3.0
//! and the kernel launchers: the gateway offers a kernelspec that passes, and its kernels start.

use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use crate::kernelspec::KERNELS;
use crate::kernelspec::Kernelspec;
use crate::kernelspec::image_name;
use crate::kernelspec::json_place::{self, Key};
use crate::platform::others::Problem;
use crate::words::kernelspec as words;

/// The process proxies that this app's gateway supports.
const PROXIES: [&str; 2] = [
    "enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
    "enterprise_gateway.services.processproxies.docker_swarm.DockerSwarmProcessProxy",
];
/// Jupyter replaces this with the kernelspec's own folder.
const OWN_FOLDER: &str = "{resource_dir}";

/// Reads the `kernel.json` in the folder `name`. `is_there` checks a script by its path below the kernels
/// directory.
pub fn parse(name: &str, text: &str, is_there: impl Fn(&Path) -> bool) -> Result<Kernelspec, Problem> {
    check_name(name)?;
    let value = read(text)?;
    let json = Json { text };
    let Some(spec) = value.as_object() else {
        return Err(words::not_object(&value));
    };
    // Jupyter sets these itself, and fails if they are set twice.
    if let Some(name) = ["resource_dir", "self"].into_iter().find(|name| spec.contains_key(*name)) {
        return Err(words::reserved(&json.at(&[Key::Name(name)])));
    }
    let argv = argv(&json, spec)?;
    let language = language(&json, spec)?;
    let display_name = text_at(&json, spec, "display_name")?.filter(|name| !name.trim().is_empty());
    interrupt_mode(&json, spec)?;
    env(&json, spec)?;
    let image = image(&json, spec)?;
    for (item, word) in argv.iter().enumerate() {
        let own = word.strip_prefix(OWN_FOLDER).map(|rest| format!("{name}{rest}"));
        let below = word.strip_prefix(KERNELS).and_then(|rest| rest.strip_prefix('/'));
        let Some(script) = own.as_deref().or(below) else { continue };
        let script = PathBuf::from(script);
        let inside = script.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || !is_there(&script) {
            return Err(words::script(&json.at(&[Key::Name("argv"), Key::Item(item)]), &script));
        }
    }
    Ok(Kernelspec {
        name: name.to_ascii_lowercase(),
        display_name: display_name.unwrap_or(name).to_owned(),
        language: language.to_owned(),
        image: image.to_owned(),
        lacks_public_key: !argv.iter().any(|word| word.contains("{public_key}")),
    })
}

/// jupyter_client: `[a-z0-9._-]+`, ignoring case.
pub fn check_name(name: &str) -> Result<(), Problem> {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if name.is_empty() || !name.chars().all(fine) {
        return Err(words::name());
    }
    Ok(())
}

fn read(text: &str) -> Result<Value, Problem> {
    if text.starts_with('\u{feff}') {
        return Err(words::byte_order_mark());
    }
    serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        words::not_json(text.split(" at line ").next().unwrap_or_default(), error.line(), error.column())
    })
}

/// A text, to find the places of its values.
struct Json<'a> {
    text: &'a str,
}

impl Json<'_> {
    /// The name of a value, with its line and column if the text has it.
    fn at(&self, path: &[Key]) -> String {
        words::place(&json_place::written(path), json_place::place(self.text, path))
    }
}

fn text_at<'a>(json: &Json, spec: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Problem> {
    match spec.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(words::not_string(&json.at(&[Key::Name(name)]), other)),
    }
}

fn argv<'a>(json: &Json, spec: &'a Map<String, Value>) -> Result<Vec<&'a str>, Problem> {
    let all = match spec.get("argv") {
        None => return Err(words::no_argv()),
        Some(Value::Array(all)) => all,
        Some(other) => return Err(words::argv_not_list(&json.at(&[Key::Name("argv")]), other)),
    };
    let mut command = Vec::new();
    for (item, word) in all.iter().enumerate() {
        let path = [Key::Name("argv"), Key::Item(item)];
        match word {
            Value::String(word) if word.contains('\0') => {
                return Err(words::nul(&json.at(&path)));
            }
            Value::String(word) => command.push(word.as_str()),
            other => return Err(words::not_string(&json.at(&path), other)),
        }
    }
    match command.first() {
        Some(program) if !program.trim().is_empty() => Ok(command),
        _ => Err(words::no_command(&json.at(&[Key::Name("argv")]))),
    }
}

/// The kernel launchers choose the kernel by it, and end at once without it.
fn language<'a>(json: &Json, spec: &'a Map<String, Value>) -> Result<&'a str, Problem> {
    match text_at(json, spec, "language")? {
        Some(language) if !language.trim().is_empty() && !language.contains('\0') => Ok(language),
        Some(_) => Err(words::empty_language(&json.at(&[Key::Name("language")]))),
        None => Err(words::no_language()),
    }
}

fn interrupt_mode(json: &Json, spec: &Map<String, Value>) -> Result<(), Problem> {
    match text_at(json, spec, "interrupt_mode")? {
        Some(mode) if !["signal", "message"].contains(&mode.to_lowercase().as_str()) => {
            Err(words::interrupt_mode(&json.at(&[Key::Name("interrupt_mode")]), mode))
        }
        _ => Ok(()),
    }
}

/// Messages contain only names: a value may be a password.
fn env(json: &Json, spec: &Map<String, Value>) -> Result<(), Problem> {
    let root = Key::Name("env");
    let env = match spec.get("env") {
        None => return Ok(()),
        Some(Value::Object(env)) => env,
        Some(other) => return Err(words::env_not_object(&json.at(&[root]), other)),
    };
    for (name, value) in env {
        let path = [root, Key::Name(name)];
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(words::variable_name(&json.at(&path)));
        }
        match value {
            Value::String(value) if value.contains('\0') => {
                return Err(words::nul(&json.at(&path)));
            }
            Value::String(_) => {}
            other => return Err(words::variable_not_string(&json.at(&path), other)),
        }
    }
    Ok(())
}

fn image<'a>(json: &Json, spec: &'a Map<String, Value>) -> Result<&'a str, Problem> {
    let way = [Key::Name("metadata"), Key::Name("process_proxy"), Key::Name("config"), Key::Name("image_name")];
    let object = |holder: Option<&'a Value>, depth: usize| match holder {
        None => Ok(None),
        Some(Value::Object(inside)) => Ok(Some(inside)),
        Some(other) => Err(words::member_not_object(&json.at(&way[..depth]), other)),
    };
    let metadata = object(spec.get("metadata"), 1)?;
    let Some(proxy) = object(metadata.and_then(|metadata| metadata.get("process_proxy")), 2)? else {
        return Err(words::no_proxy(PROXIES[0]));
    };
    let class = [way[0], way[1], Key::Name("class_name")];
    match proxy.get("class_name") {
        Some(Value::String(name)) if PROXIES.contains(&name.as_str()) => {}
        Some(Value::String(name)) => {
            return Err(words::unknown_class(&json.at(&class), name, PROXIES[0]));
        }
        Some(other) => return Err(words::class_not_string(&json.at(&class), other, PROXIES[0])),
        None => return Err(words::no_class(&json.at(&way[..2]), PROXIES[0])),
    }
    let config = object(proxy.get("config"), 3)?;
    // Enterprise Gateway splits these, and fails if they are no strings.
    for name in ["authorized_users", "unauthorized_users", "port_range"] {
        let path = [way[0], way[1], way[2], Key::Name(name)];
        match config.and_then(|config| config.get(name)) {
            None | Some(Value::String(_)) => {}
            Some(other) => return Err(words::optional_not_string(&json.at(&path), other)),
        }
    }
    match config.and_then(|config| config.get("image_name")) {
        None => Err(words::no_image()),
        Some(Value::String(image)) if image_name::is_valid(image) => Ok(image),
        Some(Value::String(image)) => Err(words::invalid_image(&json.at(&way), image)),
        Some(other) => Err(words::image_not_string(&json.at(&way), other)),
    }
}
