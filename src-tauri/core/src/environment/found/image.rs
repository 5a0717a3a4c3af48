//! Images: a `Dockerfile` and a `devcontainer.json`. Pure: they ask for the files that they name.

use std::collections::BTreeMap;

use crate::contract::environment::Language;
use crate::environment::found::requirements::Look;
use crate::environment::found::source::{Ask, Build, Gpus, Source};
use crate::environment::found::text::{join, parent};
use crate::environment::found::tree::{self, Tree};
use crate::kernelspec::parse::ALL_GPUS;
use crate::words::found as words;

/// The keys of a `devcontainer.json` that would change the image or the container, and have no effect here.
const UNUSED: [&str; 4] = ["features", "onCreateCommand", "updateContentCommand", "postCreateCommand"];

/// The most GPUs that can be asked for, as in a `kernel.json`.
const MOST_GPUS: u16 = 1024;

/// The language of the kernels: that of the notebooks, or else R if an image is one of R by its name.
pub(super) fn language(asks: &[Ask], of_notebooks: Option<Language>) -> Language {
    let of_r = |ask: &Ask| {
        let mut parts = ask.text.rsplit('/');
        let name = parts.next().unwrap_or_default();
        name.starts_with("r-") || parts.next() == Some("rocker")
    };
    of_notebooks.unwrap_or(if asks.iter().any(of_r) { Language::R } else { Language::Python })
}

/// Reads a `Dockerfile`: the images that it builds upon.
///
/// Its form: <https://docs.docker.com/reference/dockerfile/>.
pub(super) fn dockerfile(source: &mut Source, file: &str, text: &str) {
    let mut arguments = BTreeMap::new();
    let mut stages: Vec<String> = Vec::new();
    let mut is_based = false;
    for (line, text) in instructions(text) {
        let mut parts = text.split_whitespace();
        let instruction = parts.next().unwrap_or_default().to_ascii_uppercase();
        match instruction.as_str() {
            // Only arguments before the first FROM count in a FROM.
            "ARG" if !is_based => {
                for part in parts {
                    if let Some((name, value)) = part.split_once('=') {
                        arguments.insert(name.to_owned(), value.trim_matches(['"', '\'']).to_owned());
                    }
                }
            }
            "FROM" => {
                is_based = true;
                let mut parts = parts.filter(|part| !part.starts_with("--"));
                let Some(image) = parts.next() else {
                    source.problem(file, Some(line), words::NO_BASE);
                    continue;
                };
                match substituted(image, &arguments) {
                    Some(image) if image == "scratch" || stages.contains(&image.to_lowercase()) => {}
                    Some(image) => source.ask(image, None, Some(line)),
                    None => source.problem(file, Some(line), words::open_argument(image)),
                }
                if parts.next().is_some_and(|word| word.eq_ignore_ascii_case("as")) && stages.len() < 1_000 {
                    stages.extend(parts.next().map(str::to_lowercase));
                }
            }
            _ => {}
        }
    }
    if !is_based {
        source.problem(file, None, words::NO_FROM);
    }
}

/// The most lines of a Dockerfile that are shown, and the most files that it is built anew for.
const MOST_LINES: usize = 500;
const MOST_COPIED: usize = 50;
/// The ends of files that are small texts. A change of one is a reason to build again. Notebooks and data are none: the
/// kernels have the folder itself.
const TEXTS: [&str; 12] =
    [".txt", ".yml", ".yaml", ".toml", ".lock", ".cfg", ".ini", ".py", ".sh", ".json", ".R", ".dockerignore"];

