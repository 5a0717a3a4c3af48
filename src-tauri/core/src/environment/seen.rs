//! What is known of a folder's environment without the engine: its files, and the record of what was made.

use std::path::Path;

use super::base;
use super::choice;
use super::edit;
use super::found::{self, Download, Found, Source};
use super::post_build;
use super::record::{self, Made, Rate, Record};
use super::variables::{self, SeenEnvFile};
use crate::contract::environment::{
    DownloadView, EnvironmentFile, EnvironmentPackages, EnvironmentState, EnvironmentView, PackageView,
};
use crate::contract::snapshot::StageView;
use crate::images;
use crate::words::edit::lock_is_older;
use crate::words::{environment as words, plain_text};

/// The most packages of a file that a view has.
const MOST_ASKS: usize = 500;

/// What is known of a folder's environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// What the files ask for.
    pub found: Found,
    /// The digest of the file that is used, and of all that belongs to it.
    pub digest: Option<String>,
    /// The digest of its lock file.
    pub lock: Option<String>,
    /// The Python that an environment of that file has, as far as the files say it.
    pub python: Option<String>,
    /// What is remembered.
    pub record: Record,
    /// What the installation fetches, as far as a lock file says it. An environment that was made has none.
    pub download: Option<Download>,
    /// The rate of the last download.
    pub rate: Option<Rate>,
    /// The notebooks that were looked into.
    pub notebooks: Vec<String>,
    /// The folder's `.env`.
    pub env_file: Option<SeenEnvFile>,
}

/// Reads the files of a folder, its record, and the file with the rate of the last download.
pub fn look(folder: &Path, notebooks: &[String], record: &Path, rate: &Path) -> Seen {
    let (mut read, record) = (found::read(folder, notebooks), record::read(record));
    choice::unlock(&mut read, record.unlocked.as_ref());
    let source = choice::chosen(&read.found, record.picked.as_deref());
    let digest = source.map(|source| choice::digest(source, &read, &images::kernel_python()));
    let python = source.and_then(|source| base::shown(source, &read.found));
    let is_made = record.made.as_ref().is_some_and(|made| Some(&made.digest) == digest.as_ref());
    let wanted = source.filter(|_| !is_made);
    let download =
        wanted.and_then(|source| found::download(source, &read.contents, &base::machine(source, &read.found)));
    let lock = source.and_then(|source| choice::lock_digest(source, &read));
    let (env_file, rate) = (variables::look(folder), record::read_rate(rate));
    Seen { digest, lock, python, record, download, rate, notebooks: notebooks.to_owned(), found: read.found, env_file }
}

impl Seen {
    /// The file that is used.
    pub fn source(&self) -> Option<&Source> {
        choice::chosen(&self.found, self.record.picked.as_deref())
    }

    /// The environment, if it was made from the files as they are.
    pub fn made(&self) -> Option<&Made> {
        self.record.made.as_ref().filter(|made| Some(&made.digest) == self.digest.as_ref())
    }

    /// The person has allowed to install what the files ask for now.
    pub fn is_allowed(&self) -> bool {
        self.made().is_some() || (self.digest.is_some() && self.record.allowed == self.digest)
    }

    /// What an interface shows, with the newest rate of a download. `None` if the folder asks for nothing.
    pub fn view(&self, updating: Option<StageView>, rate: Option<Rate>) -> Option<EnvironmentView> {
        if self.found.sources.is_empty() {
            return None;
        }
        let (source, made) = (self.source(), self.made());
        let state = match (source, made) {
            (None, _) => EnvironmentState::Unsupported,
            (_, Some(_)) => EnvironmentState::Ready,
            _ if self.is_allowed() => EnvironmentState::Wanted,
            _ => EnvironmentState::Asks,
        };
        Some(EnvironmentView {
            state,
            files: self.found.sources.iter().map(|one| file(one, source == Some(one))).collect(),
            language: source.map(|source| source.language).unwrap_or_default(),
            python: made
                .map(|made| made.python.clone())
                .filter(|python| !python.is_empty())
                .or_else(|| self.python.clone()),
            packages: made.map_or_else(|| source.map_or(0, count), |made| made.packages.len()),
            size: made.map(|made| made.size),
            download: self.download.map(|download| download_view(download, rate)),
            shared_with: Vec::new(),
            changed: made.is_none() && self.record.made.is_some() && source.is_some(),
            apt: self.found.apt.iter().flat_map(|apt| apt.packages.iter().map(|name| shown(name))).collect(),
            post_build: self
                .found
                .post_build
                .as_ref()
                .filter(|_| source.is_some_and(|source| !choice::is_image(source.kind)))
                .map(|script| post_build::view(script, &self.record)),
            lacks_gpus: None,
            updating,
        })
    }

    /// The packages of the environment that was made last.
    pub fn packages(&self) -> EnvironmentPackages {
        let asks = self.source().into_iter().flat_map(|one| &one.asks);
        let is_r = self.source().is_some_and(choice::is_of_r);
        // The case and the dots of a name count in R.
        let name = |name: &str| if is_r { name.to_owned() } else { found::normalized(name) };
        let asked: Vec<String> = asks.filter_map(|ask| ask.name.as_deref().map(name)).collect();
        let packages = self.record.made.iter().flat_map(|made| &made.packages);
        let installed = packages.map(|package| PackageView {
            name: shown(&package.name),
            version: shown(&package.version),
            size: package.size,
            asked: asked.contains(&name(&package.name)),
        });
        EnvironmentPackages { installed: installed.collect(), by_hand: Vec::new() }
    }
}

