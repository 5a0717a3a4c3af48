import type {
  Failure,
  KernelspecChecked,
  KernelspecDraft,
  KernelspecField,
  KernelspecOpened,
  KernelspecSource,
} from "../api/types";
import type { Commands } from "./commands.svelte";

/** How long typing pauses before the draft is checked, milliseconds. */
const PAUSE = 120;

/** A kernelspec that is open in the editor. The program finds the faults; this keeps what is typed. */
export class Editing {
  readonly source: KernelspecSource;
  readonly #commands: Commands;
  #opened = $state.raw<KernelspecOpened | null>(null);
  #draft = $state.raw<KernelspecDraft | null>(null);
  #checked = $state.raw<KernelspecChecked | null>(null);
  #failure = $state.raw<Failure | null>(null);
  #images = $state.raw<readonly string[]>([]);
  /** The fields that were filled in since the last check, whose faults are not known yet. */
  #typed: KernelspecField[] = [];
  #touched = $state.raw<readonly KernelspecField[]>([]);
  #all = $state(false);
  #saving = $state(false);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(commands: Commands, source: KernelspecSource) {
    this.#commands = commands;
    this.source = source;
  }

  /** What is typed; null until the kernelspec is read. */
  get draft() {
    return this.#draft;
  }
  /** The `kernel.json` that the draft makes. */
  get text() {
    return this.#checked?.text ?? "";
  }
  /** Why it could not be read or saved. */
  get failure() {
    return this.#failure;
  }
  get images() {
    return this.#images;
  }
  get saving() {
    return this.#saving;
  }
  /** Its file is no JSON object, and no field can change it. */
  get unreadable() {
    return this.#opened?.unreadable ?? false;
  }
  get faults() {
    return this.#checked?.faults ?? [];
  }
  get dirty() {
    return JSON.stringify(this.#draft) !== JSON.stringify(this.#opened?.draft ?? null);
  }
  /** The name changes with the next save. */
  get renames() {
    return this.source.kind === "existing" && this.#draft?.name !== this.#opened?.draft.name;
  }

  /**
   * The faults to show at a field, or at one variable. Before the first try to save a new kernelspec, a field that
   * nobody has filled in yet shows none.
   */
  faultsAt(field: KernelspecField, row: number | null = null) {
    const shown = this.#all || this.source.kind !== "new" || this.#touched.includes(field);
    return shown ? this.faults.filter((fault) => fault.field === field && fault.row === row) : [];
  }

  async open() {
    const { answer, failure } = await this.#commands.ask({ command: "open_kernelspec", source: this.source });
    this.#failure = failure;
    if (answer) {
      this.#opened = answer;
      this.#draft = answer.draft;
      this.#checked = answer.checked;
    }
    // Without an engine, names are typed.
    const images = await this.#commands.ask({ command: "engine_images" });
    this.#images = images.answer ?? [];
  }

  change(part: Partial<KernelspecDraft>) {
    if (!this.#draft) return;
    this.#draft = { ...this.#draft, ...part };
    this.#typed.push(...(Object.keys(part) as KernelspecField[]));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#check(), PAUSE);
  }

  /** The answer to an older draft is dropped. */
  async #check() {
    clearTimeout(this.#timer);
    const draft = this.#draft;
    if (!draft) return;
    const asked = ++this.#asked;
    const { answer, failure } = await this.#commands.ask({ command: "check_kernelspec", source: this.source, draft });
    if (asked !== this.#asked) return;
    this.#failure = failure;
    if (answer) this.#checked = answer;
    this.#touched = [...this.#touched, ...this.#typed.splice(0)];
  }

  /** Saves the draft: its name if it was saved. With a fault it is not saved, and every fault is shown. */
  async save(): Promise<string | null> {
    if (this.#saving || !this.#draft) return null;
    this.#saving = true;
    try {
      await this.#check();
      this.#all = true;
      const draft = this.#draft;
      if (this.#failure || this.faults.length > 0) return null;
      const seen = this.#opened?.seen ?? null;
      const { failure } = await this.#commands.ask({ command: "save_kernelspec", source: this.source, draft, seen });
      this.#failure = failure;
      return failure ? null : draft.name;
    } finally {
      this.#saving = false;
    }
  }

  /** No check follows any more. */
  close() {
    clearTimeout(this.#timer);
    this.#asked++;
  }
}
