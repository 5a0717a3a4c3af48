import type { KernelAct } from "../logic/actions";

/** The sheet or question above the window; at most one at a time. */
export type Sheet =
  | { kind: "shortcuts" }
  | { kind: "palette" }
  | { kind: "licences" }
  | { kind: "remove"; id: string }
  | { kind: "forget"; id: string }
  /** With `again`, the launch is restarted. */
  | { kind: "stop"; id: string; again?: boolean }
  | { kind: "kernel"; id: string; kernel: string; act: KernelAct; what: string };

/** The tabs of a pipeline. */
export type Tab = "overview" | "logs";

/** The content of the main area. */
export type Page = "pipeline" | "settings";

/** Where the person is in the window. */
export class Navigation {
  #page = $state<Page>("pipeline");
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

  goTo(page: Page) {
    this.#page = page;
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
