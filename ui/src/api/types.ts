// Written from the Rust types by orchest-core's bridge test; not by hand.

/**
 * What a person is told when something fails: what happened, with what, and what to do next.
 */
export type Failure = { 
/**
 * Set apart where an interface acts on it; everything else is `other`.
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
 * The last lines of the log that says why, oldest first.
 */
log: Array<string>, 
/**
 * Where the whole log is.
 */
log_file: string | null, };

/**
 * The failures that an interface acts on.
 */
export type FailureCode = "engine_unreachable" | "engine_forbidden" | "engine_too_old" | "engine_elsewhere" | "image" | "folder" | "cancelled" | "other";

/**
 * All that an interface shows, at one moment. Each snapshot replaces the one before it whole.
 */
export type Snapshot = { 
/**
 * Grows by one with each snapshot of this process.
 */
revision: number, 
/**
 * What is known of the engine.
 */
engine: EngineState, 
/**
 * The folders that were added, and those that run without having been added; running ones first, then
 * those that are pinned, then in the order that was chosen; last what somebody else runs in folders that are not in
 * one's own list.
 */
pipelines: Array<PipelineView>, 
/**
 * The kernelspecs that can be picked, by display name.
 */
kernelspecs: Array<KernelspecView>, 
/**
 * The folders under the kernels directory that hold no usable kernelspec, and why.
 */
kernelspec_problems: Array<KernelspecProblem>, 
/**
 * The kernels directory, which the user may edit.
 */
kernels_dir: string, 
/**
 * The images that launches need, and whether they are here; empty while no engine answers.
 */
images: Array<ImageView>, 
/**
 * Images being prepared ahead of a launch, while that goes on.
 */
preparing: StageView | null, 
/**
 * The window is to be closed while launches run: the person is to be asked what becomes of them.
 */
closing: boolean, 
/**
 * Things to tell once, newest last; each stays until it is dismissed.
 */
notices: Array<NoticeView>, 
/**
 * What the person chose.
 */
settings: SettingsView, 
/**
 * Folders are held over the window, and will be added when they are let go.
 */
dropping: boolean, 
/**
 * The folder that was asked for last in another way than by the page: dropped, named on the command line, chosen in
 * the tray.
 */
reveal: Reveal | null, };

/**
 * What is known of the engine, the Docker-compatible daemon.
 */
export type EngineState = { "state": "looking" } | { "state": "ready", 
/**
 * What it calls itself: `Docker Engine`, `Docker Desktop`, `Podman Engine`, ...
 */
name: string, 
/**
 * Its version, such as `20.10.24`.
 */
version: string, 
/**
 * The API version that was agreed on, such as `1.41`.
 */
api_version: string, 
/**
 * Where it was found, such as `unix:///var/run/docker.sock`.
 */
endpoint: string, 
/**
 * Why this one: `DOCKER_HOST`, `context colima`, `well-known socket`.
 */
found_by: string, 
/**
 * Where it was looked for before, in order, and what was found there.
 */
tried: Array<string>, 
/**
 * How many cores it has; 0 where it does not say.
 */
cpus: number, 
/**
 * How much memory it has, bytes; 0 where it does not say.
 */
memory: number, } | { "state": "unavailable", 
/**
 * Why, and what to do.
 */
failure: Failure, 
/**
 * Since when.
 */
since: number, 
/**
 * When an engine had answered before: what is shown of launches may be old.
 */
stale: boolean, 
/**
 * What can be started from here, so that it answers: `Docker`, `Docker Desktop`, ...
 */
starts: string | null, };

/**
 * A folder of notebooks, with what runs in it.
 */
