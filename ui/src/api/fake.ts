import type { Backend } from "./backend";
import type { Command } from "./commands";
import type { Change, Failure, Live, LogLine, OnClose, PipelineGraph, Snapshot } from "./types";

/** A command with its arguments in order. */
export type Call = [command: Command, ...args: unknown[]];

/** A program that follows a script, for stories and tests. It keeps every command that it gets. */
export class FakeBackend implements Backend {
  readonly calls: Call[] = [];
  /** The next answer of the folder dialog. */
  picks: string[] = [];
  /** What a watched launch does, sent all at once. */
  lives: Live[] = [];
  /** The lines of every log, sent all at once. `tellLines` sends more. */
  lines: LogLine[] = [];
  tellLines: (lines: LogLine[]) => void = () => {};
  /** Requests an action, as a menu outside the page does. */
  ask: (act: string) => void = () => {};
  /** The content of every pipeline file. */
  graph: PipelineGraph = { name: null, steps: [], problems: [] };
  #failures = new Map<Command, Failure>();
  #hanging = new Set<Command>();
  #listener: ((snapshot: Snapshot) => void) | null = null;
  #snapshot: Snapshot | null;

  constructor(snapshot: Snapshot | null = null) {
    this.#snapshot = snapshot;
  }

  push(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.#listener?.(snapshot);
  }

  fail(command: Command, failure: Failure) {
    this.#failures.set(command, failure);
  }

  /** Lets this command succeed again. */
  recover(command: Command) {
    this.#failures.delete(command);
  }

  /** Leaves this command without an answer. */
  hang(command: Command) {
    this.#hanging.add(command);
  }

  async #call<T>(answer: T, command: Command, ...args: unknown[]): Promise<T> {
    this.calls.push([command, ...args]);
    if (this.#hanging.has(command)) await new Promise(() => {});
    const failure = this.#failures.get(command);
    if (failure) throw failure;
    return answer;
  }

  async subscribe(onSnapshot: (snapshot: Snapshot) => void, onAct: (act: string) => void) {
    await this.#call(undefined, "subscribe");
    this.ask = onAct;
    this.#listener = onSnapshot;
    if (this.#snapshot) onSnapshot(this.#snapshot);
  }
  addPipelines() {
    return this.#call(this.picks, "add_pipelines");
  }
  addExample() {
    return this.#call(this.picks[0] ?? null, "add_example");
  }
  removePipeline(id: string) {
    return this.#call(undefined, "remove_pipeline", id);
  }
  forgetPipeline(id: string) {
    return this.#call(undefined, "forget_pipeline", id);
  }
  pinPipeline(id: string, pinned: boolean) {
    return this.#call(undefined, "pin_pipeline", id, pinned);
  }
  pickKernelspec(id: string, name: string) {
    return this.#call(undefined, "pick_kernelspec", id, name);
  }
  launch(id: string) {
    return this.#call(undefined, "launch", id);
  }
  cancel(id: string) {
    return this.#call(undefined, "cancel", id);
  }
  stop(id: string) {
    return this.#call(undefined, "stop", id);
  }
  keepRunning(id: string) {
    return this.#call(undefined, "keep_running", id);
  }
  openPipeline(id: string) {
    return this.#call(undefined, "open_pipeline", id);
  }
  openNotebook(id: string, path: string) {
    return this.#call(undefined, "open_notebook", id, path);
  }
  pipelineGraph(id: string, file: string) {
    return this.#call(this.graph, "pipeline_graph", id, file);
  }
  async watchLaunch(id: string | null, onLive: (live: Live) => void) {
    await this.#call(undefined, "watch_launch", id);
    if (id !== null) this.lives.forEach(onLive);
  }
  interruptKernel(id: string, kernel: string) {
    return this.#call(undefined, "interrupt_kernel", id, kernel);
  }
  restartKernel(id: string, kernel: string) {
    return this.#call(undefined, "restart_kernel", id, kernel);
  }
  shutDownKernel(id: string, kernel: string) {
    return this.#call(undefined, "shut_down_kernel", id, kernel);
  }
  restartLaunch(id: string) {
    return this.#call(undefined, "restart_launch", id);
  }
  copyAddress(id: string) {
    return this.#call(undefined, "copy_address", id);
  }
  async followLogs(follow: boolean, id: string | null, onLines: (lines: LogLine[]) => void) {
    await this.#call(undefined, "follow_logs", follow, id);
    if (!follow) return;
    this.tellLines = onLines;
    onLines(this.lines);
  }
  saveLog(name: string, text: string) {
    return this.#call(true, "save_log", name, text);
  }
  revealPipeline(id: string) {
    return this.#call(undefined, "reveal_pipeline", id);
  }
  revealKernels() {
    return this.#call(undefined, "reveal_kernels");
  }
  revealLog(id: string) {
    return this.#call(undefined, "reveal_log", id);
  }
  dismissFailure(id: string) {
    return this.#call(undefined, "dismiss_failure", id);
  }
  dismissNotice(notice: number) {
    return this.#call(undefined, "dismiss_notice", notice);
  }
  lookAgain() {
    return this.#call(undefined, "look_again");
  }
  startEngine() {
    return this.#call(undefined, "start_engine");
  }
  prepareImages() {
    return this.#call(undefined, "prepare_images");
  }
  cancelPreparing() {
    return this.#call(undefined, "cancel_preparing");
  }
  answerClose(answer: OnClose | null, remember: boolean) {
    return this.#call(undefined, "answer_close", answer, remember);
  }
  quit() {
    return this.#call(undefined, "quit");
  }
  choose(change: Change) {
    return this.#call(undefined, "choose", change);
  }
  pickCaFile() {
    return this.#call(undefined, "pick_ca_file");
  }
  clearCaFile() {
    return this.#call(undefined, "clear_ca_file");
  }
  pickKernelsDir() {
    return this.#call(undefined, "pick_kernels_dir");
  }
  clearKernelsDir() {
    return this.#call(undefined, "clear_kernels_dir");
  }
  revealSettings() {
    return this.#call(undefined, "reveal_settings");
  }
  revealLogs() {
    return this.#call(undefined, "reveal_logs");
  }
}
