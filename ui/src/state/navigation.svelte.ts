import type { KernelspecSource } from "../api/types";
import type { KernelAct } from "../logic/actions";
import type { Purpose } from "./environments.svelte";

/** The sheet or question above the window; at most one at a time. */
export type Sheet =
  | { kind: "shortcuts" }
  | { kind: "palette" }
  | { kind: "licences" }
  /** Asks before the engine is installed, or the person joins its group. */
  | { kind: "engine" }
  /** What is new in a newer version. */
  | { kind: "news" }
  /** The editor of a kernelspec; with `rename`, at its name. */
  | { kind: "kernelspec"; source: KernelspecSource; rename?: boolean }
  | { kind: "kernelspec-test"; name: string }
  | { kind: "kernelspec-delete"; name: string }
  | { kind: "place-new" }
  | { kind: "place-test"; name: string }
  | { kind: "place-remove"; name: string }
  | { kind: "machine-new" }
  | { kind: "machine-test"; name: string }
  | { kind: "machine-remove"; name: string }
  /** Picks a folder on a machine. */
  | { kind: "folder-there"; machine: string }
  /** Asks before the packages of a folder are installed. */
  | { kind: "install"; id: string; purpose: Purpose }
  | { kind: "remove"; id: string }
  | { kind: "forget"; id: string }
  /** With `again`, the launch is restarted. */
  | { kind: "stop"; id: string; again?: boolean }
  | { kind: "kernel"; id: string; kernel: string; act: KernelAct; what: string };

/** The tabs of a pipeline. */
export type Tab = "overview" | "environment" | "logs";

/** The content of the main area. */
export type Page = "pipeline" | "settings";

/** Where the person is in the window. */
export class Navigation {
  #page = $state<Page>("pipeline");
  /** A new object each time, so that the person gets there again. */
  #part = $state.raw<{ id: string } | null>(null);
  #tab = $state<Tab>("overview");
  #sheet = $state.raw<Sheet | null>(null);

  get page() {
    return this.#page;
  }
  /** The tab that is shown; the same for all pipelines. */
  get tab() {
    return this.#tab;
  }
  get sheet() {
    return this.#sheet;
  }

  /** The part of the page to go to, by its id. */
  get part() {
    return this.#part?.id ?? null;
  }

  goTo(page: Page, part: string | null = null) {
    this.#page = page;
    this.#part = part === null ? null : { id: part };
  }
  showTab(tab: Tab) {
    this.#page = "pipeline";
    this.#tab = tab;
  }
  open(sheet: Sheet) {
    this.#sheet = sheet;
  }
  closeSheet() {
    this.#sheet = null;
  }
}
