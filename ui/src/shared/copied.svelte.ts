/** How long a control says that it copied something, ms. */
const SHOWN_FOR = 1500;

/** Says for a moment that something was copied. */
export class Copied {
  #shown = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  get shown() {
    return this.#shown;
  }

  /** Copies, and shows that it did; `copy` returns false if it could not. */
  async by(copy: () => Promise<boolean>) {
    if (!(await copy())) return;
    this.#shown = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#shown = false), SHOWN_FOR);
  }
}
