import { describe, expect, it } from "vitest";

import { score } from "../src/logic/fuzzy";
import { entries, used } from "../src/logic/palette";
import { rowsInSight, scrolledTo } from "../src/logic/rows";
import { CHURN, many, pipeline, scene } from "../src/stories/scenes";

describe("fuzzy search", () => {
  it.each([
    ["churn", "churn"],
    ["CHURN", "churn"],
    ["qr", "quarterly-report"],
    ["qrep", "quarterly-report"],
    ["gat", "genome atlas"],
    ["atlas genome", "genome atlas"],
    ["ml", "myLab"],
    ["数据", "分析/数据"],
    ["ü", "Übung"],
  ])("finds %s in %s", (query, text) => expect(score(query, text)).not.toBeNull());

  it.each([
    ["xyz", "churn"],
    ["nruhc", "churn"],
    ["hrn", "churn"],
    ["churn x", "churn"],
    ["qq", "quarterly-report"],
  ])("does not find %s in %s", (query, text) => expect(score(query, text)).toBeNull());

  it.each([
    ["re", "report", "quarterly-report", "the beginning before a word"],
    ["re", "my report", "moreover", "a word before its middle"],
    ["rep", "moreports", "remote-peak", "a stretch before scattered letters"],
    ["qr", "quarterly-report", "quicker", "words before letters"],
    ["lab", "lab", "laboratory of somewhere", "the shorter of two"],
  ])("for %s puts %s before %s: %s", (query, better, worse) => {
    expect(score(query, better)!).toBeGreaterThan(score(query, worse)!);
  });
});

describe("the palette", () => {
  const snapshot = scene(CHURN);
  const titles = (query: string, recent: string[] = []) =>
    entries(snapshot, CHURN, query, recent).map(({ title }) => title);

  it("finds actions by name and pipelines by name and path", () => {
    expect(titles("launch")[0]).toBe("Launch · churn");
    expect(titles("dark")[0]).toBe("Use the dark theme");
    expect(titles("weather")[0]).toBe("weather");
    expect(titles("finance")[0]).toBe("quarterly-report");
    expect(titles("xyzzy")).toEqual([]);
  });

  it("begins with recent actions that are still possible", () => {
    const recent = ["do:settings", "do:stop", "go:weather"];
    expect(titles("", recent).slice(0, 3)).toEqual(["Settings", "weather", "Launch · churn"]);
  });

  it("shows at most 50 lines", () => {
    const big = scene(CHURN, { pipelines: many(1000) });
    expect(entries(big, null, "study", []).length).toBe(50);
    expect(entries(big, null, "study 0777", [])[0]?.title).toBe("study-0777");
  });

  it("remembers the last six, each once", () => {
    expect(used(["a", "b", "c"], "c")).toEqual(["c", "a", "b"]);
    expect(used(["a", "b", "c", "d", "e", "f"], "g")).toEqual(["g", "a", "b", "c", "d", "e"]);
  });

  it("tells pipelines of one name apart by their path", () => {
    const twins = [pipeline("data", { id: "1", path: "/a/data" }), pipeline("data", { id: "2", path: "/b/data" })];
    const found = entries(scene(CHURN, { pipelines: twins }), null, "data", []);
    expect(found.filter(({ kind }) => kind === "pipeline").map(({ key }) => key)).toEqual(["go:1", "go:2"]);
  });
});

describe("rows of a long list", () => {
  it.each([
    [0, 440, 1000, { from: 0, to: 16 }],
    [4400, 440, 1000, { from: 94, to: 116 }],
    [43_560, 440, 1000, { from: 984, to: 1000 }],
    [90_000, 440, 5, { from: 4, to: 5 }],
    [0, 440, 3, { from: 0, to: 3 }],
    [0, 440, 0, { from: 0, to: 0 }],
  ])("scrolled to %i in %i of %i rows", (scrolled, height, count, wanted) => {
    expect(rowsInSight(scrolled, height, 44, count)).toEqual(wanted);
  });

  it("scrolls only as far as needed", () => {
    expect(scrolledTo(0, 100, 440, 44)).toBe(0);
    expect(scrolledTo(5, 0, 440, 44)).toBe(0);
    expect(scrolledTo(20, 0, 440, 44)).toBe(484);
    expect(scrolledTo(20, 600, 440, 44)).toBe(600);
  });
});
