//! Performs the commands of the page; each command has its action here.

use orchest_core::contract::check::Check;
use orchest_core::contract::command::Command;
use orchest_core::contract::engines::Engines;
use orchest_core::contract::environment::{Cleaned, EnvironmentPackages, PackageChange};
use orchest_core::contract::kernelspec::{
    KernelspecChecked, KernelspecDraft, KernelspecOpened, KernelspecSource, KernelspecTested,
};
use orchest_core::contract::live::{KernelAction, LiveKernel};
use orchest_core::contract::machine::FoldersThere;
use orchest_core::contract::place::NewPlace;
use orchest_core::contract::snapshot::LaunchState;
use orchest_core::folder::pipeline_file::PipelineGraph;
use orchest_core::platform::paths;
use orchest_core::settings::Place;
use orchest_core::words::dialog;
use orchest_core::{App, Change, Desk, Error, Failure, OnClose};
use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
use serde::Serialize;
use tauri::AppHandle;

use crate::{opening, shutdown};

/// The answer of a command that has one.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    Graph(PipelineGraph),
    Opened(Box<KernelspecOpened>),
    Checked(KernelspecChecked),
    Tested(KernelspecTested),
    Names(Vec<String>),
    Kernels(Vec<LiveKernel>),
    Packages(EnvironmentPackages),
    Cleaned(Cleaned),
    Engines(Engines),
    Checks(Vec<Check>),
    Folders(FoldersThere),
    Id(String),
}

