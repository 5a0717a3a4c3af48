//! The fields of a `kernel.json`, and a `kernel.json` with changed fields. Pure.
//!
//! Only what a field shows is changed: other members stay, in their order.

use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Number, Serializer, Value, json};

use crate::contract::kernelspec::{DraftVariable, KernelspecDraft};
use crate::kernelspec::KERNELS;
use crate::kernelspec::parse::{self, ALL_GPUS, GPUS, IMAGE, LIMITS, OWN_FOLDER, PROXIES};

/// The fields of a kernelspec.
pub fn fields(name: &str, spec: &Value) -> KernelspecDraft {
    let at = |path: &[&str]| path.iter().try_fold(spec, |value, name| value.get(name)).map(shown).unwrap_or_default();
    let limit = |name: &str| at(&[&LIMITS[..], &[name]].concat());
    let variable = |(name, value): (&String, &Value)| DraftVariable { name: name.clone(), value: shown(value) };
    KernelspecDraft {
        name: name.to_owned(),
        display_name: at(&["display_name"]),
        language: at(&["language"]),
        image: at(&IMAGE),
        env: spec["env"].as_object().into_iter().flatten().map(variable).collect(),
        memory_mb: limit("memory_mb"),
        cpus: limit("cpus"),
        shm_mb: limit("shm_mb"),
        gpus: at(&GPUS),
        argv: words(&spec["argv"]),
    }
}

/// A value as a field shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn words(argv: &Value) -> Vec<String> {
    match argv {
        Value::Array(words) => words.iter().map(shown).collect(),
        // A command in one string is a frequent mistake.
        Value::String(command) => command.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The command for a kernelspec in another folder: the words that name its own scripts name them there.
pub fn moved(argv: &[String], folder: &str) -> Vec<String> {
    let own = format!("{KERNELS}/{folder}/");
    let word =
        |word: &String| word.strip_prefix(&own).map_or_else(|| word.clone(), |rest| format!("{OWN_FOLDER}/{rest}"));
    argv.iter().map(word).collect()
}

/// The `kernel.json` of a draft. `before`: the one that is changed; it stays as it is if it is no JSON object.
pub fn text(before: &str, draft: &KernelspecDraft) -> String {
    let Ok(old) = parse::read(before.trim_start_matches('\u{feff}')) else { return before.to_owned() };
    let mut spec = old.clone();
    let Some(members) = spec.as_object_mut() else { return before.to_owned() };
    set_text(members, &["display_name"], &draft.display_name);
    set_text(members, &["language"], &draft.language);
    set_argv(members, &draft.argv);
    set_env(members, &draft.env);
    set_image(members, &draft.image);
    for (name, typed) in [("memory_mb", &draft.memory_mb), ("cpus", &draft.cpus), ("shm_mb", &draft.shm_mb)] {
        set(members, &[&LIMITS[..], &[name]].concat(), number(typed));
    }
    let gpus = draft.gpus.trim();
    set(members, &GPUS, if gpus == ALL_GPUS { Some(json!(gpus)) } else { number(gpus) });
    prune(members);
    if spec == old { before.to_owned() } else { written(&spec, before) }
}

/// A typed number; what is no number stays a text, and is reported. Nothing if nothing is typed.
fn number(typed: &str) -> Option<Value> {
    let typed = typed.trim();
    let whole = typed.parse::<u64>().ok().map(Value::from);
    let broken = || typed.replace(',', ".").parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number);
    (!typed.is_empty()).then(|| whole.or_else(broken).unwrap_or_else(|| json!(typed)))
}

fn set_text(members: &mut Map<String, Value>, path: &[&str], typed: &str) {
    set(members, path, (!typed.is_empty()).then(|| json!(typed)));
}

