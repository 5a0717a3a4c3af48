//! Kernelspecs: folders with a `kernel.json` under the kernels directory, as jupyter_client defines them, with
//! Enterprise Gateway's `metadata.process_proxy`. One that cannot be used is told with its reason, never left out.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::plan::KERNELS;
use crate::snapshot::{KernelspecProblem, KernelspecView};

/// The largest `kernel.json` that is read, bytes.
const LARGEST: u64 = 1 << 20;
/// The process proxies that this app's gateway can drive.
const PROXIES: [&str; 2] = [
    "enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
    "enterprise_gateway.services.processproxies.docker_swarm.DockerSwarmProcessProxy",
];

/// A kernelspec that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernelspec {
    /// Its folder's name, which is Jupyter's name for it.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// The language.
    pub language: String,
    /// The image that its kernels run from.
    pub image: String,
    /// Its command has no `{public_key}`, which today's kernel launchers need: the gateway adds it.
    pub lacks_public_key: bool,
}

impl From<&Kernelspec> for KernelspecView {
    fn from(spec: &Kernelspec) -> KernelspecView {
        let remark = "Its command has no {public_key}, as older ones have; it is added when a kernel starts.";
        KernelspecView {
            name: spec.name.clone(),
            display_name: spec.display_name.clone(),
            language: spec.language.clone(),
            image: spec.image.clone(),
            remark: spec.lacks_public_key.then(|| remark.to_owned()),
        }
    }
}

/// What is wrong with a kernelspec, and what to do.
type Problem = (String, String);

/// The kernelspecs under `dir`, by display name, and what is wrong with the others. A directory that is not there
/// is told as a problem of its own.
pub fn read(dir: &Path) -> (Vec<Kernelspec>, Vec<KernelspecProblem>) {
    let (mut kernelspecs, mut problems) = (Vec::new(), Vec::new());
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            let (message, hint) = if error.kind() == std::io::ErrorKind::NotFound {
                problem("the kernels directory is not there", "bring it back, or choose another one in Settings")
            } else {
                problem(&format!("the kernels directory cannot be read: {error}"), "check who may read it")
            };
            problems.push(KernelspecProblem {
                name: dir.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                path: dir.display().to_string(),
                message,
                hint,
            });
            return (kernelspecs, problems);
        }
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if name.starts_with('.') || path.is_file() {
            continue;
        }
        match read_one(dir, &path, &name) {
            Ok(kernelspec) => kernelspecs.push(kernelspec),
            Err((message, hint)) => {
                let path = path.join("kernel.json").display().to_string();
                problems.push(KernelspecProblem { name, path, message, hint });
            }
        }
    }
    kernelspecs.sort_by_cached_key(|spec| (spec.display_name.to_lowercase(), spec.name.clone()));
    problems.sort_by(|a, b| a.name.cmp(&b.name));
    (kernelspecs, problems)
}

fn read_one(dir: &Path, folder: &Path, name: &str) -> Result<Kernelspec, Problem> {
    let file = folder.join("kernel.json");
    let found = fs::metadata(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound if file.is_symlink() => {
            problem("`kernel.json` is a link that leads nowhere", "mend the link")
        }
        std::io::ErrorKind::NotFound => {
            problem("there is no `kernel.json` in it", "put one there, or remove the folder")
        }
        _ => problem(&format!("`kernel.json` cannot be read: {error}"), "check who may read it"),
    })?;
    if found.len() > LARGEST {
        return Err(problem("`kernel.json` is larger than 1 MiB", "a kernelspec is a few lines; mend the file"));
    }
    let bytes = fs::read(&file)
        .map_err(|error| problem(&format!("`kernel.json` cannot be read: {error}"), "check who may read it"))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| problem("`kernel.json` is not UTF-8", "save the file with the encoding UTF-8"))?;
    parse(name, &text, |script| dir.join(script).is_file())
}

fn problem(message: &str, hint: &str) -> Problem {
    (message.to_owned(), hint.to_owned())
}

