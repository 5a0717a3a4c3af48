/** The rows of a long list that are in view or near it: from `from` up to `to`. */
export function rowsInSight(scrolled: number, height: number, row: number, count: number, spare = 6) {
  const first = Math.floor(scrolled / row) - spare;
  const last = Math.ceil((scrolled + height) / row) + spare;
  const from = Math.max(0, Math.min(first, count - 1));
  return { from, to: Math.max(from, Math.min(last, count)) };
}

/** The scroll position that brings a row into view; unchanged if it is in view. */
export function scrolledTo(index: number, scrolled: number, height: number, row: number): number {
  const top = index * row;
  if (top < scrolled) return top;
  return Math.max(scrolled, top + row - height);
}
