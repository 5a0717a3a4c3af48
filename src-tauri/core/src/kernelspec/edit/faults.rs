//! All that is wrong with a draft, each at its field. Pure.

use std::collections::BTreeSet;
use std::path::Path;

use super::draft;
use crate::contract::kernelspec::{KernelspecDraft, KernelspecFault, KernelspecField as Field};
use crate::kernelspec::parse;
use crate::platform::others::Problem;
use crate::settings::variable::is_posix;
use crate::words::kernelspec as words;

/// What a draft is checked against.
pub struct Others<'a> {
    /// The names of the other folders in the kernels directory.
    pub names: &'a [String],
    /// The kernelspecs whose commands run a script in this one's folder: they keep it from being renamed.
    pub needing: &'a [String],
    /// The name that the kernelspec has on the disk.
    pub was: Option<&'a str>,
    /// Whether a script is there once the draft is written, by its path below the kernels directory.
    pub is_there: &'a dyn Fn(&Path) -> bool,
}

/// The faults of a draft that changes the text `before`, in the order of the fields.
pub fn faults(before: &str, draft: &KernelspecDraft, others: &Others) -> Vec<KernelspecFault> {
    if let Some((message, hint)) = unreadable(before) {
        return vec![KernelspecFault { field: Field::File, row: None, message, hint }];
    }
    let mut found = Vec::new();
    let mut add = |field, row, (message, hint): Problem| found.push(KernelspecFault { field, row, message, hint });
    if let Some(problem) = of_name(&draft.name, others) {
        add(Field::Name, None, problem);
    }
    if draft.image.trim().is_empty() {
        add(Field::Image, None, words::draft_without_image());
    }
    let before_fields = parse::read(before).map(|spec| draft::fields(&draft.name, &spec)).unwrap_or_default();
    let known: BTreeSet<&str> = before_fields.env.iter().map(|row| row.name.as_str()).collect();
    let mut seen = BTreeSet::new();
    for (row, variable) in draft.env.iter().enumerate() {
        let name = variable.name.as_str();
        if name.is_empty() {
            if !variable.value.is_empty() {
                add(Field::Env, Some(row), words::no_variable_name());
            }
        } else if !is_posix(name) && !known.contains(name) {
            add(Field::Env, Some(row), words::posix_name());
        } else if !seen.insert(name) {
            add(Field::Env, Some(row), words::variable_twice(name));
        }
    }
    let spec = parse::read(&draft::text(before, draft)).unwrap_or_default();
    // Without a name of its own, a kernelspec has no folder in which its scripts could be missing.
    let has_folder = !draft.name.is_empty() && parse::check_name(&draft.name).is_ok();
    let name = if has_folder { draft.name.as_str() } else { "_" };
    let is_there = |script: &Path| !has_folder || (others.is_there)(script);
    let checked = parse::check(name, &spec, None, is_there).err().unwrap_or_default();
    for problem in checked {
        let row = problem.variable.as_ref().and_then(|name| draft.env.iter().position(|row| row.name == *name));
        let shown = |fault: &KernelspecFault| {
            fault.field == problem.field && (fault.row == row || problem.field == Field::Image)
        };
        // A row, or the image, that has a fault already: one is enough.
        let again = matches!(problem.field, Field::Env | Field::Image) && found.iter().any(shown);
        if !again {
            let (message, hint) = problem.problem;
            found.push(KernelspecFault { field: problem.field, row, message, hint });
        }
    }
    found.sort_by_key(|fault| (fault.field as u8, fault.row));
    found
}

/// Why fields cannot change a text. A byte-order mark is not among them: it goes.
fn unreadable(before: &str) -> Option<Problem> {
    match parse::read(before.trim_start_matches('\u{feff}')) {
        Ok(spec) if spec.is_object() => None,
        Ok(spec) => Some(words::not_object(&spec)),
        Err(problem) => Some(problem),
    }
}

