import { describe, expect, it } from "vitest";

import { actionsOf, menuOf, nextZoom } from "../src/logic/actions";
import { MOD, help, keysOf, placeOf, shortcutOf } from "../src/logic/shortcuts";
import {
  CHURN,
  PULLING,
  READY,
  RUNNING,
  SETTINGS,
  UNREACHABLE,
  IMAGES,
  scene,
  unavailable,
  withLaunch,
} from "../src/stories/scenes";

const key = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe("keys", () => {
  it.each([
    ["n", "add"],
    ["o", "add"],
    ["k", "palette"],
    ["f", "search"],
    [",", "settings"],
    [".", "stop"],
    ["+", "zoom-in"],
    ["=", "zoom-in"],
    ["-", "zoom-out"],
    ["0", "zoom-reset"],
    ["1", "1"],
    ["9", "9"],
  ])("Ctrl or Cmd and %s is %s, wherever the focus is", (name, shortcut) => {
    expect(shortcutOf(key(name, { ctrlKey: true }), "text")).toBe(shortcut);
    expect(shortcutOf(key(name, { metaKey: true }), "control")).toBe(shortcut);
  });

  it("leaves a button its Enter and a text field its letters", () => {
    expect(shortcutOf(key("Enter"), "list")).toBe("enter");
    expect(shortcutOf(key("Enter"), "control")).toBeNull();
    for (const place of ["text", "search"] as const) {
      for (const name of ["/", "?", "1", "Home", "Enter"]) expect(shortcutOf(key(name), place)).toBeNull();
    }
    expect(shortcutOf(key("?", { shiftKey: true }), "list")).toBe("help");
    expect(shortcutOf(key("ArrowDown"), "search")).toBe("down");
    expect(shortcutOf(key("ArrowDown"), "text")).toBeNull();
    expect(shortcutOf(key("ArrowDown"), "control")).toBeNull();
    expect(shortcutOf(key("ArrowDown", { altKey: true }), "list")).toBeNull();
  });

  it("work on layouts that need Shift for them, or have no such key", () => {
    // US: plus is Shift and equals. French: the first digit's key types an ampersand.
    expect(shortcutOf(key("+", { ctrlKey: true, shiftKey: true }), "list")).toBe("zoom-in");
    expect(shortcutOf(key("&", { ctrlKey: true, code: "Digit1" }), "list")).toBe("1");
    expect(shortcutOf(key("&", { code: "Digit1" }), "list")).toBeNull();
    expect(shortcutOf(key("K", { ctrlKey: true, shiftKey: true }), "list")).toBeNull();
  });

  it("depend on the element with the focus", () => {
    document.body.innerHTML = `<input id="search"><input id="number"><input type="radio"><button></button>
      <ul data-list><li><button id="row"></button></li></ul>`;
    const place = (css: string) => placeOf(document.querySelector(css));
    expect(["#search", "#number", "[type=radio]", "button", "#row", "ul"].map(place)).toEqual([
      "search",
      "text",
      "control",
      "control",
      "list",
      "list",
    ]);
  });
});

describe("the help", () => {
  const PRESSED: Record<string, string> = { "↑": "ArrowUp", "↓": "ArrowDown", "−": "-" };
  // Keys of the system, and the digits, which share a line.
  const OTHERS = ["Shift F10", "Esc", `${MOD} 1 … 9`];
  const told = help()
    .flatMap(({ keys }) => keys)
    .filter((keys) => !OTHERS.includes(keys));

  it.each(told)("names %s, which does something", (keys) => {
    const parts = keys.split(" ");
    const name = parts.at(-1)!;
    const event = key(PRESSED[name] ?? name, { ctrlKey: parts.length > 1 });
    expect(shortcutOf(event, "list")).not.toBeNull();
  });

  it("names each key once", () => {
    expect(new Set(told).size).toBe(told.length);
    expect(help().every(({ keys }) => keys.length > 0)).toBe(true);
  });
});

describe("actions", () => {
  const ids = (...args: Parameters<typeof actionsOf>) => actionsOf(...args).map(({ id }) => id);

  it("are the ones that are possible now", () => {
    const stopped = ids(CHURN, scene(CHURN));
    expect(stopped).toContain("act");
    expect(stopped).not.toContain("stop");
    expect(stopped).not.toContain("look-again");
    expect(stopped).not.toContain("prepare");
    const running = withLaunch(RUNNING);
    expect(ids(running, scene(running))).toContain("stop");
    const starting = withLaunch(PULLING);
    expect(ids(starting, scene(starting))).not.toContain("stop");
    const away = ids(CHURN, scene(CHURN, { engine: unavailable(UNREACHABLE) }));
    expect(away).not.toContain("act");
    expect(away).toContain("look-again");
    const bare = IMAGES.map((image) => ({ ...image, present: false, size: null }));
    expect(ids(CHURN, scene(CHURN, { images: bare }))).toContain("prepare");
    expect(ids(CHURN, scene(CHURN, { images: bare, engine: { state: "looking" } }))).not.toContain("prepare");
    const none = ids(null, scene(CHURN, { pipelines: [] }));
    expect(none).toContain("example");
    expect(none.filter((id) => ["act", "reveal", "search", "pin"].includes(id))).toEqual([]);
  });

  it("leave out the choice that is in effect", () => {
    const chosen = ids(CHURN, scene(CHURN, { settings: { ...SETTINGS, theme: "dark", sort: "opened", zoom: 2 } }));
    expect(chosen.filter((id) => /^(theme|sort|zoom)/.test(id))).toEqual([
      "theme-system",
      "theme-light",
      "sort-name",
      "sort-changed",
      "zoom-out",
      "zoom-reset",
    ]);
  });

  it("of a menu are also in the palette, with the same keys", () => {
    const all = actionsOf(CHURN, scene(CHURN, { engine: READY }));
    for (const item of menuOf(CHURN)) expect(all).toContainEqual(item);
    expect(all.find(({ id }) => id === "settings")?.keys).toEqual(keysOf("settings"));
  });

  it("pin, unpin and remove only pipelines of the list", () => {
    const menu = (more: object) => menuOf({ ...CHURN, ...more }).map(({ id }) => id);
    expect(menu({})).toEqual(["pin", "reveal", "copy-path", "forget", "remove"]);
    expect(menu({ pinned: true })).toEqual(["unpin", "reveal", "copy-path", "forget", "remove"]);
    expect(menu({ added: false })).toEqual(["reveal", "copy-path", "forget"]);
    expect(menuOf(withLaunch(RUNNING)).map(({ id }) => id)).not.toContain("forget");
  });

  it("locate a missing folder of the list, unless its launch still uses the old place", () => {
    const can = (more: object) => menuOf({ ...CHURN, ...more }).some(({ id }) => id === "locate");
    expect(can({ missing: true })).toBe(true);
    expect(can({ ...withLaunch(RUNNING), missing: true })).toBe(false);
    expect(can({ missing: true, added: false })).toBe(false);
    expect(can({})).toBe(false);
    const missing = { ...CHURN, missing: true };
    expect(actionsOf(missing, scene(missing)).map(({ id }) => id)).toContain("locate");
  });
});

it("zooms in steps from any size, and stops at both ends", () => {
  expect([1, 1.1, 1.02, 2, 3].map((zoom) => nextZoom(zoom, 1))).toEqual([1.1, 1.25, 1.1, 2, 3]);
  expect([1, 1.1, 0.95, 0.5].map((zoom) => nextZoom(zoom, -1))).toEqual([0.9, 1, 0.9, 0.5]);
});
