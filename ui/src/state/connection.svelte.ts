import type { Backend } from "../api/backend";
import { asFailure } from "../api/failure";
import type { Failure, Snapshot } from "../api/types";

/** The newest snapshot of the program, or the reason why none can come. */
export class Connection {
  readonly #backend: Backend;
  readonly #onSnapshot: (before: Snapshot | null, now: Snapshot) => void;
  #snapshot = $state.raw<Snapshot | null>(null);
  #failure = $state.raw<Failure | null>(null);
  #onAct: (act: string) => void = () => {};

  constructor(backend: Backend, onSnapshot: (before: Snapshot | null, now: Snapshot) => void) {
    this.#backend = backend;
    this.#onSnapshot = onSnapshot;
  }

  /** Null until the first one came. */
  get snapshot() {
    return this.#snapshot;
  }
  /** The reason why no snapshot can come. */
  get failure() {
    return this.#failure;
  }

  /** Sets the function that performs the actions of menus outside the page, such as the system's. */
  actBy(onAct: (act: string) => void) {
    this.#onAct = onAct;
  }

  async connect() {
    this.#failure = null;
    try {
      await this.#backend.subscribe(
        (snapshot) => this.#take(snapshot),
        (act) => this.#onAct(act),
      );
    } catch (reason) {
      this.#failure = asFailure(reason);
    }
  }

  #take(snapshot: Snapshot) {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    this.#onSnapshot(before, snapshot);
  }
}
