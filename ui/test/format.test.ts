import { describe, expect, it } from "vitest";

import {
  briefly,
  bytes,
  clock,
  countdown,
  duration,
  elapsed,
  grouped,
  known,
  lastPart,
  parent,
  plainName,
  relative,
  splitMiddle,
  uptime,
} from "../src/logic/format";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("bytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [418_000_000, "418 MB"],
    [999_600_000, "1.0 GB"],
    [1_120_000_000, "1.1 GB"],
    [123_000_000_000, "123 GB"],
  ])("%d is %s", (size, text) => expect(bytes(size)).toBe(text));
});

describe("whole numbers", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [100_000, "100,000"],
  ])("%d is %s", (n, text) => expect(grouped(n)).toBe(text));
});

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [12, "12 ms"],
    [846, "0.8 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 00 s"],
    [83_000, "1 min 23 s"],
    [HOUR + 4 * MINUTE, "1 h 04 min"],
  ])("%d took %s", (ms, text) => expect(duration(ms)).toBe(text));

  it("counts in tenths from the start, and never below zero", () => {
    expect(elapsed(40)).toBe("0.0 s");
    expect(elapsed(-500)).toBe("0.0 s");
  });

  it.each([
    [20_000, "< 1 min"],
    [12 * MINUTE, "12 min"],
    [72 * MINUTE, "1 h 12 min"],
    [2 * DAY + 3 * HOUR, "2 d 3 h"],
  ])("%d is up for %s", (ms, text) => expect(uptime(ms)).toBe(text));
});

describe("relative times", () => {
  const now = new Date(2026, 2, 12, 14, 0).getTime();
  it.each([
    [-5000, "just now"],
    [30_000, "just now"],
    [26 * MINUTE, "26 min ago"],
    [4 * HOUR, "4 h ago"],
    [30 * HOUR, "yesterday"],
    [6 * DAY, "6 days ago"],
    [64 * DAY, "7 Jan 2026"],
  ])("%d ms back is %s", (ago, text) => expect(relative(now - ago, now)).toBe(text));

  it.each([
    [-5000, "now"],
    [26 * MINUTE, "26 min"],
    [4 * HOUR, "4 h"],
    [30 * HOUR, "1 d"],
    [64 * DAY, "7 Jan"],
    [400 * DAY, "Feb 2025"],
  ])("%d ms back is %s in a narrow list", (ago, text) => expect(briefly(now - ago, now)).toBe(text));

  it("shows only the time of day for today", () => {
    expect(clock(now - HOUR, now)).toBe("13:00");
    expect(clock(now - DAY, now)).toContain("11 Mar 2026");
  });
});

it.each([
  [0, "0 s"],
  [-500, "0 s"],
  [41_001, "42 s"],
  [59_001, "1 min 00 s"],
  [83_000, "1 min 23 s"],
])("%d ms from now is in %s", (ms, text) => expect(countdown(ms)).toBe(text));

it.each([
  [null, false],
  [undefined, false],
  [0, false],
  [-1, false],
  [NaN, false],
  [1, true],
])("knows whether %s is a time", (time, is) => expect(known(time)).toBe(is));

describe("paths", () => {
  it.each([
    ["/home/ada/projects/retention/churn", 16, "/home/ada/projects", "/retention/churn"],
    ["/home/ada/projects/retention/churn", 6, "/home/ada/projects/retention", "/churn"],
    ["C:\\Users\\ada\\projects\\churn", 8, "C:\\Users\\ada\\projects", "\\churn"],
    ["notebook.ipynb", 4, "", "notebook.ipynb"],
    ["/churn", 2, "", "/churn"],
    ["", 8, "", ""],
  ])("%j keeps its end at %d", (path, keep, head, tail) => {
    expect(splitMiddle(path, keep)).toEqual({ head, tail });
    expect(head + tail).toBe(path);
  });

  it.each([
    ["growth ü 数 🌻.ipynb", "growth ü 数 🌻.ipynb"],
    ["gpj.\u202eipynb", "gpj.\\u{202e}ipynb"],
    ["a\u200bb\u2028c\n", "a\\u{200b}b\\u{2028}c\\u{a}"],
    ["tag\u{e0041}", "tag\\u{e0041}"],
  ])("shows the codes of deceptive characters in the name %j", (name, shown) => {
    expect(plainName(name)).toBe(shown);
    expect(splitMiddle(name).tail).toBe(shown);
  });

  it.each([
    ["/home/ada/churn", "/home/ada"],
    ["/churn", "/"],
    ["C:\\data\\churn", "C:\\data"],
    ["churn", ""],
  ])("the parent of %j is %j", (path, folder) => expect(parent(path)).toBe(folder));

  it.each([
    ["/stick/all.orchest-images", "all.orchest-images"],
    ["C:\\data\\all.orchest-images", "all.orchest-images"],
    ["churn", "churn"],
  ])("the last part of %j is %j", (path, name) => expect(lastPart(path)).toBe(name));
});