/// Performs a command, by the core that has what it is about.
pub async fn perform(app: &AppHandle, desk: &Desk, mut command: Command) -> Result<Option<Answer>, Failure> {
    let named = command.id().cloned().unwrap_or_default();
    let (core, id_there) = desk.of(&named);
    if let Some(id) = command.id() {
        *id = id_there;
    }
    let core = &core;
    match command {
        Command::RemovePipeline { id } => core.remove_pipeline(&id).await?,
        Command::ForgetPipeline { id } => drop(core.forget(&id).await?),
        Command::PinPipeline { id, pinned } => core.pin(&id, pinned).await?,
        Command::PickKernelspec { id, name } => core.pick_kernelspec(&id, &name).await?,

        Command::RunPostBuild { id, run } => core.run_post_build(&id, run).await?,
        Command::AllowEnvironment { id } => core.allow_environment(&id).await?,
        // Core refuses a file that is not one of the folder's.
        Command::PickEnvironmentFile { id, file } => core.pick_environment_file(&id, &file).await?,
        Command::UpdateEnvironment { id, upgrade } => core.update_environment(&id, upgrade, false).await?,
        Command::CancelEnvironment { id } => core.cancel_environment(&id),
        Command::EditPackages { id, add, remove, pip } => {
            drop(core.change_packages(&id, PackageChange { add, remove, pip }, false).await?);
        }
        Command::FolderImports { id } => return Ok(Some(Answer::Names(core.imports(&id).await?))),
        Command::StartEnvironment { id, packages } => drop(core.start_environment(&id, packages).await?),
        Command::RemoveByHand { id, language, names } => core.remove_by_hand(&id, language, &names).await?,
        Command::SetVariable { id, name, value, secret } => drop(core.set_variable(&id, &name, value, secret).await?),
        Command::RemoveVariable { id, name } => drop(core.remove_variable(&id, &name).await?),
        Command::UseEnvFile { id, used } => drop(core.use_env_file(&id, used).await?),
        Command::CleanEnvironments { dry_run } => {
            return Ok(Some(Answer::Cleaned(core.clean_environments(dry_run).await?)));
        }
        Command::EnvironmentPackages { id } => {
            return Ok(Some(Answer::Packages(core.environment_packages(&id).await?)));
        }

        Command::Launch { id } => launch(app, core, &id, &named).await?,
        Command::Cancel { id } => core.cancel(&id).await?,
        Command::Stop { id } => core.stop(&id).await?,
        Command::RestartLaunch { id } => core.restart(&id).await?,
        Command::KeepRunning { id } => core.keep_running(&id).await?,
        Command::OpenPipeline { id } => drop(core.open(&id, None).await?),
        Command::OpenNotebook { id, path } => open_notebook(app, core, &id, &named, path).await?,
        // Core refuses a file that is not one of the folder's pipeline files.
        Command::PipelineGraph { id, file } => return Ok(Some(Answer::Graph(core.graph(&id, &file).await?))),

        Command::LiveKernels { id } => return Ok(core.live_kernels(&id).await.map(Answer::Kernels)),
        // Core refuses a kernel that does not belong to the launch.
        Command::InterruptKernel { id, kernel } => core.act_on_kernel(&id, &kernel, KernelAction::Interrupt).await?,
        Command::RestartKernel { id, kernel } => core.act_on_kernel(&id, &kernel, KernelAction::Restart).await?,
        Command::ShutDownKernel { id, kernel } => core.act_on_kernel(&id, &kernel, KernelAction::ShutDown).await?,

        Command::RevealPipeline { id } => core.reveal(&core.folder(&id).await?)?,
        Command::RevealLog { id } => core.reveal(&log_of(core, &id))?,
        Command::RevealKernels => core.reveal(&core.kernels_dir().await?)?,
        Command::RevealSettings => core.reveal(&core.settings_file()?)?,
        Command::RevealLogs => core.reveal(&core.logs_dir())?,
        Command::RevealLicences => core.reveal(&paths::licences_file()?)?,

        Command::DismissFailure { id } => core.dismiss_failure(&id).await?,
        Command::DismissNotice { notice } => desk.dismiss_notice(notice).await?,
        Command::LookAgain => core.look_again().await?,
        Command::ListEngines => return Ok(Some(Answer::Engines(core.engines().await))),
        // Core refuses an address that it has not found itself.
        Command::UseEngine { endpoint } => core.use_found_engine(&endpoint).await?,
        Command::ForgetEngine => core.forget_engine().await?,
        Command::PickPlace { id, place } => core.pick_place(&id, place).await?,
        Command::AskPlace { name } => core.ask_place(&name).await?,
        Command::AddPlace { place } => add_place(core, place).await?,
        Command::RemovePlace { name } => core.remove_place(&name).await?,
        Command::TestPlace { name } => return Ok(Some(Answer::Checks(core.test_place(&name, None).await?))),
        Command::AddMachine { name, engine } => add_machine(desk, &name, &engine).await?,
        Command::RemoveMachine { name } => desk.remove_machine(&name)?,
        Command::TestMachine { name } => return Ok(Some(Answer::Checks(desk.test_machine(&name).await?))),
        Command::LookAgainAt { name } => desk.at(&name)?.look_again().await?,
        Command::ListFolders { machine, path } => {
            return Ok(Some(Answer::Folders(desk.folders_there(&machine, &path).await?)));
        }
        Command::AddFolderThere { machine, path } => {
            return Ok(Some(Answer::Id(desk.add_folder_there(&machine, &path).await?)));
        }
        Command::StartEngine => core.start_engine().await?,
        // Core decides which programs that are; the page only names the wish.
        Command::InstallEngine => core.install_engine().await?,
        Command::JoinGroup => core.join_group().await?,
        Command::CancelEngineSetup => core.cancel_engine_setup(),
        Command::DismissEngineSetup => core.dismiss_engine_setup(),
        Command::PrepareImages => core.prepare_images().await?,
        Command::CancelPreparing => core.cancel_preparing().await?,
        Command::AnswerImages { file, take } => core.answer_images(&file, take),

        Command::AnswerClose { answer, remember } => answer_close(app, core, answer, remember).await?,
        // As when the window is closed, even if the tray icon would keep the window.
        Command::Quit => shutdown::request_close(app).await,
        Command::CheckUpdates => core.check_updates().await?,
        Command::PutUpdateOff => core.put_update_off(),
        // Core knows the address: the page has none.
        Command::OpenUpdatePage => core.open_update_page().await?,
        Command::InstallUpdate => core.install_update().await?,
        Command::CancelUpdate => core.cancel_update(),
        Command::RestartProgram => shutdown::request_restart(app).await,
        Command::Choose { change } => core.choose(change).await?,
        Command::ClearCaFile => core.choose(Change::CaFile(None)).await?,
        Command::ClearKernelsDir => core.choose(Change::KernelsDir(None)).await?,

        // Core finds a kernelspec's folder in its list, so that no name leads out of the kernels directory.
        Command::OpenKernelspec { source } => {
            return Ok(Some(Answer::Opened(core.open_kernelspec(source).await?.into())));
        }
        Command::CheckKernelspec { source, draft } => {
            return Ok(Some(Answer::Checked(core.check_kernelspec(source, draft).await?)));
        }
        Command::SaveKernelspec { source, draft, seen } => save_kernelspec(core, source, draft, seen).await?,
        Command::DeleteKernelspec { name } => core.delete_kernelspec(&name).await?,
        Command::TestKernelspec { name } => {
            return Ok(Some(Answer::Tested(core.test_kernelspec(&name, |_| {}).await?)));
        }
        Command::CancelKernelspecTest => core.cancel_test(),
        Command::EngineImages => return Ok(Some(Answer::Names(core.image_names().await?))),
    }
    Ok(None)
}

