//! `orchest env`: what a folder asks for, and what its kernels have.

use std::path::PathBuf;

use orchest_core::contract::environment::{Cleaned, EnvironmentPackages, EnvironmentView, Language, PackageChange};
use orchest_core::{App, Failure};
use serde_json::json;

use crate::args::{Env, EnvFolder};
use crate::output::{self, CliError, Outcome};
use crate::progress::Shown;
use crate::variables;
use crate::words;
use crate::words::env as text;

pub async fn run(app: &App, action: Option<Env>, folder: Option<PathBuf>, json: bool) -> Outcome {
    match action {
        None => show(app, EnvFolder { dir: folder }, json).await,
        Some(Env::Update { dir, upgrade }) => update(app, EnvFolder { dir }, upgrade).await,
        Some(Env::Add { packages, pip, folder }) => {
            edit(app, folder, PackageChange { add: packages, remove: Vec::new(), pip }).await
        }
        Some(Env::Remove { packages, folder }) => {
            edit(app, folder, PackageChange { remove: packages, ..PackageChange::default() }).await
        }
        Some(Env::Init { without, dry_run, folder }) => init(app, folder, &without, dry_run).await,
        Some(Env::Set { variable, secret, value_stdin, folder }) => {
            variables::set(app, folder, &variable, secret, value_stdin).await
        }
        Some(Env::Unset { variable, folder }) => variables::unset(app, folder, &variable).await,
        Some(Env::RunPostBuild { no, folder }) => run_post_build(app, folder, !no).await,
        Some(Env::Use { file, folder }) => use_file(app, folder, &file).await,
        Some(Env::UseEnvFile { no, folder }) => variables::use_env_file(app, folder, !no).await,
        Some(Env::Clean { dry_run, json }) => clean(app, dry_run, json).await,
    }
}

/// Looks at the folder, which need not be in the list.
pub async fn id_of(app: &App, folder: EnvFolder) -> Result<String, CliError> {
    Ok(app.look_at(folder.dir.unwrap_or_else(here)).await?)
}

fn here() -> PathBuf {
    PathBuf::from(".")
}

async fn show(app: &App, folder: EnvFolder, json: bool) -> Outcome {
    let id = id_of(app, folder).await?;
    app.settled().await;
    let (view, packages) = (app.environment(&id).await?, app.environment_packages(&id).await?);
    let (variables, env_file) = app.variables(&id).await?;
    if json {
        return output::print_json(&json!({
            "environment": view,
            "packages": packages,
            "variables": variables,
            "env_file": env_file,
        }));
    }
    match &view {
        Some(view) => print(view, &packages),
        None if packages.by_hand.is_empty() => output::print(text::NONE),
        None => by_hand(&packages),
    }?;
    variables::print(&variables, env_file.as_ref())
}

fn print(view: &EnvironmentView, packages: &EnvironmentPackages) -> Outcome {
    for file in &view.files {
        output::print(&text::file(file))?;
        for problem in &file.problems {
            output::say(&words::note(problem));
        }
    }
    output::print(&text::state(view, output::size))?;
    if !view.apt.is_empty() {
        output::say(&words::note(&text::apt(&view.apt)));
    }
    if let Some(script) = &view.post_build {
        output::print(&text::post_build(script))?;
    }
    let width = packages.installed.iter().map(|one| one.name.len()).max().unwrap_or_default();
    for one in &packages.installed {
        output::print(&text::package(&one.name, width, &one.version, &output::size(one.size), one.asked))?;
    }
    by_hand(packages)
}

fn by_hand(packages: &EnvironmentPackages) -> Outcome {
    let width = packages.by_hand.iter().map(|one| one.name.len()).max().unwrap_or_default();
    for (language, title) in [(Language::Python, text::BY_HAND), (Language::R, text::BY_HAND_OF_R)] {
        let of_language = || packages.by_hand.iter().filter(|one| one.language == language);
        if of_language().next().is_some() {
            output::print(title)?;
        }
        for one in of_language() {
            output::print(&text::package(&one.name, width, &one.version, &output::size(one.size), one.requested))?;
        }
    }
    Ok(())
}

