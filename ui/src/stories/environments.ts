import type {
  Cleaned,
  EnvFileView,
  EnvironmentFile,
  EnvironmentView,
  HandInstalled,
  KernelspecView,
  LaunchView,
  PackageView,
  PipelineView,
  PostBuildView,
  Snapshot,
  StageView,
  VariableView,
} from "../api/types";
import { CHURN, DONE_STAGES, NOW, RUNNING, SECOND, WAITING, failure, launch, scene, withLaunch } from "./scenes";

const MB = 1_000_000;

const ASKS = [
  "numpy==2.2.6",
  "pandas>=2.2,<3",
  "scikit-learn",
  "matplotlib~=3.10",
  "seaborn",
  "statsmodels",
  "lifelines==0.30.0",
  "xgboost-cpu",
  "shap",
  "pyarrow",
  "duckdb",
  "tqdm",
  "requests[socks]>=2.32",
  "birdsong @ git+https://git.example/ada/birdsong@v2",
];

export function file(path: string, more: Partial<EnvironmentFile> = {}): EnvironmentFile {
  const nothing = {
    asks: [],
    count: 0,
    channels: [],
    hosts: [],
    builds: false,
    pulls: null,
    locked_by: null,
    problems: [],
  };
  return { path, used: false, usable: true, language: "Python", editable: true, script: false, ...nothing, ...more };
}

/** A script after the installation. */
export const POST_BUILD: PostBuildView = {
  path: "binder/postBuild",
  lines: ["#!/bin/bash", "set -e", "python -m spacy download en_core_web_sm", "python -m ipykernel --version"],
  state: "offered",
};

export const REQUIREMENTS = file("requirements.txt", {
  used: true,
  asks: ASKS,
  count: ASKS.length,
  hosts: ["git.example"],
});

/** The environment of a folder in this state. */
export function environment(state: EnvironmentView["state"], more: Partial<EnvironmentView> = {}): EnvironmentView {
  return {
    state,
    files: [REQUIREMENTS],
    language: "Python",
    python: state === "ready" ? "3.11.2" : "3.11",
    packages: state === "ready" ? PACKAGES.length : ASKS.length,
    size: state === "ready" ? PACKAGES.reduce((sum, { size }) => sum + size, 0) : null,
    download: null,
    changed: false,
    shared_with: [],
    apt: [],
    post_build: null,
    lacks_gpus: null,
    updating: null,
    ...more,
  };
}

/** A folder whose launches use this environment. */
export function withEnvironment(environment: EnvironmentView, more: Partial<PipelineView> = {}): PipelineView {
  return { ...CHURN, kernelspec: "this_folder", environment, ...more };
}

type Row = [name: string, version: string, megabytes: number];
const named: Row[] = [
  ["birdsong", "2.0.1", 0.4],
  ["duckdb", "1.4.4", 58],
  ["lifelines", "0.30.0", 1.2],
  ["matplotlib", "3.10.8", 23],
  ["numpy", "2.2.6", 61],
  ["pandas", "2.3.3", 62],
  ["pyarrow", "23.0.1", 142],
  ["requests", "2.32.5", 0.4],
  ["scikit-learn", "1.8.0", 38],
  ["seaborn", "0.13.2", 1],
  ["shap", "0.50.0", 3.4],
  ["statsmodels", "0.14.6", 34],
  ["tqdm", "4.67.3", 0.5],
  ["xgboost-cpu", "3.2.0", 9.8],
];
const needed: Row[] = [
  ["autograd", "1.8.0", 0.6],
  ["certifi", "2026.2.25", 0.3],
  ["charset-normalizer", "3.4.4", 0.6],
  ["cloudpickle", "3.1.2", 0.1],
  ["contourpy", "1.3.3", 1.3],
  ["cycler", "0.12.1", 0.02],
  ["fonttools", "4.61.1", 21],
  ["idna", "3.11", 0.4],
  ["joblib", "1.5.3", 1.9],
  ["kiwisolver", "1.4.9", 6.1],
  ["llvmlite", "0.46.0", 152],
  ["numba", "0.63.1", 24],
  ["packaging", "26.0", 0.4],
  ["patsy", "1.0.2", 1.1],
  ["pillow", "12.1.1", 19],
  ["python-dateutil", "2.9.0.post0", 0.9],
  ["scipy", "1.17.1", 104],
  ["six", "1.17.0", 0.1],
  ["urllib3", "2.6.3", 0.7],
];
const packages = (rows: Row[], asked: boolean): PackageView[] =>
  rows.map(([name, version, size]) => ({ name, version, size: size * MB, asked }));

/** The packages of `environment("ready")`, by name, as the program gives them. */
export const PACKAGES: PackageView[] = [...packages(named, true), ...packages(needed, false)].toSorted((a, b) =>
  a.name < b.name ? -1 : 1,
);