/// The gateway has the engine's socket, so a page alone cannot choose a command that the gateway runs: the person confirms
/// it in a dialog of the system.
async fn save_kernelspec(
    core: &App,
    source: KernelspecSource,
    draft: KernelspecDraft,
    seen: Option<String>,
) -> Result<(), Failure> {
    if let Some(command) = core.new_command(source.clone(), draft.clone()).await? {
        let asked = AsyncMessageDialog::new()
            .set_title(dialog::TITLE)
            .set_level(MessageLevel::Warning)
            .set_buttons(MessageButtons::OkCancel)
            .set_description(dialog::new_command(&draft.name, &command));
        if asked.show().await != MessageDialogResult::Ok {
            return Err(Error::CommandNotConfirmed { name: draft.name }.into());
        }
    }
    core.save_kernelspec(source, draft, seen).await.map(drop)
}

/// Code of notebooks goes to the gateway, so a page alone cannot choose one: the person confirms it in a dialog of the system.
async fn add_place(core: &App, new: NewPlace) -> Result<(), Failure> {
    let place = Place::from(&new);
    place.check(&new.name)?;
    let asked = AsyncMessageDialog::new()
        .set_title(dialog::TITLE)
        .set_level(MessageLevel::Warning)
        .set_buttons(MessageButtons::OkCancel)
        .set_description(dialog::new_place(&new.name, &new.gateway));
    if asked.show().await != MessageDialogResult::Ok {
        return Err(Error::PlaceNotConfirmed { name: new.name }.into());
    }
    core.add_place(&new.name, place, new.token).await?;
    // It is there, and the snapshot says what it answered.
    let _ = core.ask_place(&new.name).await;
    Ok(())
}

/// An engine gives its machine to who uses it, so a page alone cannot choose one: the person confirms it in a dialog of the
/// system.
async fn add_machine(desk: &Desk, name: &str, engine: &str) -> Result<(), Failure> {
    let asked = AsyncMessageDialog::new()
        .set_title(dialog::TITLE)
        .set_level(MessageLevel::Warning)
        .set_buttons(MessageButtons::OkCancel)
        .set_description(dialog::new_machine(name, engine));
    if asked.show().await != MessageDialogResult::Ok {
        return Err(Error::PlaceNotConfirmed { name: name.to_owned() }.into());
    }
    desk.add_machine(name, engine)
}

/// `named`: its id in the page.
async fn launch(app: &AppHandle, core: &App, id: &str, named: &str) -> Result<(), Failure> {
    core.launch(id).await?;
    if core.snapshots().borrow().settings.open_when_ready {
        opening::when_ready(app, named, None);
    }
    Ok(())
}

/// Core refuses a path that is not one of the folder's notebooks. If the launch does not run, the folder is launched
/// first.
async fn open_notebook(app: &AppHandle, core: &App, id: &str, named: &str, path: String) -> Result<(), Failure> {
    let snapshot = core.snapshots().borrow().clone();
    let pipeline = snapshot.pipeline(id);
    let known = pipeline.is_some_and(|pipeline| pipeline.notebooks.iter().any(|notebook| notebook.path == path));
    if !known || snapshot.launch(id).is_some_and(|launch| launch.state == LaunchState::Running) {
        return core.open(id, Some(&path)).await.map(drop);
    }
    core.launch(id).await?;
    opening::when_ready(app, named, Some(path));
    Ok(())
}

/// The log that a launch's failure names, or else the folder of all logs.
fn log_of(core: &App, id: &str) -> std::path::PathBuf {
    let snapshot = core.snapshots().borrow().clone();
    let failure = snapshot.launch(id).and_then(|launch| launch.failure.as_ref());
    failure.and_then(|failure| failure.log_file.as_ref()).map_or_else(|| core.logs_dir(), Into::into)
}

async fn answer_close(app: &AppHandle, core: &App, answer: Option<OnClose>, remember: bool) -> Result<(), Failure> {
    core.answer_close(answer, remember).await?;
    if let Some(answer) = answer {
        shutdown::close_windows(app, answer == OnClose::Stop).await;
    }
    Ok(())
}
