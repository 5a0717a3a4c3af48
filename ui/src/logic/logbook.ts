import type { LogLine } from "../api/types";
import { t } from "../strings";
import { known } from "./format";

/** At most so many lines are kept. Older lines are dropped, and the view says so. */
export const MOST = 100_000;

/** Which lines are shown: of all containers, their warnings and errors, or of one source. */
export type Source = "all" | "problems" | (string & {});

/**
 * The lines of a log, the lines that are shown, and the matches of a search among those. The work for a new line does not
 * grow with the number of lines.
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
  /** The places of the matches among the shown lines. */
  get matches(): readonly number[] {
    return this.#matches;
  }
  /** The sources that have written, in the order of their first line. */
  get sources(): readonly string[] {
    return [...this.#sources];
  }
  get source() {
    return this.#source;
  }
  get query() {
    return this.#query;
  }
  /** How many of the oldest lines were dropped. */
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
    // Drops a tenth at once, because each drop counts all lines again.
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

  /** All shown lines as a text. */
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

/** A line in parts: matches, and the text between them. */
export function marked(text: string, query: string): { text: string; hit: boolean }[] {
  if (query === "") return [{ text, hit: false }];
  const parts: { text: string; hit: boolean }[] = [];
  const low = text.toLowerCase();
  // A letter with a longer lower case would move the marks.
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
