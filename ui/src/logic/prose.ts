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

/** The first command in a hint. A lone word in backticks is a name, not something to run. */
export function command(hint: string): string | null {
  const found = stretches(hint).find(({ text, code }) => code && /\S\s+\S/.test(text));
  return found?.text ?? null;
}