/// Sets the value at a path, or removes it. What shows as the same text stays as it is, unless it is a text now and was
/// none.
fn set(members: &mut Map<String, Value>, path: &[&str], value: Option<Value>) {
    let Some((last, way)) = path.split_last() else { return };
    let mut holder = members;
    for name in way {
        if value.is_none() && !holder.contains_key(*name) {
            return;
        }
        let inside = holder.entry(*name).or_insert_with(|| json!({}));
        // A member of another kind is reported, not replaced.
        let Some(inside) = inside.as_object_mut() else { return };
        holder = inside;
    }
    match value {
        Some(value) if holder.get(*last) != Some(&value) => drop(holder.insert((*last).to_owned(), value)),
        Some(_) => {}
        None if holder.get(*last).is_some_and(|old| !shown(old).is_empty()) => drop(holder.shift_remove(*last)),
        None => {}
    }
}

fn set_argv(members: &mut Map<String, Value>, typed: &[String]) {
    let value = json!(typed);
    let is_there = members.contains_key("argv");
    if (is_there || !typed.is_empty()) && members.get("argv") != Some(&value) {
        members.insert("argv".to_owned(), value);
    }
}

/// A row without a name and a value is no variable yet.
fn set_env(members: &mut Map<String, Value>, typed: &[DraftVariable]) {
    let typed: Vec<_> = typed.iter().filter(|row| !row.name.is_empty() || !row.value.is_empty()).collect();
    if typed.is_empty() && !members.get("env").is_some_and(Value::is_object) {
        return;
    }
    let env = members.entry("env").or_insert_with(|| json!({}));
    if !env.is_object() {
        *env = json!({});
    }
    let Some(env) = env.as_object_mut() else { return };
    env.retain(|name, _| typed.iter().any(|row| row.name == *name));
    for row in typed {
        env.insert(row.name.clone(), json!(row.value));
    }
}

fn set_image(members: &mut Map<String, Value>, typed: &str) {
    let proxy = [IMAGE[0], IMAGE[1], "class_name"];
    let has_proxy = members.get(IMAGE[0]).is_some_and(|metadata| metadata.get(IMAGE[1]).is_some());
    if !typed.is_empty() && !has_proxy {
        set_text(members, &proxy, PROXIES[0]);
    }
    set_text(members, &IMAGE, typed.trim());
}

/// Removes what is empty since its last limit was removed.
fn prune(members: &mut Map<String, Value>) {
    let empty = |value: Option<&Value>| value.and_then(Value::as_object).is_some_and(Map::is_empty);
    let Some(metadata) = members.get_mut(LIMITS[0]).and_then(Value::as_object_mut) else { return };
    let Some(orchest) = metadata.get_mut(LIMITS[1]).and_then(Value::as_object_mut) else { return };
    if empty(orchest.get(LIMITS[2])) {
        orchest.shift_remove(LIMITS[2]);
    }
    if empty(metadata.get(LIMITS[1])) {
        metadata.shift_remove(LIMITS[1]);
    }
}