const byHand = (
  name: string,
  version: string,
  megabytes: number,
  more: Partial<HandInstalled> = {},
): HandInstalled => ({
  language: "Python",
  name,
  version,
  size: megabytes * MB,
  requested: true,
  environment: null,
  ...more,
});

/** Packages that a person installed in a notebook, by name, as the program gives them. */
export const BY_HAND: HandInstalled[] = [
  byHand("markdown-it-py", "4.0.0", 0.4, { requested: false }),
  byHand("mdurl", "0.1.2", 0.04, { requested: false }),
  byHand("pandas", "3.0.1", 64, { environment: "2.3.3" }),
  byHand("pygments", "2.19.2", 4.6, { requested: false }),
  byHand("rich", "14.3.3", 1.6),
];

/** The same, in a notebook of R. */
export const BY_HAND_OF_R: HandInstalled[] = [
  byHand("data.table", "1.17.0", 7, { language: "R" }),
  byHand("cli", "3.6.4", 3, { language: "R", requested: false }),
];

const variable = (name: string, value: string | null, kept: VariableView["kept"]): VariableView => ({
  name,
  value,
  kept,
  problem: null,
});

/** Variables of every kind, by name, as the program gives them. */
export const VARIABLES: VariableView[] = [
  variable("AWS_SECRET_ACCESS_KEY", null, "keychain"),
  variable("DATABASE_URL", null, "lost"),
  variable("GREETING", "Grüße,\nund “bis bald”", "settings"),
  variable("HF_TOKEN", null, "this_run"),
  variable("OMP_NUM_THREADS", "4", "settings"),
  { ...variable("PATH", "/opt/tools/bin", "settings"), problem: "a launch sets `PATH` itself" },
];

/** A `.env` with three variables. */
export function envFile(state: EnvFileView["state"], more: Partial<EnvFileView> = {}): EnvFileView {
  return { state, names: ["API_KEY", "API_URL", "DEBUG"], count: 3, problems: [], ...more };
}

/** The keychain is locked, and the person does not unlock it. */
export const VARIABLE_REFUSED = failure(
  "The keychain did not take the value of `AWS_SECRET_ACCESS_KEY`: the collection is locked",
  "unlock the keychain, and try again; or keep the value without it, not as a secret",
);

/** A folder with variables and a `.env`. */
export const WITH_VARIABLES: PipelineView = { ...CHURN, variables: VARIABLES, env_file: envFile("offered") };

/** What the notebooks of a folder import. */
export const IMPORTS = ["lifelines", "matplotlib", "numpy", "pandas", "pyarrow", "scikit-learn", "seaborn", "shap"];

/** A folder whose notebooks name kernelspecs that are not here. */
export const NAMES_OTHERS: PipelineView = {
  ...withEnvironment(environment("ready")),
  kernelspec: "python_docker",
  unknown_kernelspecs: [
    {
      name: "conda-env-churn-py",
      notebooks: ["1-load.ipynb", "2-features.ipynb", "3-train.ipynb"],
      count: 3,
      nearest: "this_folder",
    },
    { name: "julia-1.11", notebooks: ["explore/cohorts.ipynb"], count: 1, nearest: null },
  ],
};

const gpus: KernelspecView = {
  name: "torch_gpu",
  display_name: "PyTorch",
  language: "python",
  image: "lab.example/torch:2.9",
  lacks_gpus: true,
  unkept: null,
  remark: null,
};

/** A folder whose kernelspec asks for GPUs, on an engine without them. */
export const WITHOUT_GPUS: Snapshot = scene({ ...CHURN, kernelspec: gpus.name }, { kernelspecs: [gpus] });

/** A folder whose dev container asks for GPUs, on an engine without. */
export const FOLDER_WITHOUT_GPUS: Snapshot = scene(withEnvironment(environment("wanted", { lacks_gpus: "needed" })));
/** The same, if its kernels can do without them. */
export const FOLDER_WITHOUT_OPTIONAL_GPUS: Snapshot = scene(
  withEnvironment(environment("wanted", { lacks_gpus: "optional" })),
);

/** Three environments that no folder uses. */
export const UNUSED: Cleaned = {
  dry_run: true,
  environments: ["a1", "b2", "c3"],
  pythons: [],
  frees: 187 * MB,
  busy: [],
};

const INSTALL_LOG = [
  "Resolved 33 packages in 1.84s",
  "Downloading pyarrow (45.2MiB)",
  "Downloading llvmlite (53.7MiB)",
  "Downloading scipy (34.6MiB)",
  " Downloaded pillow",
  " Downloaded fonttools",
  " Downloaded duckdb",
];

/** An installation that goes on. */
export const INSTALLING: StageView = {
  stage: "environment",
  state: "active",
  started_at: NOW - 6.2 * SECOND,
  took: null,
  detail: "installing 33 packages",
  progress: { unit: "packages", done: 12, total: 33, rate: null },
  log: INSTALL_LOG,
};

