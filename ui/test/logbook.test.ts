import { describe, expect, it } from "vitest";

import type { LogLine } from "../src/api/types";
import { Logbook, MOST, marked } from "../src/logic/logbook";

const line = (source: string, text: string): LogLine => ({ source, level: null, text, at: null, ended: false });
const texts = (book: Logbook) => book.shown.map(({ text }) => text);

function book() {
  const book = new Logbook("all");
  book.append([line("server", "one"), line("app", "two"), line("kernel 12345678", "Three")]);
  return book;
}

describe("a logbook", () => {
  it("shows all containers, or one source", () => {
    const it = book();
    expect(texts(it)).toEqual(["one", "Three"]);
    it.choose("app");
    expect(texts(it)).toEqual(["two"]);
    it.append([line("app", "four"), line("server", "five")]);
    expect(texts(it)).toEqual(["two", "four"]);
    it.choose("all");
    expect(texts(it)).toEqual(["one", "Three", "five"]);
    expect(it.sources).toEqual(["server", "app", "kernel 12345678"]);
  });

  it("shows warnings and errors of all containers", () => {
    const it = book();
    it.append([
      { ...line("gateway", "late"), level: "warning" },
      { ...line("app", "ours"), level: "error" },
      { ...line("server", "lost"), level: "error" },
    ]);
    it.choose("problems");
    expect(texts(it)).toEqual(["late", "lost"]);
    expect(it.text()).toBe("gateway         late\nserver          lost");
  });

  it("finds matches in old and new lines, in capitals or not", () => {
    const it = book();
    it.search("THR");
    expect(it.matches).toEqual([1]);
    it.append([line("server", "four"), line("server", "through")]);
    expect(it.matches).toEqual([1, 3]);
    it.choose("server");
    expect(it.matches).toEqual([2]);
    it.search("");
    expect(it.matches).toEqual([]);
  });

  it("keeps a limited number of lines and counts the dropped ones", () => {
    const it = new Logbook("all");
    it.search("9");
    for (let batch = 0; batch < 13; batch++) {
      it.append(Array.from({ length: 10_000 }, (_, n) => line("server", `${batch * 10_000 + n}`)));
    }
    expect(it.shown.length).toBeLessThanOrEqual(MOST);
    expect(it.dropped + it.shown.length).toBe(130_000);
    expect(it.shown[0]!.text).toBe(String(it.dropped));
    expect(it.matches.every((at) => it.shown[at]!.text.includes("9"))).toBe(true);
  });

  it("is a text that names its sources if there are several", () => {
    const it = book();
    it.append([{ ...line("server", ""), ended: true }]);
    expect(it.text()).toBe("server          one\nkernel 12345678 Three");
    it.choose("app");
    expect(it.text()).toBe("two");
  });
});

it.each([
  ["a label and a Label", "label", ["a ", "[label]", " and a ", "[Label]"]],
  ["label", "label", ["[label]"]],
  ["nothing", "label", ["nothing"]],
  ["", "label", [""]],
  ["aaa", "aa", ["[aa]", "a"]],
  ["İstanbul", "i", ["[İstanbul]"]],
])("marks %j for %j", (text, query, wanted) => {
  expect(marked(text, query).map(({ text, hit }) => (hit ? `[${text}]` : text))).toEqual(wanted);
});
