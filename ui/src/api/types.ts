// Written from the Rust types by orchest-core's bridge test; not by hand.

/**
 * The message that a person reads when something fails: what happened, with what, and what to do next.
 */
export type Failure = { 
/**
 * A code of its own if an interface acts on it; otherwise `other`.
 */
code: FailureCode, 
/**
 * What happened, with what: one sentence.
 */
message: string, 
/**
 * What to do next.
 */
hint: string, 
/**
 * The last lines of the log with the reason, oldest first.
 */
log: Array<string>, 
/**
 * The file with the whole log.
 */
log_file: string | null, };

/**
 * The failures that an interface acts on.
 */
export type FailureCode = "engine_unreachable" | "engine_forbidden" | "engine_too_old" | "engine_elsewhere" | "image" | "folder" | "cancelled" | "other";

/**
 * Everything that an interface shows at one moment. Each snapshot replaces the whole of the previous one.
 */
export type Snapshot = { 
/**
 * Grows by one with each snapshot of this process.
 */
revision: number, 
/**
 * The state of the engine.
 */
engine: EngineState, 
/**
 * The set-up of the engine that is under way, or has failed.
 */
engine_setup: EngineSetup | null, 
/**
 * The folders of the list, and running folders that are not in it: first running ones, then pinned ones, then the
 * others in the chosen order. Other people's launches of other folders come last.
 */
pipelines: Array<PipelineView>, 
/**
 * The usable kernelspecs, by display name.
 */
kernelspecs: Array<KernelspecView>, 
/**
 * The folders in the kernels directory without a usable kernelspec, with the reason.
 */
kernelspec_problems: Array<KernelspecProblem>, 
/**
 * The kernels directory, which the user may edit.
 */
kernels_dir: string, 
/**
 * The places where launches can run other than on this machine alone, by name.
 */
places: Array<PlaceView>, 
/**
 * The other machines, by name. Their folders and launches are among the pipelines.
 */
machines: Array<MachineView>, 
/**
 * The images that launches need, and whether they are on the engine; empty while no engine answers.
 */
images: Array<ImageView>, 
/**
 * Images that are being prepared ahead of a launch.
 */
preparing: StageView | null, 
/**
 * They come from a file.
 */
importing: boolean, 
/**
 * The path of a file with images that the person dropped or opened: the window asks whether to import it.
 */
offered_images: string | null, 
/**
 * The person closed the window while launches run: the window asks whether to keep or stop them.
 */
closing: boolean, 
/**
 * Messages, newest last. Each stays until it is dismissed.
 */
notices: Array<NoticeView>, 
/**
 * The person's choices.
 */
settings: SettingsView, 
/**
 * Newer versions of the program.
 */
updates: UpdatesView, 
/**
 * The person drags folders over the window, and dropping them adds them.
 */
dropping: boolean, 
/**
 * The folder that was last asked for outside of the page: dropped, named on the command line, or chosen in the
 * tray.
 */
reveal: Reveal | null, };

/**
 * The state of the engine, the Docker-compatible daemon.
 */
export type EngineState = { "state": "looking" } | { "state": "ready", 
/**
 * Its name: `Docker Engine`, `Docker Desktop`, `Podman Engine`, ...
 */
name: string, 
/**
 * Its version, such as `20.10.24`.
 */
version: string, 
/**
 * The negotiated API version, such as `1.41`.
 */
api_version: string, 
/**
 * Its address, such as `unix:///var/run/docker.sock`.
 */
endpoint: string, 
/**
 * What named the address: `DOCKER_HOST`, `context colima`, `well-known socket`.
 */
found_by: string, 
/**
 * The places that were tried before, in order, with the result of each.
 */
tried: Array<string>, 
/**
 * The number of its cores, or 0 if it does not report it.
 */
cpus: number, 
/**
 * Its memory, bytes, or 0 if it does not report it.
 */
memory: number, 
/**
 * The limits that it keeps.
 */
limits: EngineLimits, } | { "state": "unavailable", 
/**
 * The reason and the remedy.
 */
failure: Failure, 
/**
 * The time since when.
 */
since: number, 
/**
 * An engine has answered before, so the launches in the snapshot may be out of date.
 */
stale: boolean, 
/**
 * What gives the person an engine, if the app knows.
 */
remedy: EngineRemedy | null, };

/**
 * The limits of a container that an engine keeps. One that is not kept has no effect.
 */
export type EngineLimits = { 
/**
 * Memory.
 */
memory: boolean, 
/**
 * CPUs.
 */
cpus: boolean, 
/**
 * Processes.
 */
processes: boolean, 
/**
 * It tells which share of the CPUs a container uses.
 */
tells_cpu: boolean, 
/**
 * It tells how much memory a container uses.
 */
tells_memory: boolean, 
/**
 * What is missing, and why; none if nothing is.
 */
unkept: Unkept | null, };

/**
 * Limits that an engine does not keep.
 */
export type Unkept = { 
/**
 * Which, and why.
 */
message: string, 
/**
 * What makes it keep them.
 */
hint: string, };

/**
 * What gives a person an engine.
 */
