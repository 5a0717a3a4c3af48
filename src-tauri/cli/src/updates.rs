//! `orchest updates`: whether there is a newer version of this program, and how to get it.

use orchest_core::App;

use crate::list;
use crate::output::{self, Outcome};
use crate::words::updates as words;

pub async fn run(app: &App, check: bool, json: bool) -> Outcome {
    if check {
        app.check_updates().await?;
    }
    let snapshot = app.snapshots().borrow().clone();
    let updates = &snapshot.updates;
    if json {
        return output::print_json(updates);
    }
    list::notices(&snapshot);
    match &updates.newer {
        Some(newer) => {
            let parts = [words::newer(newer, &snapshot.settings.version), newer.notes.clone(), words::how(newer)];
            output::print(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n"))
        }
        None if updates.address.is_none() => {
            output::note(words::NO_ADDRESS);
            Ok(())
        }
        None if updates.checked_at.is_none() => {
            output::note(words::NOT_ASKED);
            Ok(())
        }
        None => output::print(&words::current(&snapshot.settings.version)),
    }
}
