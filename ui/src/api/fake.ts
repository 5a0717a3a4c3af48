import type { Answers, AnswerTo, Backend } from "./backend";
import type { CallName, CommandName } from "./commands";
import type { Command, Engines, Failure, Live, LogLine, PipelineGraph, Snapshot } from "./types";

type Name = CommandName | Exclude<CallName, "perform">;

/** A command or another call, with its arguments in order. */
export type Call = [name: Name, ...args: unknown[]];

/** A program that follows a script, for stories and tests. It keeps every command that it gets. */
export class FakeBackend implements Backend {
  readonly calls: Call[] = [];
  /** The next answer of the folder dialog. */
  picks: string[] = [];
  /** The activity of a watched launch, sent all at once. */
  lives: Live[] = [];
  /** The lines of every log, sent all at once. `tellLines` sends more. */
  lines: LogLine[] = [];
  tellLines: (lines: LogLine[]) => void = () => {};
  /** Requests an action, as a menu outside the page does. */
  ask: (act: string) => void = () => {};
  /** The content of every pipeline file. */
  graph: PipelineGraph = { name: null, steps: [], problems: [] };
  /** The engines that can be found. */
  engines: Engines = { options: [], said_by: null };
  /** The answers of other commands; by a function if they depend on the command. */
  answers: { [Name in keyof Answers]?: Answers[Name] | ((command: Command) => Answers[Name]) } = {};
  #failures = new Map<Name, Failure>();
  #hanging = new Set<Name>();
  #listener: ((snapshot: Snapshot) => void) | null = null;
  #snapshot: Snapshot | null;

  constructor(snapshot: Snapshot | null = null) {
    this.#snapshot = snapshot;
  }

  push(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.#listener?.(snapshot);
  }

  fail(command: Name, failure: Failure) {
    this.#failures.set(command, failure);
  }

  /** Lets this command succeed again. */
  recover(command: Name) {
    this.#failures.delete(command);
  }

  /** Leaves this command without an answer. */
  hang(command: Name) {
    this.#hanging.add(command);
  }

  async #call<T>(answer: T, command: Name, ...args: unknown[]): Promise<T> {
    this.calls.push([command, ...args]);
    if (this.#hanging.has(command)) await new Promise(() => {});
    const failure = this.#failures.get(command);
    if (failure) throw failure;
    return answer;
  }

  /** Keeps the command as its name and, in order, its arguments. */
  perform<C extends Command>(asked: C) {
    const { command, ...args } = asked;
    const own = { pipeline_graph: this.graph, list_engines: this.engines };
    const known = { ...own, ...this.answers }[command as keyof Answers];
    const answer = typeof known === "function" ? known(asked) : known;
    return this.#call(answer as AnswerTo<C>, command, ...Object.values(args));
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
  locatePipeline(id: string) {
    return this.#call(this.picks[0] ?? null, "locate_pipeline", id);
  }
  async watchLaunch(id: string | null, onLive: (live: Live) => void) {
    await this.#call(undefined, "watch_launch", id);
    if (id !== null) this.lives.forEach(onLive);
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
  pickCaFile() {
    return this.#call(undefined, "pick_ca_file");
  }
  pickKernelsDir() {
    return this.#call(undefined, "pick_kernels_dir");
  }
}
