/**
 * Takes a picture of every story, in both themes and at three sizes. It checks each one for errors, accessibility
 * violations, violations of the content security policy, parts that are cut off, covered or empty, and the order of
 * Tab.
 *
 *   npm run screenshots -- FOLDER [STORY...] [--size=1100x720] [--theme=dark] [--contrast=more|forced] [--report=FILE]
 *
 * The report has the number of pictures without and with problems.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";

import axe from "axe-core";

import { INDEX, openBrowser, serve, show } from "./stories.mjs";

const MIDDLE = "1100x720";

const options = process.argv.slice(2).filter((arg) => arg.startsWith("--"));
const [folder, ...only] = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
if (!folder) {
  console.error("error: no folder given\nhint: npm run screenshots -- FOLDER");
  process.exit(2);
}
const option = (name) => options.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1];
const sizes = option("size") ? [option("size")] : ["760x520", MIDDLE, "1680x1050"];
const themes = option("theme") ? [option("theme")] : ["light", "dark"];

const contrast = option("contrast");

await mkdir(folder, { recursive: true });
const browser = await openBrowser();
const names = await storyNames();
const wanted = themes.flatMap((theme) => sizes.flatMap((size) => names.map((name) => ({ name, theme, size }))));
let [fine, wrong] = [0, 0];
await Promise.all(
  Array.from({ length: Math.min(4, availableParallelism()) }, async () => {
    let look = null;
    for (let next = wanted.shift(); next; next = wanted.shift()) {
      if (look?.theme !== next.theme || look.size !== next.size) {
        await look?.context.close();
        look = await wear(next.theme, next.size);
      }
      const problems = await picture(look, next.name);
      for (const problem of new Set(problems)) console.error(`${next.name} ${next.theme} ${next.size}: ${problem}`);
      if (problems.length === 0) fine += 1;
      else wrong += 1;
    }
    await look?.context.close();
  }),
);
await browser.close();
console.log(`${fine + wrong} pictures in ${folder}, ${wrong} with problems`);
if (option("report")) await writeFile(option("report"), JSON.stringify({ fine, wrong }));
process.exitCode = wrong === 0 ? 0 : 1;

async function storyNames() {
  const page = await browser.newPage();
  await page.route("**/*", serve);
  await page.goto(INDEX);
  const all = await page.locator("nav a").allTextContents();
  await page.close();
  for (const name of only) if (!all.includes(name)) throw new Error(`no such story: ${name}`);
  return only.length > 0 ? only : all;
}

/** A page in one theme and size. It shows one story after the other. */
async function wear(theme, size) {
  const [width, height] = size.split("x").map(Number);
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    contrast: contrast === "more" ? "more" : "no-preference",
    forcedColors: contrast === "forced" ? "active" : "none",
    timezoneId: "UTC",
    locale: "en-GB",
  });
  await context.route("**/*", serve);
  const page = await context.newPage();
  const look = { theme, size, context, page, problems: [] };
  page.on("pageerror", (error) => look.problems.push(error.message));
  page.on("console", (message) => {
    const harmless = message.location().url.endsWith("favicon.ico");
    if (message.type() === "error" && !harmless) look.problems.push(message.text());
  });
  return look;
}

/** Takes a picture and returns the problems in it. */
async function picture(look, name) {
  const { theme, size, page } = look;
  const problems = (look.problems = []);
  try {
    await show(page, name);
    const looks = contrast ? `${theme}-${contrast}` : theme;
    await page.screenshot({ path: join(folder, `${name}-${looks}-${size}.png`) });
    problems.push(...(await page.evaluate(faults, theme)));
    // The themes differ only in colours, so the other checks run once for each size.
    if (theme === "dark" && size !== MIDDLE && sizes.length > 1) return problems;
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }),
    );
    for (const { id, help, nodes } of violations) {
      for (const node of nodes)
        problems.push(`${id}: ${help}: ${node.target.join(" ")}: ${node.any[0]?.message ?? ""}`);
    }
    problems.push(...(await tabOrder(page)));
  } catch (error) {
    problems.push(error.message);
  }
  return problems;
}

