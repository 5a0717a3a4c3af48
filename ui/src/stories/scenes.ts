import type {
  EngineOption,
  EngineRemedy,
  EngineSetup,
  EngineState,
  Engines,
  Failure,
  GraphStep,
  ImageView,
  KernelspecOpened,
  KernelspecTested,
  KernelspecView,
  LaunchView,
  Live,
  LogLine,
  PipelineFile,
  PipelineGraph,
  PipelineView,
  SettingsView,
  Snapshot,
  Stage,
  StageView,
  UpdatesView,
} from "../api/types";

/** The time in every scene. */
export const NOW = Date.UTC(2026, 2, 12, 13, 24, 10);
export const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MB = 1_000_000;

export const READY: EngineState = {
  state: "ready",
  name: "Docker Engine",
  version: "28.3.1",
  api_version: "1.51",
  endpoint: "unix:///var/run/docker.sock",
  found_by: "well-known socket",
  tried: ["`DOCKER_HOST`, `DOCKER_CONTEXT` and the current context name no engine"],
  cpus: 8,
  memory: 16.6e9,
  limits: { memory: true, cpus: true, processes: true, tells_cpu: true, tells_memory: true, unkept: null },
};

/** A person's own engine under version 1 of control groups. */
export const WITHOUT_LIMITS: EngineState = {
  ...READY,
  name: "Podman",
  limits: {
    memory: false,
    cpus: false,
    processes: false,
    tells_cpu: false,
    tells_memory: false,
    unkept: {
      message:
        "this engine keeps no limit on memory, CPUs and processes: a person's own engine needs version 2 of the kernel's control groups, and this machine has version 1",
      hint: "add `systemd.unified_cgroup_hierarchy=1` to the kernel's command line, and restart the machine",
    },
  },
};

export const SETTINGS: SettingsView = {
  file: "/home/ada/.config/orchest/settings.json",
  theme: "system",
  zoom: 1,
  sort: "name",
  on_close: null,
  launch_timeout_s: 60,
  launch_timeout_default_s: 60,
  idle_stop_min: null,
  limits: {},
  open_when_ready: true,
  tray: false,
  tray_missing: false,
  engine: null,
  kernels_dir_chosen: false,
  ca_file: null,
  base_image: null,
  images_registry: null,
  logs_dir: "/home/ada/.local/state/orchest/logs",
  version: "0.1.0",
};

/** A build without an address for newer versions. */
export const UPDATES: UpdatesView = {
  address: null,
  check: null,
  ask: false,
  checked_at: null,
  checking: false,
  failure: null,
  newer: null,
  progress: null,
  installed: null,
  restarting: false,
};

export const KERNELSPECS: KernelspecView[] = [
  {
    name: "python_docker",
    display_name: "Python 3",
    language: "python",
    image: "orchest/kernel-python:0.1.0",
    lacks_gpus: false,
    unkept: null,
    remark: null,
  },
  {
    name: "python_on_docker",
    display_name: "Python on Docker",
    language: "python",
    image: "elyra/kernel-py:2.0.0",
    lacks_gpus: false,
    unkept: null,
    remark: "Its arguments lack `{public_key}`, which is completed at launch.",
  },
  {
    name: "r_docker",
    display_name: "R",
    language: "R",
    image: "orchest/kernel-r:0.1.0",
    lacks_gpus: false,
    unkept: null,
    remark: null,
  },
];

/** Enough for a search field. */
export const MANY_KERNELSPECS: KernelspecView[] = [
  ...KERNELSPECS,
  ...["Julia 1.11", "Python 3 with GPU", "R with Stan", "Octave", "Scala 3", "Python 3 for geodata"].map((title) => {
    const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "_");
    const language = title.split(" ")[0]!;
    return {
      name,
      display_name: title,
      language,
      image: `lab.example/${name}:2026.3`,
      lacks_gpus: false,
      unkept: null,
      remark: null,
    };
  }),
];

