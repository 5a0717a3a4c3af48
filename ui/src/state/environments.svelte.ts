import type { Language, Snapshot } from "../api/types";
import { asAdded, launchAsks, type Pinned } from "../logic/environment";
import { pipelineOf } from "../logic/lookup";
import type { Commands } from "./commands.svelte";
import type { Navigation } from "./navigation.svelte";

/** The action that needs a folder's environment. */
export type Purpose =
  | { act: "launch" }
  | { act: "restart" }
  | { act: "notebook"; path: string }
  | { act: "update"; upgrade: boolean }
  | { act: "add"; package: Pinned };

/** The environments of folders. Nothing is installed before the person has seen the list and allowed it. */
export class Environments {
  readonly #commands: Commands;
  readonly #snapshot: () => Snapshot | null;
  readonly #navigation: Navigation;
  #changes = $state(0);

  constructor(commands: Commands, snapshot: () => Snapshot | null, navigation: Navigation) {
    this.#commands = commands;
    this.#snapshot = snapshot;
    this.#navigation = navigation;
  }

  /** The number of actions on packages that were installed by hand. After each one, the lists are read again. */
  get changes() {
    return this.#changes;
  }

  /** Asks the person if the action needs an installation that is not allowed yet. Returns true if it asks. */
  asks(id: string, purpose: Purpose): boolean {
    const pipeline = pipelineOf(this.#snapshot(), id);
    if (!pipeline) return false;
    const installs = purpose.act === "update" || purpose.act === "add";
    const asks = installs ? pipeline.environment?.state === "asks" : launchAsks(pipeline);
    if (asks) this.#navigation.open({ kind: "install", id, purpose });
    return asks;
  }

  /** Allows what the files of a folder ask for now. Returns false if it failed. */
  allow(id: string): Promise<boolean> {
    return this.#commands.perform({ command: "allow_environment", id });
  }

  /** Has launches run the folder's `postBuild` as it is now, or never. Returns false if it failed. */
  runPostBuild(id: string, run: boolean): Promise<boolean> {
    return this.#commands.perform({ command: "run_post_build", id, run }, `script ${id}`);
  }

  /** A choice about the folder's `postBuild` has no answer yet. */
  choosesPostBuild(id: string): boolean {
    return this.#commands.isPending(`script ${id}`);
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

  /**
   * Adds a package that was installed by hand to the folder's file, and makes the environment with it; if that fails, the
   * file is what it was. Only then is the package taken away from the kernels, so that they have it at any time. With
   * `sure`, the person has already been asked.
   */
  async add(id: string, { name, version, language }: Pinned, sure = false) {
    // An edit allows all packages that the file names.
    if (!sure && this.asks(id, { act: "add", package: { name, version, language } })) return;
    const environment = pipelineOf(this.#snapshot(), id)?.environment ?? null;
    const add = [asAdded({ name, version, language }, environment)];
    await this.#commands.done(byHand(id), async (backend) => {
      await backend.perform({ command: "edit_packages", id, add, remove: [], pip: language === "Python" });
      await backend.perform({ command: "remove_by_hand", id, language, names: [name] });
    });
    this.#changes += 1;
  }

  /** Takes packages away that were installed by hand. */
  async removeByHand(id: string, language: Language, names: string[]) {
    await this.#commands.perform({ command: "remove_by_hand", id, language, names }, byHand(id));
    this.#changes += 1;
  }

  /** An action on packages that were installed by hand has no answer yet. */
  actsByHand(id: string): boolean {
    return this.#commands.isPending(byHand(id));
  }

  /** Removes the environments that no folder uses; with `dryRun`, only finds them. */
  clean(dryRun: boolean) {
    return this.#commands.ask({ command: "clean_environments", dry_run: dryRun });
  }

  /** The packages that the notebooks of a folder import. */
  imports(id: string) {
    return this.#commands.ask({ command: "folder_imports", id });
  }

  /** Writes a first file with these packages. Returns false if it failed. */
  start(id: string, packages: string[]): Promise<boolean> {
    return this.#commands.perform({ command: "start_environment", id, packages }, `start ${id}`);
  }

  /** A first file is being written. */
  starts(id: string): boolean {
    return this.#commands.isPending(`start ${id}`);
  }

  packages(id: string) {
    return this.#commands.ask({ command: "environment_packages", id });
  }
}

const byHand = (id: string) => `by hand ${id}`;
