//! Kernels of R in an image that was not made for them. A layer over the image brings what starts them: an R package cannot
//! be brought by a mount, because it is built for one version of R.

use tokio_util::sync::CancellationToken;

use super::any_image::{Note, Place};
use super::built;
use super::indexes;
use super::run::Report;
use crate::engine::{Engine, ImageFacts};
use crate::images::over_r;
use crate::words::any_image as words;
use crate::words::error::{Error, Result};

/// The variable that names another repository of packages of R.
const REPOSITORY: &str = "RSPM";

/// Builds the image that stands in for this one, unless it is there.
pub(super) async fn ensure(
    engine: &Engine,
    image: &str,
    facts: &ImageFacts,
    place: &Place,
    report: &Report<'_>,
    cancel: &CancellationToken,
) -> Result<Note> {
    let tag = built::name(built::SHARED[1], &[facts.id.as_bytes(), over_r::digest().as_bytes()]);
    if engine.image(&tag).await?.is_none() {
        report(&words::adding_r(image), None, Vec::new());
        // The commands of a build can read its arguments.
        let repository: Vec<_> = place.store.env.iter().filter(|(name, _)| name == REPOSITORY).cloned().collect();
        let args = built::open_proxies(&place.images).into_iter().chain(indexes::without_logins(&repository));
        let request = over_r::build(image, &tag, &place.images, args, built::labels(&place.store))?;
        let built = built::build(engine, request, image, &place.images, report, cancel).await;
        built.map_err(|error| match error {
            Error::Build { reason, log, log_file, .. } => {
                let reason = reason_of(&log).map_or(reason, str::to_owned);
                words::not_over_r(image, &reason, log, log_file)
            }
            other => other,
        })?;
    }
    Ok(Note { name: image.to_owned(), image: Some(tag), ..Note::default() })
}

/// Why the layer could not be made, in the words of its script. The engine only knows that a step failed.
fn reason_of(log: &[String]) -> Option<&str> {
    log.iter().rev().find_map(|line| line.trim().strip_prefix("reason: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_says_why_it_failed() {
        let log =
            ["Step 8/13 : RUN sh install.sh", "reason: it has no R on its PATH", "Removing intermediate container"];
        assert_eq!(reason_of(&log.map(str::to_owned)), Some("it has no R on its PATH"));
        assert_eq!(reason_of(&["killed".to_owned()]), None);
    }
}
