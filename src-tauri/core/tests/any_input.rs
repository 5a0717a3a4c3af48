//! Input of any kind: no panic, no hang, and nothing dropped in silence.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;

use orchest_core::engine::{Container, ContainerState, StreamLine};
use orchest_core::environment::found::{self, Machine, WantedPython};
use orchest_core::folder::pipeline_file::{self, StepFile};
use orchest_core::images::progress::{self, Build, Pull};
use orchest_core::kernelspec;
use orchest_core::launch::orphans::{Known, orphans};
use orchest_core::launch::{label, observed};
use orchest_core::platform::process::Liveness;
use orchest_core::settings;
use orchest_core::settings::Settings;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

/// Text as people and faulty programs write it: JSON, parts of JSON, and anything else.
fn text() -> impl Strategy<Value = String> {
    let kernel =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc/kernels/python_docker/kernel.json"));
    let kernel = kernel.unwrap();
    let half = (0..kernel.len()).prop_map({
        let kernel = kernel.clone();
        move |end| kernel.chars().take(end).collect()
    });
    let changed = (any::<prop::sample::Index>(), any::<char>()).prop_map(move |(at, letter)| {
        let mut letters: Vec<char> = kernel.chars().collect();
        let at = at.index(letters.len());
        letters[at] = letter;
        letters.into_iter().collect()
    });
    prop_oneof![half, changed, any::<String>(), "[\\[\\]{}\",:0-9a-z ]{0,80}"]
}

/// Labels with our names, and with values of any kind.
fn labels() -> impl Strategy<Value = BTreeMap<String, String>> {
    let name = prop::sample::select([label::ALL.as_slice(), &["other"]].concat());
    let value = prop_oneof![
        prop::sample::select(vec!["gateway", "server", "kernel", "network", "a", "b", "ada@engine", "5-x"])
            .prop_map(str::to_owned),
        any::<String>(),
    ];
    btree_map(name.prop_map(str::to_owned), value, 0..9)
}

fn container() -> impl Strategy<Value = Container> {
    let state = prop_oneof![
        Just(ContainerState::Created),
        Just(ContainerState::Running),
        Just(ContainerState::Other),
        any::<i64>().prop_map(|code| ContainerState::Exited { code }),
    ];
    (
        labels(),
        state,
        any::<u64>(),
        btree_map(prop_oneof![Just(8888), any::<u16>()], any::<u16>(), 0..3),
        "[a-z-]{0,12}(-stopping)?",
    )
        .prop_map(|(labels, state, created_ms, ports, name)| Container {
            id: name.clone(),
            name,
            labels,
            state,
            created_ms,
            ports,
            networks: Vec::new(),
        })
}

fn line() -> impl Strategy<Value = StreamLine> {
    let text = prop_oneof![
        "Step [0-9]{1,25}/[0-9]{1,25} : RUN x\n",
        "(Downloading|Pull complete|Extracting|Already exists|Retrying in [0-9]+ seconds)",
        any::<String>(),
    ];
    (option::of("[a-f0-9]{0,4}"), text, option::of(any::<u64>()), option::of(any::<u64>()))
        .prop_map(|(layer, text, current, total)| StreamLine { layer, text, current, total })
}

/// Pipeline files: fields with our names, with valid and invalid values.
fn pipeline_file() -> impl Strategy<Value = String> {
    let uuid = || "[a-e]";
    let any_json = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        vec(any::<i64>(), 0..3).prop_map(Into::into),
    ];
    let path = prop_oneof!["[./a-z~\\\\:]{0,12}", any::<String>()].prop_map(serde_json::Value::from);
    let field = prop_oneof![
        ("file_path|title|environment", path).boxed(),
        ("incoming_connections", vec(uuid(), 0..4).prop_map(serde_json::Value::from)).boxed(),
        ("meta_data", any::<(f64, f64)>().prop_map(|(x, y)| serde_json::json!({ "position": [x, y] }))).boxed(),
        ("kernel|incoming_connections|meta_data|title|uuid", any_json.clone()).boxed(),
    ];
    let step = prop_oneof![
        4 => vec(field, 0..5).prop_map(serde_json::Value::from_iter),
        1 => any_json,
    ];
    let whole = vec((uuid(), step), 0..6)
        .prop_map(|steps| serde_json::json!({ "steps": serde_json::Value::from_iter(steps) }).to_string());
    prop_oneof![3 => whole, 1 => text()]
}

/// The names of files that say what a folder's kernels need.
const OF_ENVIRONMENTS: [&str; 22] = [
    "requirements.txt",
    "a.txt",
    "pyproject.toml",
    "uv.lock",
    "pylock.toml",
    "pixi.lock",
    "pixi.toml",
    "Pipfile",
    "setup.py",
    "setup.cfg",
    "environment.yml",
    "conda-lock.yml",
    "Dockerfile",
    "devcontainer.json",
    "renv.lock",
    "DESCRIPTION",
    "install.R",
    "apt.txt",
    "runtime.txt",
    ".python-version",
    "postBuild",
    "a.ipynb",
];

