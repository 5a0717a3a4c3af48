import { failure } from "../api/failure";
import { t } from "../strings";
import type { Commands } from "./commands.svelte";
import type { Messages } from "./messages.svelte";

/** Copies texts. Each method returns true if the text is on the clipboard. */
export class Clipboard {
  readonly #commands: Commands;
  readonly #messages: Messages;

  constructor(commands: Commands, messages: Messages) {
    this.#commands = commands;
    this.#messages = messages;
  }

  async copy(text: string): Promise<boolean> {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.#messages.report(failure(t.refusedCopy.message, t.refusedCopy.hint));
      return false;
    }
    this.#messages.announce(t.copied);
    return true;
  }

  /** The address of a launch has a token that the page must not see, so the program copies it. */
  async copyAddress(id: string): Promise<boolean> {
    const copied = await this.#commands.done(`address ${id}`, (backend) => backend.copyAddress(id));
    if (copied) this.#messages.announce(t.copied);
    return copied;
  }
}
