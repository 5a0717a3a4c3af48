//! Lists of containers with any labels can be read; a process that may be alive loses nothing.
#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use orchest_core::engine::{ContainerState, Container};
use orchest_core::launch::orphans::{Known, orphans};
use orchest_core::platform::process::Liveness;
use orchest_core::launch::{label, observed};

const VALUES: [&str; 8] = ["gateway", "server", "kernel", "network", "ada@engine", "a", "", "orchest-a-server-stopping"];

fn value(u: &mut Unstructured) -> Result<String> {
    if u.ratio(4, 5)? { u.choose(&VALUES).map(|value| (*value).to_owned()) } else { u.arbitrary() }
}

fn container(u: &mut Unstructured) -> Result<Container> {
    let mut labels = std::collections::BTreeMap::new();
    for name in label::ALL {
        if u.ratio(9, 10)? {
            labels.insert(name.to_owned(), value(u)?);
        }
    }
    let state = match u.int_in_range(0..=3)? {
        0 => ContainerState::Created,
        1 => ContainerState::Running,
        2 => ContainerState::Exited { code: u.arbitrary()? },
        _ => ContainerState::Other,
    };
    Ok(Container {
        id: value(u)?,
        name: value(u)?,
        labels,
        state,
        created_ms: u.arbitrary()?,
        ports: if u.arbitrary()? { [(8888, u.arbitrary()?)].into() } else { [].into() },
        networks: Vec::new(),
    })
}

fuzz_target!(|bytes: &[u8]| {
    let mut u = Unstructured::new(bytes);
    let mut containers = Vec::new();
    while !u.is_empty() && containers.len() < 24 {
        let Ok(container) = container(&mut u) else { break };
        containers.push(container);
    }
    let found = observed::launches(&containers);
    for launch in found.values() {
        let mut ids: Vec<_> = launch.kernels.iter().map(|kernel| &kernel.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), launch.kernels.len(), "one row a kernel");
    }
    let mut twice = containers.clone();
    twice.extend(containers.clone());
    assert_eq!(observed::launches(&twice).keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    let now = u.arbitrary().unwrap_or_default();
    for liveness in [Liveness::Alive, Liveness::Unknown, Liveness::Dead] {
        let known = Known { owner: "ada@engine", liveness: &|_| liveness, busy: &|_| false, now };
        let gone = orphans(&containers, &[], &known);
        assert!(gone.is_empty() || liveness == Liveness::Dead);
    }
});
