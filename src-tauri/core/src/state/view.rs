//! The snapshot of a model: pure.

use std::cmp::Reverse;
use std::path::Path;

use crate::contract::choices::Sort;
use crate::contract::environment::{EnvironmentView, GpuWish};
use crate::contract::failure::Failure;
use crate::contract::notice::{Notice, Tone};
use crate::contract::snapshot::{
    KernelView, KernelspecView, LaunchState, LaunchView, NoticeView, PipelineView, SettingsView, Snapshot, StageView,
    UnknownKernelspec,
};
use crate::contract::variables::{EnvFileView, VariableView};
use crate::environment::found::Gpus;
use crate::environment::seen::Seen;
use crate::environment::this_folder::THIS_FOLDER;
use crate::environment::variables;
use crate::folder::pipeline;
use crate::folder::scan::Contents;
use crate::jupyter::{Endpoint, address};
use crate::kernelspec::{Kernelspec, nearest};
use crate::launch::health::{self, Fault, Health};
use crate::launch::label::Role;
use crate::launch::observed::ObservedLaunch;
use crate::launch::reach;
use crate::settings::FolderEntry;
use crate::settings::schema::READY_WITHIN_S;
use crate::state::model::{Model, Task, TaskKind};
use crate::state::{places, updates};
use crate::words::error::Error;
use crate::words::{self, limits, names, plain_text};

/// The most unknown kernelspecs of a folder that are shown, and the most notebooks of one.
const MOST_UNKNOWN: usize = 5;
const MOST_NOTEBOOKS: usize = 20;

/// All that an interface shows of a model at `now`.
pub(crate) fn snapshot(state: &Model, now: u64) -> Snapshot {
    let mut pipelines: Vec<PipelineView> = state
        .settings
        .folders
        .iter()
        .map(|entry| {
            let id = pipeline::id_of(&entry.path);
            let launch = launch(state, &id, now);
            let kernelspec = state.kernelspec_for(&entry.path);
            let environment = environment(state, &entry.path, &id);
            let contents = state.contents.get(&entry.path);
            let (variables, env_file) = variables(state, &entry.path);
            let view = view(&entry.path, id, Some(entry), contents, kernelspec, launch);
            let unknown_kernelspecs = unknown_kernelspecs(state, &entry.path);
            let place = places::of_folder(state, &entry.path);
            PipelineView { place, environment, variables, env_file, unknown_kernelspecs, ..view }
        })
        .collect();
    // Launches in folders that are not in the list are shown, too.
    let elsewhere = state.found.iter().map(|(id, found)| (id.clone(), Path::new(&found.pipeline).to_owned()));
    let here = state.tasks.iter().map(|(id, task)| (id.clone(), task.folder.clone()));
    let failed = state.failed.iter().map(|(id, failed)| (id.clone(), failed.folder.clone()));
    let updating = state.updates.iter().map(|(id, update)| (id.clone(), update.folder.clone()));
    for (id, folder) in elsewhere.chain(here).chain(failed).chain(updating) {
        if !pipelines.iter().any(|known| known.id == id) {
            let launch = launch(state, &id, now);
            let kernelspec = launch.as_ref().map(|launch| launch.kernelspec.clone());
            let environment = environment(state, &folder, &id);
            let contents = state.contents.get(&folder);
            let (variables, env_file) = variables(state, &folder);
            let view = view(&folder, id, None, contents, kernelspec, launch);
            let unknown_kernelspecs = unknown_kernelspecs(state, &folder);
            pipelines.push(PipelineView { environment, variables, env_file, unknown_kernelspecs, ..view });
        }
    }
    let sort = state.settings.sort;
    pipelines.sort_by_cached_key(|pipeline| place(pipeline, sort));

    Snapshot {
        revision: 0,
        engine: state.engine_state.clone(),
        engine_setup: state.engine_setup.clone(),
        pipelines,
        kernelspecs: kernelspecs(state),
        places: places::views(state),
        machines: Vec::new(),
        kernelspec_problems: state.kernelspec_problems.clone(),
        kernels_dir: state.kernels_dir().display().to_string(),
        images: state.images.clone(),
        preparing: state.preparing.as_ref().map(|preparing| preparing.stage.clone()),
        importing: state.preparing.as_ref().is_some_and(|preparing| preparing.import.is_some()),
        offered_images: state.offered_images.front().map(|file| file.display().to_string()),
        closing: state.closing,
        notices: notices(state),
        settings: settings(state),
        updates: updates::view(state),
        dropping: state.dropping,
        reveal: state.reveal.clone(),
    }
}

