//! The commands that make, change and test kernelspecs: `orchest kernels new`, `edit`, `duplicate`, `rename`, `delete`,
//! `test`.

use std::path::Path;
use std::process::Command;

use orchest_core::App;
use orchest_core::contract::kernelspec::{DraftVariable, KernelspecChecked, KernelspecDraft, KernelspecSource};
use orchest_core::words::names;

use crate::args::{Fields, Kernels};
use crate::output::{self, CliError, Outcome};
use crate::progress::Shown;
use crate::words;
use crate::words::kernels as text;

/// The editor where neither VISUAL nor EDITOR names one.
const USUAL_EDITOR: &str = if cfg!(windows) { "notepad" } else { "vi" };

pub async fn run(app: &App, action: Kernels) -> Outcome {
    let existing = |name: &str| KernelspecSource::Existing { name: name.to_owned() };
    match action {
        Kernels::New { name, from, fields } => {
            let source = from.map_or(KernelspecSource::New, |name| KernelspecSource::Copy { name });
            write(app, source, Some(name), fields).await
        }
        Kernels::Edit { name, fields } if fields.are_none() => edit(app, &name).await,
        Kernels::Edit { name, fields } => write(app, existing(&name), None, fields).await,
        Kernels::Duplicate { name, new } => {
            write(app, KernelspecSource::Copy { name }, Some(new), Fields::default()).await
        }
        Kernels::Rename { name, new } => write(app, existing(&name), Some(new), Fields::default()).await,
        Kernels::Delete { name } => {
            app.delete_kernelspec(&name).await?;
            output::say(&text::deleted(&name));
            Ok(())
        }
        Kernels::Test { name, json } => test(app, &name, json).await,
    }
}

/// Starts a kernel and prints how long it took.
async fn test(app: &App, name: &str, json: bool) -> Outcome {
    app.settled().await;
    let mut shown = Shown::new();
    let mut interrupted = false;
    let tested = {
        let test = app.test_kernelspec(name, |launch| shown.show(&launch.stages));
        tokio::pin!(test);
        loop {
            tokio::select! {
                tested = &mut test => break tested,
                _ = tokio::signal::ctrl_c(), if !interrupted => {
                    interrupted = true;
                    output::say(words::launch::CANCELLING);
                    app.cancel_test();
                }
            }
        }
    };
    shown.end();
    if interrupted {
        return Err(CliError::Interrupted);
    }
    let tested = tested?;
    if json {
        return output::print_json(&tested);
    }
    for (step, took) in text::steps(&tested) {
        output::print(&format!("{step:<9} {took}"))?;
    }
    output::print(&format!("{:<9} {}", tested.code, tested.answer))
}

/// Writes a kernelspec and prints its file; with a fault, prints every fault and writes nothing.
async fn write(app: &App, source: KernelspecSource, name: Option<String>, fields: Fields) -> Outcome {
    let opened = app.open_kernelspec(source.clone()).await?;
    let mut draft = opened.draft;
    if let Some(name) = name {
        draft.name = name;
    }
    fields.fill(&mut draft)?;
    let KernelspecChecked { faults, .. } = app.check_kernelspec(source.clone(), draft.clone()).await?;
    for fault in &faults {
        let variable = fault.row.and_then(|row| draft.env.get(row)).map(|row| row.name.as_str());
        output::say(&words::error(&text::fault(fault.field, variable, &fault.message)));
        output::say(&words::hint(&fault.hint));
    }
    if !faults.is_empty() {
        return Err(CliError::Printed);
    }
    let name = app.save_kernelspec(source, draft, opened.seen).await?;
    output::print(&names::display_path(&app.kernelspec_file(&name).await?))
}

