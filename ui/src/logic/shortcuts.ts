import { t } from "../strings";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

/** The effect of a key. A digit selects the pipeline at that place of the list. */
export type Shortcut =
  | "up"
  | "down"
  | "first"
  | "last"
  | "enter"
  | "palette"
  | "add"
  | "search"
  | "stop"
  | "settings"
  | "zoom-in"
  | "zoom-out"
  | "zoom-reset"
  | "help"
  | "quit"
  | (typeof DIGITS)[number];

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey"> & { code?: string };

/** Where a key was pressed: in the search field, another text field, a control with keys of its own, or elsewhere. */
export type Place = "search" | "text" | "control" | "list";

type Binding = {
  act: Shortcut;
  /** `KeyboardEvent.key` in lower case. */
  keys: string[];
  /** Needs Ctrl, or Cmd on a Mac. Such a key works everywhere. */
  mod?: true;
  /** Some layouts need Shift for it. */
  shift?: true;
  /** Where a key without `mod` works. */
  in?: Place[];
};

/** Every key of the window. The help and the palette show them. */
const BINDINGS: Binding[] = [
  { act: "palette", keys: ["k"], mod: true },
  { act: "add", keys: ["n", "o"], mod: true },
  { act: "search", keys: ["f"], mod: true },
  { act: "search", keys: ["/"], in: ["control", "list"], shift: true },
  { act: "stop", keys: ["."], mod: true, shift: true },
  { act: "settings", keys: [","], mod: true, shift: true },
  { act: "quit", keys: ["q"], mod: true },
  { act: "zoom-in", keys: ["+", "="], mod: true, shift: true },
  { act: "zoom-out", keys: ["-"], mod: true },
  { act: "zoom-reset", keys: ["0"], mod: true },
  ...DIGITS.map((digit): Binding => ({ act: digit, keys: [digit], mod: true })),
  { act: "help", keys: ["?"], in: ["control", "list"], shift: true },
  { act: "up", keys: ["arrowup"], in: ["search", "list"] },
  { act: "down", keys: ["arrowdown"], in: ["search", "list"] },
  { act: "first", keys: ["home"], in: ["list"] },
  { act: "last", keys: ["end"], in: ["list"] },
  { act: "enter", keys: ["enter"], in: ["list"] },
];

export function shortcutOf(event: Key, place: Place): Shortcut | null {
  if (event.altKey) return null;
  const mod = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  // Some layouts need Shift for digits. With the modifier, the key counts without it.
  const digit = mod && !event.shiftKey ? /^Digit(\d)$/.exec(event.code ?? "")?.[1] : undefined;
  const found = BINDINGS.find(
    (binding) =>
      (binding.keys.includes(key) || (digit !== undefined && binding.keys.includes(digit))) &&
      (binding.mod ?? false) === mod &&
      (binding.shift || !mod || !event.shiftKey) &&
      (mod || binding.in!.includes(place)),
  );
  return found?.act ?? null;
}

/** The place of a key, from the element with the focus. */
export function placeOf(target: EventTarget | null): Place {
  if (!(target instanceof HTMLElement)) return "list";
  if (target.id === "search") return "search";
  if (target.matches("input[type=radio], input[type=checkbox], select")) return "control";
  if (target.matches("input, textarea, [contenteditable]")) return "text";
  if (target.closest("[data-list]")) return "list";
  return target.matches("button, a, summary, [role=separator], [tabindex]") ? "control" : "list";
}

const IS_MAC = typeof navigator !== "undefined" && /Mac/.test(navigator.platform);

/** The modifier, as this machine's keyboard names it. */
export const MOD = IS_MAC ? "⌘" : t.keys.control;

const NAMES: Record<string, string> = {
  arrowup: "↑",
  arrowdown: "↓",
  home: t.keys.home,
  end: t.keys.end,
  enter: t.keys.enter,
  "-": "−",
};

/** The keys of an action, as a keyboard names them: the first one of each binding. */
export function keysOf(act: string): string[] {
  return BINDINGS.filter((binding) => binding.act === act).map(({ keys, mod }) => {
    const name = NAMES[keys[0]!] ?? keys[0]!.toUpperCase();
    return mod ? `${MOD} ${name}` : name;
  });
}

/** The lines of the help: all keys of the window, and the ones of the system. */
export function help(): { what: string; keys: string[] }[] {
  const row = (what: string, ...acts: Shortcut[]) => ({ what, keys: acts.flatMap((act) => keysOf(act)) });
  return [
    row(t.action.palette, "palette"),
    row(t.shortcuts.select, "up", "down"),
    row(t.shortcuts.ends, "first", "last"),
    { what: t.shortcuts.nth, keys: [`${MOD} 1 … 9`] },
    row(t.shortcuts.act, "enter"),
    row(t.shortcuts.stop, "stop"),
    row(t.action.add, "add"),
    row(t.action.search, "search"),
    row(t.action.settings, "settings"),
    row(t.shortcuts.zoom, "zoom-in", "zoom-out", "zoom-reset"),
    { what: t.shortcuts.menu, keys: [`${t.keys.shift} F10`] },
    { what: t.shortcuts.escape, keys: [t.keys.escape] },
    row(t.action.help, "help"),
    row(t.action.quit, "quit"),
  ];
}