/// Reads a `kernel.json`. `is_there` tells whether a script is, by its path below the kernels directory.
pub fn parse(name: &str, text: &str, is_there: impl Fn(&Path) -> bool) -> Result<Kernelspec, Problem> {
    // jupyter_client: `[a-z0-9._-]+`, without regard to case.
    let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if name.is_empty() || !name.chars().all(fine) {
        return Err(problem(
            "Jupyter takes no such name for a kernelspec",
            "rename the folder: letters, digits, `.`, `_` and `-`",
        ));
    }
    let spec: Value = serde_json::from_str(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let words = error.to_string();
        let what = words.split(" at line ").next().unwrap_or_default();
        problem(&format!("`kernel.json` is not valid JSON: {what} at {place}"), &format!("mend the file at {place}"))
    })?;
    let argv: Option<Vec<&str>> = spec["argv"].as_array().map(|argv| argv.iter().filter_map(Value::as_str).collect());
    let argv = match argv {
        Some(argv) if !argv.is_empty() && spec["argv"].as_array().is_some_and(|all| all.len() == argv.len()) => argv,
        _ => {
            return Err(problem(
                "it has no `argv`, the command that starts a kernel",
                "give it a list of words; `python_docker/kernel.json` shows one",
            ));
        }
    };
    let proxy = &spec["metadata"]["process_proxy"];
    match proxy["class_name"].as_str() {
        Some(class) if PROXIES.contains(&class) => {}
        Some(class) => {
            return Err(problem(
                &format!("the process proxy `{class}` cannot be driven by this app"),
                &format!("use `{}`", PROXIES[0]),
            ));
        }
        None => {
            return Err(problem(
                "it has no `metadata.process_proxy`: its kernels would run beside the gateway, not in a container",
                &format!("give it the class `{}` and an image", PROXIES[0]),
            ));
        }
    }
    let image = match proxy["config"]["image_name"].as_str() {
        None => {
            return Err(problem(
                "it names no image",
                "name one in `metadata.process_proxy.config.image_name`, such as `orchest/kernel-python:0.1.0`",
            ));
        }
        Some(image) if !is_image_name(image) => {
            return Err(problem(
                &format!("`{image}` is no valid name of an image"),
                "write it as `name:tag` or `registry/name:tag`, in small letters",
            ));
        }
        Some(image) => image,
    };
    for word in &argv {
        let Some(script) = word.strip_prefix(KERNELS).and_then(|rest| rest.strip_prefix('/')) else { continue };
        let script = PathBuf::from(script);
        let inside = script.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside || !is_there(&script) {
            return Err(problem(
                &format!("its script `{}` is not in the kernels directory", script.display()),
                "put it there, or name another in `argv`",
            ));
        }
    }
    Ok(Kernelspec {
        name: name.to_owned(),
        display_name: spec["display_name"].as_str().filter(|name| !name.trim().is_empty()).unwrap_or(name).to_owned(),
        language: spec["language"].as_str().unwrap_or_default().to_owned(),
        image: image.to_owned(),
        lacks_public_key: !argv.iter().any(|word| word.contains("{public_key}")),
    })
}