/// The usable kernelspecs, each with what the engine lacks for it.
fn kernelspecs(state: &Model) -> Vec<KernelspecView> {
    let without_gpus = without_gpus(state);
    let keeps = state.engine.as_ref().map(|engine| engine.keeps);
    let view = |spec: &Kernelspec| KernelspecView {
        lacks_gpus: spec.gpus && without_gpus,
        unkept: keeps.and_then(|keeps| limits::unkept_of(spec.limits, keeps)),
        ..spec.into()
    };
    state.kernelspecs.iter().map(view).collect()
}

/// There is an engine, and it reports no GPUs.
fn without_gpus(state: &Model) -> bool {
    state.engine.as_ref().is_some_and(|engine| !engine.gpus)
}

/// The kernelspecs that notebooks of a folder name, and that its launches do not offer.
fn unknown_kernelspecs(state: &Model, folder: &Path) -> Vec<UnknownKernelspec> {
    let Some(seen) = state.environments.get(folder) else { return Vec::new() };
    // A gateway elsewhere has kernelspecs of its own.
    if state.settings.place_of(folder).is_some() {
        return Vec::new();
    }
    // That of its launches comes first, as in JupyterLab.
    let picked = state.kernelspec_for(folder).and_then(|name| state.kernelspec_of(folder, &name).ok());
    let others = state.kernelspecs.iter().filter(|spec| picked.as_ref().is_none_or(|picked| picked.name != spec.name));
    let known: Vec<Kernelspec> = picked.iter().chain(others).cloned().collect();
    let unknown = nearest::unknown(&seen.found.kernelspecs, &known, THIS_FOLDER);
    let shown = unknown.take(MOST_UNKNOWN).map(|(asked, notebooks, nearest)| UnknownKernelspec {
        name: plain_text::name(&asked.name).into_owned(),
        notebooks: notebooks.iter().take(MOST_NOTEBOOKS).map(|name| plain_text::name(name).into_owned()).collect(),
        count: notebooks.len(),
        nearest: nearest.map(|spec| spec.name.clone()),
    });
    shown.collect()
}

/// The notices, without those about the address of a launch that is gone.
fn notices(state: &Model) -> Vec<NoticeView> {
    let of_use = |notice: &&NoticeView| notice.address_of.as_ref().is_none_or(|id| state.found.contains_key(id));
    state.notices.iter().filter(of_use).cloned().collect()
}

