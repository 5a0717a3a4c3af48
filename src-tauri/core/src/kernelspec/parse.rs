//! What a `kernel.json` says, and what is wrong with it at which place: pure.
//!
//! What is asked of one is what jupyter_client 6.1.12 (`kernelspec.py`, in the gateway), Enterprise Gateway 3.3.0 and
//! the kernel launchers ask of it, and no more: a kernelspec that passes is offered by the gateway and starts.

use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use crate::kernelspec::KERNELS;
use crate::kernelspec::image_name;
use crate::kernelspec::json_place::{self, Key};
use crate::kernelspec::{Kernelspec, problem};
use crate::platform::others::Problem;

/// The process proxies that this app's gateway can drive.
const PROXIES: [&str; 2] = [
    "enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
    "enterprise_gateway.services.processproxies.docker_swarm.DockerSwarmProcessProxy",
];
/// A name that Jupyter fills in with the kernelspec's own folder.
const OWN_FOLDER: &str = "{resource_dir}";

/// Reads the `kernel.json` in the folder `name`. `is_there` tells whether a script is, by its path below the kernels
/// directory.
pub fn parse(name: &str, text: &str, is_there: impl Fn(&Path) -> bool) -> Result<Kernelspec, Problem> {
    check_name(name)?;
    let value = read(text)?;
    let json = Json { text };
    let Some(spec) = value.as_object() else {
        return Err(problem(
            &format!("`kernel.json` is {}, and must be an object", kind(&value)),
            "write it as `{…}`; `python_docker/kernel.json` shows one",
        ));
    };
    // Jupyter gives these itself, and takes none of them twice.
    if let Some(name) = ["resource_dir", "self"].into_iter().find(|name| spec.contains_key(*name)) {
        return Err(problem(
            &format!("{} is a name that Jupyter keeps for itself", json.at(&[Key::Name(name)])),
            "remove it, or give it another name",
        ));
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
            return Err(problem(
                &format!(
                    "{} names the script `{}`, which is not in the kernels directory",
                    json.at(&[Key::Name("argv"), Key::Item(item)]),
                    script.display()
                ),
                "put it there, or name another in `argv`",
            ));
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

/// jupyter_client: `[a-z0-9._-]+`, without regard to case.
pub fn check_name(name: &str) -> Result<(), Problem> {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if name.is_empty() || !name.chars().all(fine) {
        return Err(problem(
            "Jupyter takes no such name for a kernelspec",
            "rename the folder: letters without accents, digits, `.`, `_` and `-`",
        ));
    }
    Ok(())
}

fn read(text: &str) -> Result<Value, Problem> {
    if text.starts_with('\u{feff}') {
        return Err(problem(
            "`kernel.json` begins with a byte-order mark (line 1, column 1), which Jupyter does not read",
            "save the file as UTF-8 without a byte-order mark (\"UTF-8\", not \"UTF-8 with BOM\")",
        ));
    }
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let words = error.to_string();
        let what = words.split(" at line ").next().unwrap_or_default();
        problem(&format!("`kernel.json` is not valid JSON: {what} at {place}"), &format!("correct the file at {place}"))
    })
}

/// A text, to say where in it something is.
struct Json<'a> {
    text: &'a str,
}

impl Json<'_> {
    /// The way to a value, with its line and column where it is there.
    fn at(&self, path: &[Key]) -> String {
        let way = json_place::written(path);
        match json_place::place(self.text, path) {
            Some((line, column)) => format!("`{way}` (line {line}, column {column})"),
            None => format!("`{way}`"),
        }
    }

    /// What is wrong with a value of another kind than it must be.
    fn must_be(&self, path: &[Key], found: &Value, wanted: &str, hint: &str) -> Problem {
        problem(&format!("{} is {}, and must be {wanted}", self.at(path), kind(found)), hint)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn text_at<'a>(json: &Json, spec: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Problem> {
    match spec.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(json.must_be(&[Key::Name(name)], other, "a text", "write it in quotes")),
    }
}

fn argv<'a>(json: &Json, spec: &'a Map<String, Value>) -> Result<Vec<&'a str>, Problem> {
    let hint = "give it a list of words; `python_docker/kernel.json` shows one";
    let all = match spec.get("argv") {
        None => return Err(problem("it has no `argv`, the command that starts a kernel", hint)),
        Some(Value::Array(all)) => all,
        Some(other) => return Err(json.must_be(&[Key::Name("argv")], other, "a list of texts", hint)),
    };
    let mut words = Vec::new();
    for (item, word) in all.iter().enumerate() {
        let path = [Key::Name("argv"), Key::Item(item)];
        match word {
            Value::String(word) if word.contains('\0') => {
                return Err(problem(&format!("{} has a NUL in it", json.at(&path)), "remove the `\\u0000`"));
            }
            Value::String(word) => words.push(word.as_str()),
            other => return Err(json.must_be(&path, other, "a text", "write it in quotes")),
        }
    }
    match words.first() {
        Some(command) if !command.trim().is_empty() => Ok(words),
        _ => Err(problem(&format!("{} names no command that starts a kernel", json.at(&[Key::Name("argv")])), hint)),
    }
}