export type EngineRemedy = { "kind": "start", 
/**
 * Its name: `Docker`, `Docker Desktop`, ...
 */
name: string, } | { "kind": "install", 
/**
 * Its name: `Docker`, `Podman`.
 */
name: string, 
/**
 * The programs that root runs, one after another, exactly.
 */
commands: Array<string>, 
/**
 * The person joins the group `docker`, which gives them root's power on this machine.
 */
joins: boolean, 
/**
 * The app can run them: the system asks for the password. Otherwise only the person can, in a terminal.
 */
runs: boolean, } | { "kind": "join_group", 
/**
 * The group.
 */
group: string, 
/**
 * The programs that root runs, exactly.
 */
commands: Array<string>, 
/**
 * The app can run them.
 */
runs: boolean, } | { "kind": "log_in_again" };

/**
 * The engines that can be found.
 */
export type Engines = { 
/**
 * In the order in which they are looked for.
 */
options: Array<EngineOption>, 
/**
 * The variable that names the engine of this run, such as `DOCKER_HOST`. It goes before what the person picks.
 */
said_by: string | null, };

/**
 * A place where an engine is, or should be.
 */
export type EngineOption = { 
/**
 * Its address, such as `unix:///var/run/docker.sock`. Empty if what names it has none.
 */
endpoint: string, 
/**
 * What names the address: `DOCKER_HOST`, `context colima`, `Podman connection own`, `well-known socket`, ...
 */
named_by: Array<string>, 
/**
 * The engine's name, such as `Podman`. None if it cannot be used.
 */
name: string | null, 
/**
 * Its version.
 */
version: string | null, 
/**
 * Why it cannot be used.
 */
failure: Failure | null, 
/**
 * This program uses it now.
 */
used: boolean, 
/**
 * The person picked it.
 */
chosen: boolean, };

/**
 * The set-up of the engine that the person asked for.
 */
export type EngineSetup = { 
/**
 * What is installed, or the group that the person joins.
 */
name: string, 
/**
 * The person is only added to the group.
 */
joins_only: boolean, 
/**
 * The last lines that the programs wrote. As long as there is none, it can be cancelled.
 */
lines: Array<string>, 
/**
 * Why it failed; until it is dismissed, or an engine answers.
 */
failure: Failure | null, };

/**
 * A place, as an interface shows it.
 */
export type PlaceView = { 
/**
 * Its name, which the person gave it.
 */
name: string, 
/**
 * The gateway's address.
 */
address: string, 
/**
 * What is known of it.
 */
state: PlaceState, 
/**
 * The folders whose launches run there, by name.
 */
folders: Array<string>, 
/**
 * Folders of this machine that its kernels see, too: `HERE=THERE`, or one path if both are the same.
 */
shared: Array<string>, 
/**
 * The user for whom its kernels start.
 */
user: string | null, 
/**
 * The app has a token for it.
 */
has_token: boolean, };

/**
 * What is known of a place.
 */
export type PlaceState = { "state": "unknown" } | { "state": "asking" } | { "state": "ready", 
/**
 * What it is: `Enterprise Gateway 3.3.0`.
 */
version: string, 
/**
 * Its kernelspecs, by display name.
 */
kernelspecs: Array<PlaceKernelspec>, } | { "state": "failed", 
/**
 * The reason and the remedy.
 */
failure: Failure, };

/**
 * A kernelspec that a place offers.
 */
export type PlaceKernelspec = { 
/**
 * Its name in Jupyter.
 */
name: string, 
/**
 * Its name for people.
 */
display_name: string, 
/**
 * The language.
 */
language: string, 
/**
 * How the gateway starts its kernels, such as `KubernetesProcessProxy`, if it says so.
 */
proxy: string | null, };

/**
 * The place of a folder.
 */
export type FolderPlace = { 
/**
 * Its name.
 */
name: string, 
/**
 * The folder's path where the kernels run; none if they do not see it.
 */
path: string | null, };

/**
 * A place that a page adds. Files with certificates are named in a terminal alone.
 */
export type NewPlace = { 
/**
 * Its name.
 */
name: string, 
/**
 * The gateway's address.
 */
gateway: string, 
/**
 * The token that it asks for.
 */
token: TypedValue | null, 
/**
 * The user for whom its kernels start.
 */
user: string | null, 
/**
 * Folders of this machine that its kernels see, too: `HERE=THERE`, or one path if both are the same.
 */
shared: Array<string>, };

/**
 * Another machine, as an interface shows it.
 */
export type MachineView = { 
/**
 * Its name, which the person gave it.
 */
name: string, 
/**
 * What names its engine: an address, a context, or a host of ssh.
 */
address: string, 
/**
 * The state of its engine.
 */
engine: EngineState, };

/**
 * A folder on another machine, for a person who picks one.
 */
export type FoldersThere = { 
/**
 * Its whole path there.
 */
path: string, 
/**
 * The folders in it, by name.
 */
folders: Array<FolderThere>, 
/**
 * It has more of them.
 */
truncated: boolean, };

/**
 * A folder in it.
 */
export type FolderThere = { 
/**
 * Its name.
 */
name: string, 
/**
 * There are notebooks in it.
 */
has_notebooks: boolean, };

/**
 * The result of one check.
 */
