//! `orchest`: the core in a terminal, for scripts, tests, benchmarks and machines without a screen.

mod args;
mod engine;
mod env;
mod images;
mod kernels;
mod launch;
mod licences;
mod list;
mod locate;
mod machines;
mod manual;
mod open;
mod output;
mod places;
mod progress;
mod stop;
mod updates;
mod variables;
mod words;

use std::process::ExitCode;

use clap::Parser;
use orchest_core::App;
use orchest_core::AppDirs;
use orchest_core::Failure;
use orchest_core::engine::ProcessEnv;
use orchest_core::logs::app_log;

use args::{Arguments, Command};
use output::{CliError, Outcome};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(wrong) => return output::usage(&wrong),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::end(Err(CliError::plain(&words::not_started(&error)))),
    };
    let outcome = runtime.block_on(run(arguments));
    // The end does not wait for tasks that still read or watch something.
    runtime.shutdown_background();
    output::end(outcome)
}

async fn run(Arguments { on, command }: Arguments) -> Outcome {
    let here_alone = matches!(
        command,
        Command::Open { .. }
            | Command::Licences
            | Command::Completions { .. }
            | Command::Manual { .. }
            | Command::Places { .. }
            | Command::Engine { .. }
            | Command::Updates { .. }
    );
    if on.is_some() && here_alone {
        return Err(CliError::plain(words::NOT_ON));
    }
    // These need neither an engine nor the app's folders.
    match command {
        Command::Open { path } => return open::run(path).await,
        Command::Licences => return licences::run(),
        Command::Completions { shell } => return manual::completions(shell),
        Command::Manual { dir } => return manual::write(&dir),
        _ => {}
    }
    let places = AppDirs::of_this_user().map_err(Failure::from)?;
    if let Err(error) = app_log::start(&places, false) {
        output::note(&words::without_log(&error));
    }
    let (machine, command) = machines::of(&places, on, command)?;
    let name = machine.as_ref().map(|machine| machine.name.clone());
    let app = match machine {
        Some(machine) => App::at(machine, ProcessEnv::of_this_process()),
        None => App::start(places.clone()),
    };
    let dirs = &places;
    match command {
        Command::Open { path } => open::run(path).await,
        Command::Licences => licences::run(),
        Command::Completions { shell } => manual::completions(shell),
        Command::Manual { dir } => manual::write(&dir),
        Command::Carry { id } => machines::carry(&app, &id).await,
        Command::Launch(options) => launch::run(&app, options, name.as_deref()).await,
        Command::List { json } if name.is_none() => machines::list(dirs, &app, json).await,
        Command::List { json } => list::launches(&app, json).await,
        Command::Kernels { json, action: None } => list::kernels(&app, json).await,
        Command::Kernels { action: Some(action), .. } => kernels::run(&app, action).await,
        Command::Env { dir, json, action } => env::run(&app, action, dir, json).await,
        Command::Stop { target, all } => stop::run(&app, target, all).await,
        Command::Locate { old, new } => locate::run(&app, &old, new).await,
        Command::Forget { target } => stop::forget(&app, &target).await,
        Command::Logs { target, follow, tail, json } => list::logs(&app, &target, follow, tail, json).await,
        Command::Images { action: Some(action), .. } => images::run(&app, action).await,
        Command::Images { prepare, kernelspecs, json, action: None } => {
            images::list(&app, prepare.then_some(kernelspecs.as_slice()), json).await
        }
        Command::Engine { json, action } => engine::run(&app, action, json).await,
        Command::Places { json, action } => places::run(dirs, &app, action, json).await,
        Command::Updates { check, json } => updates::run(&app, check, json).await,
        Command::Doctor { clean, json } => list::doctor(&app, clean, json).await,
    }
}