/** A kernelspec that is open in the editor. */
export const OPENED: KernelspecOpened = {
  draft: {
    name: "python_docker",
    display_name: "Python 3",
    language: "python",
    image: "orchest/kernel-python:0.1.0",
    env: [
      { name: "OMP_NUM_THREADS", value: "4" },
      { name: "DATA", value: "${HOME}/data" },
    ],
    memory_mb: "4096",
    cpus: "",
    shm_mb: "",
    gpus: "",
    argv: ["python", "{resource_dir}/scripts/launch_docker.py", "--kernel-id", "{kernel_id}"],
  },
  checked: {
    faults: [],
    text: `{
  "display_name": "Python 3",
  "language": "python",
  "argv": ["python", "{resource_dir}/scripts/launch_docker.py", "--kernel-id", "{kernel_id}"]
}
`,
  },
  seen: "0c1d",
  unreadable: false,
};

const NO_DRAFT = { ...OPENED.draft, name: "", display_name: "", image: "", env: [], memory_mb: "" };
const NEEDS = { row: null, hint: "use only letters without accents, digits, `.`, `_` and `-`" };

/** The editor of a new kernelspec, before anything is typed. */
export const OPENED_NEW: KernelspecOpened = {
  draft: NO_DRAFT,
  checked: {
    faults: [
      { ...NEEDS, field: "name", message: "a kernelspec needs a name" },
      { ...NEEDS, field: "image", message: "a kernelspec needs an image", hint: "name one, such as `python:3.13`" },
    ],
    text: OPENED.checked.text,
  },
  seen: null,
  unreadable: false,
};

/** A kernelspec with a fault at every kind of field. */
export const OPENED_FAULTY: KernelspecOpened = {
  ...OPENED,
  draft: {
    ...OPENED.draft,
    name: "r_docker",
    image: "Elyra/Kernel py",
    env: [...OPENED.draft.env, { name: "2ND", value: "x" }],
    cpus: "many",
    gpus: "0",
  },
  checked: {
    ...OPENED.checked,
    faults: [
      {
        field: "file",
        row: null,
        message: "`interrupt_mode` is not a mode of Jupyter: `kill`",
        hint: 'write `"signal"` or `"message"`, or leave it out',
      },
      {
        field: "name",
        row: null,
        message: "there is already a kernelspec `r_docker`",
        hint: "choose another name; Jupyter ignores case in names",
      },
      {
        field: "image",
        row: null,
        message: "it is not a valid name of an image: `Elyra/Kernel py`",
        hint: "write it as `name:tag` or `registry/name:tag`, in lower case",
      },
      {
        field: "env",
        row: 2,
        message: "it is not a valid name of a variable",
        hint: "use letters, digits and `_`, and begin with no digit",
      },
      {
        field: "cpus",
        row: null,
        message: "it must be a number of cores from 0.1 to 1024",
        hint: "correct it, or leave it out",
      },
      { field: "gpus", row: null, message: "it must be `all` or a whole number", hint: "leave it out for no GPU" },
      {
        field: "argv",
        row: null,
        message: "it names the script `python_docker/run.py`, which is not in the kernels directory",
        hint: "put it there, or name another one in `argv`",
      },
    ],
  },
};

export const TESTED: KernelspecTested = {
  launch_ms: 940,
  kernel_ms: 571,
  answer_ms: 22,
  code: "1+1",
  answer: "2",
  log: [
    "[I 2026-03-12 13:24:08.590 Gateway] The gateway listens at /run/orchest-gateway/socket",
    "[I 2026-03-12 13:24:09.787 Gateway] Kernel efe32f0d: starting, image orchest/kernel-python:0.1.0",
    "[I 2026-03-12 13:24:10.607 Gateway] Kernel efe32f0d: ready",
  ],
};

const OURS = { shared: 145 * MB };
export const IMAGES: ImageView[] = [
  { role: "gateway", name: "orchest/gateway:0.1.0", present: true, size: 254 * MB, adds: 29 * MB, ...OURS },
  { role: "server", name: "orchest/server:0.1.0", present: true, size: 296 * MB, adds: 68 * MB, ...OURS },
  { role: "kernel", name: "orchest/kernel-python:0.1.0", present: true, size: 418 * MB, adds: 269 * MB, ...OURS },
  { role: "kernel", name: "elyra/kernel-py:2.0.0", present: false, size: null, adds: null, shared: 0 },
  { role: "kernel", name: "orchest/kernel-r:0.1.0", present: true, size: 1.12e9, adds: 184 * MB, ...OURS },
];