/// The kernel launchers choose by it what to start, and end at once without it.
fn language<'a>(json: &Json, spec: &'a Map<String, Value>) -> Result<&'a str, Problem> {
    let hint = "name the kernel's language, such as `\"language\": \"python\"`";
    match text_at(json, spec, "language")? {
        Some(language) if !language.trim().is_empty() && !language.contains('\0') => Ok(language),
        Some(_) => Err(problem(&format!("{} names no language", json.at(&[Key::Name("language")])), hint)),
        None => Err(problem("it has no `language`, without which its kernels do not start", hint)),
    }
}

fn interrupt_mode(json: &Json, spec: &Map<String, Value>) -> Result<(), Problem> {
    let hint = "write `\"signal\"` or `\"message\"`, or leave it out";
    match text_at(json, spec, "interrupt_mode")? {
        Some(mode) if !["signal", "message"].contains(&mode.to_lowercase().as_str()) => Err(problem(
            &format!("{} is none that Jupyter knows: `{mode}`", json.at(&[Key::Name("interrupt_mode")])),
            hint,
        )),
        _ => Ok(()),
    }
}

/// Only names are told: a value may be a password.
fn env(json: &Json, spec: &Map<String, Value>) -> Result<(), Problem> {
    let root = Key::Name("env");
    let env = match spec.get("env") {
        None => return Ok(()),
        Some(Value::Object(env)) => env,
        Some(other) => {
            let hint = "write it as `{\"NAME\": \"value\"}`, or leave it out";
            return Err(json.must_be(&[root], other, "an object of texts", hint));
        }
    };
    for (name, value) in env {
        let path = [root, Key::Name(name)];
        if name.is_empty() || name.contains(['=', '\0']) {
            let message = format!("{} is no name of a variable", json.at(&path));
            return Err(problem(&message, "a name has at least one letter, and no `=`"));
        }
        match value {
            Value::String(value) if value.contains('\0') => {
                return Err(problem(&format!("{} has a NUL in it", json.at(&path)), "remove the `\\u0000`"));
            }
            Value::String(_) => {}
            other => return Err(json.must_be(&path, other, "a text", "write its value in quotes")),
        }
    }
    Ok(())
}

fn image<'a>(json: &Json, spec: &'a Map<String, Value>) -> Result<&'a str, Problem> {
    let give = format!("give it the class `{}` and an image", PROXIES[0]);
    let way = [Key::Name("metadata"), Key::Name("process_proxy"), Key::Name("config"), Key::Name("image_name")];
    let object = |holder: Option<&'a Value>, depth: usize| match holder {
        None => Ok(None),
        Some(Value::Object(inside)) => Ok(Some(inside)),
        Some(other) => {
            let hint = "`python_docker/kernel.json` shows what it looks like";
            Err(json.must_be(&way[..depth], other, "an object", hint))
        }
    };
    let metadata = object(spec.get("metadata"), 1)?;
    let Some(proxy) = object(metadata.and_then(|metadata| metadata.get("process_proxy")), 2)? else {
        let message =
            "it has no `metadata.process_proxy`: its kernels would run beside the gateway, not in a container";
        return Err(problem(message, &give));
    };
    let class = [way[0], way[1], Key::Name("class_name")];
    match proxy.get("class_name") {
        Some(Value::String(name)) if PROXIES.contains(&name.as_str()) => {}
        Some(Value::String(name)) => {
            return Err(problem(
                &format!("{} names a process proxy that this app cannot drive: `{name}`", json.at(&class)),
                &format!("use `{}`", PROXIES[0]),
            ));
        }
        Some(other) => return Err(json.must_be(&class, other, "a text", &give)),
        None => return Err(problem(&format!("{} has no `class_name`", json.at(&way[..2])), &give)),
    }
    let config = object(proxy.get("config"), 3)?;
    // Enterprise Gateway splits these, whatever they are.
    for name in ["authorized_users", "unauthorized_users", "port_range"] {
        let path = [way[0], way[1], way[2], Key::Name(name)];
        match config.and_then(|config| config.get(name)) {
            None | Some(Value::String(_)) => {}
            Some(other) => return Err(json.must_be(&path, other, "a text", "write it in quotes, or leave it out")),
        }
    }
    let name_one = "name one, such as `orchest/kernel-python:0.1.0`";
    match config.and_then(|config| config.get("image_name")) {
        None => Err(problem("it names no image in `metadata.process_proxy.config.image_name`", name_one)),
        Some(Value::String(image)) if image_name::is_valid(image) => Ok(image),
        Some(Value::String(image)) => Err(problem(
            &format!("{} is no valid name of an image: `{image}`", json.at(&way)),
            "write it as `name:tag` or `registry/name:tag`, in small letters",
        )),
        Some(other) => Err(json.must_be(&way, other, "a text", name_one)),
    }
}
