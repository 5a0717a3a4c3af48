import { createSubscriber } from "svelte/reactivity";

/** The time, which ticks only while something that is shown reads it. */
class Clock {
  #frozen: number | null = null;
  #tenth = createSubscriber((update) => ticking(update, 100));
  #minute = createSubscriber((update) => ticking(update, 15_000));

  /** To a tenth of a second, for steps that are going on. */
  get fine(): number {
    this.#tenth();
    return this.#frozen ?? Date.now();
  }

  /** Often enough for "5 min ago". */
  get coarse(): number {
    this.#minute();
    return this.#frozen ?? Date.now();
  }

  /** Stands still at `now`, so that stories look the same each time. */
  freeze(now: number) {
    this.#frozen = now;
  }
}

/** A hidden window does not tick. */
function ticking(update: () => void, every: number): () => void {
  const timer = setInterval(() => {
    if (!document.hidden) update();
  }, every);
  document.addEventListener("visibilitychange", update);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", update);
  };
}

export const now = new Clock();
