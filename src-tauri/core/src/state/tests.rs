//! Tests of `update`, without an engine: whole lives of launches as tables and as random orders of events.
#![allow(clippy::unwrap_used)]

mod engines;
mod environments;
mod life;
mod places;
mod questions;
mod random;
mod table;
mod updates;
mod variables;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::effect::{Effect, RecordEdit};
use super::event::{Event, Exam, KernelspecsRead, Reply, Target, Wish};
use super::model::Model;
use super::update::{Moment, update};
use crate::contract::archive::{Came, Imported, ImportedImage};
use crate::contract::failure::Failure;
use crate::contract::snapshot::{LaunchState, PipelineView, Snapshot, Stage};
use crate::engine::{CallLists, Container, ContainerState, EngineFacts, Keeps, Listing};
use crate::environment::found::{Ask, Found, Source, SourceKind};
use crate::environment::record::Record;
use crate::environment::seen::Seen;
use crate::folder::pipeline;
use crate::folder::scan::Contents;
use crate::jupyter::{Endpoint, Server};
use crate::kernelspec::{AskedLimits, Kernelspec};
use crate::launch::label;
use crate::launch::{name, plan};
use crate::place::gateway::{Gateway, Offered};
use crate::platform::paths::AppDirs;
use crate::platform::process::Liveness;
use crate::platform::secret::Secret;
use crate::platform::user::{Access, Owner};
use crate::settings::{FolderEntry, Settings};

const ME: &str = "ada@here";
const FOLDER: &str = "/home/ada/birds";
/// The process whose model is tested.
const THIS: &str = "1-1-aa";
/// Another process of the same person.
const OTHER: &str = "2-2-bb";
const NOW: u64 = 1_800_000_000_000;

/// A model, with the time that its events have.
struct World {
    model: Model,
    now: Moment,
}

impl World {
    /// A folder is in the list, an engine answers, nothing runs, and this process stays.
    fn new() -> World {
        let owner = Owner { name: ME.to_owned(), process: THIS.to_owned(), test: None };
        let places = AppDirs { config: "/c".into(), data: "/d".into(), state: "/s".into() };
        let mut world = World { model: Model::new(places, &owner), now: Moment { ms: NOW, instant: Instant::now() } };
        let settings = Settings {
            folders: vec![FolderEntry { path: FOLDER.into(), ..FolderEntry::default() }],
            ..Settings::default()
        };
        world.take(Event::SettingsOpened(Ok((settings, Vec::new(), None))));
        world.take(Event::KernelspecsRead { read: Box::new(kernelspecs()), then: None });
        world.take(Event::Scanned {
            path: FOLDER.into(),
            contents: Contents::default(),
            environment: Box::default(),
            then: None,
        });
        world.take(Event::Attend);
        world.take(Event::EngineFound(facts()));
        world.take(Event::ImagesListed(Vec::new()));
        world.lists(Vec::new());
        world.processes(&[(THIS, Liveness::Alive), (OTHER, Liveness::Alive)]);
        world
    }

    fn take(&mut self, event: Event) -> Vec<Effect> {
        self.now.instant += Duration::from_millis(1);
        self.now.ms += 1;
        update(&mut self.model, event, self.now)
    }

    fn lists(&mut self, containers: Vec<Container>) -> Vec<Effect> {
        let listing = self.listing(containers);
        self.take(Event::Listed(listing))
    }

    fn listing(&self, containers: Vec<Container>) -> Listing {
        Listing { asked: self.now.instant, containers }
    }

    fn processes(&mut self, seen: &[(&str, Liveness)]) -> Vec<Effect> {
        let seen = seen.iter().map(|(process, liveness)| ((*process).to_owned(), *liveness)).collect();
        self.take(Event::ProcessesSeen(seen))
    }

    /// The launch of the folder is wanted; the exam finds nothing wrong.
    fn launch(&mut self) -> (Vec<Effect>, Answer<String>) {
        let (reply, answer) = ask();
        let wish = Wish { target: Target::Id(id()), kernelspec: None, place: None, timeout: None, reply };
        let mut effects = Vec::new();
        for effect in self.take(Event::Launch(wish)) {
            match effect {
                Effect::Examine { wish, .. } => {
                    effects.extend(self.take(Event::Examined { wish, exam: Box::new(exam()) }));
                }
                other => effects.push(other),
            }
        }
        (effects, answer)
    }

    /// All that a page shows.
    fn snapshot(&self) -> Snapshot {
        super::view::snapshot(&self.model, self.now.ms)
    }

    /// The pipeline of the folder, as a page shows it.
    fn shown(&self) -> PipelineView {
        self.snapshot().pipelines.into_iter().find(|pipeline| pipeline.id == id()).unwrap()
    }

    fn state(&self) -> Option<LaunchState> {
        self.shown().launch.map(|launch| launch.state)
    }
}

fn id() -> String {
    pipeline::id_of(FOLDER.as_ref())
}

type Answer<T> = oneshot::Receiver<Result<T, Failure>>;

fn ask<T>() -> (Reply<T>, Answer<T>) {
    oneshot::channel()
}

/// Sends the answers among some effects, and gives the others back.
fn answered(effects: Vec<Effect>) -> Vec<Effect> {
    let mut others = Vec::new();
    for effect in effects {
        match effect {
            Effect::Answer(answer) => answer(),
            other => others.push(other),
        }
    }
    others
}

fn server() -> Server {
    Server { endpoint: Endpoint::on_this_machine(40_000), token: Secret::new("t".to_owned()) }
}