/// Text of such files: their words in any order, and anything else.
fn environment_file() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        "numpy",
        "python",
        ">=1.0",
        "==",
        "~=3.11",
        ",",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "=",
        " = ",
        "\"",
        "'",
        "\n",
        "\r\n",
        "  ",
        "\t",
        "- ",
        ": ",
        "#",
        " # ",
        "\\",
        "\\\n",
        ";",
        "|",
        "&a ",
        "*a",
        "!x ",
        "---\n",
        "<<EOF\n",
        "EOF\n",
        "$A",
        "${A:-",
        "-r a.txt\n",
        "-c a.txt\n",
        "-e .\n",
        "-e ",
        "--hash=",
        "--",
        "-",
        "git+https://u:p@h/x@y#egg=z",
        "file:///x",
        "../",
        "./",
        "C:\\",
        "@",
        "[project]\n",
        "dependencies = [",
        "dynamic = [\"dependencies\"]\n",
        "[dependency-groups]\n",
        "{include-group = \"dev\"}",
        "dev = [",
        "[tool.uv.sources]\n",
        "[tool.poetry.dependencies]\n",
        "[tool.pixi.dependencies]\n",
        "numpy = ",
        "{ git = \"x:y\", branch = \"b\" }",
        "{ path = \"..\" }",
        "\"^1.2\"",
        "[packages]\n",
        "[requires]\n",
        "[options]\n",
        "install_requires =",
        "python_requires=",
        "setup(",
        "file: a.txt\n",
        "dependencies:\n",
        "  - pip:\n",
        "    - numpy\n",
        "package:\n",
        "- name: a\n",
        "  version: 1\n",
        "[[package]]\nname = \"a\"\n",
        "source = { virtual = \".\" }\n",
        "dependencies = [{ name = \"a\", extra = [\"x\"], marker = \"(os_name == 'posix') or 'é' in extras\" }]\n",
        "[[packages]]\nname = \"a\"\n",
        "wheels = [{ url = \"https://x/a-1-py3-none-any.whl\", size = 4 }]\n",
        "environments:\n  default:\n    packages:\n      linux-64:\n      - conda: https://x/a\n",
        "packages:\n- conda: https://x/a\n  size: 18446744073709551615\n",
        "FROM ",
        "ARG A=1\n",
        "AS b\n",
        "RUN ",
        "{\"image\": \"a\"}",
        "{\"build\": {\"dockerfile\": \"Dockerfile\"}}",
        "/*",
        "*/",
        "//",
        "{\"Packages\": {\"a\": {}}}",
        "Package: a\n",
        "Imports: b,\n",
        "install.packages(",
        "c(",
        "# /// script",
        "# ///\n",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"",
        "\\n",
        "\"}]}",
        "3.11",
        "python-3",
        "\u{feff}",
        "é",
        "\0",
    ]);
    prop_oneof![
        4 => vec(word, 0..40).prop_map(|words| words.concat().into_bytes()),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..80),
        1 => vec(any::<u8>(), 0..40).prop_map(|rest| [&b"\xff\xfe"[..], &rest].concat()),
    ]
}

