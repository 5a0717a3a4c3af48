import type { Backend } from "../api/backend";
import type { Live as LiveNews } from "../api/types";
import { type Seen, seen } from "../logic/live";

/** The activity of one launch at the moment: its kernels, and the usage of its containers. */
export class Live {
  readonly #backend: Backend;
  #watched = $state.raw<{ id: string; seen: Seen | null } | null>(null);

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Watches a launch until the returned function is called. A launch that is not watched costs nothing. */
  watch(id: string): () => void {
    this.#watched = { id, seen: null };
    const onNews = (news: LiveNews) => {
      if (this.#watched?.id === id) this.#watched = { id, seen: seen(this.#watched.seen, news) };
    };
    // Without these figures the window still shows running launches, because those are in the snapshot.
    const ignored = () => {};
    this.#backend.watchLaunch(id, onNews).catch(ignored);
    return () => {
      if (this.#watched?.id !== id) return;
      this.#watched = null;
      this.#backend.watchLaunch(null, ignored).catch(ignored);
    };
  }

  /** The figures of this launch; null if it is not watched. */
  of(id: string): Seen | null {
    return this.#watched?.id === id ? this.#watched.seen : null;
  }
}