const BEFORE = DONE_STAGES.slice(0, 2);
const AFTER = [WAITING.network, WAITING.containers, WAITING.ready];
const OWN = { kernelspec: "this_folder" };

/** A launch that makes the environment. */
export const LAUNCH_INSTALLS: LaunchView = launch("starting", {
  ...OWN,
  started_at: NOW - 6.3 * SECOND,
  stages: [...BEFORE, INSTALLING, ...AFTER],
});

/** A launch whose packages do not fit together. */
export const LAUNCH_CONFLICT: LaunchView = launch("failed", {
  ...OWN,
  stages: [
    ...BEFORE,
    {
      ...INSTALLING,
      state: "failed",
      detail: "finding versions that fit together",
      progress: null,
      took: 2140,
      log: [],
    },
    ...AFTER,
  ],
  failure: failure(
    "The packages that `requirements.txt` asks for do not fit together: Because shap==0.50.0 depends on numpy>=2 and you require numpy==1.26.4, we can conclude that your requirements are unsatisfiable.",
    "change a version in `requirements.txt`, or choose another kernelspec to launch without it",
  ),
});

/** A launch that could not fetch a package. */
export const LAUNCH_NO_NETWORK: LaunchView = launch("failed", {
  ...OWN,
  stages: [...BEFORE, { ...INSTALLING, state: "failed", progress: null, took: 31_200, log: [] }, ...AFTER],
  failure: failure(
    "The packages of `requirements.txt` could not be fetched: error sending request for url (https://pypi.org/simple/pandas/)",
    "check the network and the proxy, and launch again; or choose another kernelspec to launch without it",
    {
      log: [
        ...INSTALL_LOG,
        "error: Request failed after 3 retries",
        "  Caused by: dns error: failed to lookup address",
      ],
    },
  ),
});

/** A launch with the environment of its folder. */
export const RUNS_IN_FOLDER: LaunchView = {
  ...RUNNING,
  ...OWN,
  stages: [
    ...BEFORE,
    {
      ...INSTALLING,
      state: "done",
      detail: "requirements.txt: Python 3.11.2, 33 packages",
      progress: null,
      took: 640,
      log: [],
    },
    ...DONE_STAGES.slice(2),
  ],
  kernels: RUNNING.kernels.map((kernel, i) => (i === 0 ? { ...kernel, ...OWN } : kernel)),
};

export const runningIn = (environment: EnvironmentView): PipelineView => ({
  ...withLaunch(RUNS_IN_FOLDER),
  kernelspec: "this_folder",
  environment,
});

/** Files of several kinds, some of which cannot be used. */
export const SEVERAL_FILES: EnvironmentFile[] = [
  file("renv.lock", { usable: false, asks: ["ggplot2", "sf"], count: 2 }),
  file("pyproject.toml", { used: true, asks: ASKS.slice(0, 6), count: 6, locked_by: "uv.lock" }),
  file("binder/requirements.txt", { asks: ASKS, count: ASKS.length }),
];

/** A folder whose lock file says how much an installation downloads. */
export const LOCKED = environment("asks", {
  files: [file("pyproject.toml", { used: true, asks: ASKS.slice(0, 13), count: 13, locked_by: "uv.lock" })],
  packages: 13,
  download: { bytes: 1_234 * MB, more: false, seconds: 131 },
});

/** A Dockerfile, as a person reads it before it is built. */
export const DOCKERFILE = file("Dockerfile", {
  used: true,
  builds: true,
  asks: [
    "FROM python:3.13-slim",
    "",
    "RUN apt-get update && apt-get install -y --no-install-recommends libgdal-dev",
    "COPY requirements.txt .",
    "RUN pip install -r requirements.txt",
  ],
});

/** A dev container that names an image. */
export const DEV_CONTAINER = file(".devcontainer/devcontainer.json", {
  used: true,
  pulls: "quay.io/jupyter/scipy-notebook:2026-11-02",
  asks: ["quay.io/jupyter/scipy-notebook:2026-11-02"],
});

/** A file with lines that cannot be understood. */
export const WITH_PROBLEMS = file("requirements.txt", {
  used: true,
  asks: ASKS.slice(0, 4),
  count: 4,
  problems: [
    "requirements.txt, line 7: `pandas >> 2` is not a requirement",
    "requirements/more.txt: there is no such file",
  ],
});

/** A folder whose script installs packages of R. */
export const OF_R = environment("asks", {
  files: [file("install.R", { used: true, language: "R", script: true, asks: ["dplyr", "sf"], count: 2 })],
  language: "R",
  python: null,
  packages: 2,
});

export const UNSUPPORTED = environment("unsupported", {
  files: [file("renv.lock", { usable: false, asks: ["ggplot2", "sf"], count: 2 })],
  python: null,
  packages: 0,
});
