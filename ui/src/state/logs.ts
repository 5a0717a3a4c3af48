import type { Backend } from "../api/backend";
import { asFailure } from "../api/failure";
import type { LogLine } from "../api/types";
import { t } from "../strings";
import type { Commands } from "./commands.svelte";
import type { Messages } from "./messages.svelte";

/** The logs of a launch and of the program. */
export class Logs {
  readonly #backend: Backend;
  readonly #commands: Commands;
  readonly #messages: Messages;

  constructor(backend: Backend, commands: Commands, messages: Messages) {
    this.#backend = backend;
    this.#commands = commands;
    this.#messages = messages;
  }

  /** Follows the logs of a pipeline and of the program, until the returned function is called. */
  follow(id: string, onLines: (lines: LogLine[]) => void): () => void {
    let wanted = true;
    const report = (reason: unknown) => wanted && this.#messages.report(asFailure(reason));
    this.#backend.followLogs(true, id, (lines) => wanted && onLines(lines)).catch(report);
    return () => {
      wanted = false;
      this.#backend.followLogs(false, null, () => {}).catch(report);
    };
  }

  async save(name: string, text: string) {
    const saved = await this.#commands.run("save log", (backend) => backend.saveLog(name, text));
    if (saved) this.#messages.announce(t.saved);
  }
}