/// A download of which only a part is known has no time.
fn download_view(Download { bytes, more }: Download, rate: Option<Rate>) -> DownloadView {
    let rate = rate.filter(|rate| rate.bytes > 0 && !more);
    DownloadView { bytes, more, seconds: rate.map(|rate| bytes.div_ceil(rate.bytes)) }
}

fn shown(text: &str) -> String {
    plain_text::name(text).into_owned()
}

/// The number of packages that a source names. An image has its own.
fn count(source: &Source) -> usize {
    if choice::is_image(source.kind) { 0 } else { source.asks.len() }
}

/// What a person reads before it is installed: packages, or the lines of a Dockerfile.
fn asks(source: &Source) -> Vec<String> {
    match &source.build {
        Some(build) => build.lines.iter().map(|line| shown(line)).collect(),
        None => source.asks.iter().take(MOST_ASKS).map(|ask| shown(&ask.text)).collect(),
    }
}

fn file(source: &Source, used: bool) -> EnvironmentFile {
    EnvironmentFile {
        path: source.file.clone(),
        used,
        usable: choice::is_usable(source),
        language: source.language,
        editable: edit::is_editable(source.kind),
        script: source.kind == found::SourceKind::RInstall,
        asks: asks(source),
        builds: source.build.is_some(),
        pulls: (source.build.is_none() && choice::is_image(source.kind))
            .then(|| source.asks.first().map(|ask| shown(&ask.text)))
            .flatten(),
        count: count(source),
        channels: source.channels.iter().map(|channel| shown(channel)).collect(),
        hosts: source.hosts.clone(),
        locked_by: source.locked_by.clone().filter(|_| !choice::leaves_lock_out(source)),
        problems: problems(source),
    }
}

fn problems(source: &Source) -> Vec<String> {
    let lock = source.locked_by.as_ref().filter(|_| !source.unlocked.is_empty());
    let of_lock = lock.map(|lock| lock_is_older(source.path(), lock, &source.unlocked));
    let others = source.problems.iter().map(|one| words::problem(&one.file, one.line, &one.message));
    of_lock.into_iter().chain(others).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_asked_for_then_wanted_then_ready_and_asked_for_again_when_its_files_change() {
        let home = tempfile::tempdir().unwrap();
        let (folder, record) = (home.path().join("birds"), home.path().join("records/birds.json"));
        let look = || look(&folder, &[], &record, &home.path().join("rate.json"));
        std::fs::create_dir(&folder).unwrap();
        let state = || {
            let seen = look();
            seen.view(None, None).map(|view| (view.state, view.changed))
        };
        assert_eq!(state(), None);
        std::fs::write(folder.join("requirements.txt"), "numpy").unwrap();
        assert_eq!(state(), Some((EnvironmentState::Asks, false)));
        let digest = look().digest;
        let mut known = Record { allowed: digest.clone(), ..Record::default() };
        record::write(&record, &known).unwrap();
        assert_eq!(state(), Some((EnvironmentState::Wanted, false)));
        known.made = Some(Made { digest: digest.unwrap(), ..Made::default() });
        record::write(&record, &known).unwrap();
        assert_eq!(state(), Some((EnvironmentState::Ready, false)));
        std::fs::write(folder.join("requirements.txt"), "numpy\npandas").unwrap();
        assert_eq!(state(), Some((EnvironmentState::Asks, true)));
    }

    #[test]
    fn what_a_lock_file_says_is_fetched_is_shown_until_the_environment_is_there() {
        let home = tempfile::tempdir().unwrap();
        let (folder, record, rate) = (home.path().join("birds"), home.path().join("r.json"), home.path().join("rate"));
        std::fs::create_dir(&folder).unwrap();
        let project = "[project]\nname = \"birds\"\nversion = \"0\"\ndependencies = [\"numpy\"]\n";
        std::fs::write(folder.join("pyproject.toml"), project).unwrap();
        let download = || {
            let seen = look(&folder, &[], &record, &rate);
            let view = seen.view(None, seen.rate).unwrap();
            view.download.map(|download| (download.bytes, download.more, download.seconds))
        };
        assert_eq!(download(), None);
        let lock =
            "[[packages]]\nname = \"numpy\"\nsdist = { url = \"https://f/numpy-1.tar.gz\", size = 20_000_001 }\n";
        std::fs::write(folder.join("pylock.toml"), lock).unwrap();
        assert_eq!(download(), Some((20_000_001, false, None)));
        record::write(&rate, &Rate { bytes: 10_000_000, at: 1 }).unwrap();
        assert_eq!(download(), Some((20_000_001, false, Some(3))));
        let with_git = format!("{lock}[[packages]]\nname = \"b\"\nvcs = {{ url = \"https://g/b\" }}\n");
        std::fs::write(folder.join("pylock.toml"), &with_git).unwrap();
        assert_eq!(download(), Some((20_000_001, true, None)));
        let digest = look(&folder, &[], &record, &rate).digest.unwrap();
        let made = Some(Made { digest, ..Made::default() });
        record::write(&record, &Record { made, ..Record::default() }).unwrap();
        assert_eq!(download(), None, "it is there");
    }
}
