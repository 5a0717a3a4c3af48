//! The volume through which a launch's server reaches its gateway: the gateway listens on a socket file in it, so that
//! nothing of the gateway is on the network. Only these two containers have it. It lives as long as the launch. Pure.

use crate::engine::spec::Mount;
use crate::launch::label::{Labels, Role};
use crate::launch::name;

/// Where it is mounted in gateway and server (`etc/images/shared/orchest_common/gateway_socket.py` knows it, too).
pub const GATEWAY_SOCKET: &str = "/run/orchest-gateway";

/// The mount in the gateway, for an attempt with these labels. Each attempt has its own volume. The server may only read
/// it, which is enough to connect.
pub fn mount(launch: &str, attempt: &str, labels: &Labels) -> Mount {
    Mount {
        source: format!("{}-{}", name::network(launch, attempt), Role::GatewaySocket.as_str()),
        target: GATEWAY_SOCKET.to_owned(),
        read_only: false,
        follows: false,
        volume: Some(labels.in_role(Role::GatewaySocket).write()),
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
    fn gateway_and_server_share_a_volume_of_this_attempt_that_kernels_lack() {
        let launch = resolved();
        let plan = plan(&launch);
        let has = |mount: &&Mount| mount.target == GATEWAY_SOCKET;
        let gateway = plan.parts[&Role::Gateway].container.mounts.iter().find(has).unwrap();
        let server = plan.parts[&Role::Server].container.mounts.iter().find(has).unwrap();
        assert_eq!((gateway.read_only, server.read_only), (false, true));
        assert_eq!(gateway.source, server.source);
        let labels = gateway.volume.as_ref().unwrap();
        assert_eq!((labels[label::ROLE].as_str(), labels[label::ATTEMPT].as_str()), ("gateway-socket", "a1"));
        let kernel =
            &plan.parts[&Role::Gateway].container.env.iter().find(|(name, _)| name == "ORCHEST_KERNEL").unwrap().1;
        assert!(!kernel.contains(GATEWAY_SOCKET) && !kernel.contains("gateway-socket"), "{kernel}");
    }
}
