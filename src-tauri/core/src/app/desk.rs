//! All that a person has in one window: the core of this machine, and one core for each other machine.
//!
//! Ids of another machine's folders and notices are made distinct here: `rack:0123456789ab`. Each core knows its own alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::app::App;
use crate::contract::check::Check;
use crate::contract::failure::Failure;
use crate::contract::machine::{FoldersThere, MachineView};
use crate::contract::snapshot::{PipelineView, Snapshot};
use crate::engine::ProcessEnv;
use crate::machine::{self, Machine};
use crate::platform::paths::AppDirs;
use crate::state::event::Event;
use crate::words::error::Error;
use crate::words::machine as words;

/// What stands between a machine's name and an id there. No name has it.
const OF: char = ':';
/// The notices of the machine with this number have this number times its number more: a page's numbers are exact up to
/// 2⁵³.
const NOTICES: u64 = 1 << 32;

/// The cores of one window.
#[derive(Clone)]
pub struct Desk {
    here: App,
    dirs: AppDirs,
    around: ProcessEnv,
    others: Arc<Mutex<BTreeMap<String, Other>>>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    changed: Arc<Notify>,
}

/// Another machine's core.
#[derive(Clone)]
struct Other {
    machine: Machine,
    core: App,
}

impl Desk {
    /// Begins with this machine's core, and has a core for each machine that the person has added.
    pub fn begin(here: App, dirs: AppDirs, around: ProcessEnv) -> Desk {
        let changed = Arc::new(Notify::new());
        let (publish, snapshots) = watch::channel(here.snapshots().borrow().clone());
        notify(&here, &changed);
        let desk = Desk { here, dirs, around, others: Arc::default(), snapshots, changed };
        desk.look_for_machines();
        tokio::spawn(desk.clone().merge(publish));
        desk
    }

    /// This machine's core.
    pub fn here(&self) -> &App {
        &self.here
    }

    /// The snapshots of this machine with the folders, launches and notices of all.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// The core that has this id, and the id there.
    pub fn of(&self, id: &str) -> (App, String) {
        let other =
            id.rsplit_once(OF).and_then(|(name, id)| Some((self.others().get(name)?.core.clone(), id.to_owned())));
        other.unwrap_or_else(|| (self.here.clone(), id.to_owned()))
    }

    /// The core of another machine.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn at(&self, name: &str) -> Result<App, Failure> {
        let known = || self.others().keys().cloned().collect::<Vec<_>>();
        let core = self.others().get(name).map(|other| other.core.clone());
        Ok(core.ok_or_else(|| words::unknown(name, &known()))?)
    }

    /// Dismisses a notice of any core.
    pub async fn dismiss_notice(&self, notice: u64) -> Result<(), Failure> {
        let core = match usize::try_from(notice / NOTICES).unwrap_or_default() {
            0 => Some(self.here.clone()),
            number => self.others().values().nth(number - 1).map(|other| other.core.clone()),
        };
        match core {
            Some(core) => core.dismiss_notice(notice % NOTICES).await,
            None => Ok(()),
        }
    }

    /// Adds a machine.
    ///
    /// # Errors
    /// As `machine::add`.
    pub fn add_machine(&self, name: &str, engine: &str) -> Result<(), Failure> {
        machine::add(&self.dirs, &self.around, name, engine)?;
        self.look_for_machines();
        Ok(())
    }

    /// Removes a machine on which nothing of this person runs.
    ///
    /// # Errors
    /// Something runs there, or its files here cannot be removed.
    pub fn remove_machine(&self, name: &str) -> Result<(), Failure> {
        let other = self.others().get(name).cloned();
        let Some(Other { machine, core }) = other else {
            machine::named(&self.dirs, name)?;
            return Ok(());
        };
        let running = core.own_launches();
        if !running.is_empty() {
            return Err(words::runs(name, &running).into());
        }
        core.leave();
        machine::remove(&machine)?;
        self.look_for_machines();
        Ok(())
    }

    /// Goes through what a launch needs on a machine.
    ///
    /// # Errors
    /// There is no such machine.
    pub async fn test_machine(&self, name: &str) -> Result<Vec<Check>, Failure> {
        let never = std::future::pending::<()>();
        Ok(self.at(name)?.doctor(never).await.unwrap_or_default())
    }

    /// The folders in a folder on a machine.
    ///
    /// # Errors
    /// The machine does not answer, or there is no such folder.
    pub async fn folders_there(&self, name: &str, path: &str) -> Result<FoldersThere, Failure> {
        self.at(name)?.folders_there(path).await
    }

    /// Adds a folder on a machine, and answers with its id.
    ///
    /// # Errors
    /// The machine does not answer, or there is no such folder.
    pub async fn add_folder_there(&self, name: &str, path: &str) -> Result<String, Failure> {
        let id = self.at(name)?.add_pipeline(path.into()).await?;
        Ok(there(name, &id))
    }

    /// Cancels launches that are starting on any machine, and waits until they are gone.
    pub async fn quit(&self) {
        let others: Vec<App> = self.others().values().map(|other| other.core.clone()).collect();
        tokio::join!(self.here.quit(), futures_util::future::join_all(others.iter().map(App::quit)));
    }

    /// The launches of this person that run on other machines: the machine of each, and its id there.
    pub fn running_elsewhere(&self) -> Vec<(String, String)> {
        let others = self.others();
        let of = |other: &Other| {
            let snapshot = other.core.snapshots().borrow().clone();
            let own = |pipeline: &PipelineView| {
                let launch = pipeline.launch.as_ref()?;
                (launch.owner.is_none() && launch.failure.is_none()).then(|| pipeline.id.clone())
            };
            let ids: Vec<_> = snapshot.pipelines.iter().filter_map(own).collect();
            ids.into_iter().map(|id| (other.machine.name.clone(), id)).collect::<Vec<_>>()
        };
        others.values().flat_map(of).collect()
    }

    /// Looks for machines that were added or removed, also by another program of this person.
    pub fn look_for_machines(&self) {
        let machines = machine::all(&self.dirs);
        let mut others = self.others();
        others.retain(|_, known| {
            let stays = machines.contains(&known.machine);
            if !stays {
                known.core.leave();
            }
            stays
        });
        for machine in machines {
            if !others.contains_key(&machine.name) {
                let core = App::at(machine.clone(), self.around.clone());
                core.attend();
                notify(&core, &self.changed);
                others.insert(machine.name.clone(), Other { machine, core });
            }
        }
        self.changed.notify_one();
    }

    fn others(&self) -> MutexGuard<'_, BTreeMap<String, Other>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn merge(self, publish: watch::Sender<Arc<Snapshot>>) {
        let mut revision = 0;
        loop {
            self.changed.notified().await;
            revision += 1;
            let here = self.here.snapshots().borrow().clone();
            let others: Vec<_> = {
                let others = self.others();
                let seen = |other: &Other| (other.machine.clone(), other.core.snapshots().borrow().clone());
                others.values().map(seen).collect()
            };
            let merged = Snapshot { revision, ..merged(&here, &others) };
            if publish.send(Arc::new(merged)).is_err() {
                return;
            }
        }
    }
}