async fn use_file(app: &App, folder: EnvFolder, file: &str) -> Outcome {
    let id = id_of(app, folder).await?;
    app.settled().await;
    app.pick_environment_file(&id, file).await?;
    output::say(&text::uses_file(file));
    Ok(())
}

async fn run_post_build(app: &App, folder: EnvFolder, run: bool) -> Outcome {
    let id = id_of(app, folder).await?;
    app.settled().await;
    let script = app.environment(&id).await?.and_then(|view| view.post_build);
    app.run_post_build(&id, run).await?;
    // The person sees what was allowed.
    for line in script.filter(|_| run).iter().flat_map(|script| &script.lines) {
        output::print(line)?;
    }
    output::say(text::runs_post_build(run));
    Ok(())
}

/// Makes the environment now, as a launch would.
async fn update(app: &App, folder: EnvFolder, upgrade: bool) -> Outcome {
    let dir = folder.dir.clone();
    let id = id_of(app, folder).await?;
    app.settled().await;
    followed(app, &id, app.update_environment(&id, upgrade, true)).await?;
    print_state(app, &id, dir).await
}

/// Shows how the making of an environment goes on, and cancels it at Ctrl-C.
async fn followed<T>(app: &App, id: &str, made: impl Future<Output = Result<T, Failure>>) -> Result<T, CliError> {
    let mut shown = Shown::new();
    let mut snapshots = app.snapshots();
    tokio::pin!(made);
    let mut interrupted = false;
    let outcome = loop {
        tokio::select! {
            outcome = &mut made => break outcome,
            Ok(()) = snapshots.changed() => {
                let snapshot = snapshots.borrow_and_update().clone();
                let stage = snapshot.pipeline(id).and_then(|known| known.environment.as_ref()?.updating.clone());
                if let Some(stage) = stage {
                    shown.show(&[stage]);
                }
            }
            _ = tokio::signal::ctrl_c(), if !interrupted => {
                interrupted = true;
                output::say(text::CANCELLING);
                app.cancel_environment(id);
            }
        }
    };
    shown.end();
    if interrupted {
        return Err(CliError::Interrupted);
    }
    Ok(outcome?)
}

/// The environment, as the files and the record are now.
async fn print_state(app: &App, id: &str, dir: Option<PathBuf>) -> Outcome {
    app.look_at(dir.unwrap_or_else(here)).await?;
    match app.environment(id).await? {
        Some(view) => output::print(&text::state(&view, output::size)),
        None => Ok(()),
    }
}

async fn edit(app: &App, folder: EnvFolder, change: PackageChange) -> Outcome {
    let dir = folder.dir.clone();
    let id = id_of(app, folder).await?;
    app.settled().await;
    let file = followed(app, &id, app.change_packages(&id, change, true)).await?;
    output::say(&text::changed(&file));
    print_state(app, &id, dir).await?;
    // A lock file may no longer fit.
    let files = app.environment(&id).await?.map(|view| view.files).unwrap_or_default();
    for problem in files.iter().filter(|file| file.used).flat_map(|file| &file.problems) {
        output::say(&words::note(problem));
    }
    Ok(())
}

/// Writes a first file with what the notebooks import, or only prints it.
async fn init(app: &App, folder: EnvFolder, without: &[String], dry_run: bool) -> Outcome {
    let id = id_of(app, folder).await?;
    let mut packages = app.imports(&id).await?;
    packages.retain(|name| !without.contains(name));
    for name in &packages {
        output::print(name)?;
    }
    if dry_run {
        return Ok(());
    }
    let file = app.start_environment(&id, packages).await?;
    output::say(&text::started(&file));
    Ok(())
}

async fn clean(app: &App, dry_run: bool, json: bool) -> Outcome {
    app.settled().await;
    let cleaned = app.clean_environments(dry_run).await?;
    if json {
        return output::print_json(&cleaned);
    }
    let Cleaned { environments, pythons, frees, busy, .. } = &cleaned;
    output::print(&text::cleaned(dry_run, environments.len(), pythons.len(), &output::size(*frees)))?;
    if !busy.is_empty() {
        output::say(&words::note(text::BUSY));
    }
    Ok(())
}