export type Check = { 
/**
 * Its name.
 */
name: string, 
/**
 * Whether it passed.
 */
ok: boolean, 
/**
 * The finding.
 */
finding: string, 
/**
 * The remedy of a failed check, or what would be better.
 */
remedy: string | null, };

/**
 * A folder of notebooks, with its launch.
 */
export type PipelineView = { 
/**
 * The folder's id in commands: a hash of its owner and path.
 */
id: string, 
/**
 * The folder's own name.
 */
name: string, 
/**
 * The whole path, for people; not exact if it is not Unicode.
 */
path: string, 
/**
 * The machine that the folder is on; none is this one.
 */
machine: string | null, 
/**
 * False for a folder that is not in the list and is shown because it runs.
 */
added: boolean, 
/**
 * It stays on top of the list.
 */
pinned: boolean, 
/**
 * The time of its last launch or opening.
 */
last_opened: number | null, 
/**
 * The folder does not exist at the moment.
 */
missing: boolean, 
/**
 * The reason why an existing folder cannot be read.
 */
unreadable: string | null, 
/**
 * Notebooks in the folder and below, by path.
 */
notebooks: Array<PipelineFile>, 
/**
 * Scripts in the folder and below (`.py`, `.R`, `.sh`, `.jl`), by path.
 */
scripts: Array<PipelineFile>, 
/**
 * The scan has reached its limit: the folder has more files.
 */
truncated: boolean, 
/**
 * The time of the last change of a notebook or script.
 */
last_change: number | null, 
/**
 * The pipeline files (`*.orchest`, `pipeline.json`) in the folder.
 */
pipeline_files: Array<PipelineFile>, 
/**
 * The kernelspec of the next launch; none if there is none to pick. `this_folder` is the folder's environment.
 */
kernelspec: string | null, 
/**
 * The place of its next launch; none is this machine.
 */
place: FolderPlace | null, 
/**
 * The environment of the folder, if its files ask for packages.
 */
environment: EnvironmentView | null, 
/**
 * The kernelspecs that its notebooks name and that are not here. JupyterLab opens these with the nearest.
 */
unknown_kernelspecs: Array<UnknownKernelspec>, 
/**
 * The variables of its kernels, by name.
 */
variables: Array<VariableView>, 
/**
 * The `.env` of the folder, if it has one.
 */
env_file: EnvFileView | null, 
/**
 * The launch, if it runs or the last one failed.
 */
launch: LaunchView | null, };

/**
 * A notebook or script of a pipeline.
 */
export type PipelineFile = { 
/**
 * Its path relative to the folder, with `/`.
 */
path: string, 
/**
 * Its last change; none if that is not known.
 */
modified: number | null, 
/**
 * The reason if it cannot be opened.
 */
problem: string | null, };

/**
 * The content of a pipeline file.
 */
export type PipelineGraph = { 
/**
 * The pipeline's own name.
 */
name: string | null, 
/**
 * Its steps, by uuid.
 */
steps: Array<GraphStep>, 
/**
 * Its problems, apart from those of single steps.
 */
problems: Array<string>, };

/**
 * A step of a pipeline: one file that is run.
 */
export type GraphStep = { 
/**
 * Its name in connections.
 */
uuid: string, 
/**
 * Its name for people, or empty.
 */
title: string, 
/**
 * The file that it runs, as in the pipeline file, or empty.
 */
file: string, 
/**
 * Whether that file can be opened.
 */
state: StepFile, 
/**
 * Its kernel, as named in the file.
 */
kernel: string | null, 
/**
 * Its environment.
 */
environment: string | null, 
/**
 * The steps whose output it takes.
 */
after: Array<string>, 
/**
 * Its position in the drawing: right and down, in pixels.
 */
position: [number, number] | null, 
/**
 * It is part of a cycle: it waits for itself.
 */
in_cycle: boolean, };

/**
 * The state of a step's file.
 */
export type StepFile = "notebook" | "other" | "missing" | "outside" | "none";

/**
 * A launch at one moment. It is not part of a snapshot: only those who watch the launch get it.
 */
export type Live = { 
/**
 * Its kernels, as its server reports them.
 */
kernels: Array<LiveKernel>, 
/**
 * The usage of those containers that have reported it.
 */
uses: Array<Use>, };

/**
 * A kernel, as the server reports it.
 */
export type LiveKernel = { 
/**
 * Jupyter's kernel id.
 */
id: string, 
/**
 * The kernelspec's name.
 */
kernelspec: string, 
/**
 * Its notebook, relative to the folder; none for a console or a closed notebook.
 */
notebook: string | null, 
/**
 * Its state.
 */
state: KernelState, };

/**
 * The state of a kernel.
 */
export type KernelState = "starting" | "idle" | "busy" | "dead";

/**
 * The usage of one container.
 */
export type Use = { 
/**
 * `gateway`, `server`, or a kernel's id.
 */
part: string, 
/**
 * CPU, percent of one core.
 */
cpu: number, 
/**
 * Memory, bytes, without what the system can free when it needs to.
 */
memory: number, 
/**
 * Its memory limit, bytes.
 */
memory_limit: number, };

/**
 * A line of a container's log, or of the app's own.
 */