export type PipelineView = { 
/**
 * Stable name of the folder in commands: a hash of its owner and path.
 */
id: string, 
/**
 * The folder's own name.
 */
name: string, 
/**
 * The whole path, for people; lossy where it is not Unicode.
 */
path: string, 
/**
 * False for a folder that is shown only because it runs.
 */
added: boolean, 
/**
 * It stays on top of the list.
 */
pinned: boolean, 
/**
 * When it was launched or opened last.
 */
last_opened: number | null, 
/**
 * The folder is not there at the moment.
 */
missing: boolean, 
/**
 * Why the folder cannot be read, where it is there and cannot.
 */
unreadable: string | null, 
/**
 * Notebooks below the folder, by path.
 */
notebooks: Array<PipelineFile>, 
/**
 * Scripts below the folder (`.py`, `.R`, `.sh`, `.jl`), by path.
 */
scripts: Array<PipelineFile>, 
/**
 * The scan met its bound: there are more files than are shown.
 */
truncated: boolean, 
/**
 * The newest change of a notebook or script.
 */
last_change: number | null, 
/**
 * The pipeline files (`*.orchest`, `pipeline.json`) in the folder.
 */
pipeline_files: Array<PipelineFile>, 
/**
 * The kernelspec that the next launch uses; none where there is none to pick.
 */
kernelspec: string | null, 
/**
 * The launch, where there is one or the last one failed.
 */
launch: LaunchView | null, };

/**
 * A notebook or script below a pipeline's folder.
 */
export type PipelineFile = { 
/**
 * Relative to the folder, with `/` between its parts.
 */
path: string, 
/**
 * Its last change.
 */
modified: number, 
/**
 * Why it cannot be opened, where it cannot.
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
 * It is part of a circle: it waits for itself.
 */
in_cycle: boolean, };

/**
 * The state of a step's file.
 */
export type StepFile = "notebook" | "other" | "missing" | "outside" | "none";

/**
 * A launch at one moment. Not part of a snapshot: only whoever watches the launch is told.
 */
export type Live = { 
/**
 * Its kernels, as its server tells them.
 */
kernels: Array<LiveKernel>, 
/**
 * What its containers use: of those that have told it yet.
 */
uses: Array<Use>, };

/**
 * A kernel, as the server tells it.
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
 * The notebook that it belongs to, relative to the folder; none for a console or what is not open any more.
 */
notebook: string | null, 
/**
 * What it does.
 */
state: KernelState, };

/**
 * What a kernel does.
 */
export type KernelState = "starting" | "idle" | "busy" | "dead";

/**
 * What one container uses.
 */
export type Use = { 
/**
 * `gateway`, `server`, or a kernel's id.
 */
part: string, 
/**
 * Percent of one core.
 */
cpu: number, 
/**
 * Bytes, without what the system would give back when it is wanted.
 */
memory: number, 
/**
 * The most that it may use, bytes.
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
 * One pipeline's gateway, server, network and kernels.
 */
export type LaunchView = { 
/**
 * The launch's id, which is the pipeline's.
 */
id: string, 
/**
 * Where it is between being asked for and being gone.
 */
state: LaunchState, 
/**
 * The kernelspec it was launched with.
 */
kernelspec: string, 
/**
 * Another process (the terminal, another window) started it.
 */
foreign: boolean, 
/**
 * Whose it is, `user@host`, where it is somebody else's: it is shown, and neither repaired nor removed.
 */
owner: string | null, 
/**
 * When it was asked for.
 */
started_at: number, 
/**
 * Where it is reached from this machine, without its token and most of its path; none while that is not known.
 */
address: string | null, 
/**
 * When it could be used.
 */
ready_at: number | null, 
/**
 * The stages, in order; empty for a launch that another process started.
 */
stages: Array<StageView>, 
/**
 * Why it failed, where it did.
 */
failure: Failure | null, 
/**
 * What a person should know of it while it runs, and do: its folder was made anew, and it has the old one.
 */
warning: Notice | null, 
/**
 * Kernels that run.
 */
kernels: Array<KernelView>, 
/**
 * Nobody has used it for as long as the settings allow: when it is stopped, unless that changes.
 */
idle_stop_at: number | null, };

/**
 * Where a launch is between being asked for and being gone.
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
 * When its container was made.
 */
started_at: number, };

/**
 * A stage of launching that a person can see.
 */
