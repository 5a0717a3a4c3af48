import { createContext } from "svelte";
import { SvelteSet } from "svelte/reactivity";

import type { Backend } from "../api/backend";
import { asFailure, failure } from "../api/failure";
import type { Change, Failure, Live, LogLine, OnClose, PipelineGraph, PipelineView, Snapshot } from "../api/types";
import { announcements } from "../logic/announce";
import { type Seen, seen } from "../logic/live";
import { isUp, phaseOf, primaryOf } from "../logic/phase";
import { search } from "../logic/search";
import { isTheirs } from "../logic/theirs";
import { t } from "../strings";
import { recall, remember } from "./memory";

/** A failed command that has not been dismissed. */
export type Toast = { id: number; failure: Failure };

/** What floats above the window, at most one at a time. */
export type Sheet =
  | { kind: "shortcuts" }
  | { kind: "palette" }
  | { kind: "licences" }
  | { kind: "remove"; id: string }
  | { kind: "forget"; id: string }
  /** And to be launched `again`. */
  | { kind: "stop"; id: string; again?: boolean }
  | { kind: "kernel"; id: string; kernel: string; act: KernelAct; what: string };

/** What can be done to a kernel. */
export type KernelAct = "interrupt" | "restart" | "shut-down";

/** Of a pipeline. */
export type Tab = "overview" | "logs";

/** What the main area shows. */
export type Page = "pipeline" | "settings";

/** More than these are of no use to anyone; the oldest give way. */
const MAX_TOASTS = 4;

/** All that the window knows: the newest snapshot, and what the person is doing with it. */
export class AppState {
  readonly #backend: Backend;
  #snapshot = $state.raw<Snapshot | null>(null);
  #disconnected = $state.raw<Failure | null>(null);
  #selectedId = $state<string | null>(recall("selected"));
  #query = $state("");
  #toasts = $state.raw<readonly Toast[]>([]);
  #sheet = $state.raw<Sheet | null>(null);
  #page = $state<Page>("pipeline");
  #tab = $state<Tab>("overview");
  #announcement = $state("");
  /** Gives the search field the focus; the window's own. */
  #focusSearch = () => {};
  #focusHere: (() => void) | null = null;
  /** Does what is asked for outside the page; the window's own. */
  #onAct: (act: string) => void = () => {};
  /** The folder from outside that was chosen last. */
  #brought = 0;
  #pending = new SvelteSet<string>();
  #nextToast = 1;
  /** The launch that is watched, and what is known of it. */
  #live = $state.raw<{ id: string; seen: Seen | null } | null>(null);
  /** Where the selected one was, for choosing its neighbour when it goes. */
  #lastIndex = 0;

  #visible = $derived(search(this.#snapshot?.pipelines ?? [], this.#query));
  #selected = $derived(this.#snapshot?.pipelines.find(({ id }) => id === this.#selectedId) ?? null);

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Null until the first one came. */
  get snapshot() {
    return this.#snapshot;
  }
  /** Why no snapshot can come. */
  get disconnected() {
    return this.#disconnected;
  }
  get selected() {
    return this.#selected;
  }
  get query() {
    return this.#query;
  }
  /** The pipelines that match the query. */
  get visible() {
    return this.#visible;
  }
  get toasts() {
    return this.#toasts;
  }
  get sheet() {
    return this.#sheet;
  }
  /** Which side of a pipeline the page shows; the same for all of them. */
  get tab() {
    return this.#tab;
  }
  get page() {
    return this.#page;
  }
  /** What a screen reader says next. */
  get announcement() {
    return this.#announcement;
  }