export type LogLine = { 
/**
 * `gateway`, `server`, `kernel` with the start of its id, or `app`.
 */
source: string, 
/**
 * Its level, if the line has one.
 */
level: LogLevel | null, 
/**
 * The line, without its end, without escape sequences, and with `…` for every token.
 */
text: string, 
/**
 * The time when it was written, if the engine reports it.
 */
at: number | null, 
/**
 * This is not a line, but the end of its source.
 */
ended: boolean, };

/**
 * The level of a line.
 */
export type LogLevel = "error" | "warning" | "info" | "debug";

/**
 * The environment of a folder.
 */
export type EnvironmentView = { 
/**
 * Its state.
 */
state: EnvironmentState, 
/**
 * The files that name packages, the nearest first.
 */
files: Array<EnvironmentFile>, 
/**
 * The language of the packages in the file that is used.
 */
language: Language, 
/**
 * The version of Python or R: of the environment if it was made, else as the files want it.
 */
python: string | null, 
/**
 * The number of packages: all that are installed, or else those that the files name.
 */
packages: number, 
/**
 * The bytes of the installed packages.
 */
size: number | null, 
/**
 * What the installation fetches, as far as a lock file of the folder says it. An environment that is there has none.
 */
download: DownloadView | null, 
/**
 * An environment was made, and the files have changed since.
 */
changed: boolean, 
/**
 * The names of the other folders that have the same environment: it is on the disk once.
 */
shared_with: Array<string>, 
/**
 * Debian packages that the folder asks for. The kernels of an environment have them; an image of the folder's own does not
 * get them.
 */
apt: Array<string>, 
/**
 * A script that the folder wants to run after the installation.
 */
post_build: PostBuildView | null, 
/**
 * The folder asks for GPUs, and the engine reports none.
 */
lacks_gpus: GpuWish | null, 
/**
 * The environment is being made without a launch.
 */
updating: StageView | null, };

/**
 * What an installation fetches. Packages that are in the store already count, too: only the installation finds them.
 */
export type DownloadView = { 
/**
 * The bytes of the packages whose size the lock file has.
 */
bytes: number, 
/**
 * There are packages whose size it does not have.
 */
more: boolean, 
/**
 * How long that takes at the rate of the last download.
 */
seconds: number | null, };

/**
 * The state of an environment.
 */
export type EnvironmentState = "unsupported" | "asks" | "wanted" | "ready";

/**
 * How a folder asks for GPUs.
 */
export type GpuWish = "needed" | "optional";

/**
 * The state of a `postBuild`.
 */
export type PostBuildState = "offered" | "changed" | "wanted" | "ran";

/**
 * A script that a folder wants to run after the installation: in a container with what the folder's kernels have.
 */
export type PostBuildView = { 
/**
 * Its path relative to the folder, with `/`.
 */
path: string, 
/**
 * All of its lines.
 */
lines: Array<string>, 
/**
 * Whether it runs.
 */
state: PostBuildState, };

/**
 * The language of packages.
 */
export type Language = "Python" | "R";

/**
 * A file that names packages.
 */
export type EnvironmentFile = { 
/**
 * Its path relative to the folder, with `/`.
 */
path: string, 
/**
 * The environment is made from it.
 */
used: boolean, 
/**
 * An environment can be made from it.
 */
usable: boolean, 
/**
 * The language of the packages that it names.
 */
language: Language, 
/**
 * Packages can be added to it and removed from it.
 */
editable: boolean, 
/**
 * The file is itself a program, which runs when its packages are installed.
 */
script: boolean, 
/**
 * The packages that it names, as they are written, or the lines of its Dockerfile; at most 500.
 */
asks: Array<string>, 
/**
 * The number of packages that it names.
 */
count: number, 
/**
 * The channels of conda that its packages come from; with none, they come from PyPI.
 */
channels: Array<string>, 
/**
 * The hosts that its files name, besides those of PyPI, of CRAN and of the channels.
 */
hosts: Array<string>, 
/**
 * An image is built from it: its commands run as root inside the build, with the network.
 */
builds: boolean, 
/**
 * The image that it names and that is pulled.
 */
pulls: string | null, 
/**
 * The lock file that is used with it.
 */
locked_by: string | null, 
/**
 * What in it cannot be understood: the file, the line if it is known, and the reason.
 */
problems: Array<string>, };

/**
 * The packages of an environment.
 */
export type EnvironmentPackages = { 
/**
 * Each package that the environment has.
 */
installed: Array<PackageView>, 
/**
 * What was installed by hand in the folder's kernels. Empty while no engine answers.
 */
by_hand: Array<HandInstalled>, };

/**
 * An installed package.
 */
export type PackageView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its version.
 */
version: string, 
/**
 * Its size, bytes.
 */
size: number, 
/**
 * A file of the folder names it. Otherwise another package needs it.
 */
asked: boolean, };

/**
 * A package that was installed by hand in a kernel of the folder.
 */
export type HandInstalled = { 
/**
 * Its language.
 */
language: Language, 
/**
 * Its name.
 */
name: string, 
/**
 * Its version.
 */
version: string, 
/**
 * Its size, bytes.
 */
size: number, 
/**
 * A person asked for it. Otherwise another package needs it.
 */
requested: boolean, 
/**
 * The version that the environment has, if that is another one.
 */
environment: string | null, };

