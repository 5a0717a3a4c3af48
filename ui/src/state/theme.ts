import type { Theme } from "../api/types";

export type Worn = "light" | "dark";

/** The theme to show, given the one of the system. */
export function worn(theme: Theme, systemIsDark: boolean): Worn {
  if (theme === "system") return systemIsDark ? "dark" : "light";
  return theme;
}

/** Shows a theme. `styles/tokens.css` has the colours of both. */
export function wear(theme: Worn) {
  document.documentElement.dataset.theme = theme;
}

export const DARK = "(prefers-color-scheme: dark)";