/// A value in the style of a text: its indentation, its line ends, and its end.
fn written(spec: &Value, style: &str) -> String {
    let indented = style.lines().find(|line| line.starts_with([' ', '\t']));
    let indent: String =
        indented.map_or_else(|| "  ".to_owned(), |line| line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect());
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent.as_bytes()));
    if spec.serialize(&mut serializer).is_err() {
        return style.to_owned();
    }
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if !style.trim_end_matches(['\r', '\n']).eq(style) || style.is_empty() {
        text.push('\n');
    }
    if style.contains("\r\n") { text.replace('\n', "\r\n") } else { text }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const THEIRS: &str = r#"{
    "mine": {"b": 1, "a": [1.5, null]},
    "argv": ["python", "/usr/local/share/jupyter/kernels/a/run.py", "{kernel_id}"],
    "language": "python",
    "env": {"B": "2", "A": "1"},
    "metadata": {
        "debugger": true,
        "process_proxy": {
            "class_name": "enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy",
            "config": {"image_name": "a:1", "port_range": "0..0"}
        },
        "orchest": {"limits": {"memory_mb": 512, "cpus": 1.5}, "later": {}}
    },
    "display_name": "A"
}
"#;

    fn spec(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_text_whose_fields_are_not_changed_stays_as_it_is_to_the_letter() {
        for before in [THEIRS, "{\"argv\":[],\"env\":{}}", "{ }", "[1]", "{", ""] {
            let draft = fields("a", &serde_json::from_str(before).unwrap_or_default());
            assert_eq!(text(before, &draft), before);
        }
    }

    #[test]
    fn a_changed_field_changes_its_own_value_and_no_other() {
        type Edit = fn(&mut KernelspecDraft);
        let table: [(&str, Edit, Value); 9] = [
            ("/display_name", |draft| draft.display_name = "B".into(), json!("B")),
            ("/language", |draft| draft.language = "R".into(), json!("R")),
            ("/metadata/process_proxy/config/image_name", |draft| draft.image = " b:2 ".into(), json!("b:2")),
            (
                "/env",
                |draft| draft.env.push(DraftVariable { name: "C".into(), value: "3".into() }),
                json!({"B": "2", "A": "1", "C": "3"}),
            ),
            ("/env", |draft| drop(draft.env.remove(0)), json!({"A": "1"})),
            ("/metadata/orchest/limits/memory_mb", |draft| draft.memory_mb = "1024".into(), json!(1024)),
            ("/metadata/orchest/limits", |draft| draft.cpus.clear(), json!({"memory_mb": 512})),
            ("/metadata/orchest/gpus", |draft| draft.gpus = "all".into(), json!("all")),
            ("/argv", |draft| draft.argv.truncate(1), json!(["python"])),
        ];
        for (pointer, edit, wanted) in table {
            let mut draft = fields("a", &spec(THEIRS));
            edit(&mut draft);
            let after = text(THEIRS, &draft);
            let mut found = spec(&after);
            assert_eq!(found.pointer(pointer), Some(&wanted), "{pointer}");
            // With the old value in its place, all is as before: unknown members and the order too.
            match spec(THEIRS).pointer(pointer) {
                Some(old) => *found.pointer_mut(pointer).unwrap() = old.clone(),
                None => drop(found["metadata"]["orchest"].as_object_mut().unwrap().shift_remove("gpus")),
            }
            assert_eq!(found.to_string(), spec(THEIRS).to_string(), "{pointer}");
            assert!(after.starts_with("{\n    \"mine\"") && after.ends_with("}\n"), "{after}");
            // The new text has the fields that were typed.
            let again = fields("a", &spec(&after));
            assert_eq!(text(&after, &again), after);
        }
    }

    #[test]
    fn a_byte_order_mark_goes_with_the_first_change() {
        let before = "\u{feff}{\"language\": \"python\"}";
        let draft = KernelspecDraft { language: "R".into(), ..fields("a", &spec("{\"language\": \"python\"}")) };
        assert_eq!(spec(&text(before, &draft)), json!({"language": "R"}));
    }

    #[test]
    fn line_ends_and_tabs_stay() {
        let before = "{\r\n\t\"language\": \"python\"\r\n}";
        let draft = KernelspecDraft { language: "R".into(), ..fields("a", &spec(before)) };
        assert_eq!(text(before, &draft), "{\r\n\t\"language\": \"R\"\r\n}");
    }

    #[test]
    fn values_of_another_kind_are_shown_and_written_as_a_field_has_them() {
        let before = r#"{"argv": "python run.py", "env": {"THREADS": 4}, "language": null, "display_name": 7}"#;
        let draft = fields("a", &spec(before));
        assert_eq!(draft.argv, ["python", "run.py"]);
        assert_eq!(draft.env, [DraftVariable { name: "THREADS".into(), value: "4".into() }]);
        let after = spec(&text(before, &draft));
        let wanted =
            json!({"argv": ["python", "run.py"], "env": {"THREADS": "4"}, "language": null, "display_name": "7"});
        assert_eq!(after, wanted);
    }

    #[test]
    fn no_member_that_is_no_object_is_replaced() {
        let before = r#"{"metadata": [1], "env": "A=1"}"#;
        let draft = KernelspecDraft { image: "a".into(), cpus: "1".into(), ..KernelspecDraft::default() };
        assert_eq!(text(before, &draft), before);
    }

    #[test]
    fn the_last_limit_takes_its_empty_objects_with_it() {
        let before = r#"{"metadata": {"orchest": {"limits": {"cpus": 1}}}}"#;
        let draft = KernelspecDraft { cpus: String::new(), ..fields("a", &spec(before)) };
        assert_eq!(spec(&text(before, &draft)), json!({"metadata": {}}));
        let mut draft = fields("a", &spec("{}"));
        draft.cpus = "0,5".into();
        draft.gpus = "two".into();
        let wanted = json!({"metadata": {"orchest": {"limits": {"cpus": 0.5}, "gpus": "two"}}});
        assert_eq!(spec(&text("{}", &draft)), wanted, "what is no number is kept for its fault");
    }

    #[test]
    fn an_image_brings_the_process_proxy_that_it_needs() {
        let draft = KernelspecDraft { image: "a:1".into(), ..KernelspecDraft::default() };
        let after = spec(&text("{}", &draft));
        let wanted = json!({"class_name": PROXIES[0], "config": {"image_name": "a:1"}});
        assert_eq!(after["metadata"]["process_proxy"], wanted);
    }

    #[test]
    fn only_the_scripts_of_its_own_folder_move_with_a_kernelspec() {
        let argv =
            ["python", "/usr/local/share/jupyter/kernels/a/run.py", "/usr/local/share/jupyter/kernels/ab/run.py"];
        let argv = argv.map(str::to_owned);
        assert_eq!(moved(&argv, "a"), ["python", "{resource_dir}/run.py", argv[2].as_str()]);
    }

    /// Any JSON value, with the names that fields know among others.
    fn any_value() -> impl Strategy<Value = Value> {
        let name = || {
            prop_oneof![
                "[a-z]{0,3}",
                proptest::sample::select(vec![
                    "argv",
                    "env",
                    "language",
                    "display_name",
                    "metadata",
                    "process_proxy",
                    "config",
                    "image_name",
                    "orchest",
                    "limits",
                    "cpus",
                    "memory_mb",
                    "gpus",
                ])
                .prop_map(str::to_owned),
            ]
        };
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 6, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((name(), inner), 0..6).prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    fn any_draft() -> impl Strategy<Value = KernelspecDraft> {
        let text = || "[ -~]{0,5}";
        let rows = proptest::collection::vec((text(), text()), 0..3);
        let argv = proptest::collection::vec(text(), 0..3);
        (text(), text(), text(), rows, [text(); 4], argv).prop_map(|(name, language, image, rows, limits, argv)| {
            let [memory_mb, cpus, shm_mb, gpus] = limits;
            let env = rows.into_iter().map(|(name, value)| DraftVariable { name, value }).collect();
            let display_name = name.clone();
            KernelspecDraft { name, display_name, language, image, env, memory_mb, cpus, shm_mb, gpus, argv }
        })
    }

    proptest! {
        #[test]
        fn whatever_a_person_wrote_by_hand_stays(value in any_value(), draft in any_draft()) {
            let before = serde_json::to_string_pretty(&value).unwrap();
            let after = text(&before, &draft);
            let (Some(old), Ok(new)) = (value.as_object(), serde_json::from_str::<Value>(&after)) else {
                prop_assert_eq!(after, before);
                return Ok(());
            };
            let shown = ["argv", "env", "language", "display_name", "metadata"];
            for (name, value) in old.iter().filter(|(name, _)| !shown.contains(&name.as_str())) {
                prop_assert_eq!(&new[name], value);
            }
            for (name, value) in old.get("metadata").and_then(Value::as_object).into_iter().flatten() {
                if !["process_proxy", "orchest"].contains(&name.as_str()) {
                    prop_assert_eq!(&new["metadata"][name], value);
                }
            }
            prop_assert_eq!(text(&after, &fields("a", &new)), after, "what is written reads as it was typed");
        }
    }
}