export function failure(message: string, hint = "", more: Partial<Failure> = {}): Failure {
  return { code: "other", message, hint, log: [], log_file: null, ...more };
}

function files(...rows: [path: string, ago: number][]): PipelineFile[] {
  return rows.map(([path, ago]) => ({ path, modified: NOW - ago, problem: null }));
}

export function pipeline(name: string, more: Partial<PipelineView> = {}): PipelineView {
  return {
    id: name.toLowerCase().replaceAll(" ", "-"),
    name,
    path: `/home/ada/projects/${name}`,
    machine: null,
    added: true,
    pinned: false,
    last_opened: null,
    missing: false,
    unreadable: null,
    notebooks: files(["1-load.ipynb", 3 * HOUR], ["2-fit.ipynb", 2 * DAY]),
    scripts: [],
    truncated: false,
    last_change: NOW - 3 * HOUR,
    pipeline_files: [],
    kernelspec: "python_docker",
    place: null,
    environment: null,
    unknown_kernelspecs: [],
    variables: [],
    env_file: null,
    launch: null,
    ...more,
  };
}

export const CHURN = pipeline("churn", {
  path: "/home/ada/projects/retention/churn",
  notebooks: files(
    ["1-load.ipynb", 26 * MINUTE],
    ["2-features.ipynb", 4 * HOUR],
    ["3-train.ipynb", 30 * HOUR],
    ["explore/cohorts.ipynb", 6 * DAY],
    ["explore/seasonality-by-region.ipynb", 64 * DAY],
  ),
  scripts: files(["features.py", 4 * HOUR], ["report/render.R", 9 * DAY]),
  last_change: NOW - 26 * MINUTE,
  pipeline_files: files(["churn.orchest", 2 * DAY]),
});

type StepOf = [uuid: string, title: string, file: string, after: string[], more?: Partial<GraphStep>];

export function graph(...steps: StepOf[]): PipelineGraph {
  return {
    name: null,
    problems: [],
    steps: steps.map(([uuid, title, file, after, more]) => ({
      uuid,
      title,
      file,
      after,
      state: file === "" ? "none" : file.endsWith(".ipynb") ? "notebook" : "other",
      kernel: "Python",
      environment: null,
      position: null,
      in_cycle: false,
      ...more,
    })),
  };
}

const WORDS: [source: string, level: LogLine["level"], text: string][] = [
  ["gateway", "info", "[I 2026-03-12 13:11:58.101 EnterpriseGatewayApp] Jupyter Enterprise Gateway 3.2.3 is available"],
  ["server", "info", "[I 2026-03-12 13:11:58.412 ServerApp] Serving notebooks from local directory: /home/jovyan/work"],
  ["server", "warning", "[W 2026-03-12 13:12:03.007 ServerApp] Replacing stale connection: 2f1d7c0a"],
  [
    "gateway",
    "info",
    "[I 2026-03-12 13:12:04.230 EnterpriseGatewayApp] Kernel started: 2f1d7c0a-55c1-4c35-9b0e-7a3c1f0e9d11",
  ],
  ["kernel 2f1d7c0a", null, "epoch 1: loss 0.6931, accuracy 0.512"],
  ["kernel 2f1d7c0a", null, "epoch 2: loss 0.4127, accuracy 0.803"],
  ["kernel 2f1d7c0a", "error", "ERROR: sample 4711 has no label; it is left out"],
  ["server", "debug", "[D 2026-03-12 13:12:09.555 ServerApp] 200 GET /api/sessions (127.0.0.1) 3.21ms"],
];

/** The log lines of `RUNNING`. */
export function logs(lines: number): LogLine[] {
  return Array.from({ length: lines }, (_, i) => {
    const [source, level, text] = WORDS[i % WORDS.length]!;
    return { source, level, text, at: NOW - (lines - i) * 137, ended: false };
  });
}

