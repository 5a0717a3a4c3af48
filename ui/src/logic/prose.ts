/** A part of a sentence: plain text, or code between backticks. */
export type Stretch = { text: string; code: boolean };

/** Splits a sentence at its backticks. A single backtick stays as it is. */
export function stretches(sentence: string): Stretch[] {
  const parts = sentence.split("`");
  if (parts.length % 2 === 0) {
    const rest = parts.pop();
    parts[parts.length - 1] += `\`${rest}`;
  }
  return parts.map((text, i) => ({ text, code: i % 2 === 1 })).filter(({ text }) => text !== "");
}

/** Gives words of the core a capital and a full stop, which a terminal does not print. */
export function sentence(words: string): string {
  if (words === "") return "";
  const ended = /[.?!:…]$/.test(words) ? words : `${words}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}

/** The first command in a hint. A single word in backticks is a name, not a command. */
export function command(hint: string): string | null {
  const found = stretches(hint).find(({ text, code }) => code && /\S\s+\S/.test(text));
  return found?.text ?? null;
}
