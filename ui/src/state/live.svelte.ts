import type { Backend } from "../api/backend";
import type { Live as LiveNews } from "../api/types";
import { type Seen, seen } from "../logic/live";

/** What one launch does at the moment: its kernels, and what its containers use. */
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
    // Without these figures the window still shows what runs: that is in the snapshot.
    const ignored = () => {};
    this.#backend.watchLaunch(id, onNews).catch(ignored);
    return () => {
      if (this.#watched?.id !== id) return;
      this.#watched = null;
      this.#backend.watchLaunch(null, ignored).catch(ignored);
    };
  }

  /** What is known of this launch; null where it is not watched. */
  of(id: string): Seen | null {
    return this.#watched?.id === id ? this.#watched.seen : null;
  }
}
