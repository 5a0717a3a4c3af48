/** Rules for the sources of the page, checked by reading them. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { parse } from "svelte/compiler";
import { describe, expect, it } from "vitest";

import { t } from "../src/strings";

const SRC = join(import.meta.dirname, "../src");
const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((path) => !path.startsWith("stories"));
const read = (path: string) => readFileSync(join(SRC, path), "utf8");
const COMPONENTS = FILES.filter((path) => path.endsWith(".svelte"));

/** Attributes that a person reads or hears. */
const READ = ["aria-label", "aria-description", "title", "placeholder", "alt", "label", "hint", "note", "unit"];

type Node = { type: string; name?: string; data?: string; [key: string]: unknown };

/** The words that a component has in its markup instead of in `strings.ts`. */
function wordsIn(source: string): string[] {
  const found: string[] = [];
  const note = (words: unknown) => typeof words === "string" && /\p{L}{2}/u.test(words) && found.push(words.trim());
  const visit = (node: unknown, read: boolean) => {
    if (Array.isArray(node)) for (const each of node) visit(each, read);
    if (typeof node !== "object" || node === null || !("type" in node)) return;
    const { type, name, data, value, ...rest } = node as Node;
    if (type === "Text" && read) note(data);
    if (type === "Literal" && read) note(value);
    if (type === "Attribute") return visit(value, READ.includes(name ?? ""));
    if (type === "TemplateElement" && read) note((value as { cooked: string }).cooked);
    if (type === "ConditionalExpression") {
      visit(rest.consequent, read);
      return visit(rest.alternate, read);
    }
    // Other expressions compare and name things; their texts are not shown.
    for (const child of Object.values(rest)) visit(child, read && !type.endsWith("Expression"));
  };
  visit(parse(source, { modern: true }).fragment, true);
  return found;
}

describe("the words of the window", () => {
  it("are found where a component has them", () => {
    const markup = `<p title="Two words" class="not words">{x} and <b>more</b>{y === "not" ? "here" : \`there \${z}\`}</p>`;
    expect(wordsIn(markup)).toEqual(["Two words", "and", "more", "here", "there"]);
  });

  it.each(COMPONENTS)("are in strings.ts, and not in %s", (path) => expect(wordsIn(read(path))).toEqual([]));

  it("are plain", () => {
    const all: string[] = [];
    const visit = (words: unknown) => {
      if (typeof words === "string") all.push(words);
      else if (typeof words === "function") all.push(String(words(1, 2)));
      else if (typeof words === "object" && words !== null) Object.values(words).forEach(visit);
    };
    visit(t);
    expect(all.length).toBeGreaterThan(300);
    const odd = /\b(whoever|whatever|is told|mend|anew|somebody|break off|broken off|that is wanted)\b/i;
    expect(all.filter((words) => odd.test(words))).toEqual([]);
  });
});

it("has every colour in tokens.css, for both themes", () => {
  const COLOUR = /#[0-9a-f]{3,8}\b(?!\w)|\b(?:rgba?|hsla?|oklch|oklab)\(/i;
  const styled = FILES.filter((path) => /\.(svelte|css)$/.test(path) && path !== join("styles", "tokens.css"));
  const lines = styled.flatMap((path) => {
    const source = read(path);
    const style = path.endsWith(".css") ? source : (/<style>[^]*<\/style>/.exec(source)?.[0] ?? "");
    return style.split("\n").flatMap((line) => (COLOUR.test(line) ? [`${path}: ${line.trim()}`] : []));
  });
  expect(lines).toEqual([]);
  expect(COLOUR.test(read("styles/tokens.css"))).toBe(true);
});
