// Written from the Rust types by orchest-core's bridge test; not by hand.

/**
 * What a person is told when something fails: what happened, with what, and what to do next.
 */
export type Failure = {
  /**
   * Set apart where an interface acts on it; everything else is `other`.
   */
  code: FailureCode;
  /**
   * What happened, with what: one sentence.
   */
  message: string;
  /**
   * What to do next.
   */
  hint: string;
  /**
   * The last lines of the log that says why, oldest first.
   */
  log: Array<string>;
  /**
   * Where the whole log is.
   */
  log_file: string | null;
};

export type FailureCode =
  | "engine_unreachable"
  | "engine_forbidden"
  | "engine_too_old"
  | "engine_elsewhere"
  | "image"
  | "folder"
  | "cancelled"
  | "other";

export type Snapshot = {
  revision: number;
  engine: EngineState;
  pipelines: Array<PipelineView>;
  kernelspecs: Array<KernelspecView>;
  kernelspec_problems: Array<KernelspecProblem>;
  kernels_dir: string;
  images: Array<ImageView>;
  notices: Array<Notice>;
};

export type EngineState =
  | { "state": "looking" }
  | {
    "state": "ready";
    name: string;
    version: string;
    api_version: string;
    endpoint: string;
    found_by: string;
  }
  | { "state": "unavailable"; failure: Failure; since: number; stale: boolean };

export type PipelineView = {
  id: string;
  name: string;
  path: string;
  added: boolean;
  missing: boolean;
  unreadable: string | null;
  notebooks: Array<PipelineFile>;
  scripts: Array<PipelineFile>;
  truncated: boolean;
  last_change: number | null;
  pipeline_file: string | null;
  kernelspec: string | null;
  launch: LaunchView | null;
};

export type PipelineFile = { path: string; modified: number };

export type LaunchView = {
  id: string;
  state: LaunchState;
  kernelspec: string;
  foreign: boolean;
  started_at: number;
  ready_at: number | null;
  steps: Array<StepView>;
  failure: Failure | null;
  kernels: Array<KernelView>;
};

export type LaunchState = "starting" | "running" | "broken" | "stopping" | "failed";

export type KernelView = { id: string; kernelspec: string; started_at: number };

export type Step = "engine" | "images" | "network" | "containers" | "ready";

export type StepView = {
  step: Step;
  state: StepState;
  started_at: number | null;
  took: number | null;
  detail: string;
  progress: Progress | null;
  log: Array<string>;
};

export type StepState = "waiting" | "active" | "done" | "failed" | "cancelled";

export type Progress = {
  unit: ProgressUnit;
  done: number;
  total: number | null;
  rate: number | null;
};

export type ProgressUnit = "bytes" | "steps";

export type KernelspecView = {
  name: string;
  display_name: string;
  language: string;
  image: string;
  remark: string | null;
};

export type KernelspecProblem = { name: string; path: string; message: string; hint: string };

export type ImageRole = "gateway" | "server" | "kernel";

export type ImageView = { role: ImageRole; name: string; present: boolean; size: number | null };

export type Notice = { id: number; failure: Failure };