/**
 * The environments and Pythons that were removed, or would be.
 */
export type Cleaned = { 
/**
 * Nothing was removed: this is what would be.
 */
dry_run: boolean, 
/**
 * The environments.
 */
environments: Array<string>, 
/**
 * The Pythons, each by its name in the store.
 */
pythons: Array<string>, 
/**
 * The bytes that this frees.
 */
frees: number, 
/**
 * What is in use and stays.
 */
busy: Array<string>, };

/**
 * What is known of newer versions.
 */
export type UpdatesView = { 
/**
 * Where they are looked for; none if this build has no address and the settings name none.
 */
address: string | null, 
/**
 * Whether the person wants that; none if they have not said.
 */
check: boolean | null, 
/**
 * The window asks the person now.
 */
ask: boolean, 
/**
 * When the address was asked last.
 */
checked_at: number | null, 
/**
 * The address is being asked.
 */
checking: boolean, 
/**
 * Why the last look, or the last update, came to nothing.
 */
failure: Failure | null, 
/**
 * The newer version, if there is one.
 */
newer: NewerView | null, 
/**
 * The download of the newer version, while it goes on.
 */
progress: Progress | null, 
/**
 * The version that was installed and runs after a restart.
 */
installed: string | null, 
/**
 * The program ends to start that version.
 */
restarting: boolean, };

/**
 * A newer version.
 */
export type NewerView = { 
/**
 * Its version.
 */
version: string, 
/**
 * The day of its release, as `2026-11-29`.
 */
date: string, 
/**
 * What is new: plain text.
 */
notes: string, 
/**
 * The address of its page, for people; `OpenUpdatePage` opens it.
 */
page: string, 
/**
 * How it gets here.
 */
how: UpdateHow, 
/**
 * The person does not want to be shown it outside of Settings.
 */
later: boolean, };

/**
 * How a newer version gets to this machine.
 */
export type UpdateHow = { "how": "itself", 
/**
 * The size of the download, bytes.
 */
size: number, } | { "how": "command", 
/**
 * The command.
 */
command: string, } | { "how": "page" };

/**
 * A variable of a folder's kernels.
 */
export type VariableView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its value; none if it is secret.
 */
value: string | null, 
/**
 * Where its value is.
 */
kept: VariableKept, 
/**
 * Why kernels do not get it: a person wrote it into the settings file by hand.
 */
problem: string | null, };

/**
 * Where the value of a variable is.
 */
export type VariableKept = "settings" | "keychain" | "this_run" | "lost";

/**
 * The `.env` of a folder. Its values are not in it.
 */
export type EnvFileView = { 
/**
 * Whether kernels get its variables.
 */
state: EnvFileState, 
/**
 * The names of its variables, at most 100.
 */
names: Array<string>, 
/**
 * The number of its variables.
 */
count: number, 
/**
 * What in it cannot be used: the line and the reason.
 */
problems: Array<string>, };

/**
 * Whether kernels get the variables of a `.env`.
 */
export type EnvFileState = "offered" | "used" | "changed";

/**
 * A value on its way from a person. `Debug` hides it, so that it cannot slip into a log.
 */
export type TypedValue = string;

/**
 * One pipeline's gateway, server, network and kernels.
 */
export type LaunchView = { 
/**
 * The launch's id, which is the pipeline's id.
 */
id: string, 
/**
 * Its state.
 */
state: LaunchState, 
/**
 * Its kernelspec.
 */
kernelspec: string, 
/**
 * The place where its kernels run; none is this machine.
 */
place: string | null, 
/**
 * Another process (the terminal, another window) launched it.
 */
foreign: boolean, 
/**
 * Its owner, `user@host`, if it belongs to somebody else: the app shows it, but neither repairs nor removes it.
 */
owner: string | null, 
/**
 * When the person asked for it; 0 if the engine does not report that, which is null for the page.
 */
started_at: number | null, 
/**
 * Its address on this machine, without token and most of the path; none if it is not known.
 */
address: string | null, 
/**
 * When it became ready.
 */
ready_at: number | null, 
/**
 * The stages, in order; empty for a launch that another process started.
 */
stages: Array<StageView>, 
/**
 * The reason if it failed.
 */
failure: Failure | null, 
/**
 * A warning about the running launch: its folder was created anew, and it uses the old one.
 */
warning: Notice | null, 
/**
 * Its running kernels.
 */
kernels: Array<KernelView>, 
/**
 * When the app stops it, if it stays unused: it has been unused for as long as the settings allow.
 */
idle_stop_at: number | null, };

/**
 * The state of a launch, from the request to the removal.
 */
export type LaunchState = "starting" | "running" | "broken" | "stopping" | "failed";

/**
 * A kernel's container.
 */
export type KernelView = { 
/**
 * Jupyter's kernel id.
 */
id: string, 
/**
 * The kernelspec's name.
 */
kernelspec: string, 
/**
 * When its container was made; 0 where the engine does not say, which crosses as null.
 */
started_at: number | null, };

/**
 * A visible stage of launching.
 */
export type Stage = "engine" | "images" | "environment" | "gateway" | "network" | "containers" | "ready";

/**
 * The progress of one stage.
 */