fn settings(state: &Model) -> SettingsView {
    let chosen = &state.settings;
    SettingsView {
        file: state.places.settings_file().display().to_string(),
        theme: chosen.theme,
        zoom: chosen.zoom.unwrap_or(1.0),
        sort: chosen.sort,
        on_close: chosen.on_close,
        launch_timeout_s: chosen.launch_timeout().as_secs(),
        launch_timeout_default_s: READY_WITHIN_S,
        idle_stop_min: chosen.idle_stop_min.filter(|minutes| *minutes > 0.0),
        limits: chosen.limits,
        open_when_ready: chosen.open_when_ready.unwrap_or(true),
        tray: chosen.tray,
        tray_missing: state.tray_missing,
        engine: chosen.engine.clone(),
        kernels_dir_chosen: chosen.kernels_dir.is_some(),
        ca_file: chosen.ca_file.as_deref().map(names::display_path),
        base_image: chosen.base_image.clone(),
        images_registry: chosen.images_registry.clone(),
        logs_dir: state.places.logs_dir().display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The place of a pipeline in the list: running ones first, then pinned ones, then by the person's choice, then by name.
/// Launches of other people in folders that are not in the list come last.
fn place(pipeline: &PipelineView, sort: Sort) -> impl Ord + use<> {
    let newest = match sort {
        Sort::Name => None,
        Sort::Opened => pipeline.last_opened,
        Sort::Changed => pipeline.last_change,
    };
    (rank(pipeline), !pipeline.pinned, Reverse(newest), pipeline.name.to_lowercase(), pipeline.path.clone())
}

fn rank(pipeline: &PipelineView) -> u8 {
    match &pipeline.launch {
        Some(launch) if launch.owner.is_some() && !pipeline.added => 2,
        Some(launch) if launch.state != LaunchState::Failed => 0,
        _ => 1,
    }
}

fn view(
    path: &Path,
    id: String,
    entry: Option<&FolderEntry>,
    contents: Option<&Contents>,
    kernelspec: Option<String>,
    launch: Option<LaunchView>,
) -> PipelineView {
    let contents = contents.cloned().unwrap_or_default();
    PipelineView {
        id,
        name: names::display_name(path),
        path: names::display_path(path),
        machine: None,
        added: entry.is_some(),
        pinned: entry.is_some_and(|entry| entry.pinned),
        last_opened: entry.and_then(|entry| entry.last_opened),
        missing: contents.missing,
        unreadable: contents.unreadable,
        notebooks: contents.notebooks,
        scripts: contents.scripts,
        truncated: contents.truncated,
        last_change: contents.last_change,
        pipeline_files: contents.pipeline_files,
        kernelspec,
        place: None,
        environment: None,
        unknown_kernelspecs: Vec::new(),
        variables: Vec::new(),
        env_file: None,
        launch,
    }
}

fn environment(state: &Model, folder: &Path, id: &str) -> Option<EnvironmentView> {
    let seen = state.environments.get(folder)?;
    let wish = |gpus: Gpus| if gpus.is_optional { GpuWish::Optional } else { GpuWish::Needed };
    let lacks_gpus = seen.found.gpus().filter(|_| without_gpus(state)).map(wish);
    // Another folder may have been installed since this one was read.
    let rate = state.environments.values().filter_map(|seen| seen.rate).max_by_key(|rate| rate.at);
    let view = seen.view(state.updates.get(id).map(|update| update.stage.clone()), rate)?;
    Some(EnvironmentView { shared_with: sharing(state, folder, seen), lacks_gpus, ..view })
}

/// The other folders with the same environment, by name.
fn sharing(state: &Model, folder: &Path, seen: &Seen) -> Vec<String> {
    let Some(made) = seen.made().filter(|made| !made.key.is_empty()) else { return Vec::new() };
    let same = |other: &Seen| other.made().is_some_and(|other| other.key == made.key && other.store == made.store);
    let others = state.environments.iter().filter(|(path, other)| path.as_path() != folder && same(other));
    let mut names: Vec<String> = others.map(|(path, _)| names::display_name(path)).collect();
    names.sort();
    names
}

fn variables(state: &Model, folder: &Path) -> (Vec<VariableView>, Option<EnvFileView>) {
    let seen = state.environments.get(folder);
    let file = seen.and_then(|seen| Some(seen.env_file.as_ref()?.view(seen.record.env_file.as_deref())));
    (variables::views(&state.settings.variables(folder), &state.process), file)
}

fn launch(state: &Model, id: &str, now: u64) -> Option<LaunchView> {
    let found = state.found.get(id);
    if let Some(task) = state.tasks.get(id) {
        return Some(of_task(state, id, task, found));
    }
    if let Some(found) = found {
        let attempt = state.attempts.get(&found.attempt);
        let stages = attempt.and_then(|attempt| attempt.stages.as_ref());
        let (launch_state, failure) = judge(state, found, now);
        return Some(LaunchView {
            id: id.to_owned(),
            state: launch_state,
            kernelspec: found.kernelspec.clone(),
            place: found.place.clone(),
            foreign: stages.is_none(),
            owner: whose(state, found),
            started_at: found.started_at,
            address: address(state, id, found),
            ready_at: attempt.and_then(|attempt| attempt.ready_at),
            stages: stages.cloned().unwrap_or_default(),
            failure,
            warning: warning(state, found).filter(|_| launch_state == LaunchState::Running),
            kernels: kernels(found),
            idle_stop_at: attempt.and_then(|attempt| attempt.idle.stops_at()),
        });
    }
    let failed = state.failed.get(id)?;
    Some(LaunchView {
        id: id.to_owned(),
        state: LaunchState::Failed,
        kernelspec: failed.kernelspec.clone(),
        place: failed.place.clone(),
        foreign: false,
        owner: None,
        started_at: failed.started_at,
        address: None,
        ready_at: None,
        stages: failed.stages.clone(),
        failure: Some(failed.failure.clone()),
        warning: None,
        kernels: Vec::new(),
        idle_stop_at: None,
    })
}

fn of_task(all: &Model, id: &str, task: &Task, found: Option<&ObservedLaunch>) -> LaunchView {
    let state = match task.kind {
        TaskKind::Stopping => LaunchState::Stopping,
        _ if task.cancelled => LaunchState::Stopping,
        TaskKind::Examining | TaskKind::Launching | TaskKind::Repairing => LaunchState::Starting,
    };
    LaunchView {
        id: id.to_owned(),
        state,
        kernelspec: task.kernelspec.clone(),
        place: task.place.clone(),
        foreign: false,
        owner: found.and_then(|found| whose(all, found)),
        started_at: task.started_at,
        address: None,
        ready_at: None,
        stages: stages_of(task),
        failure: None,
        warning: None,
        kernels: found.map(kernels).unwrap_or_default(),
        idle_stop_at: None,
    }
}

/// The server keeps the folder that it was given, also if another folder has taken its place since.
fn warning(state: &Model, found: &ObservedLaunch) -> Option<Notice> {
    if whose(state, found).is_some() || found.folder.is_empty() {
        return None;
    }
    let now = state.contents.get(Path::new(&found.pipeline))?.mark.as_ref()?;
    (*now != found.folder).then(|| {
        let name = names::display_name(Path::new(&found.pipeline));
        Error::FolderMadeAnew { name }.notice(Tone::Remark)
    })
}

/// The address of a launch whose server runs.
fn address(state: &Model, id: &str, found: &ObservedLaunch) -> Option<String> {
    let endpoint = found.part(Role::Server).filter(|server| server.runs())?.endpoint.as_ref()?;
    match &state.settings.machine {
        // The port that the engine reports is one of its own machine.
        Some(_) => Some(address::shown(&Endpoint::on_this_machine(reach::port_there(id)))),
        None => Some(address::shown(endpoint)),
    }
}

fn whose(state: &Model, found: &ObservedLaunch) -> Option<String> {
    (found.owner != state.owner).then(|| plain_text::name(&found.owner).into_owned())
}

fn stages_of(task: &Task) -> Vec<StageView> {
    if task.kind == TaskKind::Stopping { Vec::new() } else { task.stages.clone() }
}

fn kernels(found: &ObservedLaunch) -> Vec<KernelView> {
    found
        .kernels
        .iter()
        .map(|kernel| KernelView {
            id: kernel.id.clone(),
            kernelspec: kernel.kernelspec.clone(),
            started_at: kernel.started_at,
        })
        .collect()
}

/// The state of a launch that no task works on, and why it is broken if it is.
fn judge(state: &Model, found: &ObservedLaunch, now: u64) -> (LaunchState, Option<Failure>) {
    let fault = match health::health(found, state.answer(&found.attempt), now) {
        Health::Stopping => return (LaunchState::Stopping, None),
        Health::Starting => return (LaunchState::Starting, None),
        Health::Running => return (LaunchState::Running, None),
        Health::Broken(fault) => fault,
    };
    let failure = match fault {
        Fault::Ended(role, code) => ended(state, found, role, code),
        Fault::Silent => words::health::broken(words::health::SILENT),
        Fault::Gone(Role::Server) => words::health::broken(words::health::SERVER_GONE),
        Fault::Gone(_) => words::health::broken(words::health::GATEWAY_GONE),
    };
    (LaunchState::Broken, Some(failure))
}

/// Why a part ended, and how often it was started again.
fn ended(state: &Model, found: &ObservedLaunch, role: Role, code: Option<i64>) -> Failure {
    let attempt = state.attempts.get(&found.attempt);
    let death = found.part(role).and_then(|part| attempt?.deaths.get(&part.container)?.clone());
    let mut failure = death.unwrap_or_else(|| words::health::broken(&words::health::ended(role.as_str(), code)));
    let tries = attempt.map_or(0, |attempt| attempt.repaired.len());
    if tries > 0 {
        failure.message = words::health::again(&failure.message, tries);
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline(name: &str, change: impl FnOnce(&mut PipelineView)) -> PipelineView {
        let mut pipeline = view(&Path::new("/home/ada").join(name), name.to_owned(), None, None, None, None);
        change(&mut pipeline);
        pipeline
    }

    fn running() -> LaunchView {
        LaunchView {
            id: String::new(),
            state: LaunchState::Running,
            kernelspec: String::new(),
            place: None,
            foreign: false,
            owner: None,
            started_at: 0,
            address: None,
            ready_at: None,
            stages: Vec::new(),
            failure: None,
            warning: None,
            kernels: Vec::new(),
            idle_stop_at: None,
        }
    }

    #[test]
    fn what_runs_is_first_then_what_is_pinned_then_what_was_chosen() {
        let all = [
            pipeline("apples", |it| (it.last_opened, it.last_change) = (Some(10), Some(90))),
            pipeline("Bees", |it| (it.last_opened, it.last_change) = (None, Some(95))),
            pipeline("cacti", |it| it.last_opened = Some(30)),
            pipeline("dunes", |it| it.pinned = true),
            pipeline("eels", |it| it.launch = Some(running())),
            pipeline("foxes", |it| (it.launch, it.pinned) = (Some(running()), true)),
            pipeline("Grace's", |it| it.launch = Some(LaunchView { owner: Some("grace@engine".into()), ..running() })),
        ];
        let table = [
            (Sort::Name, ["foxes", "eels", "dunes", "apples", "Bees", "cacti", "Grace's"]),
            (Sort::Opened, ["foxes", "eels", "dunes", "cacti", "apples", "Bees", "Grace's"]),
            (Sort::Changed, ["foxes", "eels", "dunes", "Bees", "apples", "cacti", "Grace's"]),
        ];
        for (sort, wanted) in table {
            let mut sorted = all.to_vec();
            sorted.sort_by_cached_key(|pipeline| place(pipeline, sort));
            assert_eq!(sorted.iter().map(|pipeline| pipeline.name.as_str()).collect::<Vec<_>>(), wanted, "{sort:?}");
        }
    }
}
