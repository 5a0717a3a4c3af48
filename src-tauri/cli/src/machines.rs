//! Commands on other machines: which one a command means, the machines themselves, and the way of open pages to launches
//! there.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use orchest_core::contract::snapshot::{EngineState, PipelineView, Snapshot};
use orchest_core::engine::ProcessEnv;
use orchest_core::machine::{self, Machine};
use orchest_core::{App, AppDirs, Failure};
use serde_json::{Value, json};

use crate::args::{Command, Launch};
use crate::list as lists;
use crate::output::{self, CliError, Outcome};
use crate::words;

/// How long a machine may take to answer when all are listed.
const ANSWERS_WITHIN: Duration = Duration::from_secs(12);

/// How long a machine may be away before nothing carries its launches any more.
const AWAY: Duration = Duration::from_secs(24 * 3600);

/// The machine that a command is for, and the command in the words of that machine. `on`: the machine that was named.
pub fn of(dirs: &AppDirs, on: Option<String>, mut command: Command) -> Result<(Option<Machine>, Command), CliError> {
    let named = |name: &str| machine::named(dirs, name).map_err(Failure::from);
    let mut found = on.as_deref().map(named).transpose()?;
    match &mut command {
        Command::Launch(Launch { dir, .. }) if machine::is_address(&dir.to_string_lossy()) => {
            let around = ProcessEnv::of_this_process();
            let at = machine::at_new_address(dirs, &around, &dir.to_string_lossy()).map_err(Failure::from)?;
            (found, *dir) = (Some(at.0), PathBuf::from(at.1));
        }
        Command::Launch(Launch { place, .. }) => {
            let meant = machine::all(dirs).into_iter().find(|machine| place.as_ref() == Some(&machine.name));
            if meant.is_some() {
                (found, *place) = (meant, None);
            }
        }
        Command::Stop { target: Some(target), .. } | Command::Logs { target, .. } | Command::Forget { target }
            if machine::is_address(target) =>
        {
            let at = machine::at_address(dirs, target).map_err(Failure::from)?;
            (found, *target) = (Some(at.0), at.1);
        }
        _ => {}
    }
    Ok((found, command))
}

/// Adds a machine, and says whether its engine answers.
pub async fn add(dirs: &AppDirs, name: &str, engine: &str) -> Outcome {
    let around = ProcessEnv::of_this_process();
    let added = machine::add(dirs, &around, name, engine).map_err(Failure::from)?;
    output::say(&words::places::added_machine(name));
    // It is there: a machine that is off now may be on later.
    if let EngineState::Unavailable { failure, .. } = &App::at(added, around).settled().await.engine {
        output::note(&words::remark(&failure.message, &failure.hint));
    }
    Ok(())
}

/// Goes through what a launch needs there.
pub async fn test(machine: Machine, json: bool) -> Outcome {
    let app = App::at(machine, ProcessEnv::of_this_process());
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    lists::checks(&app.doctor(stop).await.ok_or(CliError::Interrupted)?, json)
}

/// Removes a machine on which nothing of this person runs.
pub async fn remove(machine: Machine) -> Outcome {
    let app = App::at(machine.clone(), ProcessEnv::of_this_process());
    app.settled().await;
    let running = app.own_launches();
    if !running.is_empty() {
        let message = words::places::runs(&machine.name, &running);
        return Err(output::failure(message, words::places::stop_first(&machine.name)).into());
    }
    machine::remove(&machine).map_err(Failure::from)?;
    output::say(&words::places::removed_machine(&machine.name));
    Ok(())
}

/// A machine, and its core's snapshot; none if it did not answer in time.
pub struct Seen {
    machine: Machine,
    snapshot: Option<std::sync::Arc<Snapshot>>,
}

