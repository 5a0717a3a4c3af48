import type { Check, Failure, FoldersThere } from "../api/types";
import type { Commands, Outcome } from "./commands.svelte";

/** Other machines, whose folders are launched on their own engines. */
export class Machines {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /** Adds a machine. Returns why it was refused, for the form in which the person typed it. */
  async add(name: string, engine: string): Promise<Failure | null> {
    return (await this.#commands.ask({ command: "add_machine", name, engine })).failure;
  }

  remove(name: string) {
    return this.#commands.perform({ command: "remove_machine", name }, removal(name));
  }

  /** The removal of this machine has no answer yet. */
  removes(name: string): boolean {
    return this.#commands.isPending(removal(name));
  }

  /** Goes through what a launch needs on a machine. */
  test(name: string): Promise<Outcome<Check[]>> {
    return this.#commands.ask({ command: "test_machine", name });
  }

  /** Looks for a machine's engine again. The snapshot has the answer. */
  lookAgain(name: string) {
    return this.#commands.perform({ command: "look_again_at", name }, look(name));
  }

  /** Its engine is being looked for on the person's wish. */
  looks(name: string): boolean {
    return this.#commands.isPending(look(name));
  }

  /** The folders in a folder on a machine. */
  folders(machine: string, path: string): Promise<Outcome<FoldersThere>> {
    return this.#commands.ask({ command: "list_folders", machine, path });
  }
}

const removal = (name: string) => `remove machine ${name}`;
const look = (name: string) => `look again at ${name}`;