/// Whether this is a reference to an image: `[registry[:port]/]path[:tag][@digest]`, after the grammar of the
/// distribution project's `reference` package.
fn is_image_name(image: &str) -> bool {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    let digest_fine = digest.is_none_or(|digest| {
        digest.split_once(':').is_some_and(|(kind, hex)| {
            !kind.is_empty() && hex.len() >= 32 && hex.chars().all(|letter| letter.is_ascii_hexdigit())
        })
    });
    let (path, tag) = match rest.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (rest, None),
    };
    let tag_fine = tag.is_none_or(|tag| {
        (1..=128).contains(&tag.len())
            && !tag.starts_with(['.', '-'])
            && tag.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-'))
    });
    let mut parts: Vec<&str> = path.split('/').collect();
    let is_host = |part: &str| part.contains(['.', ':']) || part == "localhost";
    let host_fine = if parts.len() > 1 && is_host(parts[0]) {
        let host = parts.remove(0);
        let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
        !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-'))
            && port.is_none_or(|port| port.parse::<u16>().is_ok())
    } else {
        true
    };
    let part_fine = |part: &&str| {
        let small = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        part.starts_with(small)
            && part.ends_with(small)
            && part.chars().all(|letter| small(letter) || matches!(letter, '.' | '_' | '-'))
    };
    image.len() <= 255 && digest_fine && tag_fine && host_fine && !parts.is_empty() && parts.iter().all(part_fine)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SEED: &str = r#"{"language":"python","display_name":"Python on Docker","metadata":{"process_proxy":
        {"class_name":"enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
        "config":{"image_name":"elyra/kernel-py:2.0.0"}}},"env":{},"argv":["python",
        "/usr/local/share/jupyter/kernels/python_docker/scripts/launch_docker.py",
        "--RemoteProcessProxy.kernel-id","{kernel_id}","--RemoteProcessProxy.response-address","{response_address}",
        "--RemoteProcessProxy.spark-context-initialization-mode","none"]}"#;

    fn wrong(name: &str, text: &str) -> String {
        let (message, hint) = parse(name, text, |_| true).unwrap_err();
        assert!(!hint.is_empty());
        message
    }

    #[test]
    fn the_seeds_kernelspec_is_accepted_to_the_letter() {
        let spec = parse("seed", SEED, |script| script == Path::new("python_docker/scripts/launch_docker.py")).unwrap();
        assert_eq!((spec.display_name.as_str(), spec.image.as_str()), ("Python on Docker", "elyra/kernel-py:2.0.0"));
        assert!(spec.lacks_public_key);
        assert!(KernelspecView::from(&spec).remark.is_some());
    }

    #[test]
    fn each_broken_kind_is_told_apart() {
        assert!(
            wrong("a", "{\n  \"argv\": [,]\n}").contains("line 2, column 12"),
            "{}",
            wrong("a", "{\n  \"argv\": [,]\n}")
        );
        assert!(wrong("a", "").contains("not valid JSON"));
        assert!(wrong("a", "[]").contains("argv"));
        assert!(wrong("a", r#"{"argv": []}"#).contains("argv"));
        assert!(wrong("a", r#"{"argv": ["python", 7]}"#).contains("argv"));
        assert!(wrong("a", r#"{"argv": ["python"]}"#).contains("process_proxy"));
        assert!(wrong("a b", SEED).contains("name"));
        assert!(wrong("a", &SEED.replace("DockerProcessProxy", "YarnClusterProcessProxy")).contains("Yarn"));
        assert!(wrong("a", &SEED.replace("image_name", "image")).contains("no image"));
        assert!(wrong("a", &SEED.replace("elyra/kernel-py", "Elyra/Kernel py")).contains("no valid name"));
        assert!(wrong("a", &SEED.replace("python_docker/scripts", "../../etc")).contains("script"));
        let (missing, _) = parse("a", SEED, |_| false).unwrap_err();
        assert!(missing.contains("launch_docker.py"));
    }

    #[test]
    fn names_of_images() {
        for name in [
            "a",
            "a:1",
            "elyra/kernel-py:2.0.0",
            "localhost:5000/a/b:x",
            "r.io/a@sha256:0123456789abcdef0123456789abcdef",
        ] {
            assert!(is_image_name(name), "{name}");
        }
        for name in ["", "A", "a b", "a:", "a/:1", "/a", "a:b c", "-a", "a@sha256:xyz", "a:-x", "a//b"] {
            assert!(!is_image_name(name), "{name}");
        }
    }

    #[test]
    fn a_folder_without_a_kernelspec_is_told_and_a_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("empty")).unwrap();
        fs::create_dir(dir.path().join(".hidden")).unwrap();
        fs::write(dir.path().join("notes.txt"), "").unwrap();
        fs::create_dir(dir.path().join("binary")).unwrap();
        fs::write(dir.path().join("binary/kernel.json"), [0xff, 0xfe]).unwrap();
        let (kernelspecs, problems) = read(dir.path());
        assert!(kernelspecs.is_empty());
        let told: Vec<_> = problems.iter().map(|problem| (problem.name.as_str(), problem.message.as_str())).collect();
        assert_eq!(told, [("binary", "`kernel.json` is not UTF-8"), ("empty", "there is no `kernel.json` in it")]);
        let (kernelspecs, problems) = read(&dir.path().join("nowhere"));
        assert!(kernelspecs.is_empty());
        assert_eq!(problems[0].message, "the kernels directory is not there");
    }
}
