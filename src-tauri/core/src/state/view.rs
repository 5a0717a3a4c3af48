//! The snapshot, made from the state: pure.

use std::cmp::Reverse;
use std::path::Path;

use crate::contract::choices::Sort;
use crate::contract::failure::{Failure, FailureCode};
use crate::contract::notice::{Notice, Tone};
use crate::contract::snapshot::{
    KernelView, KernelspecView, LaunchState, LaunchView, NoticeView, PipelineView, SettingsView, Snapshot, StageView,
};
use crate::folder::pipeline;
use crate::folder::scan::Contents;
use crate::jupyter;
use crate::launch::label::Role;
use crate::launch::observed::ObservedLaunch;
use crate::platform::clock;
use crate::settings::FolderEntry;
use crate::settings::schema::READY_WITHIN_S;
use crate::state::{State, Task, TaskKind};
use crate::words::error::Error;
use crate::words::names;
use crate::words::plain_text;

/// How long a launch of another program may be without gateway or server before it counts as broken.
pub(crate) const GRACE_MS: u64 = 90_000;

/// All that an interface shows of the state at `now`.
pub(crate) fn snapshot(state: &State, now: u64) -> Snapshot {
    let mut pipelines: Vec<PipelineView> = state
        .settings
        .folders
        .iter()
        .map(|entry| {
            let id = pipeline::id_of(&entry.path);
            let launch = launch(state, &id, now);
            let kernelspec = state.kernelspec_for(&entry.path);
            view(&entry.path, id, Some(entry), state.contents.get(&entry.path), kernelspec, launch)
        })
        .collect();
    // What runs without having been added is shown all the same.
    let elsewhere = state.found.iter().map(|(id, found)| (id.clone(), Path::new(&found.pipeline).to_owned()));
    let here = state.tasks.iter().map(|(id, task)| (id.clone(), task.folder.clone()));
    let failed = state.failed.iter().map(|(id, failed)| (id.clone(), failed.folder.clone()));
    for (id, folder) in elsewhere.chain(here).chain(failed) {
        if !pipelines.iter().any(|known| known.id == id) {
            let launch = launch(state, &id, now);
            let kernelspec = launch.as_ref().map(|launch| launch.kernelspec.clone());
            pipelines.push(view(&folder, id, None, state.contents.get(&folder), kernelspec, launch));
        }
    }
    let sort = state.settings.sort;
    pipelines.sort_by_cached_key(|pipeline| place(pipeline, sort));

    Snapshot {
        revision: 0,
        engine: state.engine_state.clone(),
        pipelines,
        kernelspecs: state.kernelspecs.iter().map(KernelspecView::from).collect(),
        kernelspec_problems: state.problems.clone(),
        kernels_dir: state.kernels_dir().display().to_string(),
        images: state.images.clone(),
        preparing: state.preparing.as_ref().map(|preparing| preparing.stage.clone()),
        closing: state.closing,
        notices: notices(state),
        settings: settings(state),
        dropping: state.dropping,
        reveal: state.reveal.clone(),
    }
}

/// What a launch that is gone would need its address for is told no more.
fn notices(state: &State) -> Vec<NoticeView> {
    let of_use = |notice: &&NoticeView| notice.address_of.as_ref().is_none_or(|id| state.found.contains_key(id));
    state.notices.iter().filter(of_use).cloned().collect()
}

fn settings(state: &State) -> SettingsView {
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
        kernels_dir_chosen: chosen.kernels_dir.is_some(),
        ca_file: chosen.ca_file.as_deref().map(names::display_path),
        base_image: chosen.base_image.clone(),
        logs_dir: state.places.logs_dir().display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Where a pipeline stands in the list: what runs, then what is pinned, then by choice; at last by name. What somebody
/// else runs in a folder that is not in one's own list comes last.
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
        launch,
    }
}

