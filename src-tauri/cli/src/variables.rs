//! The variables of a folder: `orchest env set`, `unset` and `use-env-file`, and what `orchest env` shows of them.

use std::io::{IsTerminal, Read};

use orchest_core::App;
use orchest_core::contract::variables::{EnvFileView, TypedValue, VariableView};

use crate::args::EnvFolder;
use crate::env::id_of;
use crate::output::{self, CliError, Outcome};
use crate::words;
use crate::words::env as text;

pub async fn set(app: &App, folder: EnvFolder, variable: &str, secret: bool, from_stdin: bool) -> Outcome {
    let (name, given) = named(variable);
    let value = match (given, from_stdin) {
        (Some(_), true) => return Err(CliError::plain(text::BOTH_VALUES)),
        (Some(value), false) => {
            if secret {
                output::say(&words::note(text::IN_HISTORY));
            }
            value.to_owned()
        }
        (None, true) => read_all()?,
        (None, false) => ask(secret)?,
    };
    let id = id_of(app, folder).await?;
    app.settled().await;
    let missing = app.set_variable(&id, name, TypedValue(value), secret).await?;
    output::say(&text::set(name, secret));
    remarks(&missing);
    Ok(())
}

pub async fn unset(app: &App, folder: EnvFolder, name: &str) -> Outcome {
    let id = id_of(app, folder).await?;
    app.settled().await;
    let missing = app.remove_variable(&id, name).await?;
    output::say(&text::unset(name));
    remarks(&missing);
    Ok(())
}

pub async fn use_env_file(app: &App, folder: EnvFolder, used: bool) -> Outcome {
    let id = id_of(app, folder).await?;
    app.settled().await;
    let missing = app.use_env_file(&id, used).await?;
    output::say(text::used_env_file(used));
    remarks(&missing);
    Ok(())
}

/// Prints the variables, without values of secret ones.
pub fn print(variables: &[VariableView], env_file: Option<&EnvFileView>) -> Outcome {
    if !variables.is_empty() {
        output::print(text::VARIABLES)?;
    }
    let width = variables.iter().map(|one| one.name.len()).max().unwrap_or_default();
    for one in variables {
        output::print(&text::variable(one, width))?;
    }
    if let Some(file) = env_file {
        output::print(&text::env_file(file))?;
        for problem in &file.problems {
            output::say(&words::note(problem));
        }
    }
    Ok(())
}

fn remarks(missing: &[String]) {
    for reason in missing {
        output::say(&words::note(reason));
    }
}

/// The name and the value in `NAME=VALUE`.
fn named(variable: &str) -> (&str, Option<&str>) {
    variable.split_once('=').map_or((variable, None), |(name, value)| (name, Some(value)))
}

/// A secret of one line from standard input.
pub fn secret_from_stdin() -> Result<TypedValue, CliError> {
    read_all().map(|text| TypedValue(text.trim().to_owned()))
}

/// Standard input to its end, without the line break at the end that most programs write.
fn read_all() -> Result<String, CliError> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().read_to_end(&mut bytes);
    read.map_err(|error| CliError::plain(&text::not_asked(&error)))?;
    let value = String::from_utf8(bytes).map_err(|_| CliError::plain(text::NOT_TEXT))?;
    Ok(without_line_break(value))
}

fn without_line_break(mut value: String) -> String {
    if value.ends_with('\n') {
        value.pop();
        if value.ends_with('\r') {
            value.pop();
        }
    }
    value
}

/// Asks for the value, and does not show a secret one while it is typed.
fn ask(secret: bool) -> Result<String, CliError> {
    let terminal = console::Term::stderr();
    if !std::io::stdin().is_terminal() || !terminal.is_term() {
        return Err(CliError::plain(text::NO_TERMINAL));
    }
    let asked = terminal.write_str(text::VALUE).and_then(|()| match secret {
        true => terminal.read_secure_line(),
        false => terminal.read_line(),
    });
    asked.map_err(|error| CliError::plain(&text::not_asked(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_everything_behind_the_first_equals_sign() {
        assert_eq!(named("A"), ("A", None));
        assert_eq!(named("A="), ("A", Some("")));
        assert_eq!(named("A=b=\"c\"\n"), ("A", Some("b=\"c\"\n")));
    }

    #[test]
    fn one_line_break_at_the_end_of_standard_input_does_not_count() {
        for (given, wanted) in
            [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("\n", ""), ("a\nb", "a\nb")]
        {
            assert_eq!(without_line_break(given.to_owned()), wanted);
        }
    }
}