/** The content of `churn.orchest`. */
export const CHURN_GRAPH = graph(
  ["load", "Load", "1-load.ipynb", []],
  ["features", "Features", "2-features.ipynb", ["load"]],
  ["cohorts", "Cohorts", "explore/cohorts.ipynb", ["load"]],
  ["train", "Train", "3-train.ipynb", ["features"]],
  ["report", "Report", "report/render.R", ["train", "cohorts"], { kernel: "R" }],
);

function stage(stage: Stage, state: StageView["state"], detail: string, more: Partial<StageView> = {}): StageView {
  return { stage, state, started_at: null, took: null, detail, progress: null, log: [], ...more };
}

export const WAITING = {
  network: stage("network", "waiting", ""),
  containers: stage("containers", "waiting", ""),
  ready: stage("ready", "waiting", ""),
};
const ENGINE_DONE = stage("engine", "done", "Docker Engine 28.3.1", { took: 12 });
const IMAGES_DONE = stage("images", "done", "3 images present", { took: 31 });
const NETWORK_DONE = stage("network", "done", "orchest-churn-7f3a", { took: 88 });

export const DONE_STAGES: StageView[] = [
  ENGINE_DONE,
  IMAGES_DONE,
  NETWORK_DONE,
  stage("containers", "done", "Gateway and server started", { took: 412 }),
  stage("ready", "done", "The whole chain answers", { took: 846 }),
];

export function launch(state: LaunchView["state"], more: Partial<LaunchView> = {}): LaunchView {
  return {
    id: "churn",
    state,
    kernelspec: "python_docker",
    place: null,
    foreign: false,
    owner: null,
    started_at: NOW - 17.4 * SECOND,
    address: null,
    ready_at: null,
    stages: [],
    failure: null,
    warning: null,
    kernels: [],
    idle_stop_at: null,
    ...more,
  };
}

export const RUNNING = launch("running", {
  started_at: NOW - 72 * MINUTE - 1389,
  address: "http://127.0.0.1:49173/…/lab",
  ready_at: NOW - 72 * MINUTE,
  stages: DONE_STAGES,
  kernels: [
    { id: "2f1d7c0a-55c1-4c35-9b0e-7a3c1f0e9d11", kernelspec: "python_docker", started_at: NOW - 71 * MINUTE },
    { id: "b8e04a92-0d1c-4f0e-8c57-3d2a60bb41f7", kernelspec: "r_docker", started_at: NOW - 8 * MINUTE },
  ],
});

/** One minute of the live figures of `RUNNING`. */
export const LIVES: Live[] = Array.from({ length: 60 }, (_, second) => {
  const wave = (every: number) => (1 + Math.sin((second / every) * Math.PI)) / 2;
  const uses: [part: string, cpu: number, memory: number][] = [
    ["server", 2 + 6 * wave(7), 118 * MB],
    ["gateway", 1 + 2 * wave(5), 96 * MB],
    [RUNNING.kernels[0]!.id, second < 20 ? 0.4 : 92 + 8 * wave(9), (240 + 9 * Math.max(0, second - 18)) * MB],
    [RUNNING.kernels[1]!.id, 0.3, 171 * MB],
  ];
  return {
    kernels: [
      { id: RUNNING.kernels[0]!.id, kernelspec: "python_docker", notebook: "3-train.ipynb", state: "busy" },
      {
        id: RUNNING.kernels[1]!.id,
        kernelspec: "r_docker",
        notebook: "explore/seasonality-by-region.ipynb",
        state: "idle",
      },
    ],
    uses: uses.map(([part, cpu, memory]) => ({ part, cpu, memory, memory_limit: 16.6e9 })),
  };
});

const OTHERS: PipelineView[] = [
  pipeline("sunflowers", { path: "/home/ada/examples/sunflowers" }),
  pipeline("genome atlas", {
    path: "/media/ada/archive-2025/collaborations/institute/genome atlas",
    kernelspec: "r_docker",
    last_change: NOW - 12 * DAY,
  }),
  pipeline("quarterly-report", { path: "/home/ada/work/finance/quarterly-report", last_change: NOW - 2 * DAY }),
  pipeline("weather", { path: "/home/ada/projects/weather", kernelspec: "python_on_docker" }),
];

