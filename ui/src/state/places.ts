import type { Check, Failure, NewPlace } from "../api/types";
import type { Commands, Outcome } from "./commands.svelte";

/** The places where launches run other than on this machine. */
export class Places {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /** Picks the place of a folder's next launch; null is this machine. */
  pick(id: string, place: string | null) {
    return this.#commands.perform({ command: "pick_place", id, place }, `place ${id}`);
  }

  /** Asks a place what it offers. The snapshot has the answer, also if it fails. */
  ask(name: string) {
    return this.#commands.ask({ command: "ask_place", name });
  }

  /** Adds a place. Returns why it was refused, for the form in which the person typed it. */
  async add(place: NewPlace): Promise<Failure | null> {
    return (await this.#commands.ask({ command: "add_place", place })).failure;
  }

  remove(name: string) {
    return this.#commands.perform({ command: "remove_place", name }, removal(name));
  }

  /** The removal of this place has no answer yet. */
  removes(name: string): boolean {
    return this.#commands.isPending(removal(name));
  }

  /** Goes through each step of a launch at a place, to its first kernel. */
  test(name: string): Promise<Outcome<Check[]>> {
    return this.#commands.ask({ command: "test_place", name });
  }
}

const removal = (name: string) => `remove place ${name}`;
