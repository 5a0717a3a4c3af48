import type { Failure } from "../api/types";

/** The failure of a command, shown until the person dismisses it. */
export type Toast = { id: number; failure: Failure };

/** At most so many are shown; a new one replaces the oldest. */
const MAX_TOASTS = 4;

/** Messages of the window itself: failures of commands, and words for a screen reader. */
export class Messages {
  #toasts = $state.raw<readonly Toast[]>([]);
  #announcement = $state("");
  #nextId = 1;

  get toasts() {
    return this.#toasts;
  }
  /** The next words of a screen reader. */
  get announcement() {
    return this.#announcement;
  }

  announce(words: string) {
    this.#announcement = words;
  }

  /** Shows a failure that has no other place in the window. */
  report(failure: Failure) {
    // The person cancelled it, and knows.
    if (failure.code === "cancelled") return;
    const same = ({ failure: { message, hint } }: Toast) => message === failure.message && hint === failure.hint;
    const toast = { id: this.#nextId++, failure };
    this.#toasts = [...this.#toasts.filter((old) => !same(old)), toast].slice(-MAX_TOASTS);
  }

  dismiss(id: number) {
    this.#toasts = this.#toasts.filter((toast) => toast.id !== id);
  }
}