export function scene(first: PipelineView, more: Partial<Snapshot> = {}): Snapshot {
  return {
    revision: 1,
    engine: READY,
    pipelines: [first, ...OTHERS],
    kernelspecs: KERNELSPECS,
    kernelspec_problems: [],
    kernels_dir: "/home/ada/.local/share/orchest-desktop/kernels",
    places: [],
    machines: [],
    images: IMAGES,
    preparing: null,
    engine_setup: null,
    importing: false,
    offered_images: null,
    closing: false,
    notices: [],
    settings: SETTINGS,
    updates: UPDATES,
    dropping: false,
    reveal: null,
    ...more,
  };
}

export function withLaunch(launch: LaunchView): PipelineView {
  return { ...CHURN, launch };
}

/** Images that are prepared before a launch. */
export const PREPARING = stage("images", "active", "Building orchest/kernel-r:0.1.0", {
  started_at: NOW - 42 * SECOND,
  progress: { done: 4, total: 11, unit: "steps", rate: null },
  log: ["Step 4/11 : RUN apt-get update", "Get:1 trixie InRelease [140 kB]", "Reading package lists..."],
});

/** Images that are taken from a file. */
export const IMPORTING = stage("images", "active", "importing lab.orchest-images", {
  started_at: NOW - 9 * SECOND,
  progress: { done: 212_000_000, total: 498_000_000, unit: "bytes", rate: 61_000_000 },
});

/** A launch of another person. */
export const THEIRS: PipelineView = {
  ...pipeline("tide gauges", { path: "/home/grace/tide gauges", notebooks: [] }),
  added: false,
  launch: launch("running", { foreign: true, owner: "grace@engine" }),
};

export const PULLING = launch("starting", {
  stages: [
    ENGINE_DONE,
    stage("images", "active", "Pulling orchest/kernel-python:0.1.0", {
      started_at: NOW - 17.2 * SECOND,
      progress: { unit: "bytes", done: 212 * MB, total: 418 * MB, rate: 18.6 * MB },
    }),
    WAITING.network,
    WAITING.containers,
    WAITING.ready,
  ],
});

export const BUILD_LOG = [
  "Step 6/14 : RUN python3 -m venv /opt/jupyter",
  " ---> Using cache",
  "Step 7/14 : RUN pip install -r requirements.txt",
  "Collecting jupyterlab==4.5.1",
  "  Downloading jupyterlab-4.5.1-py3-none-any.whl (12.4 MB)",
  "Collecting jupyter-server==2.17.0",
  "  Downloading jupyter_server-2.17.0-py3-none-any.whl (388 kB)",
  "Installing collected packages: traitlets, tornado, pyzmq, jupyter-core",
];

export const BUILDING = launch("starting", {
  started_at: NOW - 83 * SECOND,
  stages: [
    ENGINE_DONE,
    stage("images", "active", "Building orchest/server:0.1.0", {
      started_at: NOW - 82.8 * SECOND,
      progress: { unit: "steps", done: 7, total: 14, rate: null },
      log: BUILD_LOG,
    }),
    WAITING.network,
    WAITING.containers,
    WAITING.ready,
  ],
});

export const WAKING = launch("starting", {
  started_at: NOW - 1.1 * SECOND,
  stages: [
    ENGINE_DONE,
    IMAGES_DONE,
    NETWORK_DONE,
    stage("containers", "done", "Gateway and server started", { took: 412 }),
    stage("ready", "active", "Waiting for the server to answer", { started_at: NOW - 0.6 * SECOND }),
  ],
});

