//! All that the page can ask for. Each passes on to core; what answers at once there answers at once here.

use orchest_core::App;
use orchest_core::Change;
use orchest_core::Failure;
use orchest_core::LogLine;
use orchest_core::OnClose;
use orchest_core::contract::live::{KernelAction, Live};
use orchest_core::contract::snapshot::LaunchState;
use orchest_core::folder::pipeline_file::PipelineGraph;
use rfd::AsyncFileDialog;
use tauri::ipc::Channel;
use tauri::{AppHandle, State, WebviewWindow};

use crate::clipboard::Clipboard;
use crate::subscription::{Acts, Followed, Snapshots, Subscription, Watched};
use crate::{opening, shutdown};

type Answer<T = ()> = Result<T, Failure>;
type Core<'a> = State<'a, App>;

/// One list for the names and for the handler, so that neither lacks what the other has.
macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        /// The commands, by the names that the page knows them by.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Answers the page.
        pub fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),*]
        }
    };
}

commands! {
    subscribe,
    add_pipelines,
    add_example,
    remove_pipeline,
    forget_pipeline,
    pin_pipeline,
    pick_kernelspec,
    launch,
    cancel,
    stop,
    keep_running,
    open_pipeline,
    open_notebook,
    pipeline_graph,
    watch_launch,
    interrupt_kernel,
    restart_kernel,
    shut_down_kernel,
    restart_launch,
    copy_address,
    follow_logs,
    save_log,
    reveal_pipeline,
    reveal_kernels,
    reveal_log,
    dismiss_failure,
    dismiss_notice,
    look_again,
    start_engine,
    prepare_images,
    cancel_preparing,
    answer_close,
    quit,
    choose,
    pick_ca_file,
    clear_ca_file,
    pick_kernels_dir,
    clear_kernels_dir,
    reveal_settings,
    reveal_logs,
}

#[tauri::command]
fn subscribe(core: Core<'_>, subscription: State<'_, Subscription>, channel: Snapshots, acts: Acts) {
    // From the start to here is how long a person waits for the window; `make bench` measures it by this line.
    tracing::info!("the page is here");
    subscription.replace(core.snapshots(), channel, acts);
}

/// The folders come from the system's own dialog, never from the page. The ids of what was added; none on cancel.
#[tauri::command]
async fn add_pipelines(core: Core<'_>, window: WebviewWindow) -> Answer<Vec<String>> {
    let dialog = AsyncFileDialog::new().set_title("Add folders of notebooks").set_parent(&window);
    let folders = dialog.pick_folders().await.unwrap_or_default();
    let mut added = Vec::with_capacity(folders.len());
    for folder in folders {
        added.push(core.add_pipeline(folder.path().to_owned()).await?);
    }
    Ok(added)
}

/// Where the example is copied to comes from the system's own dialog. The id of what was added; none on cancel.
#[tauri::command]
async fn add_example(core: Core<'_>, window: WebviewWindow) -> Answer<Option<String>> {
    let dialog = AsyncFileDialog::new().set_title("Copy the example into a folder").set_parent(&window);
    match dialog.pick_folder().await {
        Some(parent) => core.add_example(parent.path().to_owned()).await.map(Some),
        None => Ok(None),
    }
}

#[tauri::command]
async fn remove_pipeline(core: Core<'_>, id: String) -> Answer {
    core.remove_pipeline(&id).await
}

#[tauri::command]
async fn forget_pipeline(core: Core<'_>, id: String) -> Answer {
    core.forget(&id).await.map(drop)
}

#[tauri::command]
async fn pin_pipeline(core: Core<'_>, id: String, pinned: bool) -> Answer {
    core.pin(&id, pinned).await
}

#[tauri::command]
async fn pick_kernelspec(core: Core<'_>, id: String, name: String) -> Answer {
    core.pick_kernelspec(&id, &name).await
}

#[tauri::command]
async fn launch(app: AppHandle, core: Core<'_>, id: String) -> Answer {
    core.launch(&id).await?;
    if core.snapshots().borrow().settings.open_when_ready {
        opening::when_ready(&app, &id, None);
    }
    Ok(())
}

#[tauri::command]
async fn cancel(core: Core<'_>, id: String) -> Answer {
    core.cancel(&id).await
}

