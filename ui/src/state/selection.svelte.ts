import type { PipelineView, Snapshot } from "../api/types";
import { pipelineOf } from "../logic/lookup";
import { search } from "../logic/search";
import { isTheirs } from "../logic/theirs";
import { recall, remember } from "./memory";

/** How long a pipeline that was just added stays selected before a snapshot has it, ms. */
const ARRIVES_WITHIN = 2000;

/** The selected pipeline, and the ones that the search shows. */
export class Selection {
  readonly #snapshot: () => Snapshot | null;
  readonly #onSelect: () => void;
  #selectedId = $state<string | null>(recall("selected"));
  #query = $state("");
  /** The pipeline that was just added; the snapshot that has it may still be on its way. */
  #arriving: string | null = null;
  /** How many pipelines had been added from outside the page when the last one was selected. */
  #revealed = 0;
  /** The notebook that was opened from outside the page, until another pipeline is selected. */
  #chosen = $state<{ id: string; notebook: string } | null>(null);
  /** Where the selected pipeline was in the list; when it goes, the neighbour there is selected. */
  #lastIndex = 0;

  #visible = $derived.by(() => search(this.#snapshot()?.pipelines ?? [], this.#query));
  #selected = $derived.by(() => pipelineOf(this.#snapshot(), this.#selectedId));

  /** `onSelect` is called each time a pipeline is selected by the person. */
  constructor(snapshot: () => Snapshot | null, onSelect: () => void) {
    this.#snapshot = snapshot;
    this.#onSelect = onSelect;
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

  /** Follows the list: a new pipeline is selected, and the place of one that went goes to its neighbour. */
  follow({ reveal, pipelines }: Snapshot) {
    if (reveal && reveal.count !== this.#revealed) {
      this.#revealed = reveal.count;
      this.selectAdded(reveal.id);
      if (reveal.notebook !== null) this.#chosen = { id: reveal.id, notebook: reveal.notebook };
    }
    const index = pipelines.findIndex(({ id }) => id === this.#selectedId);
    if (index >= 0) {
      this.#lastIndex = index;
      return;
    }
    if (this.#selectedId !== null && this.#selectedId === this.#arriving) return;
    const own = pipelines.filter((pipeline) => !isTheirs(pipeline));
    const neighbour = own[Math.min(this.#lastIndex, own.length - 1)];
    this.#selectedId = neighbour?.id ?? null;
  }

  /** The path of the notebook that was opened from outside the page, if it is one of this pipeline that can be opened. */
  chosenOf({ id, notebooks }: PipelineView): string | null {
    if (this.#chosen?.id !== id) return null;
    const path = this.#chosen.notebook;
    return notebooks.some((known) => known.path === path && known.problem === null) ? path : null;
  }

  select(id: string) {
    this.#onSelect();
    this.#chosen = null;
    this.#selectedId = id;
    this.#lastIndex = Math.max(0, this.#snapshot()?.pipelines.findIndex((pipeline) => pipeline.id === id) ?? 0);
    remember("selected", id);
  }

  /** Selects a pipeline that was just added, even before a snapshot has it. */
  selectAdded(id: string) {
    this.#query = "";
    this.select(id);
    if (pipelineOf(this.#snapshot(), id)) return;
    this.#arriving = id;
    // If the pipeline never comes, the selection must not wait for it for ever.
    setTimeout(() => {
      if (this.#arriving === id) this.#arriving = null;
    }, ARRIVES_WITHIN);
  }

  /** Moves the selection by this many places among the pipelines that the search shows; stops at either end. */
  move(by: number) {
    const index = this.#visible.findIndex((pipeline: PipelineView) => pipeline.id === this.#selectedId);
    const target = index < 0 ? 0 : Math.min(Math.max(index + by, 0), this.#visible.length - 1);
    const pipeline = this.#visible[target];
    if (pipeline) this.select(pipeline.id);
  }

  /** Selects the pipeline at this place among those that the search shows; the first is 1. */
  selectNth(n: number) {
    const pipeline = this.#visible[n - 1];
    if (pipeline) this.select(pipeline.id);
  }

  search(query: string) {
    this.#query = query;
  }

  /** Keeps the selection if the search shows it; else selects the first pipeline that it shows. */
  selectFromSearch() {
    if (!this.#visible.some(({ id }) => id === this.#selectedId)) this.move(0);
  }
}