fn launch(state: &State, id: &str, now: u64) -> Option<LaunchView> {
    let found = state.found.get(id);
    if let Some(task) = state.tasks.get(id) {
        return Some(of_task(state, id, task, found));
    }
    if let Some(found) = found {
        let (launch_state, failure) = judge(state, found, now);
        return Some(LaunchView {
            id: id.to_owned(),
            state: launch_state,
            kernelspec: found.kernelspec.clone(),
            foreign: !state.own_attempts.contains_key(&found.attempt),
            owner: whose(state, found),
            started_at: found.started_at,
            address: address(found),
            ready_at: state.ready.get(&found.attempt).copied(),
            stages: state.own_attempts.get(&found.attempt).cloned().unwrap_or_default(),
            failure,
            warning: warning(state, found).filter(|_| launch_state == LaunchState::Running),
            kernels: kernels(found),
            idle_stop_at: state.idle.stops_at(&found.attempt),
        });
    }
    let failed = state.failed.get(id)?;
    Some(LaunchView {
        id: id.to_owned(),
        state: LaunchState::Failed,
        kernelspec: failed.kernelspec.clone(),
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

fn of_task(all: &State, id: &str, task: &Task, found: Option<&ObservedLaunch>) -> LaunchView {
    let state = match task.kind {
        TaskKind::Launching | TaskKind::Repairing if task.cancel.is_cancelled() => LaunchState::Stopping,
        TaskKind::Launching | TaskKind::Repairing => LaunchState::Starting,
        TaskKind::Stopping => LaunchState::Stopping,
    };
    LaunchView {
        id: id.to_owned(),
        state,
        kernelspec: task.kernelspec.clone(),
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

/// The server keeps the folder that it was given, also once another one is in its place.
fn warning(state: &State, found: &ObservedLaunch) -> Option<Notice> {
    if whose(state, found).is_some() || found.folder.is_empty() {
        return None;
    }
    let now = state.contents.get(Path::new(&found.pipeline))?.mark.as_ref()?;
    (*now != found.folder).then(|| {
        let name = names::display_name(Path::new(&found.pipeline));
        Error::FolderMadeAnew { name }.notice(Tone::Remark)
    })
}

/// Where a launch whose server runs is reached.
fn address(found: &ObservedLaunch) -> Option<String> {
    let port = found.server.as_ref().filter(|server| server.runs())?.port?;
    Some(jupyter::shown_address(port))
}

fn whose(state: &State, found: &ObservedLaunch) -> Option<String> {
    (found.owner != state.owner.name).then(|| plain_text::name(&found.owner).into_owned())
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

/// What a launch that no task of this process is at work on is worth.
fn judge(state: &State, found: &ObservedLaunch, now: u64) -> (LaunchState, Option<Failure>) {
    if found.stopping {
        return (LaunchState::Stopping, None);
    }
    if let Some((role, code)) = found.dead() {
        let part = if role == Role::Gateway { &found.gateway } else { &found.server };
        let told = part.as_ref().and_then(|part| state.deaths.get(&part.container)).cloned();
        let mut failure = told.unwrap_or_else(|| broken(&died_words(role, code)));
        let tries = state.repaired.get(&found.attempt).map_or(0, Vec::len);
        if tries > 0 {
            failure.message =
                format!("{}, after it had been started again {tries} times", failure.message.trim_end_matches('.'));
        }
        return (LaunchState::Broken, Some(failure));
    }
    let young = clock::age(found.started_at, now) < GRACE_MS;
    match (found.whole(), state.ready.contains_key(&found.attempt)) {
        (true, true) => (LaunchState::Running, None),
        (true, false) if !state.unready.contains(&found.attempt) => (LaunchState::Starting, None),
        (true, false) => (LaunchState::Broken, Some(broken("Its containers run, and JupyterLab does not answer."))),
        (false, _) if young => (LaunchState::Starting, None),
        (false, _) if found.server.is_none() => (LaunchState::Broken, Some(broken("Its server is gone."))),
        (false, _) => (LaunchState::Broken, Some(broken("Its gateway is gone, and its kernels with it."))),
    }
}

fn died_words(role: Role, code: Option<i64>) -> String {
    let name = if role == Role::Gateway { "gateway" } else { "server" };
    match code {
        Some(code) => format!("The {name} ended with exit code {code}."),
        None => format!("The {name} ended."),
    }
}

fn broken(message: &str) -> Failure {
    Failure {
        code: FailureCode::Other,
        message: message.to_owned(),
        hint: "launch again: what is left of it is removed first; saved notebooks are in the folder".to_owned(),
        log: Vec::new(),
        log_file: None,
    }
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