export const FAILED_IMAGE = launch("failed", {
  stages: [
    ENGINE_DONE,
    stage("images", "failed", "Building orchest/kernel-r:0.1.0", { took: 48_200 }),
    WAITING.network,
    WAITING.containers,
    WAITING.ready,
  ],
  failure: failure(
    "The image `orchest/kernel-r:0.1.0` could not be built: step 5 of 9 ended with code 100.",
    "Check that this machine reaches its package mirror, then retry. What was built so far is kept.",
    {
      code: "image",
      log_file: "/home/ada/.local/state/orchest-desktop/logs/build-kernel-r.log",
      log: [
        "Step 4/9 : ENV LANG=C.UTF-8",
        " ---> Using cache",
        " ---> 61f0c2b9d4aa",
        "Step 5/9 : RUN apt-get update && apt-get install -y r-base-core r-cran-irkernel",
        " ---> Running in 0b1f5b2e7c3d",
        "Err:1 http://mirror.example.org/debian bookworm InRelease",
        "  Could not resolve 'mirror.example.org'",
        "Reading package lists...",
        "W: Failed to fetch http://mirror.example.org/debian/dists/bookworm/InRelease",
        "W: Some index files failed to download. They have been ignored, or old ones used instead.",
        "E: Unable to locate package r-base-core",
        "E: Unable to locate package r-cran-irkernel",
      ],
    },
  ),
});

export const FAILED_READY = launch("failed", {
  stages: [...DONE_STAGES.slice(0, 4), stage("ready", "failed", "The server did not answer", { took: 60_000 })],
  failure: failure(
    "The server did not answer within 60 s.",
    'Launch again; on a slow machine a longer "Time to become ready" in Settings helps.',
    {
      log: [
        "[W 13:23:12.410 ServerApp] No web browser found: Could not locate runnable browser.",
        "[E 13:23:12.662 ServerApp] Could not reach the gateway at http://gateway:8888",
      ],
      log_file: "/home/ada/.local/state/orchest-desktop/logs/churn.log",
    },
  ),
});

export const CANCELLED = launch("failed", {
  stages: [
    ENGINE_DONE,
    stage("images", "cancelled", "Pulling orchest/kernel-python:0.1.0", { took: 9400 }),
    WAITING.network,
    WAITING.containers,
    WAITING.ready,
  ],
  failure: failure("The launch was cancelled.", "What was pulled so far is kept.", { code: "cancelled" }),
});

export const BROKEN: LaunchView = {
  ...RUNNING,
  state: "broken",
  kernels: [],
  failure: failure(
    "The server of `churn` ended with code 137.",
    "It ran out of memory, or was killed. Restart it; notebooks are saved in the folder.",
    {
      log: ["[I 13:22:58.104 ServerApp] Saving file at /3-train.ipynb", "Killed"],
      log_file: "/home/ada/.local/state/orchest-desktop/logs/churn.log",
    },
  ),
};

const option = (endpoint: string, more: Partial<EngineOption>): EngineOption => ({
  endpoint,
  named_by: ["well-known socket"],
  name: null,
  version: null,
  failure: null,
  used: false,
  chosen: false,
  ...more,
});

const PODMAN_SOCKET = "unix:///run/user/1000/podman/podman.sock";
const DOCKER = option("unix:///var/run/docker.sock", { name: "Docker Engine", version: "28.3.1" });
const PODMAN = option(PODMAN_SOCKET, {
  named_by: ["Podman connection own", "well-known socket"],
  name: "Podman",
  version: "5.4.2",
});
const COLIMA = option("unix:///home/ada/.colima/default/docker.sock", {
  named_by: ["context colima"],
  name: "Docker Engine",
  version: "27.4.0",
});
const FARM = option("ssh://ada@farm.example/run/podman/podman.sock", {
  named_by: ["Podman connection farm"],
  failure: failure(
    "Podman connection farm names an engine on another machine, which cannot see your folders: ssh://ada@farm.example/run/podman/podman.sock",
    "start an engine on this machine, or install one",
    { code: "engine_elsewhere" },
  ),
});

export const ONE_ENGINE: Engines = { options: [{ ...DOCKER, used: true }], said_by: null };
export const THREE_ENGINES: Engines = { options: [{ ...DOCKER, used: true }, COLIMA, PODMAN], said_by: null };
export const ENGINES_WITH_UNUSABLE: Engines = { options: [...THREE_ENGINES.options, FARM], said_by: null };
export const SAID_ENGINES: Engines = {
  options: [{ ...DOCKER, used: true, named_by: ["DOCKER_HOST"] }, PODMAN],
  said_by: "DOCKER_HOST",
};

