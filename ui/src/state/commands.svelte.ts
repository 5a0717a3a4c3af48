import { SvelteSet } from "svelte/reactivity";

import type { Backend } from "../api/backend";
import { asFailure } from "../api/failure";
import type { Change, Failure, OnClose, PipelineGraph } from "../api/types";
import type { Messages } from "./messages.svelte";

/** Every command goes to the program through `run`. The commands that need nothing else are below it. */
export class Commands {
  readonly #backend: Backend;
  readonly #messages: Messages;
  #pending = new SvelteSet<string>();

  constructor(backend: Backend, messages: Messages) {
    this.#backend = backend;
    this.#messages = messages;
  }

  /** True while a command with this name has no answer. */
  isPending(name: string): boolean {
    return this.#pending.has(name);
  }

  /**
   * Runs a command and shows its failure. A second command with the same name is dropped while the first has no
   * answer. Returns null if the command failed or was dropped.
   */
  async run<T>(name: string, command: (backend: Backend) => Promise<T>): Promise<T | null> {
    if (this.#pending.has(name)) return null;
    this.#pending.add(name);
    try {
      return await command(this.#backend);
    } catch (reason) {
      this.#messages.report(asFailure(reason));
      return null;
    } finally {
      this.#pending.delete(name);
    }
  }

  /** The same for a command without an answer of its own: true if it succeeded. */
  async done(name: string, command: (backend: Backend) => Promise<void>): Promise<boolean> {
    const done = await this.run(name, async (backend) => {
      await command(backend);
      return true;
    });
    return done ?? false;
  }

  /** Changes one setting. Returns why it was refused, for the place where the person made the change. */
  async choose(change: Change): Promise<Failure | null> {
    try {
      await this.#backend.choose(change);
      return null;
    } catch (reason) {
      return asFailure(reason);
    }
  }

  /** Changes one setting where there is no place to show a refusal: it is shown as a toast. */
  async chooseOrReport(change: Change) {
    const refused = await this.choose(change);
    if (refused) this.#messages.report(refused);
  }

  /** What a pipeline file says, or why it cannot be read. */
  async graph(id: string, file: string): Promise<PipelineGraph | Failure> {
    try {
      return await this.#backend.pipelineGraph(id, file);
    } catch (reason) {
      return asFailure(reason);
    }
  }

  pickCaFile() {
    return this.run("authorities", (backend) => backend.pickCaFile());
  }
  clearCaFile() {
    return this.run("authorities", (backend) => backend.clearCaFile());
  }
  pickKernelsDir() {
    return this.run("kernels", (backend) => backend.pickKernelsDir());
  }
  clearKernelsDir() {
    return this.run("kernels", (backend) => backend.clearKernelsDir());
  }

  revealPipeline(id: string) {
    return this.run(`reveal ${id}`, (backend) => backend.revealPipeline(id));
  }
  revealKernels() {
    return this.run("reveal kernels", (backend) => backend.revealKernels());
  }
  revealLog(id: string) {
    return this.run(`log ${id}`, (backend) => backend.revealLog(id));
  }
  revealSettings() {
    return this.run("settings file", (backend) => backend.revealSettings());
  }
  revealLogs() {
    return this.run("logs", (backend) => backend.revealLogs());
  }

  dismissFailure(id: string) {
    return this.run(`dismiss ${id}`, (backend) => backend.dismissFailure(id));
  }
  dismissNotice(notice: number) {
    return this.run(`notice ${notice}`, (backend) => backend.dismissNotice(notice));
  }

  lookAgain() {
    return this.run("look", (backend) => backend.lookAgain());
  }
  startEngine() {
    return this.run("start engine", (backend) => backend.startEngine());
  }
  prepareImages() {
    return this.run("prepare", (backend) => backend.prepareImages());
  }
  cancelPreparing() {
    return this.run("cancel preparing", (backend) => backend.cancelPreparing());
  }

  answerClose(answer: OnClose | null, remember: boolean) {
    return this.run("close", (backend) => backend.answerClose(answer, remember));
  }
  quit() {
    return this.run("quit", (backend) => backend.quit());
  }
}
