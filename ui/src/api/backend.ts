import type { Change, Live, LogLine, OnClose, PipelineGraph, Snapshot } from "./types";

/**
 * All that the page can ask of the program. Ids and relative paths go in, never a path or an
 * address of the page's own making. Every promise rejects with a `Failure`.
 */
export interface Backend {
  /**
   * Snapshots from now on, the first at once, and actions that are asked for outside the page, by name; the newest
   * subscriber replaces the last.
   */
  subscribe(onSnapshot: (snapshot: Snapshot) => void, onAct: (act: string) => void): Promise<void>;
  /** Opens the folder dialog; the ids of what was added, none on cancel. */
  addPipelines(): Promise<string[]>;
  /** Copies the example to a folder of the person's choice; its id, null on cancel. */
  addExample(): Promise<string | null>;
  removePipeline(id: string): Promise<void>;
  /** Removes what is kept of it from one launch to the next; refused while it runs. */
  forgetPipeline(id: string): Promise<void>;
  /** Keeps it on top of the list, or lets it go. */
  pinPipeline(id: string, pinned: boolean): Promise<void>;
  pickKernelspec(id: string, name: string): Promise<void>;
  launch(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
  stop(id: string): Promise<void>;
  /** Keeps a launch that is about to be stopped because nobody uses it. */
  keepRunning(id: string): Promise<void>;
  /** Opens JupyterLab in the browser. */
  openPipeline(id: string): Promise<void>;
  /** Opens that notebook in the browser; `path` as the snapshot gives it. */
  openNotebook(id: string, path: string): Promise<void>;
  /** What one of the folder's pipeline files says; `file` as the snapshot gives it. */
  pipelineGraph(id: string, file: string): Promise<PipelineGraph>;
  /** What this launch does, about once a second while it runs, until another is watched, or none. */
  watchLaunch(id: string | null, onLive: (live: Live) => void): Promise<void>;
  interruptKernel(id: string, kernel: string): Promise<void>;
  restartKernel(id: string, kernel: string): Promise<void>;
  shutDownKernel(id: string, kernel: string): Promise<void>;
  /** Stops a launch, and launches it again. */
  restartLaunch(id: string): Promise<void>;
  /** Puts the address of a launch, with its token, on the clipboard. The page never sees it. */
  copyAddress(id: string): Promise<void>;
  /** The app's own log and, where one is named, a launch's, in batches; the newest that are followed replace the last. */
  followLogs(follow: boolean, id: string | null, onLines: (lines: LogLine[]) => void): Promise<void>;
  /** Writes a text where the person wants it; false on cancel. */
  saveLog(name: string, text: string): Promise<boolean>;
  revealPipeline(id: string): Promise<void>;
  revealKernels(): Promise<void>;
  revealLog(id: string): Promise<void>;
  dismissFailure(id: string): Promise<void>;
  dismissNotice(notice: number): Promise<void>;
  /** Searches for the engine now. */
  lookAgain(): Promise<void>;
  /** Starts what the snapshot names; answers once that has been started, which is before the engine answers. */
  startEngine(): Promise<void>;
  /** Gets every image that launches need. */
  prepareImages(): Promise<void>;
  cancelPreparing(): Promise<void>;
  /** What becomes of launches when the window is closed; null where the person stays. */
  answerClose(answer: OnClose | null, remember: boolean): Promise<void>;
  /** Ends the program as closing its window does, also where an icon in the tray would take the window. */
  quit(): Promise<void>;
  /** Makes one choice anew; what makes no sense is refused. */
  choose(change: Change): Promise<void>;
  /** Opens the dialog for a file of certificate authorities; nothing changes on cancel. */
  pickCaFile(): Promise<void>;
  clearCaFile(): Promise<void>;
  /** Opens the dialog for a folder of kernelspecs; nothing changes on cancel. */
  pickKernelsDir(): Promise<void>;
  clearKernelsDir(): Promise<void>;
  revealSettings(): Promise<void>;
  revealLogs(): Promise<void>;
}