/** Presses Tab through a story. Each stop must be visible, marked, and after the last one in reading order. */
async function tabOrder(page) {
  const found = [];
  const stops = [];
  let left = 0;
  await page.evaluate(rememberLooks);
  for (let presses = 0; presses < 80 && left < 3; presses++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(focused);
    if (stops.some((known) => known && known.key === stop?.key)) break;
    // Before the first stop and after the last, the browser's own controls have the focus.
    if (stop === null) left++;
    stops.push(stop);
  }
  const bare = await page.evaluate(() => document.querySelector("dialog[open]:not(:has(button, input))") !== null);
  if (stops.every((stop) => stop === null) && !bare) found.push("Tab leads nowhere");
  // From the last control of a dialog, Tab goes to the first.
  const isFirst = (stop) =>
    stops.every(
      (other) =>
        other?.region !== stop.region ||
        other.top > stop.top + 2 ||
        (other.top > stop.top - 2 && other.left >= stop.left),
    );
  for (const [i, stop] of stops.entries()) {
    if (stop === null) continue;
    if (!stop.seen) found.push(`Tab leads to what is not seen: ${stop.what}`);
    if (!stop.marked) found.push(`the focus is not marked: ${stop.what}`);
    const before = stops[i - 1];
    if (!before || before.region !== stop.region) continue;
    const sameRow = stop.top < before.bottom - 2 && before.top < stop.bottom - 2;
    const nextColumn = stop.left >= before.right - 2;
    const after = nextColumn || (sameRow ? stop.left >= before.left - 2 : stop.top >= before.top - 2);
    if (!after && !isFirst(stop)) found.push(`Tab goes back: from ${before.what} to ${stop.what}`);
  }
  return found;
}

/** Remembers how elements look without the focus. Runs in the page. */
function rememberLooks() {
  globalThis.markOf = (box) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(box);
    const outline = outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && `${outlineWidth} ${outlineColor}`;
    return [outline, boxShadow, borderColor, getComputedStyle(box, "::after").backgroundColor].join("; ");
  };
  const had = document.activeElement;
  had?.blur();
  globalThis.unmarked = new Map([...document.querySelectorAll("body *")].map((box) => [box, globalThis.markOf(box)]));
  if (had?.isConnected) had.focus({ preventScroll: true, focusVisible: true });
}

/** The element with the focus, and its place. Runs in the page. */
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  globalThis.stops ??= new Map();
  if (!globalThis.stops.has(element)) globalThis.stops.set(element, globalThis.stops.size);
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  let scrolled = 0;
  for (let box = element.parentElement; box; box = box.parentElement) scrolled += box.scrollTop;
  // A container may have the mark instead. Elements that came later need an outline.
  const boxes = [element, element.parentElement, element.parentElement?.parentElement].filter(Boolean);
  const marked = boxes.some((box) => {
    const before = globalThis.unmarked.get(box);
    if (before !== undefined) return globalThis.markOf(box) !== before;
    return box === element && getComputedStyle(box).outlineStyle !== "none";
  });
  const holder = element.closest(
    "dialog, [role=menu], [role=listbox], [role=group], .floating, nav, header, [role=tabpanel], main, aside",
  );
  if (holder && !globalThis.stops.has(holder)) globalThis.stops.set(holder, globalThis.stops.size);
  return {
    key: globalThis.stops.get(element),
    region: holder ? globalThis.stops.get(holder) : -1,
    what: element.dataset.testid ?? element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 40),
    seen: right > left && bottom > top && style.visibility === "visible",
    marked,
    left,
    top: top + scrolled,
    right,
    bottom: bottom + scrolled,
  };
}

/** Faults that accessibility tools do not look for. Runs in the page. */
function faults(theme) {
  const found = [];
  const scrolledAway = (control, x, y) => {
    for (let box = control.parentElement; box; box = box.parentElement) {
      if (getComputedStyle(box).overflowY === "visible") continue;
      const { left, top, right, bottom } = box.getBoundingClientRect();
      if (x < left || x > right || y < top || y > bottom) return true;
    }
    return false;
  };
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the window");
  if (document.body.innerText.trim().length < 20) found.push("empty");
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(document.body).backgroundColor;
  probe.fillRect(0, 0, 1, 1);
  const [light] = probe.getImageData(0, 0, 1, 1).data;
  if (matchMedia("(forced-colors: none)").matches && light > 128 !== (theme === "light")) found.push("the other theme");
  const above = document.querySelector("dialog[open]");
  for (const control of document.querySelectorAll("button, input, a[href], [tabindex='0']")) {
    const box = control.getBoundingClientRect();
    const seen = control.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (!seen || box.width < 4 || (above && !above.contains(control))) continue;
    // A person can scroll or pan to elements that are out of view.
    if (x < 0 || y < 0 || x > innerWidth - 1 || y > innerHeight - 1) continue;
    const on = document.elementFromPoint(x, y);
    const what = control.dataset.testid ?? control.getAttribute("aria-label") ?? control.textContent.trim();
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`cut off: ${what}`);
    const layer = on?.closest(
      "dialog, [role=menu], [role=listbox], .floating, [data-testid=drop-veil], [data-testid=notice], [data-layer]",
    );
    const clipped = scrolledAway(control, x, y);
    const meant = on && (control.contains(on) || on.contains(control) || on.closest("label")?.contains(control));
    if (!meant && !clipped && (!layer || layer.contains(control))) {
      found.push(`covered: ${what} by ${on?.outerHTML.slice(0, 80)}`);
    }
  }
  return found;
}
