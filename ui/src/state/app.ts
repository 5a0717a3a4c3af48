import { createContext } from "svelte";

import type { Backend } from "../api/backend";
import type { Snapshot } from "../api/types";
import { announcements } from "../logic/announce";
import { Clipboard } from "./clipboard";
import { Commands } from "./commands.svelte";
import { Connection } from "./connection.svelte";
import { Environments } from "./environments.svelte";
import { Folders } from "./folders";
import { Launches } from "./launches";
import { Live } from "./live.svelte";
import { Logs } from "./logs";
import { Machines } from "./machines";
import { Messages } from "./messages.svelte";
import { Navigation } from "./navigation.svelte";
import { Places } from "./places";
import { SearchFocus } from "./search-focus";
import { Selection } from "./selection.svelte";
import { Variables } from "./variables";

/** The whole state of the window, one part for each concept. Views get it by `useApp`. */
export class AppState {
  readonly messages = new Messages();
  readonly navigation = new Navigation();
  readonly searchFocus = new SearchFocus();
  readonly connection: Connection;
  readonly selection: Selection;
  readonly commands: Commands;
  readonly clipboard: Clipboard;
  readonly environments: Environments;
  readonly folders: Folders;
  readonly live: Live;
  readonly launches: Launches;
  readonly logs: Logs;
  readonly machines: Machines;
  readonly places: Places;
  readonly variables: Variables;

  constructor(backend: Backend) {
    const snapshot = () => this.snapshot;
    this.connection = new Connection(backend, (before, now) => this.#take(before, now));
    this.selection = new Selection(snapshot, () => this.navigation.goTo("pipeline"));
    this.commands = new Commands(backend, this.messages);
    this.clipboard = new Clipboard(this.commands, this.messages);
    this.environments = new Environments(this.commands, snapshot, this.navigation);
    this.folders = new Folders(this.commands, this.messages, this.selection);
    this.live = new Live(backend);
    this.launches = new Launches(
      this.commands,
      snapshot,
      this.live,
      this.navigation,
      this.environments,
      this.selection,
    );
    this.machines = new Machines(this.commands);
    this.places = new Places(this.commands);
    this.variables = new Variables(this.commands);
    this.logs = new Logs(backend, this.commands, this.messages);
  }

  /** The newest one; null until the first one came. */
  get snapshot() {
    return this.connection.snapshot;
  }

  #take(before: Snapshot | null, now: Snapshot) {
    this.selection.follow(now);
    const said = before ? announcements(before, now) : [];
    if (said.length > 0) this.messages.announce(said.join(" "));
  }
}

export const [useApp, provideApp] = createContext<AppState>();
