import type { Snapshot } from "../api/types";
import { launchAsks } from "../logic/environment";
import { pipelineOf } from "../logic/lookup";
import type { Commands } from "./commands.svelte";
import type { Navigation } from "./navigation.svelte";

/** The action that needs a folder's environment. */
export type Purpose =
  { act: "launch" } | { act: "restart" } | { act: "notebook"; path: string } | { act: "update"; upgrade: boolean };

/** The environments of folders. Nothing is installed before the person has seen the list and allowed it. */
export class Environments {
  readonly #commands: Commands;
  readonly #snapshot: () => Snapshot | null;
  readonly #navigation: Navigation;

  constructor(commands: Commands, snapshot: () => Snapshot | null, navigation: Navigation) {
    this.#commands = commands;
    this.#snapshot = snapshot;
    this.#navigation = navigation;
  }

  /** Asks the person if the action needs an installation that is not allowed yet. Returns true if it asks. */
  asks(id: string, purpose: Purpose): boolean {
    const pipeline = pipelineOf(this.#snapshot(), id);
    if (!pipeline) return false;
    const asks = purpose.act === "update" ? pipeline.environment?.state === "asks" : launchAsks(pipeline);
    if (asks) this.#navigation.open({ kind: "install", id, purpose });
    return asks;
  }

  /** Allows what the files of a folder ask for now. Returns false if it failed. */
  allow(id: string): Promise<boolean> {
    return this.#commands.perform({ command: "allow_environment", id });
  }

  /** Makes an environment without a launch. With `sure`, the person has already been asked. */
  update(id: string, upgrade: boolean, sure = false) {
    if (!sure && this.asks(id, { act: "update", upgrade })) return;
    return this.#commands.perform({ command: "update_environment", id, upgrade }, `update ${id}`);
  }

  cancel(id: string) {
    return this.#commands.perform({ command: "cancel_environment", id });
  }

  pickFile(id: string, file: string) {
    return this.#commands.perform({ command: "pick_environment_file", id, file }, `file ${id}`);
  }

  packages(id: string) {
    return this.#commands.ask({ command: "environment_packages", id });
  }
}
