//! Whether containers find each other by name, as server and gateway do, and a name of the world: asked in a container on
//! a network of its own, as a launch has them. Nothing of it stays, also after an interruption; what a program that was
//! killed leaves, `orchest doctor --clean` finds.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{Check, fine, remark, wrong};
use crate::engine::spec::NetworkSpec;
use crate::engine::{Engine, RunSpec};
use crate::folder::pipeline;
use crate::launch::label::{self, Labels, Role};
use crate::launch::name;
use crate::platform::clock::now;
use crate::platform::user::Owner;
use crate::words::doctor as words;
use crate::words::error::{Error, Result};

pub(super) const NAME: &str = "names";
/// The program, which ends within a few seconds.
const PROGRAM: &str = include_str!("names.py");
/// The Python of our images.
const PYTHON: [&str; 3] = ["/opt/venv/bin/python", "-I", "-c"];
/// A user who owns nothing.
const USER: &str = "65500:65500";
/// A name that environments need.
const PUBLIC: &str = "pypi.org";
/// How long the engine has to make and run the container.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a run has to end once its container is removed.
const ENDS_WITHIN: u32 = 50;

/// What the container was told, in the words of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Told {
    own: String,
    public: String,
}

/// Asks in a container of `image`, which is on the engine. `data`: the folder of this program's data.
pub(super) async fn check(
    engine: &Engine,
    image: &str,
    data: &Path,
    owner: &Owner,
    has_proxy: bool,
    cancel: &CancellationToken,
) -> Check {
    // Whoever looks for leftovers takes it for an attempt to launch this folder.
    let folder = data.join("doctor");
    let launch = pipeline::id_of(&folder);
    let attempt = label::new_attempt(now());
    let labels = Labels::of_attempt(&launch, &folder.display().to_string(), "", &attempt, owner);
    let network = NetworkSpec { name: name::network(&launch, &attempt), labels: labels.in_role(Role::Network).write() };
    let told = match engine.create_network(&network).await {
        Ok(()) => ask(engine, image, &network.name, &labels, cancel).await,
        Err(error) => Err(error),
    };
    let removed = engine.remove_network(&network.name).await;
    match (told, removed) {
        (Ok(told), Ok(())) => judge(&told, has_proxy),
        (Err(error), _) | (_, Err(error)) => {
            let failure = error.failure();
            wrong(NAME, failure.message, failure.hint)
        }
    }
}

async fn ask(engine: &Engine, image: &str, network: &str, labels: &Labels, cancel: &CancellationToken) -> Result<Told> {
    let container = format!("{network}-names");
    let spec = RunSpec {
        name: container.clone(),
        image: image.to_owned(),
        command: PYTHON.iter().copied().chain([PROGRAM, &container, PUBLIC]).map(str::to_owned).collect(),
        user: USER.to_owned(),
        // Without a role it is no part of a launch to those who list them, and goes with its network.
        labels: labels.write(),
        network: Some(network.to_owned()),
        removed_at_end: true,
        ..RunSpec::default()
    };
    let mut lines = Vec::new();
    {
        let run = engine.run(&spec, Bytes::from_static(&[0; 1024]), |line, _| {
            lines.push(line.to_owned());
            ControlFlow::Continue(())
        });
        tokio::pin!(run);
        let stopped = tokio::select! {
            ended = &mut run => ended.map(|_| None)?,
            () = cancel.cancelled() => Some(Error::Cancelled),
            () = tokio::time::sleep(PATIENCE) => Some(words::too_slow(PATIENCE.as_secs())),
        };
        if let Some(error) = stopped {
            // A call that is broken off may still take effect: the run ends by itself once its container is gone.
            for _ in 0..ENDS_WITHIN {
                engine.remove_container(&container).await?;
                if tokio::time::timeout(Duration::from_millis(100), &mut run).await.is_ok() {
                    break;
                }
            }
            return Err(error);
        }
    }
    let told = lines.iter().find_map(|line| serde_json::from_str(line).ok());
    told.ok_or_else(|| words::says_nothing(&lines.join(" ")))
}

/// What it means. A machine without a network is no fault, and behind a proxy nobody needs names of the world.
fn judge(told: &Told, has_proxy: bool) -> Check {
    if told.own != "ok" {
        return wrong(NAME, words::strangers(&told.own), words::NAME_SERVER);
    }
    match (told.public.as_str(), has_proxy) {
        ("ok", _) => fine(NAME, words::names(PUBLIC)),
        (_, true) => fine(NAME, words::names_by_proxy(PUBLIC)),
        (public, false) => remark(NAME, words::own_names_only(PUBLIC, public), words::PUBLIC_NAMES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_have_to_find_each_other_and_the_world_is_a_remark() {
        let judged = |own: &str, public: &str, has_proxy| {
            let check = judge(&Told { own: own.to_owned(), public: public.to_owned() }, has_proxy);
            (check.ok, check.remedy.is_some())
        };
        assert_eq!(judged("ok", "ok", false), (true, false));
        assert_eq!(judged("ok", "silent", true), (true, false));
        assert_eq!(judged("ok", "silent", false), (true, true));
        assert_eq!(judged("unknown", "ok", false), (false, true));
        assert_eq!(judged("no server", "no server", true), (false, true));
    }
}
