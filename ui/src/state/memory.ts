/** Values that the window keeps for the next start. If storage is refused, it keeps none. */
type Key = "selected" | "side-width" | "theme" | "recent";

export function recall(key: Key): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: Key, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not remembered.
  }
}
