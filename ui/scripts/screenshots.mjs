/**
 * Takes a picture of every story, in both themes and at three sizes, and looks at each for
 * accessibility violations and for anything the content security policy would refuse.
 *
 *   npm run screenshots -- FOLDER [STORY...] [--size=1100x720] [--theme=dark] [--contrast=more|forced]
 *
 * `CHROMIUM` names the browser where it is not at /usr/bin/chromium.
 */
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import axe from "axe-core";
import { chromium } from "playwright-core";

const DIST = fileURLToPath(new URL("../node_modules/.stories/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
/** As strict as the window's own. */
const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'";

const options = process.argv.slice(2).filter((arg) => arg.startsWith("--"));
const [folder, ...only] = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
if (!folder) {
  console.error("error: no folder given\nhint: npm run screenshots -- FOLDER");
  process.exit(2);
}
const option = (name) => options.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1];
const sizes = option("size") ? [option("size")] : ["760x520", "1100x720", "1680x1050"];
const themes = option("theme") ? [option("theme")] : ["light", "dark"];

const contrast = option("contrast");

const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  try {
    const body = await readFile(join(DIST, path));
    response.writeHead(200, {
      "content-type": TYPES[extname(path)] ?? "application/octet-stream",
      "content-security-policy": POLICY,
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const origin = `http://127.0.0.1:${server.address().port}`;

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
let problems = 0;
const complain = (text) => {
  problems += 1;
  console.error(text);
};

const names = await storyNames();
for (const theme of themes) {
  for (const size of sizes) {
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
    for (const name of names) await picture(context, name, theme, size);
    await context.close();
  }
}
await browser.close();
server.close();
console.log(`${names.length * themes.length * sizes.length} pictures in ${folder}, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;

async function storyNames() {
  const page = await browser.newPage();
  await page.goto(`${origin}/stories.html`);
  const all = await page.locator("nav a").allTextContents();
  await page.close();
  for (const name of only) if (!all.includes(name)) throw new Error(`no such story: ${name}`);
  return only.length > 0 ? only : all;
}

async function picture(context, name, theme, size) {
  const page = await context.newPage();
  const where = `${name} ${theme} ${size}`;
  page.on("pageerror", (error) => complain(`${where}: ${error.message}`));
  page.on("console", (message) => {
    const harmless = message.location().url.endsWith("favicon.ico");
    if (message.type() === "error" && !harmless) complain(`${where}: ${message.text()}`);
  });
  await page.goto(`${origin}/stories.html?story=${name}`);
  await page.waitForSelector("html[data-settled]", { timeout: 5000 });
  const looks = contrast ? `${theme}-${contrast}` : theme;
  await page.screenshot({ path: join(folder, `${name}-${looks}-${size}.png`) });

  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] }),
  );
  for (const { id, help, nodes } of violations) {
    for (const node of nodes) complain(`${where}: ${id}: ${help}: ${node.target.join(" ")}: ${node.any[0]?.message ?? ""}`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  if (wide) complain(`${where}: wider than the window`);
  await page.close();
}