export type Stage = "engine" | "images" | "network" | "containers" | "ready";

/**
 * How far one stage is.
 */
export type StageView = { 
/**
 * Which one.
 */
stage: Stage, 
/**
 * How far it is.
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
 * What is happening, or what was found, in a few words.
 */
detail: string, 
/**
 * How much is done, where that can be told.
 */
progress: Progress | null, 
/**
 * The newest lines of a build's log, at most 8.
 */
log: Array<string>, };

/**
 * How far a stage is.
 */
export type StageState = "waiting" | "active" | "done" | "failed" | "cancelled";

/**
 * How much of something is done.
 */
export type Progress = { 
/**
 * In what it is counted.
 */
unit: ProgressUnit, 
/**
 * How much is done.
 */
done: number, 
/**
 * How much there is, as far as it is known by now.
 */
total: number | null, 
/**
 * Units a second over the last few seconds.
 */
rate: number | null, };

/**
 * In what progress is counted.
 */
export type ProgressUnit = "bytes" | "steps";

/**
 * A kernelspec that can be picked.
 */
export type KernelspecView = { 
/**
 * Its folder's name, which is Jupyter's name for it.
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
 * The image its kernels run from.
 */
image: string, 
/**
 * Something to know before picking it, such as an argument that is completed at launch.
 */
remark: string | null, };

/**
 * A folder under the kernels directory that holds no usable kernelspec.
 */
export type KernelspecProblem = { 
/**
 * The folder's name.
 */
name: string, 
/**
 * The file the problem is in.
 */
path: string, 
/**
 * What is wrong, with where.
 */
message: string, 
/**
 * What to do.
 */
hint: string, };

/**
 * What an image is for.
 */
export type ImageRole = "gateway" | "server" | "kernel";

/**
 * An image that launches need.
 */
export type ImageView = { 
/**
 * What it is for.
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
 * Its size on the engine, bytes; none where it is not present.
 */
size: number | null, 
/**
 * What it adds on the engine, bytes, about, and beside [`shared`](ImageView::shared); known of our own alone.
 */
adds: number | null, 
/**
 * What it shares with the others of ours, bytes, about.
 */
shared: number, };

/**
 * What happened, and what to do about it: good news, something to know, or a failure.
 */
export type Notice = { 
/**
 * How an interface shows it.
 */
tone: Tone, 
/**
 * What happened, with what: one sentence.
 */
message: string, 
/**
 * What to do next, or what else follows from it.
 */
hint: string, };

/**
 * How an interface shows a notice.
 */
export type Tone = "good" | "remark" | "failure";

/**
 * A [`Notice`] that is shown until it is dismissed.
 */
export type NoticeView = { 
/**
 * Names it in `dismiss_notice`.
 */
id: number, 
/**
 * How it is shown.
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
 * The pipeline whose address helps, where one does: it can be copied.
 */
address_of: string | null, };

/**
 * What becomes of launches when the window is closed.
 */
export type OnClose = "keep" | "stop";

/**
 * What the person chose, with the defaults where they chose nothing.
 */
export type SettingsView = { 
/**
 * The file that holds it, which may be edited by hand.
 */
file: string, 
/**
 * The colours of the window.
 */
theme: Theme, 
/**
 * How large all in the window is; 1 is the usual size.
 */
zoom: number, 
/**
 * The order of the list, below what runs and what is pinned.
 */
sort: Sort, 
/**
 * What becomes of launches when the window is closed; the person is asked where none is chosen.
 */
on_close: OnClose | null, 
/**
 * How long a launch has to become usable, seconds.
 */
launch_timeout_s: number, 
/**
 * The same where nothing is chosen.
 */
launch_timeout_default_s: number, 
/**
 * After how many minutes a launch that nobody uses is stopped; never where none is chosen.
 */
idle_stop_min: number | null, 
/**
 * The most that the containers of a launch may use.
 */
limits: Limits, 
/**
 * The browser is opened as soon as a launch can be used.
 */
open_when_ready: boolean, 
/**
 * Running launches are one click away in the system's tray, also while the window is closed.
 */
tray: boolean, 
/**
 * The system shows no tray, and so no icon.
 */
tray_missing: boolean, 
/**
 * The kernels directory is one that the person chose.
 */
kernels_dir_chosen: boolean, 
/**
 * A file with certificate authorities for image builds.
 */
ca_file: string | null, 
/**
 * The base image that ours are built from, where another one was named.
 */
base_image: string | null, 
/**
 * The folder with the logs.
 */
logs_dir: string, 
/**
 * The program's version.
 */
version: string, };

