//! The volume through which a launch's gateway reaches its kernels: their sockets are files in it, so that nothing of a
//! kernel is on the network. It lives as long as the launch. Pure.

use crate::engine::spec::Mount;
use crate::launch::label::{Labels, Role};
use crate::launch::name;

/// Where it is mounted in gateway and kernels. It gets the permissions of the folder of this name in the gateway's image: a
/// process that knows the name of a kernel's folder can enter it, and no process can list these folders.
pub const CHANNELS: &str = "/run/orchest";

/// The mount, for an attempt with these labels. Each attempt has its own volume.
pub fn mount(launch: &str, attempt: &str, labels: &Labels) -> Mount {
    Mount {
        source: format!("{}-{}", name::network(launch, attempt), Role::Channels.as_str()),
        target: CHANNELS.to_owned(),
        read_only: false,
        follows: false,
        volume: Some(labels.in_role(Role::Channels).write()),
        subpath: None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::launch::label;
    use crate::launch::plan::plan;
    use crate::launch::spec::tests::resolved;

    #[test]
    fn gateway_and_kernels_share_a_volume_of_this_attempt_that_the_server_lacks() {
        let mut launch = resolved();
        let named = |launch: &_| {
            let plan = plan(launch);
            let has = |mount: &&Mount| mount.target == CHANNELS;
            assert_eq!(plan.parts[&Role::Server].container.mounts.iter().find(has), None);
            let gateway = plan.parts[&Role::Gateway].container.mounts.iter().find(has).unwrap().clone();
            let kernel =
                &plan.parts[&Role::Gateway].container.env.iter().find(|(name, _)| name == "ORCHEST_KERNEL").unwrap().1;
            let kernel: serde_json::Value = serde_json::from_str(kernel).unwrap();
            let mounts = kernel["mounts"].as_array().unwrap();
            assert!(mounts.contains(&gateway.as_json()), "{mounts:?}");
            (gateway.source, gateway.volume.unwrap())
        };
        let (first, labels) = named(&launch);
        assert_eq!((labels[label::ROLE].as_str(), labels[label::ATTEMPT].as_str()), ("channels", "a1"));
        launch.attempt = "1700000000000-other".into();
        assert_ne!(named(&launch).0, first);
    }
}
