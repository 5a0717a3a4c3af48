//! Images that kernels wait for: a person starts a kernel in JupyterLab, and the engine does not have its image.
//!
//! The launch's gateway asks by a container that it creates and never starts, with the role `image-request`. The process
//! that attends takes the request: it marks the container by its name, prepares the image, and removes the container. The
//! gateway hears all of that from the engine (`etc/images/gateway/orchest_gateway/kernels/images.py`).

use std::collections::BTreeMap;

use super::effect::Effect;
use super::update::Turn;
use crate::contract::snapshot::{Progress, ProgressUnit};
use crate::engine::Container;
use crate::launch::label::{Labels, Role};
use crate::platform::process::Liveness;

/// In the name of a request that is taken, before the count of marks and the progress.
const TAKEN: &str = "-taken-";
/// The end of the name of a request whose image cannot be prepared.
const FAILED: &str = "-failed";

/// A gateway's request for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub container: String,
    pub name: String,
    image: String,
    /// The person, as `user@host`.
    owner: String,
    /// The process that launched.
    process: String,
}

/// The requests on the engine, and those that this process has taken.
#[derive(Default)]
pub(crate) struct ImageRequests {
    seen: Vec<Request>,
    /// By container.
    taken: BTreeMap<String, Taken>,
}

struct Taken {
    image: String,
    /// The first mark is made: no other process has it.
    claimed: bool,
}

/// The state of a requested image, as its container shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Going {
    /// It is being prepared.
    On(Option<Progress>),
    /// It is there, or preparing it was cancelled.
    Over,
    /// It cannot be prepared.
    Failed,
}

impl ImageRequests {
    /// Takes what a list of containers shows.
    pub fn see(&mut self, containers: &[Container]) {
        self.seen = containers.iter().filter_map(request).collect();
    }

    /// The processes that launched what the requests belong to.
    pub fn launchers(&self) -> impl Iterator<Item = &String> {
        self.seen.iter().map(|request| &request.process)
    }

    /// The images to prepare, each once.
    fn claimed(&self) -> Vec<String> {
        let claimed = self.taken.values().filter(|taken| taken.claimed);
        let mut images: Vec<String> = claimed.map(|taken| taken.image.clone()).collect();
        images.sort();
        images.dedup();
        images
    }

    /// The containers of the taken requests for an image.
    fn for_image(&self, image: &str) -> Vec<String> {
        let taken = self.taken.iter().filter(|(_, taken)| taken.claimed && taken.image == image);
        taken.map(|(container, _)| container.clone()).collect()
    }
}

fn request(container: &Container) -> Option<Request> {
    let labels = Labels::parse(&container.labels)?;
    Some(Request {
        container: container.id.clone(),
        name: container.name.clone(),
        image: labels.image.filter(|_| labels.role == Some(Role::ImageRequest))?,
        owner: labels.owner?,
        process: labels.process?,
    })
}

/// Whether this process takes a request. No other process may have it, the launch must be this person's, and one of the
/// person's own usable kernelspecs must name the image. `launcher` says whether the launch was launched from this home.
fn may_take<'a>(request: &Request, owner: &str, launcher: Liveness, mut usable: impl Iterator<Item = &'a str>) -> bool {
    !request.name.contains(TAKEN)
        && !request.name.ends_with(FAILED)
        && request.owner == owner
        && usable.any(|image| image == request.image)
        && launcher != Liveness::Unknown
}

/// The name of a request that is taken. The engine refuses to give a container the name that it has: of two processes,
/// only one makes the first mark.
pub(super) fn mark(name: &str, count: u64, progress: Option<Progress>) -> String {
    let known = progress.and_then(|progress| Some((progress.unit, progress.done, progress.total?)));
    let progress = match known {
        Some((ProgressUnit::Steps, done, of)) => format!("-{done}-of-{of}-steps"),
        Some((ProgressUnit::Bytes, done, of)) => format!("-{}-of-{}-mb", done / 1_000_000, of / 1_000_000),
        Some((ProgressUnit::Packages, ..)) | None => String::new(),
    };
    // The first mark of each process is the same.
    if count == 0 { format!("{name}{TAKEN}0") } else { format!("{name}{TAKEN}{count}{progress}") }
}

/// The name of a request whose image cannot be prepared.
pub(super) fn failed(name: &str) -> String {
    format!("{name}{FAILED}")
}