export type StageView = { 
/**
 * The stage.
 */
stage: Stage, 
/**
 * Its state.
 */
state: StageState, 
/**
 * When it began.
 */
started_at: number | null, 
/**
 * How long it took, once it has ended.
 */
took: number | null, 
/**
 * The current action, or the finding, in a few words.
 */
detail: string, 
/**
 * The amount done, if it is known.
 */
progress: Progress | null, 
/**
 * The newest lines of a build's log, at most 8.
 */
log: Array<string>, };

/**
 * The state of a stage.
 */
export type StageState = "waiting" | "active" | "done" | "failed" | "cancelled";

/**
 * The progress of something.
 */
export type Progress = { 
/**
 * Its unit.
 */
unit: ProgressUnit, 
/**
 * The amount done.
 */
done: number, 
/**
 * The whole amount, as far as it is known.
 */
total: number | null, 
/**
 * Units a second over the last few seconds.
 */
rate: number | null, };

/**
 * The unit of progress.
 */
export type ProgressUnit = "bytes" | "steps" | "packages";

/**
 * A kernelspec that notebooks name and that is not here.
 */
export type UnknownKernelspec = { 
/**
 * Its name.
 */
name: string, 
/**
 * The notebooks that name it, at most 20.
 */
notebooks: Array<string>, 
/**
 * The number of these notebooks.
 */
count: number, 
/**
 * The name of the nearest kernelspec of the same language; none if there is none.
 */
nearest: string | null, };

/**
 * A usable kernelspec.
 */
export type KernelspecView = { 
/**
 * Its name in Jupyter, which is its folder's name.
 */
name: string, 
/**
 * Its name for people.
 */
display_name: string, 
/**
 * The language, such as `python` or `R`.
 */
language: string, 
/**
 * The image of its kernels.
 */
image: string, 
/**
 * Its kernels ask for GPUs, and the engine reports none: they may not start.
 */
lacks_gpus: boolean, 
/**
 * It asks for limits that the engine does not keep: these, as a sentence without an end.
 */
unkept: string | null, 
/**
 * A remark for the choice, such as an argument that the gateway adds.
 */
remark: string | null, };

/**
 * A folder in the kernels directory without a usable kernelspec.
 */
export type KernelspecProblem = { 
/**
 * The folder's name.
 */
name: string, 
/**
 * The file with the problem.
 */
path: string, 
/**
 * The problem and its place.
 */
message: string, 
/**
 * The remedy.
 */
hint: string, };

/**
 * The purpose of an image.
 */
export type ImageRole = "gateway" | "server" | "kernel";

/**
 * An image that launches need.
 */
export type ImageView = { 
/**
 * Its purpose.
 */
role: ImageRole, 
/**
 * Its name with its tag.
 */
name: string, 
/**
 * It is on the engine, and current.
 */
present: boolean, 
/**
 * Its size on the engine, bytes; none if it is missing.
 */
size: number | null, 
/**
 * About how much disk it takes in addition to [`shared`](ImageView::shared), bytes; known only for the app's
 * images.
 */
adds: number | null, 
/**
 * About how much it shares with the app's other images, bytes.
 */
shared: number, };

/**
 * A message with its hint: good news, something to know, or a failure.
 */
export type Notice = { 
/**
 * Its tone.
 */
tone: Tone, 
/**
 * What happened, with what: one sentence.
 */
message: string, 
/**
 * What to do next, or what follows.
 */
hint: string, };

/**
 * The tone of a notice.
 */
export type Tone = "good" | "remark" | "failure";

/**
 * A [`Notice`] that stays until it is dismissed.
 */
export type NoticeView = { 
/**
 * Its id in `dismiss_notice`.
 */
id: number, 
/**
 * Its tone.
 */
tone: Tone, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do.
 */
hint: string, 
/**
 * The pipeline whose address the person can copy, if that helps.
 */
address_of: string | null, };

/**
 * What to do with running launches when the window is closed.
 */
export type OnClose = "keep" | "stop";

/**
 * The person's choices, and the defaults of the others.
 */
export type SettingsView = { 
/**
 * The settings file, which the person may edit.
 */
file: string, 
/**
 * The colours of the window.
 */
theme: Theme, 
/**
 * The zoom of the window; 1 is the normal size.
 */
zoom: number, 
/**
 * The order of the list, below running launches and pinned folders.
 */
sort: Sort, 
/**
 * What to do with running launches when the window is closed; by default the window asks.
 */
on_close: OnClose | null, 
/**
 * How long a launch has to become ready, seconds.
 */
launch_timeout_s: number, 
/**
 * The default of it.
 */
launch_timeout_default_s: number, 
/**
 * An unused launch is stopped after this time, minutes; never by default.
 */
idle_stop_min: number | null, 
/**
 * The limits of a launch's containers.
 */
limits: Limits, 
/**
 * The browser opens as soon as a launch is ready.
 */
open_when_ready: boolean, 
/**
 * An icon in the system's tray shows running launches, even when the window is closed.
 */
tray: boolean, 
/**
 * The system shows no tray, and so no icon.
 */
tray_missing: boolean, 
/**
 * The address of the engine that the person picked. None: it is searched.
 */
engine: string | null, 
/**
 * The person chose the kernels directory.
 */
kernels_dir_chosen: boolean, 
/**
 * A file with certificate authorities for image builds and updates.
 */
ca_file: string | null, 
/**
 * The base image of the app's images, if another one was chosen.
 */
base_image: string | null, 
/**
 * The registry where the app's images are looked for before they are built, if one was chosen.
 */
images_registry: string | null, 
/**
 * The folder with the logs.
 */
logs_dir: string, 
/**
 * The app's version.
 */
version: string, };

