/**
 * Takes a picture of every story, in both themes and at three sizes, and looks at each for errors, accessibility
 * violations, anything the content security policy would refuse, and what is cut off, covered or empty.
 *
 *   npm run screenshots -- FOLDER [STORY...] [--size=1100x720] [--theme=dark] [--contrast=more|forced] [--report=FILE]
 *
 * The report is how many pictures are fine and how many are not. `CHROMIUM` names the browser where it is not at
 * /usr/bin/chromium.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import axe from "axe-core";
import { chromium } from "playwright-core";

const DIST = fileURLToPath(new URL("../node_modules/.stories/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
/** As strict as the window's own. */
const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'";

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

/** By no network: where one comes or goes, a browser drops what it is loading. */
const origin = "http://stories.invalid";
async function serve(route) {
  const path = normalize(new URL(route.request().url()).pathname);
  try {
    await route.fulfill({
      body: await readFile(join(DIST, path)),
      headers: {
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        "content-security-policy": POLICY,
      },
    });
  } catch {
    await route.fulfill({ status: 404 });
  }
}

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
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
  await page.goto(`${origin}/stories.html`);
  const all = await page.locator("nav a").allTextContents();
  await page.close();
  for (const name of only) if (!all.includes(name)) throw new Error(`no such story: ${name}`);
  return only.length > 0 ? only : all;
}

/** A page in one theme and of one size, in which one story is shown after the other. */
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

/** Takes one, and answers with what is wrong in it. */
async function picture(look, name) {
  const { theme, size, page } = look;
  const problems = (look.problems = []);
  try {
    await page.goto(`${origin}/stories.html?story=${name}`);
    await page.waitForSelector("html[data-settled]", { timeout: 20_000 });
    const looks = contrast ? `${theme}-${contrast}` : theme;
    await page.screenshot({ path: join(folder, `${name}-${looks}-${size}.png`) });
    problems.push(...(await page.evaluate(faults, theme)));
    // Colours differ between the themes, what is there does not: once for each size is enough of the rest.
    if (theme === "dark" && size !== MIDDLE && sizes.length > 1) return problems;
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }),
    );
    for (const { id, help, nodes } of violations) {
      for (const node of nodes) problems.push(`${id}: ${help}: ${node.target.join(" ")}: ${node.any[0]?.message ?? ""}`);
    }
  } catch (error) {
    problems.push(error.message);
  }
  return problems;
}

/** What no tool for accessibility looks for. Runs in the page. */
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
    // Out of sight in something that scrolls or pans is where a person can get it.
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
    const on = document.elementFromPoint(x, y);
    const what = control.dataset.testid ?? control.getAttribute("aria-label") ?? control.textContent.trim();
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`cut off: ${what}`);
    const layer = on?.closest("dialog, [role=menu], [role=listbox], .floating, [data-testid=drop-veil], [data-testid=notice], [data-layer]");
    const clipped = scrolledAway(control, x, y);
    const meant = on && (control.contains(on) || on.contains(control) || on.closest("label")?.contains(control));
    if (!meant && !clipped && (!layer || layer.contains(control))) {
      found.push(`covered: ${what} by ${on?.outerHTML.slice(0, 80)}`);
    }
  }
  return found;
}
