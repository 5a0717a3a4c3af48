//! The variables that a folder's kernels get: what the person set, and the folder's `.env` if the person allowed it.
//!
//! They reach the gateway as a file in its container, and not as a variable of it: the engine shows the variables of
//! every container, and the file ends with the container. The launch script (`etc/kernels/launch_docker.py`) reads it for
//! each kernel that starts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;

use super::env_file;
use crate::contract::variables::{EnvFileState, EnvFileView, VariableKept, VariableView};
use crate::platform::keychain::Keychain;
use crate::platform::secret::Secret;
use crate::platform::user::Identity;
use crate::settings::{Variable, variable};
use crate::words::plain_text;
use crate::words::variables as words;

/// The most names of a `.env` that a view has.
const MOST_NAMES: usize = 100;
/// The file in the gateway, without the slash before it.
const FILE: &str = "opt/orchest/variables.json";

/// The variables that a launch wants. Values of secrets are not in it.
#[derive(Clone, Default)]
pub struct Wanted {
    /// The folder.
    pub folder: PathBuf,
    /// What the person set.
    pub set: BTreeMap<String, Variable>,
    /// The digest of the `.env` that the person allowed.
    pub env_file: Option<String>,
    /// Has the values of secrets.
    pub keychain: Keychain,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Wanted").field(&self.set.keys().collect::<Vec<_>>()).finish()
    }
}

/// The values for kernels, and why some are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// The values.
    pub values: BTreeMap<String, Secret>,
    /// Why variables are missing.
    pub missing: Vec<String>,
}

/// Looks the values up. What the person set goes before the `.env`. May block: a keychain may have to be unlocked.
pub fn gather(wanted: &Wanted) -> Gathered {
    let mut found = Gathered::default();
    if let Some(allowed) = &wanted.env_file {
        match env_file::read(&wanted.folder) {
            Some(file) if file.digest == *allowed => {
                found.values.extend(file.values.into_iter().map(|(name, value)| (name, Secret::new(value))));
            }
            Some(_) => found.missing.push(words::ENV_FILE_CHANGED.to_owned()),
            None => {}
        }
    }
    for (name, set) in &wanted.set {
        if let Some((reason, _)) = variable::fault(name, "") {
            found.missing.push(words::left_out(name, &reason));
            continue;
        }
        let value = match set {
            Variable::Plain(value) => Ok(Some(Secret::new(value))),
            Variable::Secret(item) => wanted.keychain.get(item),
            Variable::Other(_) => {
                found.missing.push(words::left_out(name, words::NO_VALUE));
                continue;
            }
        };
        match value {
            Ok(Some(value)) => match variable::fault(name, value.expose()) {
                None => drop(found.values.insert(name.clone(), value)),
                Some((reason, _)) => found.missing.push(words::left_out(name, &reason)),
            },
            Ok(None) => found.missing.push(words::lost(name)),
            Err(reason) => found.missing.push(words::not_given(name, &reason)),
        }
    }
    found
}

/// The archive that puts the values into a gateway, to be unpacked at its root. Only the gateway's user can read the file.
pub fn archive(values: &BTreeMap<String, Secret>, user: Identity) -> std::io::Result<Bytes> {
    let plain: BTreeMap<&str, &str> = values.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    let contents = serde_json::to_vec(&plain)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(contents.len() as u64);
    header.set_mode(0o400);
    header.set_uid(user.uid.into());
    header.set_gid(user.gid.into());
    header.set_mtime(1);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, FILE, contents.as_slice())?;
    archive.into_inner().map(Bytes::from)
}

/// What an interface shows of the variables of a folder. `process` is this program.
pub fn views(set: &BTreeMap<String, Variable>, process: &str) -> Vec<VariableView> {
    let view = |(name, set): (&String, &Variable)| {
        let problem = variable::fault(name, "").map(|(reason, _)| reason);
        let (value, kept, problem) = match set {
            Variable::Plain(value) => (Some(value.clone()), VariableKept::Settings, problem),
            Variable::Secret(item) => {
                let kept = match variable::of_run(item, process) {
                    None => VariableKept::Keychain,
                    Some(true) => VariableKept::ThisRun,
                    Some(false) => VariableKept::Lost,
                };
                (None, kept, problem)
            }
            Variable::Other(_) => (None, VariableKept::Settings, problem.or_else(|| Some(words::NO_VALUE.to_owned()))),
        };
        VariableView { name: name.clone(), value, kept, problem }
    };
    set.iter().map(view).collect()
}

/// What is known of a `.env` without its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenEnvFile {
    /// A hash of its content.
    pub digest: String,
    /// The names of its variables.
    pub names: Vec<String>,
    /// What in it cannot be used.
    pub problems: Vec<String>,
}