/**
 * The colours of the window.
 */
export type Theme = "system" | "light" | "dark";

/**
 * The order of the list, below running launches and pinned folders.
 */
export type Sort = "name" | "opened" | "changed";

/**
 * The limits of a launch's containers. The gateway, which is small, always has the default limits for processes and
 * log.
 */
export type Limits = { 
/**
 * The Jupyter server.
 */
server?: Limit, 
/**
 * Each kernel.
 */
kernel?: Limit, };

/**
 * The limits of one container.
 */
export type Limit = { 
/**
 * CPU cores, such as `1.5`; by default all of the engine's.
 */
cpus?: number | null, 
/**
 * Memory, in MB as `docker run --memory` counts them (1024 × 1024 bytes); by default all of the engine's.
 */
memory_mb?: number | null, 
/**
 * The part of the memory that processes can share (`/dev/shm`), MB; by default all of `memory_mb`, or half of the
 * engine's memory if there is no limit.
 */
shm_mb?: number | null, 
/**
 * Processes and threads; 4096 by default.
 */
processes?: number | null, 
/**
 * How much of its log the engine keeps, MB; 32 by default.
 */
log_mb?: number | null, };

/**
 * A command of the page. It names folders, launches and kernels by the snapshot's ids, kernelspecs by their names, and
 * files by the snapshot's paths, never by a path or address of its own. `PipelineGraph` and some commands of kernelspecs
 * have an answer.
 */
export type Command = { "command": "remove_pipeline", id: string, } | { "command": "forget_pipeline", id: string, } | { "command": "pin_pipeline", id: string, pinned: boolean, } | { "command": "pick_kernelspec", id: string, name: string, } | { "command": "allow_environment", id: string, } | { "command": "pick_environment_file", id: string, file: string, } | { "command": "update_environment", id: string, upgrade: boolean, } | { "command": "cancel_environment", id: string, } | { "command": "environment_packages", id: string, } | { "command": "folder_imports", id: string, } | { "command": "start_environment", id: string, packages: Array<string>, } | { "command": "edit_packages", id: string, add: Array<string>, remove: Array<string>, pip: boolean, } | { "command": "remove_by_hand", id: string, language: Language, names: Array<string>, } | { "command": "set_variable", id: string, name: string, value: TypedValue, secret: boolean, } | { "command": "remove_variable", id: string, name: string, } | { "command": "use_env_file", id: string, used: boolean, } | { "command": "run_post_build", id: string, run: boolean, } | { "command": "clean_environments", dry_run: boolean, } | { "command": "launch", id: string, } | { "command": "cancel", id: string, } | { "command": "stop", id: string, } | { "command": "restart_launch", id: string, } | { "command": "keep_running", id: string, } | { "command": "open_pipeline", id: string, } | { "command": "open_notebook", id: string, path: string, } | { "command": "pipeline_graph", id: string, file: string, } | { "command": "live_kernels", id: string, } | { "command": "interrupt_kernel", id: string, kernel: string, } | { "command": "restart_kernel", id: string, kernel: string, } | { "command": "shut_down_kernel", id: string, kernel: string, } | { "command": "reveal_pipeline", id: string, } | { "command": "reveal_log", id: string, } | { "command": "reveal_kernels" } | { "command": "reveal_settings" } | { "command": "reveal_logs" } | { "command": "reveal_licences" } | { "command": "dismiss_failure", id: string, } | { "command": "dismiss_notice", notice: number, } | { "command": "look_again" } | { "command": "list_engines" } | { "command": "use_engine", endpoint: string, } | { "command": "forget_engine" } | { "command": "pick_place", id: string, place: string | null, } | { "command": "ask_place", name: string, } | { "command": "add_place", place: NewPlace, } | { "command": "remove_place", name: string, } | { "command": "test_place", name: string, } | { "command": "add_machine", name: string, engine: string, } | { "command": "remove_machine", name: string, } | { "command": "test_machine", name: string, } | { "command": "look_again_at", name: string, } | { "command": "list_folders", machine: string, path: string, } | { "command": "add_folder_there", machine: string, path: string, } | { "command": "start_engine" } | { "command": "install_engine" } | { "command": "join_group" } | { "command": "cancel_engine_setup" } | { "command": "dismiss_engine_setup" } | { "command": "prepare_images" } | { "command": "cancel_preparing" } | { "command": "answer_images", file: string, take: boolean, } | { "command": "answer_close", answer: OnClose | null, remember: boolean, } | { "command": "quit" } | { "command": "check_updates" } | { "command": "put_update_off" } | { "command": "open_update_page" } | { "command": "install_update" } | { "command": "cancel_update" } | { "command": "restart_program" } | { "command": "choose", change: Change, } | { "command": "clear_ca_file" } | { "command": "clear_kernels_dir" } | { "command": "open_kernelspec", source: KernelspecSource, } | { "command": "check_kernelspec", source: KernelspecSource, draft: KernelspecDraft, } | { "command": "save_kernelspec", source: KernelspecSource, draft: KernelspecDraft, seen: string | null, } | { "command": "delete_kernelspec", name: string, } | { "command": "test_kernelspec", name: string, } | { "command": "cancel_kernelspec_test" } | { "command": "engine_images" };

