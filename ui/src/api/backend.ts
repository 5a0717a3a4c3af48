import type { Change, Live, LogLine, OnClose, PipelineGraph, Snapshot } from "./types";

/**
 * All that the page can ask of the program. The page gives ids and relative paths from the snapshot, never a path or
 * an address that it made itself. Every promise rejects with a `Failure`.
 */
export interface Backend {
  /**
   * Sends the current snapshot and each new one, and the names of actions from menus outside the page. A new subscriber
   * replaces the last one.
   */
  subscribe(onSnapshot: (snapshot: Snapshot) => void, onAct: (act: string) => void): Promise<void>;
  /** Opens the folder dialog. Returns the ids of the added pipelines; none if the person cancels. */
  addPipelines(): Promise<string[]>;
  /** Copies the example to a folder that the person chooses. Returns its id; null if the person cancels. */
  addExample(): Promise<string | null>;
  removePipeline(id: string): Promise<void>;
  /** Removes the saved state of a pipeline. Fails while it is running. */
  forgetPipeline(id: string): Promise<void>;
  /** Pins a pipeline to the top of the list, or unpins it. */
  pinPipeline(id: string, pinned: boolean): Promise<void>;
  pickKernelspec(id: string, name: string): Promise<void>;
  launch(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
  stop(id: string): Promise<void>;
  /** Keeps a launch that is about to be stopped because nobody uses it. */
  keepRunning(id: string): Promise<void>;
  /** Opens JupyterLab in the browser. */
  openPipeline(id: string): Promise<void>;
  /** Opens a notebook in the browser. `path` is the one of the snapshot. */
  openNotebook(id: string, path: string): Promise<void>;
  /** Reads a pipeline file. `file` is the path of the snapshot. */
  pipelineGraph(id: string, file: string): Promise<PipelineGraph>;
  /** Sends what a launch does, about once a second, until another launch or none is watched. */
  watchLaunch(id: string | null, onLive: (live: Live) => void): Promise<void>;
  interruptKernel(id: string, kernel: string): Promise<void>;
  restartKernel(id: string, kernel: string): Promise<void>;
  shutDownKernel(id: string, kernel: string): Promise<void>;
  /** Stops a launch, and launches it again. */
  restartLaunch(id: string): Promise<void>;
  /** Copies the address of a launch with its token. The page never sees the token. */
  copyAddress(id: string): Promise<void>;
  /** Sends new lines of the program's log and of one launch, in batches. A new call replaces the last one. */
  followLogs(follow: boolean, id: string | null, onLines: (lines: LogLine[]) => void): Promise<void>;
  /** Saves a text to a file that the person chooses. Returns false if the person cancels. */
  saveLog(name: string, text: string): Promise<boolean>;
  revealPipeline(id: string): Promise<void>;
  revealKernels(): Promise<void>;
  revealLog(id: string): Promise<void>;
  dismissFailure(id: string): Promise<void>;
  dismissNotice(notice: number): Promise<void>;
  /** Searches for the engine now. */
  lookAgain(): Promise<void>;
  /** Starts the program that `EngineState.starts` names. Returns before the engine itself answers. */
  startEngine(): Promise<void>;
  /** Pulls or builds every image that launches need. */
  prepareImages(): Promise<void>;
  cancelPreparing(): Promise<void>;
  /** Keeps or stops the launches and closes the window; null keeps the window open. */
  answerClose(answer: OnClose | null, remember: boolean): Promise<void>;
  /** Ends the program, even if it has a tray icon. */
  quit(): Promise<void>;
  /** Changes one setting. Fails if the value is not allowed. */
  choose(change: Change): Promise<void>;
  /** Opens the dialog for a file of certificate authorities. Cancelling changes nothing. */
  pickCaFile(): Promise<void>;
  clearCaFile(): Promise<void>;
  /** Opens the dialog for a folder of kernelspecs. Cancelling changes nothing. */
  pickKernelsDir(): Promise<void>;
  clearKernelsDir(): Promise<void>;
  revealSettings(): Promise<void>;
  revealLogs(): Promise<void>;
}
