/** What a key asks for. */
export type Shortcut = "up" | "down" | "first" | "last" | "enter" | "add" | "stop" | "search" | "help";

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** Where the key was pressed: a text field, a control with keys of its own, or the list or nothing. */
export type Place = "text" | "control" | "list";

export function shortcutOf(event: Key, place: Place): Shortcut | null {
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) {
    if (event.shiftKey) return null;
    switch (event.key.toLowerCase()) {
      case "n":
      case "o":
        return "add";
      case "k":
        return "search";
      case ".":
        return "stop";
      default:
        return null;
    }
  }
  if (place !== "control") {
    if (event.key === "ArrowUp") return "up";
    if (event.key === "ArrowDown") return "down";
  }
  if (place === "text") return null;
  if (event.key === "/") return "search";
  // Without looking at Shift: on some layouts it is not Shift that makes a question mark.
  if (event.key === "?") return "help";
  if (place === "control") return null;
  if (event.key === "Home") return "first";
  if (event.key === "End") return "last";
  if (event.key === "Enter") return "enter";
  return null;
}

/** Whose key it is, by what has the focus. */
export function placeOf(target: EventTarget | null): Place {
  if (!(target instanceof HTMLElement)) return "list";
  if (target.matches("input, textarea, [contenteditable]")) return "text";
  if (target.closest("[data-list]")) return "list";
  return target.matches("button, a, summary, [role=separator], [tabindex]") ? "control" : "list";
}

const IS_MAC = typeof navigator !== "undefined" && /Mac/.test(navigator.platform);

/** The modifier's name on this machine's keyboard. */
export const MOD = IS_MAC ? "⌘" : "Ctrl";