fn of_name(name: &str, others: &Others) -> Option<Problem> {
    if name.is_empty() {
        return Some(words::no_name());
    }
    if parse::check_name(name).is_err() {
        return Some(words::name_letters());
    }
    if name.starts_with('.') {
        return Some(words::hidden_name());
    }
    if let Some(other) = others.names.iter().find(|other| other.eq_ignore_ascii_case(name)) {
        return Some(words::name_taken(other));
    }
    let renamed = others.was.filter(|was| *was != name)?;
    (!others.needing.is_empty()).then(|| words::script_used_by(renamed, others.needing))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::contract::kernelspec::DraftVariable;
    use crate::kernelspec::edit::template;

    fn fine() -> KernelspecDraft {
        let spec = serde_json::from_str(&template()).unwrap();
        KernelspecDraft { image: "python:3.13".into(), ..draft::fields("mine", &spec) }
    }

    fn found(before: &str, draft: &KernelspecDraft) -> Vec<(Field, Option<usize>, String)> {
        let names = ["Taken".to_owned()];
        let others =
            Others { names: &names, needing: &[], was: None, is_there: &|script| !script.ends_with("gone.py") };
        let faults = faults(before, draft, &others);
        assert!(faults.iter().all(|fault| !fault.hint.is_empty()), "{faults:?}");
        faults.into_iter().map(|fault| (fault.field, fault.row, fault.message)).collect()
    }

    #[test]
    fn each_fault_is_at_its_field() {
        fn rows(draft: &mut KernelspecDraft, rows: &[(&str, &str)]) {
            let row = |(name, value): &(&str, &str)| DraftVariable { name: (*name).into(), value: (*value).into() };
            draft.env = rows.iter().map(row).collect();
        }
        type Edit = fn(&mut KernelspecDraft);
        let table: [(Edit, Field, Option<usize>, &str); 20] = [
            (|draft| draft.name.clear(), Field::Name, None, "needs a name"),
            (|draft| draft.name = "über".into(), Field::Name, None, "Jupyter does not allow this name"),
            (|draft| draft.name = "../x".into(), Field::Name, None, "Jupyter does not allow this name"),
            (|draft| draft.name = ".x".into(), Field::Name, None, "begins with a dot"),
            (|draft| draft.name = "taken".into(), Field::Name, None, "already a kernelspec `Taken`"),
            (|draft| draft.language.clear(), Field::Language, None, "it has no `language`"),
            (|draft| draft.image.clear(), Field::Image, None, "needs an image"),
            (|draft| draft.image = "A b".into(), Field::Image, None, "it is not a valid name of an image: `A b`"),
            (|draft| rows(draft, &[("A", ""), ("2", "x")]), Field::Env, Some(1), "not a valid name"),
            (|draft| rows(draft, &[("A", ""), ("A", "x")]), Field::Env, Some(1), "`A` is there twice"),
            (|draft| rows(draft, &[("", "x")]), Field::Env, Some(0), "has no name"),
            (|draft| rows(draft, &[("A=B", "x")]), Field::Env, Some(0), "not a valid name"),
            (|draft| rows(draft, &[("A", "a\0b")]), Field::Env, Some(0), "it has a NUL in it"),
            (|draft| draft.memory_mb = "1".into(), Field::MemoryMb, None, "it must be a whole number of MB from 128"),
            (|draft| draft.memory_mb = "1g".into(), Field::MemoryMb, None, "it must be a whole number"),
            (|draft| draft.cpus = "0".into(), Field::Cpus, None, "it must be a number of cores from 0.1"),
            (|draft| draft.shm_mb = "-1".into(), Field::ShmMb, None, "it must be a whole number"),
            (|draft| draft.gpus = "0".into(), Field::Gpus, None, "it must be `all` or a whole number"),
            (|draft| draft.argv.clear(), Field::Argv, None, "it names no command"),
            (
                |draft| draft.argv[1] = "{resource_dir}/gone.py".into(),
                Field::Argv,
                None,
                "`mine/gone.py`, which is not",
            ),
        ];
        assert_eq!(found(&template(), &fine()), []);
        for (edit, field, row, message) in table {
            let mut draft = fine();
            edit(&mut draft);
            let found = found(&template(), &draft);
            assert!(
                matches!(found.as_slice(), [one] if one.0 == field && one.1 == row && one.2.contains(message)),
                "{message}: {found:?}"
            );
        }
    }

    #[test]
    fn all_faults_are_found_and_not_only_the_first() {
        let draft = KernelspecDraft {
            name: "taken".into(),
            env: vec![DraftVariable { name: "1".into(), value: String::new() }],
            cpus: "many".into(),
            gpus: "none".into(),
            ..KernelspecDraft::default()
        };
        let fields: Vec<_> = found("{\"interrupt_mode\": \"x\"}", &draft).into_iter().map(|fault| fault.0).collect();
        use Field::{Argv, Cpus, Env, File, Gpus, Image, Language, Name};
        assert_eq!(fields, [File, File, Name, Language, Image, Env, Cpus, Gpus, Argv]);
    }

    #[test]
    fn a_name_of_a_variable_that_a_file_has_already_is_accepted() {
        let before = template().replace("\"language\"", "\"env\": {\"a.b\": \"1\"}, \"language\"");
        let draft =
            KernelspecDraft { image: "a".into(), ..draft::fields("mine", &serde_json::from_str(&before).unwrap()) };
        assert_eq!(found(&before, &draft), []);
    }

    #[test]
    fn a_kernelspec_whose_script_others_run_keeps_its_name() {
        let needing = ["other".to_owned()];
        let others = Others { names: &[], needing: &needing, was: Some("mine"), is_there: &|_| true };
        assert_eq!(faults(&template(), &fine(), &others), []);
        let renamed = KernelspecDraft { name: "else".into(), ..fine() };
        let found = faults(&template(), &renamed, &others);
        assert!(found[0].message.contains("`other` runs a script in the folder `mine`"), "{found:?}");
    }

    #[test]
    fn a_text_that_is_no_json_is_one_fault_of_the_file() {
        let found =
            found("{", &KernelspecDraft { name: "mine".into(), image: "a".into(), ..KernelspecDraft::default() });
        assert!(
            matches!(found.as_slice(), [(Field::File, None, message)] if message.contains("not valid JSON")),
            "{found:?}"
        );
    }
}
