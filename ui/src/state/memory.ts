/**
 * What the window remembers of itself. Storage may be refused; then it forgets, which harms
 * nothing.
 */
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
    // Forgotten.
  }
}