/// All machines, asked side by side.
pub async fn seen(dirs: &AppDirs) -> Vec<Seen> {
    let ask = |machine: Machine| async move {
        let app = App::at(machine.clone(), ProcessEnv::of_this_process());
        let snapshot = tokio::time::timeout(ANSWERS_WITHIN, app.settled()).await.ok();
        Seen { machine, snapshot }
    };
    futures_util::future::join_all(machine::all(dirs).into_iter().map(ask)).await
}

impl Seen {
    /// Its row of `orchest places`.
    pub fn row(&self) -> Vec<String> {
        let state = match self.snapshot.as_ref().map(|snapshot| &snapshot.engine) {
            Some(EngineState::Ready { name, version, .. }) => format!("{name} {version}"),
            _ => words::places::NO_ANSWER.to_owned(),
        };
        vec![self.machine.name.clone(), self.machine.engine.clone(), state, String::new(), String::new()]
    }

    /// Why its engine does not answer.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.snapshot.as_ref()?.engine {
            EngineState::Unavailable { failure, .. } => Some(failure),
            _ => None,
        }
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        json!({
            "name": self.machine.name,
            "address": self.machine.engine,
            "engine": self.snapshot.as_ref().map(|snapshot| &snapshot.engine),
        })
    }

    /// The folders and launches there, each with the machine's name.
    fn pipelines(&self) -> Vec<Value> {
        let with_name = |pipeline: &PipelineView| {
            let mut row = json!(pipeline);
            row["machine"] = self.machine.name.clone().into();
            row
        };
        self.snapshot.iter().flat_map(|snapshot| snapshot.pipelines.iter().map(with_name)).collect()
    }
}

/// `orchest list` of this machine and of all others.
pub async fn list(dirs: &AppDirs, app: &App, json: bool) -> Outcome {
    let machines = seen(dirs);
    if machine::all(dirs).is_empty() {
        return lists::launches(app, json).await;
    }
    if json {
        let (snapshot, machines) = tokio::join!(app.scanned(), machines);
        lists::notices(&snapshot.0);
        lists::engine_answers(&snapshot.0)?;
        let mut all = lists::with_scanned(&snapshot.0.pipelines, &snapshot.1).as_array().cloned().unwrap_or_default();
        all.extend(machines.iter().flat_map(Seen::pipelines));
        return output::print_json(&all);
    }
    lists::launches(app, false).await?;
    for seen in machines.await {
        output::print(&format!("\n{}", words::list::on(&seen.machine.name)))?;
        match (&seen.snapshot, seen.failure()) {
            (None, _) => output::note(&words::list::silent(&seen.machine.name)),
            (_, Some(failure)) => output::note(&words::remark(&failure.message, &failure.hint)),
            (Some(snapshot), None) => lists::rows(snapshot)?,
        }
    }
    Ok(())
}

/// Has open pages reach a launch on another machine after this program has ended: another one of it stays for that.
pub fn carry_on(machine: &str, launch: &str) -> Outcome {
    let started = std::env::current_exe().and_then(|program| machine::carry_on(&program, machine, launch));
    started.map_err(|error| CliError::plain(&words::launch::not_carried(&error)))
}

/// Carries a launch until it is gone, or its machine was away for a day.
pub async fn carry(app: &App, id: &str) -> Outcome {
    app.carry();
    let mut snapshots = app.snapshots();
    let mut seen = Instant::now();
    loop {
        {
            let snapshot = snapshots.borrow_and_update();
            if matches!(snapshot.engine, EngineState::Ready { .. }) {
                seen = Instant::now();
                if snapshot.launch(id).is_none() {
                    return Ok(());
                }
            }
        }
        match tokio::time::timeout_at((seen + AWAY).into(), snapshots.changed()).await {
            Ok(Ok(())) => {}
            // Nothing changes while the machine answers, either.
            Err(_) if matches!(snapshots.borrow().engine, EngineState::Ready { .. }) => seen = Instant::now(),
            Ok(Err(_)) | Err(_) => return Ok(()),
        }
    }
}
