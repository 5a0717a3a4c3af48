/** Gives the built stories to a browser without a network, because a change of network would abort its requests. */
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const DIST = fileURLToPath(new URL("../node_modules/.stories/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
/** As strict as the policy of the window. */
const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'";

const origin = "http://stories.invalid";

/** `CHROMIUM` names the browser if it is not /usr/bin/chromium. */
export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
}

export async function serve(route) {
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

/** The page with the list of all stories. */
export const INDEX = `${origin}/stories.html`;

/** Shows a story and waits until it is drawn. */
export async function show(page, name) {
  await page.goto(`${INDEX}?story=${name}`);
  await page.waitForSelector("html[data-settled]", { timeout: 20_000 });
}
