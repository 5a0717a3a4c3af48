/** A whole number with its thousands set apart, as `locale` writes it. */
export function groupedIn(locale: string, n: number): string {
  return n < 1000 ? String(n) : n.toLocaleString(locale);
}
