/**
 * How well a text matches a query; null if it does not. The text must have every word of the query, with its letters in
 * order. Letters side by side, and at the beginning of a word or of the text, count more.
 */
export function score(query: string, text: string): number | null {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const lower = text.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const found = wordScore(word, lower, text);
    if (found === null) return null;
    sum += found;
  }
  // Of two equal matches, the shorter text wins.
  return words.length === 0 ? 0 : sum + words.join("").length / (8 * Math.max(1, text.length));
}

const WHOLE = 100;
const AT_START = 40;
const AT_WORD = 25;

function wordScore(word: string, lower: string, text: string): number | null {
  let best: number | null = null;
  for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1)) {
    const bonus = at === 0 ? AT_START : begins(text, at) ? AT_WORD : 0;
    best = Math.max(best ?? 0, WHOLE + bonus);
    if (at === 0) break;
  }
  return best ?? scattered(word, lower, text);
}

/** The score of letters with gaps, starting at the beginning of a word. */
function scattered(word: string, lower: string, text: string): number | null {
  let best: number | null = null;
  for (let from = lower.indexOf(word[0]!); from >= 0; from = lower.indexOf(word[0]!, from + 1)) {
    if (!begins(text, from)) continue;
    let sum = 0;
    let last = from - 1;
    let found = true;
    for (const letter of word) {
      const at = lower.indexOf(letter, last + 1);
      if (at < 0) {
        found = false;
        break;
      }
      sum += begins(text, at) ? 8 : at === last + 1 ? 5 : 1;
      sum -= Math.min(4, (at - last - 1) / 4);
      last = at;
    }
    // If the rest is not found from here, it is not found from later on.
    if (!found) break;
    // Always less than for a word that was found whole.
    best = Math.max(best ?? -Infinity, Math.min(WHOLE - 1, sum));
  }
  return best;
}

/** True if a word begins here: after a space or sign, or with a capital inside a word. */
function begins(text: string, at: number): boolean {
  if (at === 0) return true;
  const [before, here] = [text[at - 1]!, text[at]!];
  return /[^\p{L}\p{N}]/u.test(before) || (/\p{Ll}/u.test(before) && /\p{Lu}/u.test(here));
}

/** The items with a matching text, the best first; all in their order if the query is empty. */
export function matching<T>(query: string, all: readonly T[], texts: (one: T) => string[]): T[] {
  if (query.trim() === "") return [...all];
  return all
    .flatMap((one) => {
      const found = Math.max(...texts(one).map((text) => score(query, text) ?? -Infinity));
      return found === -Infinity ? [] : [{ one, found }];
    })
    .toSorted((a, b) => b.found - a.found)
    .map(({ one }) => one);
}