/** The engine that the person picked does not answer. */
export const CHOSEN_AWAY = failure(
  `No engine answers at ${PODMAN_SOCKET}, the engine that you picked`,
  'start this engine, or pick another one in the window or with "orchest engine use", or forget your choice: `orchest engine forget`',
  { code: "engine_unreachable" },
);
export const CHOSEN_ENGINES: Engines = {
  options: [
    { ...PODMAN, name: null, version: null, chosen: true, named_by: ["your choice"], failure: CHOSEN_AWAY },
    DOCKER,
  ],
  said_by: null,
};
export const CHOSEN_SETTINGS: SettingsView = { ...SETTINGS, engine: PODMAN_SOCKET };

export function unavailable(failure: Failure, stale = false, remedy: EngineRemedy | null = null): EngineState {
  return { state: "unavailable", failure, since: NOW - 40 * SECOND, stale, remedy };
}

export const UNREACHABLE = failure(
  "No Docker engine answers on this machine.",
  "Start it with `sudo systemctl start docker`, or open Docker Desktop.",
  { code: "engine_unreachable" },
);

export const NOT_INSTALLED = failure(
  "No container engine is installed on this machine.",
  "install Docker: `sudo apt-get -q -y -o DPkg::Lock::Timeout=300 install docker.io && sudo usermod -aG docker ada`; the group `docker` lets you use it, and gives you root's power on this machine. Then log out and in again",
  { code: "engine_unreachable" },
);

export const NO_PACKAGE = failure(
  "No container engine is installed on this machine.",
  "install Docker or Podman with your system's packages (https://docs.docker.com/engine/install)",
  { code: "engine_unreachable" },
);

export const NOT_IN_SESSION = failure(
  "You are in the group `docker`, but this session began before you joined it.",
  "log out and in again, and start Orchest Desktop; if that does not help, restart the machine. Without logging out, `sg docker -c orchest-desktop` in a terminal starts it with the group, and only that program",
  { code: "engine_forbidden" },
);

const JOIN = "/usr/sbin/usermod -aG docker ada";

export function install(runs: boolean): EngineRemedy {
  const commands = ["/usr/bin/apt-get -q -y -o DPkg::Lock::Timeout=300 install docker.io", JOIN];
  return { kind: "install", name: "Docker", commands, joins: true, runs };
}

export function join(runs: boolean): EngineRemedy {
  return { kind: "join_group", group: "docker", commands: [JOIN], runs };
}

export const ASKING: EngineSetup = { name: "Docker", joins_only: false, lines: [], failure: null };

export const INSTALLING_ENGINE: EngineSetup = {
  ...ASKING,
  lines: [
    "Need to get 66.1 MB of archives.",
    "Get:1 http://mirror.example/debian bookworm/main amd64 containerd amd64 1.6.20~ds1-1+b1 [25.9 MB]",
    "Get:2 http://mirror.example/debian bookworm/main amd64 docker.io amd64 20.10.24+dfsg1-1+b3 [36.2 MB]",
    "Unpacking docker.io (20.10.24+dfsg1-1+b3) ...",
    "Setting up containerd (1.6.20~ds1-1+b1) ...",
  ],
};

export const INSTALL_FAILED: EngineSetup = {
  ...ASKING,
  failure: failure(
    "Docker could not be installed: E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
    "run `sudo apt-get -q -y -o DPkg::Lock::Timeout=300 install docker.io && sudo usermod -aG docker ada` in a terminal",
    {
      log: [
        "Err:1 http://mirror.example/debian bookworm/main amd64 containerd amd64 1.6.20~ds1-1+b1",
        "  Temporary failure resolving 'mirror.example'",
        "E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
      ],
    },
  ),
};

export const FORBIDDEN = failure(
  "You may not use the Docker engine at `/var/run/docker.sock`.",
  "Join its group with `sudo usermod -aG docker ada`, then log out and in again.",
  { code: "engine_forbidden" },
);

export function many(n: number): PipelineView[] {
  return Array.from({ length: n }, (_, i) => pipeline(`study-${String(i + 1).padStart(4, "0")}`));
}