/// Looks at the `.env` of a folder: at the names in it. One without variables and problems is none.
pub fn look(folder: &std::path::Path) -> Option<SeenEnvFile> {
    let found = env_file::read(folder)?;
    let names: Vec<String> = found.values.into_keys().collect();
    let problems: Vec<String> = found.problems.iter().map(|problem| plain_text::name(problem).into_owned()).collect();
    (!names.is_empty() || !problems.is_empty()).then_some(SeenEnvFile { digest: found.digest, names, problems })
}

impl SeenEnvFile {
    /// What an interface shows. `allowed` is the digest of the one that the person allowed.
    pub fn view(&self, allowed: Option<&str>) -> EnvFileView {
        let state = match allowed {
            None => EnvFileState::Offered,
            Some(allowed) if allowed == self.digest => EnvFileState::Used,
            Some(_) => EnvFileState::Changed,
        };
        EnvFileView {
            state,
            names: self.names.iter().take(MOST_NAMES).cloned().collect(),
            count: self.names.len(),
            problems: self.problems.clone(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn wanted(set: &[(&str, Variable)]) -> Wanted {
        let set = set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Wanted { set, keychain: Keychain::in_memory(), ..Wanted::default() }
    }

    #[test]
    fn values_arrive_unchanged_and_what_has_none_is_named_without_values() {
        let wanted = wanted(&[
            ("A", Variable::Plain("é\n\"'$X ${A}".into())),
            ("KEY", Variable::Secret("KEY-1".into())),
            ("GONE", Variable::Secret("GONE-1".into())),
            ("PATH", Variable::Plain("/x".into())),
            ("ODD", Variable::Other(serde_json::Value::Null)),
        ]);
        wanted.keychain.put("KEY-1", &Secret::new("s3cret")).unwrap();
        let found = gather(&wanted);
        let of = |name: &str| found.values.get(name).map(Secret::expose);
        assert_eq!((of("A"), of("KEY")), (Some("é\n\"'$X ${A}"), Some("s3cret")));
        assert_eq!((found.values.len(), found.missing.len()), (2, 3), "{:?}", found.missing);
        assert!(!format!("{wanted:?} {found:?}").contains("s3cret"));
    }

    #[test]
    fn a_dotenv_file_counts_only_as_it_was_allowed_and_behind_what_the_person_set() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".env"), "A=file\nB=file").unwrap();
        let seen = look(home.path()).unwrap();
        assert_eq!(seen.view(None).state, EnvFileState::Offered);
        let mut wanted = wanted(&[("A", Variable::Plain("mine".into()))]);
        wanted.folder = home.path().to_owned();
        assert_eq!(gather(&wanted).values.len(), 1, "nobody has allowed it");
        wanted.env_file = Some(seen.digest.clone());
        let found = gather(&wanted);
        assert_eq!((found.values["A"].expose(), found.values["B"].expose()), ("mine", "file"));
        std::fs::write(home.path().join(".env"), "A=file\nB=another").unwrap();
        let found = gather(&wanted);
        assert_eq!((found.values.len(), found.missing.len()), (1, 1));
        let seen = look(home.path()).unwrap();
        assert_eq!(seen.view(wanted.env_file.as_deref()).state, EnvFileState::Changed);
    }

    #[test]
    fn only_the_gateways_user_can_read_the_file_in_the_gateway() {
        let values = BTreeMap::from([("A".to_owned(), Secret::new("é\n\""))]);
        let bytes = archive(&values, Identity { uid: 1000, gid: 100 }).unwrap();
        let mut archive = tar::Archive::new(bytes.as_ref());
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.path().unwrap().to_str(), Some(FILE));
        let header = entry.header();
        assert_eq!((header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap()), (0o400, 1000, 100));
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        assert_eq!(text, r#"{"A":"é\n\""}"#);
    }

    #[test]
    fn a_view_has_no_value_of_a_secret_and_says_where_it_is() {
        let set = wanted(&[
            ("A", Variable::Plain("1".into())),
            ("B", Variable::Secret("B-1".into())),
            ("C", Variable::Secret("run-42-1-00".into())),
            ("D", Variable::Secret("run-7-1-00".into())),
            ("PATH", Variable::Plain("1".into())),
        ])
        .set;
        let found: Vec<_> = views(&set, "42-1")
            .into_iter()
            .map(|view| (view.value.is_some(), view.kept, view.problem.is_some()))
            .collect();
        use VariableKept::{Keychain, Lost, Settings, ThisRun};
        assert_eq!(
            found,
            [
                (true, Settings, false),
                (false, Keychain, false),
                (false, ThisRun, false),
                (false, Lost, false),
                (true, Settings, true)
            ]
        );
    }
}