/// Has the source's image built in this way, and finds the files that the result depends on.
pub(super) fn built(source: &mut Source, build: Build, text: &str, look: Look) {
    let mut files = vec![join(&build.context, ".dockerignore"), Some(format!("{}.dockerignore", build.dockerfile))];
    for (_, instruction) in instructions(text) {
        let mut words = instruction.split_whitespace();
        let is_copy =
            words.next().is_some_and(|word| ["COPY", "ADD"].iter().any(|copy| word.eq_ignore_ascii_case(copy)));
        let words: Vec<&str> = words.collect();
        if is_copy && !words.iter().any(|word| word.starts_with("--from")) {
            let copied = words.split_last().map_or(&[][..], |(_, copied)| copied);
            files.extend(copied.iter().map(|word| join(&build.context, word.trim_matches(['"', '\'', '[', ']', ',']))));
        }
    }
    let is_text = |file: &String| TEXTS.iter().any(|end| file.ends_with(end));
    for file in files.into_iter().flatten().filter(is_text).take(MOST_COPIED) {
        // One that is missing fails the build with the engine's own words.
        let _ = look(source, &file);
    }
    source.build = Some(Build { lines: text.lines().take(MOST_LINES).map(str::to_owned).collect(), ..build });
}

/// The instructions, each with the number of its first line: continued lines joined, without comments and here-documents.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut whole: Option<(usize, String)> = None;
    let mut ends: Vec<String> = Vec::new();
    // Windows' paths have backslashes, and files with such paths choose another sign for a continued line.
    let first = text.lines().next().unwrap_or_default().replace(' ', "").to_lowercase();
    let escape = if first.starts_with("#escape=`") { '`' } else { '\\' };
    for (at, line) in text.lines().enumerate() {
        if let Some(end) = ends.first() {
            if line.trim_start_matches('\t') == end {
                ends.remove(0);
            }
            continue;
        }
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let (begin, mut joined) = whole.take().unwrap_or((at + 1, String::new()));
        if let Some(open) = bare.strip_suffix(escape) {
            joined.push_str(open);
            joined.push(' ');
            whole = Some((begin, joined));
            continue;
        }
        joined.push_str(bare);
        if ["RUN", "COPY", "ADD"]
            .iter()
            .any(|name| joined.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name)))
        {
            ends.extend(here_documents(&joined));
        }
        found.push((begin, joined));
    }
    found.extend(whole);
    found
}

/// The words that end the here-documents of an instruction.
fn here_documents(text: &str) -> Vec<String> {
    let word = |rest: &str| {
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(['"', '\'']);
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        (end > 0 && rest.starts_with(|letter: char| letter.is_ascii_alphabetic())).then(|| rest[..end].to_owned())
    };
    text.split("<<").skip(1).take(10).filter_map(word).collect()
}