#[tauri::command]
async fn stop(core: Core<'_>, id: String) -> Answer {
    core.stop(&id).await
}

#[tauri::command]
async fn keep_running(core: Core<'_>, id: String) -> Answer {
    core.keep_running(&id).await
}

#[tauri::command]
async fn open_pipeline(core: Core<'_>, id: String) -> Answer {
    core.open(&id, None).await.map(drop)
}

/// Core refuses a path that is none of the folder's notebooks. Where nothing runs yet, it is launched first.
#[tauri::command]
async fn open_notebook(app: AppHandle, core: Core<'_>, id: String, path: String) -> Answer {
    let snapshot = core.snapshots().borrow().clone();
    let pipeline = snapshot.pipelines.iter().find(|pipeline| pipeline.id == id);
    let known = pipeline.is_some_and(|pipeline| pipeline.notebooks.iter().any(|notebook| notebook.path == path));
    if !known || opening::state_of(&snapshot, &id) == Some(LaunchState::Running) {
        return core.open(&id, Some(&path)).await.map(drop);
    }
    core.launch(&id).await?;
    opening::when_ready(&app, &id, Some(path));
    Ok(())
}

/// Core refuses a file that is none of the folder's pipeline files.
#[tauri::command]
async fn pipeline_graph(core: Core<'_>, id: String, file: String) -> Answer<PipelineGraph> {
    core.graph(&id, &file).await
}

/// Tells the page what this launch does, until it looks at another, or at none.
#[tauri::command]
async fn watch_launch(
    core: Core<'_>,
    watched: State<'_, Watched>,
    id: Option<String>,
    channel: Channel<Live>,
) -> Answer {
    watched.replace(id.map(|id| (core.watch(&id), channel)));
    Ok(())
}

/// Core refuses a kernel that is none of the launch's.
#[tauri::command]
async fn interrupt_kernel(core: Core<'_>, id: String, kernel: String) -> Answer {
    core.act_on_kernel(&id, &kernel, KernelAction::Interrupt).await
}

#[tauri::command]
async fn restart_kernel(core: Core<'_>, id: String, kernel: String) -> Answer {
    core.act_on_kernel(&id, &kernel, KernelAction::Restart).await
}

#[tauri::command]
async fn shut_down_kernel(core: Core<'_>, id: String, kernel: String) -> Answer {
    core.act_on_kernel(&id, &kernel, KernelAction::ShutDown).await
}

#[tauri::command]
async fn restart_launch(core: Core<'_>, id: String) -> Answer {
    core.restart(&id).await
}

/// The address holds the token: it goes to the clipboard, as the person wants it, and not to the page.
#[tauri::command]
async fn copy_address(core: Core<'_>, clipboard: State<'_, Clipboard>, id: String) -> Answer {
    clipboard.put(core.url(&id).await?)
}

/// Tells the page the lines of the app's own log and of this launch's, until it follows others, or none.
#[tauri::command]
async fn follow_logs(
    core: Core<'_>,
    followed: State<'_, Followed>,
    follow: bool,
    id: Option<String>,
    channel: Channel<Vec<LogLine>>,
) -> Answer {
    followed.replace(follow.then(|| (core.follow_logs(id.as_deref()), channel)));
    Ok(())
}

/// Writes what the page shows of a log to a file that the person names in the system's own dialog; whether they did.
#[tauri::command]
async fn save_log(window: WebviewWindow, name: String, text: String) -> Answer<bool> {
    let name: String = name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    let dialog = AsyncFileDialog::new().set_title("Save the log").set_file_name(format!("{name}.log"));
    let Some(file) = dialog.set_parent(&window).save_file().await else { return Ok(false) };
    let failed = |source| orchest_core::Error::Io { what: "write".to_owned(), path: file.path().to_owned(), source };
    tokio::fs::write(file.path(), text).await.map_err(|source| Failure::from(failed(source)))?;
    Ok(true)
}

#[tauri::command]
async fn reveal_pipeline(core: Core<'_>, id: String) -> Answer {
    core.reveal(&core.folder(&id).await?)
}

#[tauri::command]
async fn reveal_kernels(core: Core<'_>) -> Answer {
    core.reveal(&core.kernels_dir().await?)
}

