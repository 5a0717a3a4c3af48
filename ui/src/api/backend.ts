import type {
  Check,
  Cleaned,
  Command,
  Engines,
  EnvironmentPackages,
  FoldersThere,
  KernelspecChecked,
  KernelspecOpened,
  KernelspecTested,
  Live,
  LiveKernel,
  LogLine,
  PipelineGraph,
  Snapshot,
} from "./types";

/** The answers of the commands that have one. */
export type Answers = {
  clean_environments: Cleaned;
  environment_packages: EnvironmentPackages;
  folder_imports: string[];
  live_kernels: LiveKernel[] | null;
  pipeline_graph: PipelineGraph;
  open_kernelspec: KernelspecOpened;
  check_kernelspec: KernelspecChecked;
  test_kernelspec: KernelspecTested;
  engine_images: string[];
  list_engines: Engines;
  test_place: Check[];
  test_machine: Check[];
  list_folders: FoldersThere;
  /** The id of the pipeline. */
  add_folder_there: string;
};

/** The answer to a command: null for most. */
export type AnswerTo<C extends Command> = C["command"] extends keyof Answers ? Answers[C["command"]] : void;

/**
 * All requests of the page to the program. The page gives ids and relative paths from the snapshot, never a path or an
 * address of its own; a folder on another machine is the exception, and its core judges the path. Every promise rejects with a `Failure`.
 */
export interface Backend {
  /** Performs a command. `src-tauri/core/src/contract/command.rs` describes each one. */
  perform<C extends Command>(command: C): Promise<AnswerTo<C>>;
  /**
   * Sends the current snapshot and each new one, and the names of actions from menus outside the page. A new subscriber
   * replaces the last one.
   */
  subscribe(onSnapshot: (snapshot: Snapshot) => void, onAct: (act: string) => void): Promise<void>;
  /** Opens the folder dialog. Returns the ids of the added pipelines; none if the person cancels. */
  addPipelines(): Promise<string[]>;
  /** Copies the example to a folder that the person chooses. Returns its id; null if the person cancels. */
  addExample(): Promise<string | null>;
  /**
   * Opens the folder dialog for a pipeline whose folder is missing, and gives the pipeline that folder. Returns its new
   * id; null if the person cancels.
   */
  locatePipeline(id: string): Promise<string | null>;
  /** Sends the activity of a launch, about once a second, until another launch or none is watched. */
  watchLaunch(id: string | null, onLive: (live: Live) => void): Promise<void>;
  /** Copies the address of a launch with its token. The page never sees the token. */
  copyAddress(id: string): Promise<void>;
  /** Sends new lines of the program's log and of one launch, in batches. A new call replaces the last one. */
  followLogs(follow: boolean, id: string | null, onLines: (lines: LogLine[]) => void): Promise<void>;
  /** Saves a text to a file that the person chooses. Returns false if the person cancels. */
  saveLog(name: string, text: string): Promise<boolean>;
  /** Opens the dialog for a file of certificate authorities. Cancelling changes nothing. */
  pickCaFile(): Promise<void>;
  /** Opens the dialog for a folder of kernelspecs. Cancelling changes nothing. */
  pickKernelsDir(): Promise<void>;
}