proptest! {
    #[test]
    fn what_a_folder_needs_is_found_or_a_problem_with_a_file(
        files in btree_map(prop::sample::select(OF_ENVIRONMENTS.as_slice()), environment_file(), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in &files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let began = std::time::Instant::now();
        let read = found::read(folder.path(), &["a.ipynb".to_owned(), "../a.ipynb".to_owned()]);
        let _ = found::imports(folder.path(), &["a.ipynb".to_owned()]);
        prop_assert!(began.elapsed().as_secs() < 10);
        let machine = Machine { arch: "x86_64".to_owned(), python: (3, 11, 9), free_threaded: false };
        for source in &read.found.sources {
            if let Some(download) = found::download(source, &read.contents, &machine) {
                prop_assert!(download.bytes > 0);
            }
            prop_assert!(source.problems.iter().all(|problem| !problem.file.is_empty() && !problem.message.is_empty()));
            for name in source.files.iter().chain(&source.locked_by) {
                prop_assert_eq!(&read.contents[name], &files[name.as_str()]);
            }
            for ask in &source.asks {
                prop_assert!(!ask.text.is_empty() && ask.name.as_ref().is_none_or(|name| !name.is_empty()), "{:?}", ask);
            }
        }
        for package in read.found.apt.iter().flat_map(|apt| &apt.packages) {
            prop_assert!(!package.starts_with('-') && !package.contains([' ', ';', '$']), "{}", package);
        }
    }

    #[test]
    fn any_wish_for_a_python_is_answered(wanted in prop_oneof!["[=<>!~^|,.*0-9 a-z]{0,20}", any::<String>()]) {
        let python = WantedPython { wanted, file: "f".to_owned() };
        let _ = python.allows((3, 11, 9));
    }

    #[test]
    fn a_pipeline_file_is_drawn_or_refused_and_names_nothing_outside(text in pipeline_file()) {
        let asked = std::cell::RefCell::new(Vec::new());
        let look = |path: &str| {
            asked.borrow_mut().push(path.to_owned());
            StepFile::Missing
        };
        match pipeline_file::parse(text.as_bytes(), look) {
            Err(reason) => prop_assert!(!reason.is_empty()),
            Ok(found) => {
                for step in &found.steps {
                    prop_assert!(step.after.iter().all(|uuid| found.steps.iter().any(|step| step.uuid == *uuid)));
                    prop_assert!(!step.in_cycle || !step.after.is_empty());
                    prop_assert!(step.position.is_none_or(|(x, y)| x.is_finite() && y.is_finite()));
                }
            }
        }
        for path in asked.into_inner() {
            prop_assert!(!path.starts_with('/') && path.split('/').all(|part| part != ".." && part != "."), "{}", path);
        }
    }

    #[test]
    fn a_kernelspec_is_usable_or_listed_with_its_problem(text in text(), name in "[a-z]{1,8}") {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(&name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("kernel.json"), text).unwrap();
        let (usable, problems) = kernelspec::read(home.path());
        prop_assert_eq!(usable.len() + problems.len(), 1);
        for problem in problems {
            prop_assert!(!problem.message.is_empty() && !problem.hint.is_empty());
        }
    }

    #[test]
    fn settings_are_read_or_set_aside_whole(text in text()) {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("settings.json");
        fs::write(&file, &text).unwrap();
        let (_, _, aside) = settings::load(&file).unwrap();
        let kept = aside.map_or(file, |aside| aside.moved_to);
        prop_assert_eq!(fs::read_to_string(kept).unwrap(), text);
    }

    #[test]
    fn a_change_of_settings_keeps_unknown_keys(key in "[a-z]{12}", value in any::<String>()) {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("settings.json");
        fs::write(&file, serde_json::json!({ &key: &value }).to_string()).unwrap();
        let change = |settings: &mut Settings| {
            settings.launch_timeout_s = Some(7);
            Ok(())
        };
        settings::update(&file, &Settings::default(), change).unwrap();
        let found: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        prop_assert_eq!(found[&key].as_str(), Some(value.as_str()));
    }

    #[test]
    fn containers_fold_the_same_in_any_order(containers in vec(container(), 0..12)) {
        let found = observed::launches(&containers);
        let launches = containers.iter().filter(|container| {
            container.labels.contains_key(label::LAUNCH)
                && container.labels.get(label::ROLE).is_some_and(|role| label::Role::parse(role).is_some())
        });
        let ids: std::collections::BTreeSet<_> = launches.map(|container| &container.labels[label::LAUNCH]).collect();
        prop_assert_eq!(found.keys().collect::<std::collections::BTreeSet<_>>(), ids);
        let mut twice = containers.clone();
        twice.extend(containers);
        prop_assert_eq!(observed::launches(&twice).len(), found.len());
    }

    #[test]
    fn a_process_that_may_live_loses_nothing(containers in vec(container(), 0..12), now in any::<u64>()) {
        for life in [Liveness::Alive, Liveness::Unknown] {
            let known = Known { owner: "ada@engine", liveness: &|_| life, busy: &|_| false, now };
            prop_assert_eq!(orphans(&containers, &[], &known), vec![]);
        }
        let known = Known { owner: "ada@engine", liveness: &|_| Liveness::Dead, busy: &|_| false, now };
        orphans(&containers, &[], &known);
    }

    #[test]
    fn streams_of_any_kind_fold_into_progress_that_makes_sense(lines in vec(line(), 0..40)) {
        let (mut pull, mut build) = (Pull::default(), Build::default());
        for (at, line) in lines.iter().enumerate() {
            pull.fold(line, at as u64 * 100);
            build.fold(line);
            for progress in [pull.progress(), build.progress()].into_iter().flatten() {
                prop_assert!(progress.total.is_none_or(|total| progress.done <= total), "{:?}", progress);
                prop_assert!(progress.rate.is_none_or(|rate| rate.is_finite() && rate >= 0.0), "{:?}", progress);
            }
        }
        prop_assert!(build.shown().len() <= 8);
        let _ = (pull.status(), build.status(), build.tail());
    }

    #[test]
    fn plain_text_has_no_control_left(text in any::<String>()) {
        let plain = progress::plain(&text);
        prop_assert!(!plain.chars().any(|letter| letter == '\x1b'), "{:?}", plain);
    }
}
