//! The calls of the page. Commands are data and come by `perform`; the others need a channel, a dialog of the system or
//! the clipboard.

use orchest_core::App;
use orchest_core::AppDirs;
use orchest_core::Change;
use orchest_core::Desk;
use orchest_core::Failure;
use orchest_core::LogLine;
use orchest_core::contract::command::Command;
use orchest_core::contract::live::Live;
use orchest_core::words::dialog;
use rfd::AsyncFileDialog;
use tauri::ipc::Channel;
use tauri::{AppHandle, State, WebviewWindow};

use crate::blank;
use crate::clipboard::Clipboard;
use crate::subscription::{Acts, Followed, Snapshots, Subscription, Watched};

type Answer<T = ()> = Result<T, Failure>;
type Core<'a> = State<'a, App>;
type All<'a> = State<'a, Desk>;

/// One list for the names and for the handler, so that they cannot differ.
macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        /// The names of the calls.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Handles the calls.
        pub fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),*]
        }
    };
}

commands! {
    subscribe,
    perform,
    add_pipelines,
    add_example,
    locate_pipeline,
    watch_launch,
    copy_address,
    follow_logs,
    save_log,
    pick_ca_file,
    pick_kernels_dir,
}

#[tauri::command]
fn subscribe(
    desk: All<'_>,
    subscription: State<'_, Subscription>,
    places: State<'_, AppDirs>,
    channel: Snapshots,
    acts: Acts,
) {
    // `make bench` finds this line in the log: the time from the start to here is how long a person waits for the
    // window.
    tracing::info!("the page is here");
    blank::page_came(&places);
    desk.look_for_machines();
    subscription.replace(desk.snapshots(), channel, acts);
}

#[tauri::command]
async fn perform(app: AppHandle, desk: All<'_>, command: Command) -> Answer<Option<crate::perform::Answer>> {
    crate::perform::perform(&app, &desk, command).await
}

/// The folders come from the system's own dialog, never from the page. Returns the ids of the added pipelines; none if
/// the person cancels.
#[tauri::command]
async fn add_pipelines(core: Core<'_>, window: WebviewWindow) -> Answer<Vec<String>> {
    let picker = AsyncFileDialog::new().set_title(dialog::ADD_FOLDERS).set_parent(&window);
    let folders = picker.pick_folders().await.unwrap_or_default();
    let mut added = Vec::with_capacity(folders.len());
    for folder in folders {
        added.push(core.add_pipeline(folder.path().to_owned()).await?);
    }
    Ok(added)
}

/// The folder for the copy comes from the system's own dialog. Returns the id of the copy; none if the person cancels.
#[tauri::command]
async fn add_example(core: Core<'_>, window: WebviewWindow) -> Answer<Option<String>> {
    let picker = AsyncFileDialog::new().set_title(dialog::COPY_EXAMPLE).set_parent(&window);
    match picker.pick_folder().await {
        Some(parent) => core.add_example(parent.path().to_owned()).await.map(Some),
        None => Ok(None),
    }
}

/// The folder comes from the system's own dialog, never from the page. The pipeline's new id; none on cancel.
#[tauri::command]
async fn locate_pipeline(core: Core<'_>, window: WebviewWindow, id: String) -> Answer<Option<String>> {
    let picker = AsyncFileDialog::new().set_title(dialog::LOCATE_FOLDER).set_parent(&window);
    match picker.pick_folder().await {
        Some(folder) => core.locate_pipeline(&id, folder.path().to_owned()).await.map(Some),
        None => Ok(None),
    }
}

/// Sends the page the activity of this launch, until the page looks at another one or at none.
#[tauri::command]
async fn watch_launch(
    desk: All<'_>,
    watched: State<'_, Watched>,
    id: Option<String>,
    channel: Channel<Live>,
) -> Answer {
    watched.replace(id.map(|id| {
        let (core, id) = desk.of(&id);
        (core.watch(&id), channel)
    }));
    Ok(())
}

/// The address contains the token, so the app copies it and the page never sees it.
#[tauri::command]
async fn copy_address(desk: All<'_>, clipboard: State<'_, Clipboard>, id: String) -> Answer {
    let (core, id) = desk.of(&id);
    clipboard.put(core.url(&id).await?)
}

/// Sends the page the lines of the app's own log and of this launch's logs, until it follows others or none.
#[tauri::command]
async fn follow_logs(
    desk: All<'_>,
    followed: State<'_, Followed>,
    follow: bool,
    id: Option<String>,
    channel: Channel<Vec<LogLine>>,
) -> Answer {
    let (core, id) = match &id {
        Some(id) => {
            let (core, id) = desk.of(id);
            (core, Some(id))
        }
        None => (desk.here().clone(), None),
    };
    followed.replace(follow.then(|| (core.follow_logs(id.as_deref()), channel)));
    Ok(())
}

/// Writes the lines that the page shows to a file from the system's own dialog. Returns false if the person cancels.
#[tauri::command]
async fn save_log(window: WebviewWindow, name: String, text: String) -> Answer<bool> {
    let name: String = name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    let picker = AsyncFileDialog::new().set_title(dialog::SAVE_LOG).set_file_name(format!("{name}.log"));
    let Some(file) = picker.set_parent(&window).save_file().await else { return Ok(false) };
    let failed = |source| orchest_core::Error::Io { what: "write".to_owned(), path: file.path().to_owned(), source };
    tokio::fs::write(file.path(), text).await.map_err(|source| Failure::from(failed(source)))?;
    Ok(true)
}

/// The file comes from the system's own dialog; cancelling changes nothing.
#[tauri::command]
async fn pick_ca_file(core: Core<'_>, window: WebviewWindow) -> Answer {
    let picker = AsyncFileDialog::new().set_title(dialog::CHOOSE_CA_FILE).set_parent(&window);
    match picker.pick_file().await {
        Some(file) => core.choose(Change::CaFile(Some(file.path().to_owned()))).await,
        None => Ok(()),
    }
}

/// The folder comes from the system's own dialog; cancelling changes nothing.
#[tauri::command]
async fn pick_kernels_dir(core: Core<'_>, window: WebviewWindow) -> Answer {
    let picker = AsyncFileDialog::new().set_title(dialog::CHOOSE_KERNELS_DIR).set_parent(&window);
    match picker.pick_folder().await {
        Some(dir) => core.choose(Change::KernelsDir(Some(dir.path().to_owned()))).await,
        None => Ok(()),
    }
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