/// Opens the file in the person's editor, and reports what is wrong with it afterwards.
async fn edit(app: &App, name: &str) -> Outcome {
    let file = app.kernelspec_file(name).await?;
    let editor =
        ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|set| !set.trim().is_empty()));
    let editor = editor.unwrap_or_else(|| USUAL_EDITOR.to_owned());
    open_in(&editor, &file)?;
    app.reread_kernelspecs().await?;
    let problems = app.kernelspec_problems(name).await?;
    for found in &problems {
        let (message, hint) = &found.problem;
        output::say(&words::error(&text::fault(found.field, found.variable.as_deref(), message)));
        output::say(&words::hint(hint));
    }
    if !problems.is_empty() {
        return Err(CliError::Printed);
    }
    output::say(&text::fine(name));
    Ok(())
}

/// As other programs do it, the variable may have arguments: `code --wait`.
fn open_in(editor: &str, file: &Path) -> Outcome {
    let mut words = editor.split_whitespace();
    let failed = |error: &dyn std::fmt::Display| {
        CliError::from(output::failure(text::no_editor(editor, error), text::set_editor(file)))
    };
    let ended = Command::new(words.next().unwrap_or(USUAL_EDITOR)).args(words).arg(file).status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(&status)),
        Err(error) => Err(failed(&error)),
    }
}

impl Fields {
    fn are_none(&self) -> bool {
        *self == Fields::default()
    }

    /// Takes what was given into a draft.
    fn fill(self, draft: &mut KernelspecDraft) -> Outcome {
        let Fields { image, display_name, language, env, no_env, memory_mb, cpus, shm_mb, gpus } = self;
        for (given, field) in [
            (image, &mut draft.image),
            (display_name, &mut draft.display_name),
            (language, &mut draft.language),
            (memory_mb, &mut draft.memory_mb),
            (cpus, &mut draft.cpus),
            (shm_mb, &mut draft.shm_mb),
            (gpus, &mut draft.gpus),
        ] {
            if let Some(given) = given {
                *field = given;
            }
        }
        draft.env.retain(|row| !no_env.contains(&row.name));
        for given in env {
            let Some((name, value)) = given.split_once('=') else {
                return Err(output::failure(text::no_value(&given), text::GIVE_VALUE.to_owned()).into());
            };
            match draft.env.iter_mut().find(|row| row.name == name) {
                Some(row) => value.clone_into(&mut row.value),
                None => draft.env.push(DraftVariable { name: name.to_owned(), value: value.to_owned() }),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn given_fields_change_their_own_value_and_no_other() {
        let row = |name: &str, value: &str| DraftVariable { name: name.into(), value: value.into() };
        let before = KernelspecDraft {
            image: "a:1".into(),
            language: "R".into(),
            env: vec![row("A", "1"), row("B", "2"), row("C", "3")],
            ..KernelspecDraft::default()
        };
        let mut draft = before.clone();
        Fields::default().fill(&mut draft).unwrap();
        assert_eq!(draft, before);
        let given = Fields {
            image: Some("b:2".into()),
            env: vec!["B=x=y".into(), "D=".into()],
            no_env: vec!["A".into()],
            cpus: Some("2".into()),
            ..Fields::default()
        };
        given.fill(&mut draft).unwrap();
        assert_eq!(draft.env, [row("B", "x=y"), row("C", "3"), row("D", "")]);
        assert_eq!((draft.image.as_str(), draft.cpus.as_str(), draft.language.as_str()), ("b:2", "2", "R"));
        let wrong = Fields { env: vec!["A".into()], ..Fields::default() };
        assert!(wrong.fill(&mut draft).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn an_editor_may_have_arguments_and_its_failure_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a file");
        std::fs::write(&file, "old").unwrap();
        open_in("sed -i s/old/new/", &file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        for editor in ["false", "no-such-editor --wait"] {
            let Err(CliError::Failure(failure)) = open_in(editor, &file) else { panic!("{editor} fails") };
            assert!(failure.message.contains(editor) && failure.hint.contains("a file"), "{failure:?}");
        }
    }
}
