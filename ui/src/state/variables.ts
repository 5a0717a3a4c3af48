import type { Failure } from "../api/types";
import type { Commands } from "./commands.svelte";

/** The variables of folders. The values of secret ones never come back from the program. */
export class Variables {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /** Sets a variable. Returns why it was refused, for the fields in which the person typed it. */
  async set(id: string, name: string, value: string, secret: boolean): Promise<Failure | null> {
    return (await this.#commands.ask({ command: "set_variable", id, name, value, secret })).failure;
  }

  remove(id: string, name: string) {
    return this.#commands.perform({ command: "remove_variable", id, name });
  }

  /** Allows that kernels get the variables of the folder's `.env` as it is now, or ends that. */
  useEnvFile(id: string, used: boolean) {
    return this.#commands.perform({ command: "use_env_file", id, used }, envFile(id));
  }

  /** A choice about the `.env` has no answer yet. */
  choosesEnvFile(id: string): boolean {
    return this.#commands.isPending(envFile(id));
  }
}

const envFile = (id: string) => `env file ${id}`;
