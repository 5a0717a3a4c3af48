/** A stretch of a sentence: plain, or code between backticks. */
export type Stretch = { text: string; code: boolean };

/** Splits a sentence at its backticks; an odd one stands for itself. */
export function stretches(sentence: string): Stretch[] {
  const parts = sentence.split("`");
  if (parts.length % 2 === 0) {
    const rest = parts.pop();
    parts[parts.length - 1] += `\`${rest}`;
  }
  return parts.map((text, i) => ({ text, code: i % 2 === 1 })).filter(({ text }) => text !== "");
}

/** As a sentence begins, and ends: what core says in a few words, as a terminal prints it. A name stays as it is written. */
export function sentence(words: string): string {
  if (words === "") return "";
  const ended = /[.?!:…]$/.test(words) ? words : `${words}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}

/** The first command in a hint. A lone word in backticks is a name, not something to run. */
export function command(hint: string): string | null {
  const found = stretches(hint).find(({ text, code }) => code && /\S\s+\S/.test(text));
  return found?.text ?? null;
}
