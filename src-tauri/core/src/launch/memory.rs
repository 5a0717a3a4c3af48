//! Kernels and gateways that ran out of memory, by the engine's events of their containers. Pure.

use std::collections::HashSet;
use std::path::Path;

use crate::engine::{Event, EventKind};
use crate::launch::label::{Labels, Role};
use crate::words::error::Error;

/// The exit code of a killed process: 128 and the signal's number.
const KILLED: i64 = 137;

/// The events so far. A container that ends removes itself, so that only the events tell why.
#[derive(Debug, Default)]
pub struct Wanting {
    /// These containers ran out of memory. Their kernels may live on, if the system ended another process.
    wanting: HashSet<String>,
    /// These were killed and are not gone yet: an engine may report a moment later that they had run out of memory.
    killed: HashSet<String>,
}

impl Wanting {
    /// Whether this event shows that a container ended because it ran out of memory.
    pub fn ended_by(&mut self, event: &Event) -> bool {
        let id = &event.id;
        match event.kind {
            EventKind::OutOfMemory if self.killed.remove(id) => true,
            EventKind::OutOfMemory => {
                self.wanting.insert(id.clone());
                false
            }
            EventKind::Died { code: Some(KILLED) } if self.wanting.remove(id) => true,
            EventKind::Died { code: Some(KILLED) } => {
                self.killed.insert(id.clone());
                false
            }
            EventKind::Died { .. } | EventKind::Destroyed => {
                self.wanting.remove(id);
                self.killed.remove(id);
                false
            }
            EventKind::Lost => {
                *self = Wanting::default();
                false
            }
            EventKind::Created | EventKind::Started | EventKind::Other => false,
        }
    }
}

/// The message about a container with these labels that ran out of memory, if it is a kernel or gateway of this person.
/// `name_of`: the display name of a kernelspec.
pub fn error(labels: &Labels, owner: &str, name_of: impl Fn(&str) -> String) -> Option<Error> {
    if labels.owner.as_deref() != Some(owner) {
        return None;
    }
    let folder = Path::new(labels.pipeline.as_deref()?);
    let folder = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    let limit_mb = labels.memory.map(|bytes| bytes >> 20);
    match labels.role? {
        Role::Kernel => {
            let kernel = name_of(labels.kernelspec.as_deref().unwrap_or_default());
            Some(Error::KernelOutOfMemory { kernel, folder, limit_mb })
        }
        Role::Gateway => Some(Error::GatewayOutOfMemory { folder, limit_mb }),
        Role::Server | Role::ImageRequest | Role::Network | Role::Channels | Role::GatewaySocket => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn event(kind: EventKind) -> Event {
        Event { kind, id: "a".to_owned(), ..Event::lost() }
    }

    #[test]
    fn a_kernel_that_ran_out_of_memory_and_was_killed_ended_by_it_in_either_order() {
        use EventKind::{Destroyed, Died, Lost, OutOfMemory};
        let (killed, failed) = (Died { code: Some(137) }, Died { code: Some(1) });
        let table: [(&str, &[EventKind], bool); 7] = [
            ("out of memory, then killed", &[OutOfMemory, killed], true),
            ("killed, then out of memory", &[killed, OutOfMemory], true),
            ("a child that was killed", &[OutOfMemory], false),
            ("killed by somebody", &[killed], false),
            ("out of memory, and later an end of another kind", &[OutOfMemory, failed, killed], false),
            ("a container that is gone", &[killed, Destroyed, OutOfMemory], false),
            ("before the engine went away", &[OutOfMemory, Lost, killed], false),
        ];
        for (case, events, wanted) in table {
            let mut wanting = Wanting::default();
            let ended = events.iter().filter(|kind| wanting.ended_by(&event(**kind))).count();
            assert_eq!(ended, usize::from(wanted), "{case}");
        }
    }

    #[test]
    fn the_message_names_the_limit_and_is_about_the_persons_own_kernels_only() {
        let labels = |role: Role, memory: Option<u64>| Labels {
            launch: "1".to_owned(),
            role: Some(role),
            owner: Some("me@here".to_owned()),
            pipeline: Some("/home/me/notes".to_owned()),
            kernelspec: Some("p".to_owned()),
            memory,
            ..Labels::default()
        };
        let name_of = |name: &str| name.to_uppercase();
        let limited = error(&labels(Role::Kernel, Some(268_435_456)), "me@here", name_of).unwrap().failure();
        assert!(limited.message.contains("notes") && limited.message.contains("256 MB"), "{limited:?}");
        assert!(limited.hint.contains("Limits"), "{limited:?}");
        let free = error(&labels(Role::Kernel, None), "me@here", name_of).unwrap().failure();
        assert!(!free.message.contains("MB") && !free.hint.contains("Limits"), "{free:?}");
        let gateway = error(&labels(Role::Gateway, Some(4_294_967_296)), "me@here", name_of).unwrap().failure();
        assert!(gateway.message.contains("gateway") && gateway.message.contains("4096 MB"), "{gateway:?}");
        assert!(gateway.hint.contains("gateway_memory_mb"), "{gateway:?}");
        assert!(error(&labels(Role::Server, None), "me@here", name_of).is_none());
        assert!(error(&labels(Role::Kernel, None), "you@here", name_of).is_none());
    }
}
