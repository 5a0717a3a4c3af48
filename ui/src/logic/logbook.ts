import type { LogLine } from "../api/types";
import { t } from "../strings";
import { known } from "./format";

/** More lines than these are not kept; the oldest go, and it is said. */
export const MOST = 100_000;

/** Which lines are shown: of all parts of the launch, those of them that tell of trouble, or of one source. */
export type Source = "all" | "problems" | (string & {});

/**
 * The lines of a log, those that are shown of them, and where among these what is searched for is. A line that comes
 * costs as much as the line, however many there are.
 */
export class Logbook {
  #lines: LogLine[] = [];
  #source: Source;
  #query = "";
  #shown: LogLine[] = [];
  #matches: number[] = [];
  #sources = new Set<string>();
  #dropped = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  get shown(): readonly LogLine[] {
    return this.#shown;
  }
  /** Places among those that are shown. */
  get matches(): readonly number[] {
    return this.#matches;
  }
  /** Those that have written anything, in order of their first line. */
  get sources(): readonly string[] {
    return [...this.#sources];
  }
  get source() {
    return this.#source;
  }
  get query() {
    return this.#query;
  }
  /** How many of the oldest are not kept any more. */
  get dropped() {
    return this.#dropped;
  }

  append(lines: readonly LogLine[]) {
    for (const line of lines) {
      this.#lines.push(line);
      this.#sources.add(line.source);
      this.#show(line);
    }
    if (this.#lines.length <= MOST) return;
    // A tenth at once: what is dropped is counted anew, which costs as much as all of it.
    const away = this.#lines.length - MOST + MOST / 10;
    this.#dropped += away;
    this.#lines = this.#lines.slice(away);
    this.#again();
  }

  choose(source: Source) {
    this.#source = source;
    this.#again();
  }

  search(query: string) {
    this.#query = query.toLowerCase();
    this.#matches = [];
    this.#shown.forEach((line, at) => this.#match(line, at));
  }

  /** All that is shown, as a text. */
  text(): string {
    const prefixed = this.#source === "all" || this.#source === "problems";
    return this.#shown
      .filter(({ ended }) => !ended)
      .map(({ source, text, at }) => {
        const written = known(at) ? [new Date(at).toISOString()] : [];
        return [...written, ...(prefixed ? [source.padEnd(15)] : []), text].join(" ");
      })
      .join("\n");
  }

  #again() {
    this.#shown = [];
    this.#matches = [];
    this.#lines.forEach((line) => this.#show(line));
  }

  #show(line: LogLine) {
    if (!this.#wants(line)) return;
    this.#match(line, this.#shown.length);
    this.#shown.push(line);
  }

  #wants({ source, level }: LogLine) {
    if (this.#source === "all") return source !== "app";
    if (this.#source === "problems") return source !== "app" && (level === "warning" || level === "error");
    return source === this.#source;
  }

  #match({ text }: LogLine, at: number) {
    if (this.#query !== "" && text.toLowerCase().includes(this.#query)) this.#matches.push(at);
  }
}

/** The name of a source: a part of the launch, or `kernel` with the beginning of its id. */
export function sourceName(source: Source): string {
  const names: Partial<Record<string, string>> = t.logs.sources;
  const kernel = /^kernel (.*)$/.exec(source)?.[1];
  return names[source] ?? (kernel === undefined ? source : t.logs.kernel(kernel));
}

/** A line in parts: what was searched for, and what lies between. */
export function marked(text: string, query: string): { text: string; hit: boolean }[] {
  if (query === "") return [{ text, hit: false }];
  const parts: { text: string; hit: boolean }[] = [];
  const low = text.toLowerCase();
  // Letters whose small form is longer would put the marks elsewhere.
  if (low.length !== text.length) return [{ text, hit: low.includes(query) }];
  let from = 0;
  for (let at = low.indexOf(query); at >= 0; at = low.indexOf(query, from)) {
    if (at > from) parts.push({ text: text.slice(from, at), hit: false });
    parts.push({ text: text.slice(at, at + query.length), hit: true });
    from = at + query.length;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), hit: false });
  return parts;
}