impl Turn<'_> {
    /// Takes the requests that this process answers.
    pub fn take_image_requests(&mut self) {
        let model = &*self.model;
        let usable = || model.kernelspecs.iter().map(|spec| spec.image.as_str());
        let new = model.image_requests.seen.iter().filter(|request| {
            let taken = model.image_requests.taken.contains_key(&request.container);
            !taken && may_take(request, &model.owner, model.liveness(&request.process), usable())
        });
        let new: Vec<Request> = new.cloned().collect();
        for request in new {
            tracing::info!(image = request.image, "a kernel waits for an image that is missing");
            let taken = Taken { image: request.image.clone(), claimed: false };
            self.model.image_requests.taken.insert(request.container.clone(), taken);
            self.then(Effect::ClaimRequest(request));
        }
    }

    /// The first mark of a request is made, or another process was quicker.
    pub fn request_claimed(&mut self, container: &str, ours: bool) {
        if !ours {
            self.model.image_requests.taken.remove(container);
        } else if let Some(taken) = self.model.image_requests.taken.get_mut(container) {
            taken.claimed = true;
            self.prepare_requested();
        } else {
            // It was made on an engine that has been left since.
            self.then(Effect::ShowRequest { container: container.to_owned(), going: Going::Over });
        }
    }

    /// Ends the requests on an engine that is left: nothing is prepared there any more, and the gateways hear it.
    pub fn give_requests_up(&mut self) {
        let ImageRequests { taken, .. } = std::mem::take(&mut self.model.image_requests);
        for (container, _) in taken.into_iter().filter(|(_, taken)| taken.claimed) {
            self.then(Effect::ShowRequest { container, going: Going::Over });
        }
    }

    /// Prepares the images that kernels wait for. If images are being prepared, these follow.
    pub fn prepare_requested(&mut self) {
        let images = self.model.image_requests.claimed();
        if self.model.preparing.is_some() || images.is_empty() {
            return;
        }
        if self.model.engine.is_some() {
            self.begin_preparing(images, Vec::new());
        } else {
            // Without the engine, the gateway hears nothing. It asks again later.
            images.iter().for_each(|image| self.end_requests(image, false));
        }
    }

    /// Shows the gateways how far an image is.
    pub fn show_requests(&mut self, image: &str, progress: Option<Progress>) {
        for container in self.model.image_requests.for_image(image) {
            self.then(Effect::ShowRequest { container, going: Going::On(progress) });
        }
    }

    /// Ends the requests for an image: it is there, or preparing it `failed` or was cancelled.
    pub fn end_requests(&mut self, image: &str, failed: bool) {
        let going = if failed { Going::Failed } else { Going::Over };
        for container in self.model.image_requests.for_image(image) {
            self.model.image_requests.taken.remove(&container);
            self.then(Effect::ShowRequest { container, going });
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::engine::ContainerState;
    use crate::launch::label;

    fn container(labels: &[(&str, &str)]) -> Container {
        Container {
            id: "c".to_owned(),
            name: "orchest-l-image-1a".to_owned(),
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            state: ContainerState::Created,
            created_ms: 0,
            ports: BTreeMap::new(),
            networks: Vec::new(),
        }
    }

    const WHOLE: [(&str, &str); 5] = [
        (label::LAUNCH, "l"),
        (label::ROLE, "image-request"),
        (label::IMAGE, "orchest/kernel-r:1"),
        (label::OWNER, "ada@engine"),
        (label::PROCESS, "7-1"),
    ];

    fn whole() -> Request {
        request(&container(&WHOLE)).unwrap()
    }

    #[test]
    fn a_request_is_read_from_its_labels_and_is_whole_or_none() {
        assert_eq!(whole().image, "orchest/kernel-r:1");
        for left_out in WHOLE {
            let rest: Vec<_> = WHOLE.into_iter().filter(|label| *label != left_out).collect();
            assert_eq!(request(&container(&rest)), None, "without {left_out:?}");
        }
        let mut kernel = WHOLE;
        kernel[1].1 = "kernel";
        assert_eq!(request(&container(&kernel)), None, "a kernel asks for nothing");
    }

    #[test]
    fn a_request_is_taken_once_and_only_for_an_image_of_the_persons_own_kernelspecs() {
        let usable = ["orchest/kernel-python:1", "orchest/kernel-r:1"];
        let takes = |request: &Request, owner: &str, launcher: Liveness, usable: &[&str]| {
            may_take(request, owner, launcher, usable.iter().copied())
        };
        assert!(takes(&whole(), "ada@engine", Liveness::Alive, &usable));
        assert!(takes(&whole(), "ada@engine", Liveness::Dead, &usable), "its launcher ended");
        assert!(!takes(&whole(), "bob@engine", Liveness::Alive, &usable), "another person's");
        assert!(!takes(&whole(), "ada@engine", Liveness::Unknown, &usable), "launched from another home");
        assert!(!takes(&whole(), "ada@engine", Liveness::Alive, &usable[..1]), "no usable kernelspec names the image");
        assert!(!takes(&whole(), "ada@engine", Liveness::Alive, &[]), "there is no kernelspec");
        for name in [mark(&whole().name, 0, None), failed(&whole().name)] {
            let taken = Request { name, ..whole() };
            assert!(!takes(&taken, "ada@engine", Liveness::Alive, &usable), "another process has taken it");
        }
    }

    #[test]
    fn a_mark_names_the_progress_and_differs_from_the_last_one() {
        let progress = |unit, done, total| Some(Progress { unit, done, total, rate: None });
        let table = [
            (0, None, "r-taken-0"),
            (0, progress(ProgressUnit::Steps, 3, Some(9)), "r-taken-0"),
            (1, None, "r-taken-1"),
            (2, progress(ProgressUnit::Steps, 3, Some(9)), "r-taken-2-3-of-9-steps"),
            (3, progress(ProgressUnit::Bytes, 41_900_000, Some(120_000_000)), "r-taken-3-41-of-120-mb"),
            (4, progress(ProgressUnit::Bytes, 41_900_000, None), "r-taken-4"),
        ];
        for (count, progress, name) in table {
            assert_eq!(mark("r", count, progress), name);
        }
    }
}
