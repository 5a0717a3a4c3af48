import type { Failure } from "../api/types";
import { t } from "../strings";
import type { Commands } from "./commands.svelte";
import type { Messages } from "./messages.svelte";
import type { Selection } from "./selection.svelte";

/** The person's list of folders: adds, locates and removes folders, and forgets their saved state. */
export class Folders {
  readonly #commands: Commands;
  readonly #messages: Messages;
  readonly #selection: Selection;

  constructor(commands: Commands, messages: Messages, selection: Selection) {
    this.#commands = commands;
    this.#messages = messages;
    this.#selection = selection;
  }

  async add() {
    const ids = await this.#commands.run("add", (backend) => backend.addPipelines());
    if (ids?.[0]) this.#selection.selectAdded(ids[0]);
  }

  async addExample() {
    const id = await this.#commands.run("add", (backend) => backend.addExample());
    if (id) this.#selection.selectAdded(id);
  }

  /** Adds a folder on another machine. Returns why it was refused, for the dialog in which the person picked it. */
  async addThere(machine: string, path: string): Promise<Failure | null> {
    const { answer, failure } = await this.#commands.ask({ command: "add_folder_there", machine, path });
    if (answer !== null) this.#selection.selectAdded(answer);
    return failure;
  }

  /** Gives a pipeline the place that its folder was moved to. The pipeline has another id there. */
  async locate(id: string) {
    const located = await this.#commands.run(`locate ${id}`, (backend) => backend.locatePipeline(id));
    if (located) this.#selection.selectAdded(located);
  }

  pin(id: string, pinned: boolean) {
    return this.#commands.perform({ command: "pin_pipeline", id, pinned }, `pin ${id}`);
  }

  remove(id: string) {
    return this.#commands.perform({ command: "remove_pipeline", id }, `remove ${id}`);
  }

  async stopAndRemove(id: string) {
    await this.#commands.run(`remove ${id}`, async (backend) => {
      await backend.perform({ command: "stop", id });
      await backend.perform({ command: "remove_pipeline", id });
    });
  }

  /** Removes the data that a folder keeps between launches. */
  async forget(id: string) {
    const forgotten = await this.#commands.perform({ command: "forget_pipeline", id });
    if (forgotten) this.#messages.announce(t.forget.done);
  }
}