/// An image with the defaults of its arguments. `None` if one has no default.
fn substituted(image: &str, arguments: &BTreeMap<String, String>) -> Option<String> {
    let image = image.trim_matches(['"', '\'']);
    let mut parts = image.split('$');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = match part.strip_prefix('{') {
            Some(inside) => inside.split_once('}')?,
            None => {
                let end =
                    part.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(part.len());
                part.split_at(end)
            }
        };
        let (name, default) = name.split_once(":-").map_or((name, None), |(name, default)| (name, Some(default)));
        out += arguments.get(name).map(String::as_str).filter(|value| !value.is_empty()).or(default)?;
        out += rest;
        if out.len() > 1_000 {
            return None;
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Reads a `devcontainer.json`: its image, or that of its Dockerfile.
///
/// Its form: <https://containers.dev/implementors/json_reference/>.
pub(super) fn dev_container(source: &mut Source, file: &str, text: &str, look: Look) {
    let (tree, faults) = tree::json(text);
    let text_of_file = text;
    if !faults.is_empty() {
        for (line, message) in faults {
            source.problem(file, line, message);
        }
        return;
    }
    for key in UNUSED.iter().filter(|key| tree.get(key).is_some_and(has_content)) {
        source.problem(file, line_of(text, key), words::unused(key));
    }
    source.gpus = gpus(source, file, text, &tree);
    let build = tree.at(&["build", "dockerfile"]).or_else(|| tree.get("dockerFile"));
    if let Some(name) = build.and_then(Tree::text) {
        let line = line_of(text, "dockerfile").or_else(|| line_of(text, "dockerFile"));
        let Some(path) = join(parent(file), name).filter(|path| !path.is_empty()) else {
            return source.problem(file, line, words::outside(name));
        };
        match look(source, &path) {
            Ok(text) => {
                dockerfile(source, &path, &text);
                let context = tree.at(&["build", "context"]).or_else(|| tree.get("context")).and_then(Tree::text);
                let Some(context) = join(parent(file), context.unwrap_or(".")) else {
                    return source.problem(
                        file,
                        line_of(text_of_file, "context"),
                        words::outside(context.unwrap_or_default()),
                    );
                };
                let args = tree.at(&["build", "args"]).map(Tree::entries).unwrap_or_default();
                let args = args.iter().filter_map(|(name, value)| Some((name.clone(), value.scalar()?.to_owned())));
                let target = tree.text_at(&["build", "target"]).map(str::to_owned);
                let build = Build { dockerfile: path, context, args: args.collect(), target, lines: Vec::new() };
                built(source, build, &text, look);
            }
            Err(message) => source.problem(file, line, message),
        }
    } else if let Some(image) = tree.text_at(&["image"]).map(str::trim).filter(|image| !image.is_empty()) {
        source.ask(image, None, line_of(text, "image"));
    } else if tree.get("dockerComposeFile").is_some() {
        source.problem(file, line_of(text, "dockerComposeFile"), words::COMPOSE);
    } else {
        source.problem(file, None, words::NO_IMAGE);
    }
}

/// The GPUs that a dev container asks for: `--gpus` of `runArgs` counts before `hostRequirements`, because it has a number.
fn gpus(source: &mut Source, file: &str, text: &str, tree: &Tree) -> Option<Gpus> {
    let args: Vec<&str> =
        tree.get("runArgs").map(Tree::items).unwrap_or_default().iter().filter_map(Tree::text).collect();
    let option = |(at, arg): (usize, &&'_ str)| match arg.strip_prefix("--gpus")? {
        "" => args.get(at + 1).map(|value| (*value).to_owned()),
        rest => rest.strip_prefix('=').map(str::to_owned),
    };
    if let Some(asked) = args.iter().enumerate().find_map(option) {
        let count = asked.trim_matches(['"', '\'']);
        if count == ALL_GPUS {
            return Some(Gpus { count: None, is_optional: false });
        }
        match count.parse().ok().filter(|count| (1..=MOST_GPUS).contains(count)) {
            Some(count) => return Some(Gpus { count: Some(count), is_optional: false }),
            None => source.problem(file, line_of(text, "runArgs"), words::some_gpus(&asked)),
        }
    }
    let wanted = tree.at(&["hostRequirements", "gpu"])?;
    let all = |is_optional| Some(Gpus { count: None, is_optional });
    match wanted.scalar() {
        Some("optional") => all(true),
        Some("true") => all(false),
        _ if wanted.is_map() => all(false),
        _ => None,
    }
}

fn has_content(tree: &Tree) -> bool {
    !tree.entries().is_empty() || !tree.items().is_empty() || tree.scalar().is_some_and(|text| !text.is_empty())
}

/// The first line with a key.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let key = format!("\"{key}\"");
    text.lines().position(|line| line.contains(&key) && !line.trim_start().starts_with("//")).map(|at| at + 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::environment::found::source::SourceKind;

    fn asks(source: &Source) -> Vec<(&str, Option<usize>)> {
        source.asks.iter().map(|ask| (ask.text.as_str(), ask.line)).collect()
    }

    #[test]
    fn a_dockerfile_asks_for_its_bases_and_not_for_its_own_stages() {
        let text = "# syntax=docker/dockerfile:1\nARG PY=3.11 OPEN\nfrom --platform=$BUILD \\\n  python:${PY}-slim AS Build\nRUN <<EOF\nFROM no\nEOF\nFROM build AS next\nFROM $OPEN\nFROM quay.io/jupyter/${NAME:-base}:$PY\nFROM scratch\nFROM";
        let mut source = Source::new(SourceKind::Dockerfile, "Dockerfile");
        dockerfile(&mut source, "Dockerfile", text);
        assert_eq!(asks(&source), [("python:3.11-slim", Some(3)), ("quay.io/jupyter/base:3.11", Some(10))]);
        assert_eq!(source.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [Some(9), Some(12)]);
        let mut source = Source::new(SourceKind::Dockerfile, "Dockerfile");
        dockerfile(&mut source, "Dockerfile", "RUN true\n");
        assert_eq!(source.problems.len(), 1);
    }

    #[test]
    fn a_dev_container_asks_for_its_image_or_that_of_its_dockerfile() {
        let read = |text: &str| {
            let mut source = Source::new(SourceKind::DevContainer, ".devcontainer/devcontainer.json");
            dev_container(&mut source, ".devcontainer/devcontainer.json", text, &mut |source, path| match path {
                "Dockerfile" => {
                    source.add_file(path);
                    Ok("FROM python:3.12".to_owned())
                }
                _ => Err(words::missing(path)),
            });
            source
        };
        let source = read("// a\n{\n  \"image\": \"python:3\", // b\n  \"features\": {\"x\": {}},\n}\n");
        assert_eq!(asks(&source), [("python:3", Some(3))]);
        assert_eq!((source.problems.len(), source.problems[0].line), (1, Some(4)));
        let source = read("{\"build\": {\"dockerfile\": \"../Dockerfile\", \"context\": \"..\"}, \"features\": {}}");
        assert_eq!(
            (asks(&source), source.files.as_slice()),
            (vec![("python:3.12", Some(1))], &["Dockerfile".to_owned()][..])
        );
        assert_eq!(source.problems, []);
        for text in [
            "{\"build\": {\"dockerfile\": \"../../x\"}}",
            "{\"dockerFile\": \"none\"}",
            "{\"dockerComposeFile\": \"c.yml\"}",
            "{}",
            "[",
        ] {
            let source = read(text);
            assert_eq!((source.asks.len(), source.problems.len()), (0, 1), "{text}");
        }
    }

    #[test]
    fn a_dev_container_asks_for_gpus_by_its_requirements_or_the_options_of_docker() {
        let read = |rest: &str| {
            let mut source = Source::new(SourceKind::DevContainer, "devcontainer.json");
            let text = format!("{{\n\"image\": \"python:3\",\n{rest}\n}}");
            dev_container(&mut source, "devcontainer.json", &text, &mut |_, path| Err(words::missing(path)));
            (source.gpus, source.problems.iter().map(|problem| problem.line).collect::<Vec<_>>())
        };
        let some = |count, is_optional| (Some(Gpus { count, is_optional }), vec![]);
        let table = [
            (r#""hostRequirements": {"gpu": true}"#, some(None, false)),
            (r#""hostRequirements": {"gpu": "optional"}"#, some(None, true)),
            (r#""hostRequirements": {"gpu": {"cores": 1000, "memory": "32gb"}}"#, some(None, false)),
            (r#""hostRequirements": {"gpu": false, "cpus": 2}"#, (None, vec![])),
            (r#""hostRequirements": "gpu""#, (None, vec![])),
            (r#""runArgs": ["--ipc=host", "--gpus", "all"]"#, some(None, false)),
            (r#""runArgs": ["--gpus=2"], "hostRequirements": {"gpu": "optional"}"#, some(Some(2), false)),
            (r#""runArgs": ["--gpus"]"#, (None, vec![])),
            (r#""runArgs": ["--gpusx=1", 7]"#, (None, vec![])),
            (r#""runArgs": ["--gpus", "\"device=0,1\""]"#, (None, vec![Some(3)])),
            (r#""runArgs": ["--gpus=0"], "hostRequirements": {"gpu": true}"#, (some(None, false).0, vec![Some(3)])),
            ("", (None, vec![])),
        ];
        for (text, wanted) in table {
            assert_eq!(read(text.trim()), wanted, "{text}");
        }
        let needed = Gpus { count: None, is_optional: false };
        assert_eq!([true, false].map(|has| needed.requested(has)), [Some("all".into()), Some("all".into())]);
        let optional = Gpus { count: Some(2), is_optional: true };
        assert_eq!([true, false].map(|has| optional.requested(has)), [Some(2.into()), None]);
    }

    #[test]
    fn an_image_is_built_anew_for_small_texts_that_are_copied_by_name() {
        let text = "FROM python:3.13\nCOPY --chown=1 requirements.txt src/setup.py notes.ipynb /opt/\nADD [\"a.yml\", \"b\"]\nCOPY . .\n\
                    COPY --from=build /x.txt .\nCOPY ../../y.txt .\n";
        let mut source = Source::new(SourceKind::Dockerfile, "binder/Dockerfile");
        let mut asked = Vec::new();
        let build = Build { dockerfile: "binder/Dockerfile".into(), ..Build::default() };
        built(&mut source, build, text, &mut |_, path| {
            asked.push(path.to_owned());
            Err(words::missing(path))
        });
        assert_eq!(
            asked,
            [".dockerignore", "binder/Dockerfile.dockerignore", "requirements.txt", "src/setup.py", "a.yml"]
        );
        assert_eq!((source.problems.len(), source.build.unwrap().lines[0].as_str()), (0, "FROM python:3.13"));
    }

    #[test]
    fn kernels_of_an_image_are_of_r_where_its_name_or_the_notebooks_say_so() {
        let of = |image: &str, notebooks| {
            let mut source = Source::new(crate::environment::found::SourceKind::Dockerfile, "Dockerfile");
            dockerfile(&mut source, "Dockerfile", &format!("FROM {image}\n"));
            language(&source.asks, notebooks)
        };
        for image in ["rocker/tidyverse:4.4", "ghcr.io/rocker/r-ver", "r-base:4.3", "quay.io/jupyter/r-notebook"] {
            assert_eq!(
                (of(image, None), of(image, Some(Language::Python))),
                (Language::R, Language::Python),
                "{image}"
            );
        }
        assert_eq!(of("python:3.13", None), Language::Python);
        assert_eq!(of("debian:13", Some(Language::R)), Language::R);
    }

    #[test]
    fn a_dev_container_says_how_its_image_is_built() {
        let file = ".devcontainer/devcontainer.json";
        let read = |text: &str| {
            let mut source = Source::new(SourceKind::DevContainer, file);
            dev_container(&mut source, file, text, &mut |_, _| Ok("FROM python:3.12".to_owned()));
            (source.build, source.problems.len())
        };
        let (build, _) = read(
            r#"{"build": {"dockerfile": "Image", "context": "..", "args": {"A": "1", "B": 2, "C": []}, "target": "x"}}"#,
        );
        let build = build.unwrap();
        assert_eq!((build.dockerfile.as_str(), build.context.as_str()), (".devcontainer/Image", ""));
        assert_eq!(build.args.into_iter().collect::<Vec<_>>(), [("A".into(), "1".into()), ("B".into(), "2".into())]);
        assert_eq!(build.target.as_deref(), Some("x"));
        assert_eq!(read(r#"{"dockerFile": "Image"}"#).0.unwrap().context, ".devcontainer");
        assert_eq!(read(r#"{"build": {"dockerfile": "Image", "context": "../.."}}"#), (None, 1));
        assert_eq!(read(r#"{"image": "python:3"}"#), (None, 0));
    }
}
