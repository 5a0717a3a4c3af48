//! Finds out what a plan depends on and a person does not choose: users and groups, how the engine sees the folder, and
//! what the engine can do. Creates nothing on the engine.

use std::path::Path;

use crate::engine::Engine;
use crate::environment::any_image;
use crate::folder::afar::Found;
use crate::folder::mark;
use crate::images;
use crate::launch::spec::{EngineTraits, Images, LaunchSpec, Resolved, Tokens};
use crate::launch::system_calls;
use crate::place::connection::Connection;
use crate::platform::mountinfo;
use crate::platform::user::{self, Access, Identity};
use crate::words::error::{Error, Result};
use crate::words::mount;

/// The user of server and kernels, and their additional groups.
fn identity_for(engine: &Engine, folder: &Path) -> Result<(Identity, Vec<u32>)> {
    let facts = engine.facts();
    let folder_owner = user::of_folder(folder).map_err(|source| Error::Io {
        what: "read".to_owned(),
        path: folder.to_owned(),
        source,
    })?;
    let identity = user::identity(user::me(), folder_owner, facts.rootless);
    let groups = if facts.same_ids { user::groups(identity, folder_owner, facts.socket_gid) } else { Vec::new() };
    Ok((identity, groups))
}

/// The user of server and kernels of a folder on another machine: its owner.
pub fn identity_there(found: &Found, rootless: bool) -> Identity {
    let root = Identity { uid: 0, gid: 0 };
    user::identity(root, Identity { uid: found.uid, gid: found.gid }, rootless)
}

/// What server and kernels may do with a folder on another machine, and a name for their user.
pub fn access_there(found: &Found, rootless: bool) -> (Access, String) {
    let owner = Identity { uid: found.uid, gid: found.gid };
    let who = if rootless { owner } else { identity_there(found, rootless) };
    (user::permitted(found.mode, owner, who, &[]), format!("the user {}", who.uid))
}

/// The user of the gateway.
pub fn gateway_user(engine: &Engine) -> Identity {
    let rootless = engine.facts().rootless;
    match engine.remote() {
        Some(_) => user::of_gateway_elsewhere(rootless),
        None => user::of_gateway(user::me(), rootless),
    }
}

/// The user of server and kernels.
pub fn identity(engine: &Engine, folder: &Path) -> Result<Identity> {
    identity_for(engine, folder).map(|(identity, _)| identity)
}

/// What server and kernels may do with a folder, and a name for their user.
pub fn access(engine: &Engine, folder: &Path) -> Result<(Access, String)> {
    let (identity, groups) = identity_for(engine, folder)?;
    // Elsewhere they have the person's own rights: root of a rootless engine is the person, without their groups.
    let who = if engine.facts().same_ids { identity } else { user::me() };
    let access = user::access(folder, who, &groups).map_err(|source| Error::Io {
        what: "read".to_owned(),
        path: folder.to_owned(),
        source,
    })?;
    let numbers: Vec<String> = std::iter::once(who.gid).chain(groups).map(|gid| gid.to_string()).collect();
    let name = if who == user::me() { "this user".to_owned() } else { format!("the user {}", who.uid) };
    Ok((access, format!("{name} (groups {})", numbers.join(", "))))
}

/// Resolves a spec for one attempt.
///
/// # Errors
/// The folder cannot be read, a path is not Unicode, or a file for the gateway cannot be written.
pub(crate) fn resolve(
    engine: &Engine,
    spec: &LaunchSpec,
    attempt: &str,
    tokens: Tokens,
    elsewhere: Option<Connection>,
) -> Result<Resolved> {
    let facts = engine.facts();
    let (identity, groups) = match &spec.there {
        Some(found) => (identity_there(found, facts.rootless), Vec::new()),
        None => identity_for(engine, &spec.folder)?,
    };
    let call_list = system_calls::security_opt(facts.call_lists, &spec.dirs.call_list())?;
    any_image::make_folder(&spec.any_image.notes)?;
    if call_list.is_none() {
        tracing::warn!(
            launch = spec.id,
            engine = facts.name,
            "the engine takes no list of system calls: setuid programs can be made in the folder"
        );
    }
    Ok(Resolved {
        attempt: attempt.to_owned(),
        folder: unicode(&spec.folder)?,
        folder_mark: spec.there.as_ref().map_or_else(|| mark::of(&spec.folder), |found| Some(found.mark.clone())),
        follows_mounts: match &spec.there {
            Some(found) => found.shared,
            None => mountinfo::mounted(&spec.folder).is_some_and(|mounted| mounted.shared),
        },
        kernels_dir: unicode(&spec.kernels_dir)?,
        folder_kernels_dir: unicode(&spec.folder_kernels_dir)?,
        images_dir: unicode(&spec.any_image.notes)?,
        identity,
        groups,
        gateway_user: gateway_user(engine),
        images: Images { gateway: images::gateway(), server: images::server() },
        tokens,
        elsewhere,
        engine: EngineTraits {
            socket: facts.socket_mount.clone(),
            userns_mode: engine.userns_mode(),
            unquoted_mounts: facts.unquoted_mounts,
            socket_gid: facts.socket_gid,
            selinux: facts.selinux,
            call_list,
            keeps: facts.keeps,
            bounds_logs: facts.bounds_logs,
            cpus: facts.cpus,
            memory: facts.memory,
        },
        spec: spec.clone(),
    })
}

fn unicode(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| mount::not_unicode(&path.display().to_string()))
}