#[tauri::command]
async fn reveal_log(core: Core<'_>, id: String) -> Answer {
    core.reveal(&log_of(&core, &id))
}

#[tauri::command]
async fn dismiss_failure(core: Core<'_>, id: String) -> Answer {
    core.dismiss_failure(&id).await
}

#[tauri::command]
async fn dismiss_notice(core: Core<'_>, notice: u64) -> Answer {
    core.dismiss_notice(notice).await
}

#[tauri::command]
async fn look_again(core: Core<'_>) -> Answer {
    core.look_again().await
}

/// Starts what the snapshot names; the page names nothing.
#[tauri::command]
async fn start_engine(core: Core<'_>) -> Answer {
    core.start_engine().await
}

#[tauri::command]
async fn prepare_images(core: Core<'_>) -> Answer {
    core.prepare_images().await
}

#[tauri::command]
async fn cancel_preparing(core: Core<'_>) -> Answer {
    core.cancel_preparing().await
}

/// The log that a launch's failure names, or else where all logs are.
fn log_of(core: &App, id: &str) -> std::path::PathBuf {
    let snapshot = core.snapshots().borrow().clone();
    let pipeline = snapshot.pipelines.iter().find(|pipeline| pipeline.id == id);
    let failure = pipeline.and_then(|pipeline| pipeline.launch.as_ref()?.failure.as_ref());
    failure.and_then(|failure| failure.log_file.as_ref()).map_or_else(|| core.logs_dir(), Into::into)
}

/// What becomes of launches when the window is closed; without an answer the person stays.
#[tauri::command]
async fn answer_close(app: AppHandle, core: Core<'_>, answer: Option<OnClose>, remember: bool) -> Answer {
    core.answer_close(answer, remember).await?;
    if let Some(answer) = answer {
        shutdown::close_windows(&app, answer == OnClose::Stop).await;
    }
    Ok(())
}

/// Ends the program as closing its window does, also where an icon in the tray would take the window.
#[tauri::command]
async fn quit(app: AppHandle) -> Answer {
    shutdown::request_close(&app).await;
    Ok(())
}

/// Core refuses what makes no sense.
#[tauri::command]
async fn choose(core: Core<'_>, change: Change) -> Answer {
    core.choose(change).await
}

/// The file comes from the system's own dialog; nothing changes on cancel.
#[tauri::command]
async fn pick_ca_file(core: Core<'_>, window: WebviewWindow) -> Answer {
    let dialog = AsyncFileDialog::new().set_title("Choose a file of certificates").set_parent(&window);
    match dialog.pick_file().await {
        Some(file) => core.choose(Change::CaFile(Some(file.path().to_owned()))).await,
        None => Ok(()),
    }
}

#[tauri::command]
async fn clear_ca_file(core: Core<'_>) -> Answer {
    core.choose(Change::CaFile(None)).await
}

/// The folder comes from the system's own dialog; nothing changes on cancel.
#[tauri::command]
async fn pick_kernels_dir(core: Core<'_>, window: WebviewWindow) -> Answer {
    let dialog = AsyncFileDialog::new().set_title("Choose a folder of kernelspecs").set_parent(&window);
    match dialog.pick_folder().await {
        Some(dir) => core.choose(Change::KernelsDir(Some(dir.path().to_owned()))).await,
        None => Ok(()),
    }
}

#[tauri::command]
async fn clear_kernels_dir(core: Core<'_>) -> Answer {
    core.choose(Change::KernelsDir(None)).await
}

#[tauri::command]
async fn reveal_settings(core: Core<'_>) -> Answer {
    core.reveal(&core.settings_file()?)
}

#[tauri::command]
async fn reveal_logs(core: Core<'_>) -> Answer {
    core.reveal(&core.logs_dir())
}

#[cfg(test)]
mod tests {
    use super::NAMES;

    #[test]
    fn the_page_knows_the_same_commands() {
        let source = include_str!("../../ui/src/api/commands.ts");
        let list = source.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
        let mut page: Vec<_> =
            list.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty()).collect();
        let mut ours = NAMES.to_vec();
        page.sort_unstable();
        ours.sort_unstable();
        assert_eq!(page, ours);
    }
}