/**
 * The colours of the window.
 */
export type Theme = "system" | "light" | "dark";

/**
 * The order of the list, below what runs and what is pinned.
 */
export type Sort = "name" | "opened" | "changed";

/**
 * The most that the containers of a launch may use. The gateway, which is small, has the default of processes and log
 * alone.
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
 * The most that one container may use.
 */
export type Limit = { 
/**
 * Cores, such as `1.5`; all of the engine's where none is given.
 */
cpus?: number | null, 
/**
 * Memory, in MB as `docker run --memory` counts them (1024 × 1024 bytes); all of the engine's where none is given.
 */
memory_mb?: number | null, 
/**
 * Of that memory, how much may be shared between processes (`/dev/shm`), MB; all of it where none is given, and
 * half of the engine's where memory has no limit.
 */
shm_mb?: number | null, 
/**
 * Processes and threads; 4096 where none is given.
 */
processes?: number | null, 
/**
 * How much of its log the engine keeps, MB; 32 where none is given.
 */
log_mb?: number | null, };

/**
 * A command of the page. It names folders, launches and kernels by the ids of the snapshot, and files by the paths of
 * the snapshot; a path or an address of the page's own never comes with it.
 */
export type Command = { "command": "remove_pipeline", id: string, } | { "command": "forget_pipeline", id: string, } | { "command": "pin_pipeline", id: string, pinned: boolean, } | { "command": "pick_kernelspec", id: string, name: string, } | { "command": "launch", id: string, } | { "command": "cancel", id: string, } | { "command": "stop", id: string, } | { "command": "restart_launch", id: string, } | { "command": "keep_running", id: string, } | { "command": "open_pipeline", id: string, } | { "command": "open_notebook", id: string, path: string, } | { "command": "pipeline_graph", id: string, file: string, } | { "command": "interrupt_kernel", id: string, kernel: string, } | { "command": "restart_kernel", id: string, kernel: string, } | { "command": "shut_down_kernel", id: string, kernel: string, } | { "command": "reveal_pipeline", id: string, } | { "command": "reveal_log", id: string, } | { "command": "reveal_kernels" } | { "command": "reveal_settings" } | { "command": "reveal_logs" } | { "command": "dismiss_failure", id: string, } | { "command": "dismiss_notice", notice: number, } | { "command": "look_again" } | { "command": "start_engine" } | { "command": "prepare_images" } | { "command": "cancel_preparing" } | { "command": "answer_close", answer: OnClose | null, remember: boolean, } | { "command": "quit" } | { "command": "choose", change: Change, } | { "command": "clear_ca_file" } | { "command": "clear_kernels_dir" };

/**
 * One choice, made anew; nothing stands for the default. Numbers are as they were typed: what makes no sense is refused.
 */
export type Change = { "name": "theme", "value": Theme } | { "name": "zoom", "value": number | null } | { "name": "sort", "value": Sort } | { "name": "on_close", "value": OnClose | null } | { "name": "launch_timeout_s", "value": number | null } | { "name": "idle_stop_min", "value": number | null } | { "name": "limits", "value": WantedLimits } | { "name": "open_when_ready", "value": boolean | null } | { "name": "tray", "value": boolean };

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
 * A folder that is to be shown: it was added in another way than by the page, or somebody asked for it from elsewhere.
 */
export type Reveal = { 
/**
 * The pipeline's id.
 */
id: string, 
/**
 * Grows by one each time.
 */
count: number, };