  async connect() {
    this.#disconnected = null;
    try {
      await this.#backend.subscribe(
        (snapshot) => this.#take(snapshot),
        (act) => this.#onAct(act),
      );
    } catch (reason) {
      this.#disconnected = asFailure(reason);
    }
  }

  #take(snapshot: Snapshot) {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    const { brought } = snapshot;
    if (brought && brought.count !== this.#brought) {
      this.#brought = brought.count;
      this.#chooseAdded(brought.id);
    }
    this.#keepSelection(snapshot.pipelines);
    if (before) {
      const said = announcements(before, snapshot);
      if (said.length > 0) this.#announcement = said.join(" ");
    }
  }

  /** The same folder stays chosen wherever it moves to; one that went leaves its neighbour. */
  #keepSelection(pipelines: readonly PipelineView[]) {
    const index = pipelines.findIndex(({ id }) => id === this.#selectedId);
    if (index >= 0) {
      this.#lastIndex = index;
      return;
    }
    // One that was just added is chosen before the snapshot that holds it has come.
    if (this.#selectedId !== null && this.#pending.has(`arriving ${this.#selectedId}`)) return;
    const own = pipelines.filter((pipeline) => !isTheirs(pipeline));
    const neighbour = own[Math.min(this.#lastIndex, own.length - 1)];
    this.#selectedId = neighbour?.id ?? null;
  }

  select(id: string) {
    this.#page = "pipeline";
    this.#selectedId = id;
    this.#lastIndex = Math.max(0, this.#snapshot?.pipelines.findIndex((p) => p.id === id) ?? 0);
    remember("selected", id);
  }

  /** Chooses the one `by` places further in what the search shows; stays at either end. */
  move(by: number) {
    const index = this.#visible.findIndex(({ id }) => id === this.#selectedId);
    const target = index < 0 ? 0 : Math.min(Math.max(index + by, 0), this.#visible.length - 1);
    const pipeline = this.#visible[target];
    if (pipeline) this.select(pipeline.id);
  }

  /** Chooses the one at this place, the first being 1. */
  selectNth(n: number) {
    const pipeline = this.#visible[n - 1];
    if (pipeline) this.select(pipeline.id);
  }

  search(query: string) {
    this.#query = query;
  }

  /** The chosen one if the search shows it, else the first that it shows. */
  selectFromSearch() {
    if (!this.#visible.some(({ id }) => id === this.#selectedId)) this.move(0);
  }

  show(sheet: Sheet) {
    this.#sheet = sheet;
  }
  closeSheet() {
    this.#sheet = null;
  }
  goTo(page: Page) {
    this.#page = page;
  }

  showTab(tab: Tab) {
    this.#page = "pipeline";
    this.#tab = tab;
  }

  /** What is searched first while it is there, until the answer is called. */
  searchHere(focus: () => void): () => void {
    this.#focusHere = focus;
    return () => {
      if (this.#focusHere === focus) this.#focusHere = null;
    };
  }

  actBy(onAct: (act: string) => void) {
    this.#onAct = onAct;
  }

  searchBy(focus: () => void) {
    this.#focusSearch = focus;
  }

  /** Gives the search field the focus. */
  focusSearch() {
    (this.#focusHere ?? this.#focusSearch)();
  }

  /** Makes one choice anew. Answers with why it was refused, for whoever shows that where it was made. */
  async choose(change: Change): Promise<Failure | null> {
    try {
      await this.#backend.choose(change);
      return null;
    } catch (reason) {
      return asFailure(reason);
    }
  }

  /** What a pipeline file says, or why it cannot be read, for whoever draws it. */
  async graph(id: string, file: string): Promise<PipelineGraph | Failure> {
    try {
      return await this.#backend.pipelineGraph(id, file);
    } catch (reason) {
      return asFailure(reason);
    }
  }

  /** The same, for a choice that is made where nothing can be said. */
  async chooseOrReport(change: Change) {
    const refused = await this.choose(change);
    if (refused) this.report(refused);
  }

  pickCaFile() {
    return this.#run("authorities", () => this.#backend.pickCaFile());
  }
  clearCaFile() {
    return this.#run("authorities", () => this.#backend.clearCaFile());
  }

  pickKernelsDir() {
    return this.#run("kernels", () => this.#backend.pickKernelsDir());
  }
  clearKernelsDir() {
    return this.#run("kernels", () => this.#backend.clearKernelsDir());
  }
  quit() {
    return this.#run("quit", () => this.#backend.quit());
  }

  /** True while a command under this name has not been answered. */
  isPending(what: string): boolean {
    return this.#pending.has(what);
  }

  /**
   * The one way every command goes: a second one under the same name waits for nobody and is
   * dropped, and a failure is shown. Answers null where it failed or was dropped.
   */
  async #run<T>(name: string, command: () => Promise<T>): Promise<T | null> {
    if (this.#pending.has(name)) return null;
    this.#pending.add(name);
    try {
      return await command();
    } catch (reason) {
      this.report(asFailure(reason));
      return null;
    } finally {
      this.#pending.delete(name);
    }
  }

  /** Shows a failure that belongs to no place of its own. */
  report(failure: Failure) {
    // The person asked for it; they know.
    if (failure.code === "cancelled") return;
    const same = ({ failure: { message, hint } }: Toast) => message === failure.message && hint === failure.hint;
    const toast = { id: this.#nextToast++, failure };
    this.#toasts = [...this.#toasts.filter((old) => !same(old)), toast].slice(-MAX_TOASTS);
  }

  dismissToast(id: number) {
    this.#toasts = this.#toasts.filter((toast) => toast.id !== id);
  }

  async addPipelines() {
    const ids = await this.#run("add", () => this.#backend.addPipelines());
    if (ids?.[0]) this.#chooseAdded(ids[0]);
  }

  async addExample() {
    const id = await this.#run("add", () => this.#backend.addExample());
    if (id) this.#chooseAdded(id);
  }

  #chooseAdded(first: string) {
    this.#query = "";
    this.select(first);
    if (this.#snapshot?.pipelines.some(({ id }) => id === first)) return;
    const arriving = `arriving ${first}`;
    this.#pending.add(arriving);
    // Should it never come, the selection must not hang on it for ever.
    setTimeout(() => this.#pending.delete(arriving), 2000);
  }

  removePipeline(id: string) {
    return this.#run(`remove ${id}`, () => this.#backend.removePipeline(id));
  }

  /** Removes what is kept of it from one launch to the next. */
  async forget(id: string) {
    const forgotten = await this.#run(`forget ${id}`, async () => {
      await this.#backend.forgetPipeline(id);
      return true;
    });
    if (forgotten) this.#announcement = t.forget.done;
  }

  async stopAndRemove(id: string) {
    await this.#run(`remove ${id}`, async () => {
      await this.#backend.stop(id);
      await this.#backend.removePipeline(id);
    });
  }

  pin(id: string, pinned: boolean) {
    return this.#run(`pin ${id}`, () => this.#backend.pinPipeline(id, pinned));
  }

  answerClose(answer: OnClose | null, remember: boolean) {
    return this.#run("close", () => this.#backend.answerClose(answer, remember));
  }

  pickKernelspec(id: string, name: string) {
    return this.#run(`pick ${id}`, () => this.#backend.pickKernelspec(id, name));
  }

  launch(id: string) {
    return this.#run(`launch ${id}`, () => this.#backend.launch(id));
  }

  /** Ends it, whether it is still starting or runs. Somebody else's, or while a kernel computes, only when the person is `sure`. */
  stop(id: string, sure = false) {
    const pipeline = this.#snapshot?.pipelines.find((p) => p.id === id);
    if (!pipeline || !isUp(phaseOf(pipeline)) || phaseOf(pipeline) === "stopping") return;
    if (this.#needsAnswer(pipeline) && !sure) return this.show({ kind: "stop", id });
    const starting = phaseOf(pipeline) === "starting";
    return this.#run(`stop ${id}`, () => (starting ? this.#backend.cancel(id) : this.#backend.stop(id)));
  }

  /** What the filled button does. */
  act(pipeline: PipelineView) {
    if (!this.#snapshot) return;
    const { id } = pipeline;
    const { action, blocked } = primaryOf(pipeline, this.#snapshot.engine);
    if (blocked !== null) return;
    if (action === "launch") return this.launch(id);
    if (action === "cancel") return this.stop(id);
    return this.#run(`open ${id}`, () => this.#backend.openPipeline(id));
  }

  /** What Enter does: the same, except that a key pressed twice must not cancel what it began. */
  enter() {
    const pipeline = this.#selected;
    if (pipeline && phaseOf(pipeline) !== "starting") return this.act(pipeline);
  }

  keepRunning(id: string) {
    return this.#run(`keep ${id}`, () => this.#backend.keepRunning(id));
  }
  /** Watches a launch until the answer is called. What is not seen costs nothing. */
  watch(id: string): () => void {
    const watched = { id, seen: null };
    this.#live = watched;
    const told = (live: Live) => {
      if (this.#live?.id === id) this.#live = { id, seen: seen(this.#live.seen, live) };
    };
    // Nothing is lost where it cannot be watched: what runs is in the snapshot.
    const ignored = () => {};
    this.#backend.watchLaunch(id, told).catch(ignored);
    return () => {
      if (this.#live?.id !== id) return;
      this.#live = null;
      this.#backend.watchLaunch(null, ignored).catch(ignored);
    };
  }
  /** What is known of a launch that is watched. */
  liveOf(id: string): Seen | null {
    return this.#live?.id === id ? this.#live.seen : null;
  }
  /** Somebody else's work would be lost, or what a kernel computes. */
  #needsAnswer({ id, launch }: PipelineView) {
    return Boolean(launch?.owner) || (this.liveOf(id)?.kernels.some(({ state }) => state === "busy") ?? false);
  }

  /** `what` is its notebook, for people. What it computes is broken off only when the person is `sure`. */
  actOnKernel(id: string, kernel: string, act: KernelAct, what: string, sure = false) {
    const busy = this.liveOf(id)?.kernels.some((known) => known.id === kernel && known.state === "busy");
    // To interrupt is to break off, and costs no variables.
    if (busy && act !== "interrupt" && !sure) return this.show({ kind: "kernel", id, kernel, act, what });
    return this.#run(`kernel ${kernel}`, () => {
      if (act === "interrupt") return this.#backend.interruptKernel(id, kernel);
      if (act === "restart") return this.#backend.restartKernel(id, kernel);
      return this.#backend.shutDownKernel(id, kernel);
    });
  }
  restart(id: string, sure = false) {
    const pipeline = this.#snapshot?.pipelines.find((p) => p.id === id);
    if (pipeline && this.#needsAnswer(pipeline) && !sure) return this.show({ kind: "stop", id, again: true });
    return this.#run(`restart ${id}`, () => this.#backend.restartLaunch(id));
  }
  /** True where it is on the clipboard. */
  async copyAddress(id: string): Promise<boolean> {
    const copied = await this.#run(`address ${id}`, async () => {
      await this.#backend.copyAddress(id);
      return true;
    });
    if (copied) this.#announcement = t.copied;
    return copied ?? false;
  }
  /** Follows a pipeline's logs and the app's own, until the answer is called. */
  followLogs(id: string, told: (lines: LogLine[]) => void): () => void {
    let wanted = true;
    const report = (reason: unknown) => wanted && this.report(asFailure(reason));
    this.#backend.followLogs(true, id, (lines) => wanted && told(lines)).catch(report);
    return () => {
      wanted = false;
      this.#backend.followLogs(false, null, () => {}).catch(report);
    };
  }
  async saveLog(name: string, text: string) {
    if (await this.#run("save log", () => this.#backend.saveLog(name, text))) this.#announcement = t.saved;
  }
  openNotebook(id: string, path: string) {
    return this.#run(`notebook ${id} ${path}`, () => this.#backend.openNotebook(id, path));
  }
  revealPipeline(id: string) {
    return this.#run(`reveal ${id}`, () => this.#backend.revealPipeline(id));
  }
  revealKernels() {
    return this.#run("reveal kernels", () => this.#backend.revealKernels());
  }
  revealLog(id: string) {
    return this.#run(`log ${id}`, () => this.#backend.revealLog(id));
  }
  revealSettings() {
    return this.#run("settings file", () => this.#backend.revealSettings());
  }
  revealLogs() {
    return this.#run("logs", () => this.#backend.revealLogs());
  }
  dismissFailure(id: string) {
    return this.#run(`dismiss ${id}`, () => this.#backend.dismissFailure(id));
  }
  dismissNotice(notice: number) {
    return this.#run(`notice ${notice}`, () => this.#backend.dismissNotice(notice));
  }
  lookAgain() {
    return this.#run("look", () => this.#backend.lookAgain());
  }
  startEngine() {
    return this.#run("start engine", () => this.#backend.startEngine());
  }
  prepareImages() {
    return this.#run("prepare", () => this.#backend.prepareImages());
  }

  cancelPreparing() {
    return this.#run("cancel preparing", () => this.#backend.cancelPreparing());
  }

  /** True where the text is on the clipboard. */
  async copy(text: string): Promise<boolean> {
    try {
      await navigator.clipboard.writeText(text);
      this.#announcement = t.copied;
      return true;
    } catch {
      this.report(failure(t.refusedCopy.message, t.refusedCopy.hint));
      return false;
    }
  }
}

export const [useApp, provideApp] = createContext<AppState>();
