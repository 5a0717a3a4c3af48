import { createSubscriber } from "svelte/reactivity";

/** The current time. It ticks only while a component reads it. */
class Clock {
  #frozen: number | null = null;
  #tenth = createSubscriber((update) => ticking(update, 100));
  #minute = createSubscriber((update) => ticking(update, 15_000));

  /** To a tenth of a second, for active stages. */
  get fine(): number {
    this.#tenth();
    return this.#frozen ?? Date.now();
  }

  /** Often enough for "5 min ago". */
  get coarse(): number {
    this.#minute();
    return this.#frozen ?? Date.now();
  }

  /** Stops the clock at `now`, for stories and tests. */
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
