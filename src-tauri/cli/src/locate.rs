//! `orchest locate`: gives an entry of the list the folder's new place.

use std::path::PathBuf;

use orchest_core::words::names;
use orchest_core::{App, Error, Failure};

use crate::output::{self, Outcome};
use crate::words;

pub async fn run(app: &App, old: &str, new: PathBuf) -> Outcome {
    // Only the engine knows whether the folder is launched.
    let snapshot = app.settled().await;
    let known = app.resolve(old).ok();
    let entry = snapshot.pipelines.iter().find(|pipeline| pipeline.added && known.as_ref() == Some(&pipeline.id));
    let entry = entry.ok_or_else(|| Failure::from(Error::UnknownPipeline { id: old.to_owned() }))?;
    app.locate_pipeline(&entry.id, new.clone()).await?;
    output::say(&words::locate::located(&entry.path, &names::display_path(&new)));
    Ok(())
}
