/** Moves the focus by arrow keys among the elements with one role. Tab leaves the whole group. */
export function rove(
  event: KeyboardEvent & { currentTarget: HTMLElement },
  role: string,
  along: "vertical" | "horizontal" = "vertical",
) {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>(`[role=${role}]`)];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = target(event.key, along, at, items.length);
  if (to === null) return;
  event.preventDefault();
  items[to]?.focus();
}

function target(key: string, along: "vertical" | "horizontal", at: number, length: number): number | null {
  switch (key) {
    case along === "vertical" ? "ArrowDown" : "ArrowRight":
      return (at + 1) % length;
    case along === "vertical" ? "ArrowUp" : "ArrowLeft":
      return (at - 1 + length) % length;
    case "Home":
      return 0;
    case "End":
      return length - 1;
    default:
      return null;
  }
}
