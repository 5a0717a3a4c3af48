import { SvelteSet } from "svelte/reactivity";

import type { AnswerTo, Backend } from "../api/backend";
import { asFailure } from "../api/failure";
import type { Change, Command, Failure, PipelineGraph } from "../api/types";
import type { Messages } from "./messages.svelte";

/** The answer of a command, or its failure. */
export type Outcome<Answer> = { answer: Answer; failure: null } | { answer: null; failure: Failure };

/** Every command goes to the program through `perform`, and a dialog through `run`. */
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

  /**
   * Performs a command and shows its failure: true if it succeeded. Commands with one name exclude each other; the
   * usual name is the command with its arguments, such as `launch churn`.
   */
  async perform(command: Command, name = nameOf(command)): Promise<boolean> {
    return this.done(name, (backend) => backend.perform(command));
  }

  /** The same for a dialog or the clipboard, which are no commands. */
  async done(name: string, ask: (backend: Backend) => Promise<unknown>): Promise<boolean> {
    const done = await this.run(name, async (backend) => {
      await ask(backend);
      return true;
    });
    return done ?? false;
  }

  /** Changes one setting. Returns why it was refused, for the place where the person made the change. */
  async choose(change: Change): Promise<Failure | null> {
    try {
      await this.#backend.perform({ command: "choose", change });
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

  /** Performs a command for a place that shows its answer or its failure by itself. */
  async ask<C extends Command>(command: C): Promise<Outcome<AnswerTo<C>>> {
    try {
      return { answer: await this.#backend.perform(command), failure: null };
    } catch (reason) {
      return { answer: null, failure: asFailure(reason) };
    }
  }

  /** The content of a pipeline file, or the reason why it cannot be read. */
  async graph(id: string, file: string): Promise<PipelineGraph | Failure> {
    try {
      return await this.#backend.perform({ command: "pipeline_graph", id, file });
    } catch (reason) {
      return asFailure(reason);
    }
  }

  pickCaFile() {
    return this.run("authorities", (backend) => backend.pickCaFile());
  }
  clearCaFile() {
    return this.perform({ command: "clear_ca_file" }, "authorities");
  }
  pickKernelsDir() {
    return this.run("kernels", (backend) => backend.pickKernelsDir());
  }
  clearKernelsDir() {
    return this.perform({ command: "clear_kernels_dir" }, "kernels");
  }
}

function nameOf(command: Command): string {
  return Object.values(command).join(" ");
}