/**
 * What an editor works on.
 */
export type KernelspecSource = { "kind": "new" } | { "kind": "copy", 
/**
 * The name of the kernelspec that is copied.
 */
name: string, } | { "kind": "existing", 
/**
 * Its name.
 */
name: string, };

/**
 * The fields of a kernelspec, as they are typed.
 */
export type KernelspecDraft = { 
/**
 * Its name in Jupyter, which is its folder's name.
 */
name: string, 
/**
 * Its name for people; its name in Jupyter if it is empty.
 */
display_name: string, 
/**
 * The language.
 */
language: string, 
/**
 * The image of its kernels.
 */
image: string, 
/**
 * The variables of its kernels.
 */
env: Array<DraftVariable>, 
/**
 * The memory of a kernel, MB; empty for no limit of its own.
 */
memory_mb: string, 
/**
 * The cores of a kernel; empty for no limit of its own.
 */
cpus: string, 
/**
 * The shared memory of a kernel, MB; empty for no limit of its own.
 */
shm_mb: string, 
/**
 * The GPUs of a kernel: `all`, a number, or empty for none.
 */
gpus: string, 
/**
 * The command that starts a kernel, word by word.
 */
argv: Array<string>, };

/**
 * A variable of a kernelspec.
 */
export type DraftVariable = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its value.
 */
value: string, };

/**
 * A field of a draft.
 */
export type KernelspecField = "file" | "name" | "display_name" | "language" | "image" | "env" | "memory_mb" | "cpus" | "shm_mb" | "gpus" | "argv";

/**
 * Something wrong with a draft.
 */
export type KernelspecFault = { 
/**
 * The field that it is shown at.
 */
field: KernelspecField, 
/**
 * The variable's place in `env`, from 0, if it is one of a variable.
 */
row: number | null, 
/**
 * What is wrong.
 */
message: string, 
/**
 * The remedy.
 */
hint: string, };

/**
 * A draft with what is wrong with it, and the `kernel.json` that it makes.
 */
export type KernelspecChecked = { 
/**
 * All that is wrong, in the order of the fields.
 */
faults: Array<KernelspecFault>, 
/**
 * The text of `kernel.json`.
 */
text: string, };

/**
 * A kernelspec that is opened in an editor.
 */
export type KernelspecOpened = { 
/**
 * Its fields.
 */
draft: KernelspecDraft, 
/**
 * What is wrong with it at first, and its text.
 */
checked: KernelspecChecked, 
/**
 * The hash of the file that was read. Saving is refused if the file has another one by then.
 */
seen: string | null, 
/**
 * Its file is no JSON object, so fields cannot change it.
 */
unreadable: boolean, };

/**
 * A kernel that was started to test its kernelspec.
 */
export type KernelspecTested = { 
/**
 * How long the gateway and the server took, milliseconds.
 */
launch_ms: number, 
/**
 * How long the kernel took until it answered, milliseconds.
 */
kernel_ms: number, 
/**
 * How long its answer to the code took, milliseconds.
 */
answer_ms: number, 
/**
 * The code that it ran.
 */
code: string, 
/**
 * Its answer.
 */
answer: string, 
/**
 * The last lines of its log, oldest first.
 */
log: Array<string>, };

/**
 * One changed choice; null means the default. Numbers are as they were typed: core refuses invalid ones.
 */
export type Change = { "name": "theme", "value": Theme } | { "name": "zoom", "value": number | null } | { "name": "sort", "value": Sort } | { "name": "on_close", "value": OnClose | null } | { "name": "launch_timeout_s", "value": number | null } | { "name": "idle_stop_min", "value": number | null } | { "name": "limits", "value": WantedLimits } | { "name": "open_when_ready", "value": boolean | null } | { "name": "tray", "value": boolean } | { "name": "updates_check", "value": boolean | null };

/**
 * [`Limits`] as they were typed.
 */
export type WantedLimits = { 
/**
 * The Jupyter server.
 */
server: WantedLimit, 
/**
 * Each kernel.
 */
kernel: WantedLimit, };

/**
 * A [`Limit`] as it was typed.
 */
export type WantedLimit = { 
/**
 * Cores.
 */
cpus: number | null, 
/**
 * Memory, MB.
 */
memory_mb: number | null, 
/**
 * Shared memory, MB.
 */
shm_mb?: number | null, 
/**
 * Processes and threads.
 */
processes?: number | null, 
/**
 * Log, MB.
 */
log_mb?: number | null, };

/**
 * A folder to show: it was added or asked for outside of the page.
 */
export type Reveal = { 
/**
 * The pipeline's id.
 */
id: string, 
/**
 * The notebook in it that the person opened from outside.
 */
notebook: string | null, 
/**
 * Grows by one with each request.
 */
count: number, };