fn failure(message: &str) -> Failure {
    crate::words::health::broken(message)
}

fn imported() -> Imported {
    let image = ImportedImage { name: "orchest/gateway:0".to_owned(), came: Came::New, of_another_version: false };
    Imported { file: "/stick/all.orchest-images".to_owned(), program: "0".to_owned(), images: vec![image] }
}

fn kernelspecs() -> KernelspecsRead {
    let kernelspec = Kernelspec {
        name: "python_docker".to_owned(),
        display_name: "Python".to_owned(),
        language: "python".to_owned(),
        image: "orchest/kernel-python:0".to_owned(),
        lacks_public_key: false,
        gpus: false,
        limits: AskedLimits::default(),
    };
    KernelspecsRead {
        dir: "/d/kernels".into(),
        usable: vec![kernelspec],
        problems: Vec::new(),
        linked: Vec::new(),
        copy: Ok(PathBuf::from("/s/kernels")),
        not_installed: None,
    }
}

/// A gateway that others keep.
fn gateway() -> Gateway {
    let offered = |name: &str, language: &str| Offered {
        name: name.to_owned(),
        display_name: language.to_owned(),
        language: language.to_owned(),
        proxy: None,
    };
    Gateway {
        version: Some("3.3.0".to_owned()),
        api: Some("2.14.0".to_owned()),
        kernelspecs: vec![offered("python3", "Python"), offered("ir", "R")],
        default: Some("python3".to_owned()),
    }
}

/// A folder that asks for one package, which the person has allowed or not.
fn asks(allowed: bool) -> Seen {
    let source = Source {
        files: vec!["requirements.txt".to_owned()],
        asks: vec![Ask { text: "numpy".to_owned(), name: Some("numpy".to_owned()), line: Some(1) }],
        ..Source::new(SourceKind::Requirements, "requirements.txt")
    };
    Seen {
        found: Found { sources: vec![source], ..Found::default() },
        digest: Some("d".to_owned()),
        lock: None,
        python: None,
        download: None,
        rate: None,
        record: Record { allowed: allowed.then(|| "d".to_owned()), ..Record::default() },
        notebooks: Vec::new(),
        env_file: None,
    }
}

fn exam() -> Exam {
    Exam {
        environment: Seen::default(),
        folder: Ok(FOLDER.into()),
        access: Some(Ok((Access::Full, "this user".to_owned()))),
        kernelspecs: kernelspecs(),
        processes: HashMap::from([(THIS.to_owned(), Liveness::Alive), (OTHER.to_owned(), Liveness::Alive)]),
    }
}

fn facts() -> EngineFacts {
    EngineFacts {
        name: "Docker Engine".to_owned(),
        version: "28".to_owned(),
        api_version: "1.48".to_owned(),
        gpus: false,
        endpoint: "unix:///run/docker.sock".to_owned(),
        found_by: "well-known socket".to_owned(),
        tried: Vec::new(),
        cpus: 2,
        memory: 1 << 30,
        keeps: Keeps::ALL,
        socket_mount: "/run/docker.sock".to_owned(),
        socket_gid: 0,
        rootless: false,
        selinux: false,
        call_lists: CallLists::InTheRequest,
        bounds_logs: true,
        unquoted_mounts: false,
        unlabelled_volumes: false,
        events_by_label: true,
        remaps: false,
        in_machine: false,
        same_ids: true,
    }
}

/// A container of a launch of the folder by this process, created now.
fn container(role: &str, attempt: &str, state: ContainerState) -> Container {
    let labels = [
        (label::LAUNCH, id()),
        (label::ROLE, role.to_owned()),
        (label::PIPELINE, FOLDER.to_owned()),
        (label::KERNELSPEC, "python_docker".to_owned()),
        (label::OWNER, ME.to_owned()),
        (label::PROCESS, THIS.to_owned()),
        (label::ATTEMPT, attempt.to_owned()),
    ];
    Container {
        id: format!("{attempt}-{role}"),
        name: role.to_owned(),
        labels: labels.map(|(name, value)| (name.to_owned(), value)).into(),
        state,
        created_ms: NOW,
        ports: BTreeMap::from([(plan::PORT, 40_000)]),
        networks: Vec::new(),
    }
}

/// A gateway's request for the image of the kernelspec.
fn image_request(id: &str) -> Container {
    let mut request = container("image-request", "a1", ContainerState::Created);
    request.labels.insert(label::IMAGE.to_owned(), "orchest/kernel-python:0".to_owned());
    (request.id, request.name) = (id.to_owned(), format!("orchest-image-{id}"));
    request
}

/// Both parts of a launch, as they run.
fn whole(attempt: &str) -> Vec<Container> {
    ["gateway", "server"].map(|role| container(role, attempt, ContainerState::Running)).to_vec()
}

/// Both parts, the gateway of which ended.
fn without_gateway(attempt: &str) -> Vec<Container> {
    vec![
        container("gateway", attempt, ContainerState::Exited { code: 1 }),
        container("server", attempt, ContainerState::Running),
    ]
}

/// The same containers, launched by another process.
fn of_other(mut containers: Vec<Container>) -> Vec<Container> {
    for container in &mut containers {
        container.labels.insert(label::PROCESS.to_owned(), OTHER.to_owned());
    }
    containers
}

/// The same containers, which another program is stopping.
fn stopping(mut containers: Vec<Container>) -> Vec<Container> {
    for container in &mut containers {
        container.name.push_str(name::STOPPING);
    }
    containers
}