/// Says each change of a core's snapshot.
fn notify(core: &App, changed: &Arc<Notify>) {
    let (mut snapshots, changed) = (core.snapshots(), changed.clone());
    tokio::spawn(async move {
        while snapshots.changed().await.is_ok() {
            changed.notify_one();
        }
    });
}

fn there(machine: &str, id: &str) -> String {
    format!("{machine}{OF}{id}")
}

/// One snapshot of all: what the person chose is this machine's, and the folders, launches and notices are everybody's.
fn merged(here: &Snapshot, others: &[(Machine, Arc<Snapshot>)]) -> Snapshot {
    let mut all = here.clone();
    for (number, (machine, snapshot)) in (1..).zip(others) {
        all.machines.push(MachineView {
            name: machine.name.clone(),
            address: machine.engine.clone(),
            engine: snapshot.engine.clone(),
        });
        all.pipelines.extend(snapshot.pipelines.iter().map(|pipeline| of_machine(pipeline, &machine.name)));
        all.notices.extend(snapshot.notices.iter().cloned().map(|mut notice| {
            notice.id += number * NOTICES;
            notice.message = words::on(&machine.name, &notice.message);
            notice.address_of = notice.address_of.map(|id| there(&machine.name, &id));
            notice
        }));
    }
    // What runs is first, here and there; within that, the order of each core stays.
    all.pipelines.sort_by_key(|pipeline| pipeline.launch.as_ref().is_none_or(|launch| launch.failure.is_some()));
    all
}

fn of_machine(pipeline: &PipelineView, machine: &str) -> PipelineView {
    let mut own = pipeline.clone();
    own.id = there(machine, &own.id);
    own.machine = Some(machine.to_owned());
    if let Some(launch) = &mut own.launch {
        launch.id = own.id.clone();
    }
    own
}

impl App {
    /// The folders in a folder on the machine of this core.
    ///
    /// # Errors
    /// The core is this machine's, the engine does not answer, or there is no such folder.
    pub async fn folders_there(&self, path: &str) -> Result<FoldersThere, Failure> {
        let there = self.there.clone().ok_or(Error::EngineLost)?;
        let (engine, looking) = self.ask(|reply| Event::Looking { reply }).await?;
        Ok(there.folders(&engine, &looking, path).await?)
    }

    /// The folders of this person's launches that run or start, by path.
    pub fn own_launches(&self) -> Vec<String> {
        let snapshot = self.snapshots().borrow().clone();
        let runs = |pipeline: &&PipelineView| {
            pipeline.launch.as_ref().is_some_and(|launch| launch.owner.is_none() && launch.failure.is_none())
        };
        snapshot.pipelines.iter().filter(runs).map(|pipeline| pipeline.path.clone()).collect()
    }

    /// Ends what looks at another machine.
    fn leave(&self) {
        if let Some(there) = &self.there {
            there.leave();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_machine_has_its_name() {
        assert_eq!(there("rack", "0123456789ab"), "rack:0123456789ab");
        assert!(crate::settings::place::check_name("a:b").is_err(), "no name has what separates");
    }
}
