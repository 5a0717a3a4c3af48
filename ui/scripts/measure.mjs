/**
 * Measures how long the page is busy for a key or a turn of the wheel, from the event to the layout, in Chromium. A
 * person feels long times as stutter.
 *
 *   npm run measure
 */
import { INDEX, openBrowser, serve, show } from "./stories.mjs";

const browser = await openBrowser();
const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, reducedMotion: "reduce" });
await context.route("**/*", serve);
const page = await context.newPage();
await page.goto(INDEX);

await show(page, "thousand");
line("a key of a search among 1,000 pipelines", await page.evaluate(keys, ["[data-testid=search]", "study 777"]));

const opened = Date.now();
await show(page, "logs-long");
console.log(`${"a log of 100,000 lines is there after".padEnd(48)} ${Date.now() - opened} ms, with its page`);
line("a turn of the wheel in it", await page.evaluate(wheel, "[data-testid=log-lines]"));
line("a key of a search in it", await page.evaluate(keys, ["[data-testid=log-search]", "label"]));
await browser.close();

function line(what, times) {
  times.sort((a, b) => a - b);
  const [middle, worst] = [times[times.length >> 1], times.at(-1)];
  console.log(`${what.padEnd(48)} ${middle.toFixed(1)} ms, at worst ${worst.toFixed(1)} ms, of ${times.length}`);
}

/** Types a text and deletes it, letter by letter, three times. Runs in the page. */
async function keys([into, text]) {
  const field = document.querySelector(into);
  const times = [];
  for (let round = 0; round < 3; round++) {
    for (let end = 1; end <= 2 * text.length; end++) {
      field.value = text.slice(0, end <= text.length ? end : 2 * text.length - end);
      const began = performance.now();
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      // Microtasks finish the work of the event; then the layout is forced.
      await Promise.resolve();
      await new Promise((done) => queueMicrotask(done));
      document.body.getBoundingClientRect();
      times.push(performance.now() - began);
      await new Promise(requestAnimationFrame);
      await new Promise((done) => setTimeout(done, 30));
    }
  }
  return times;
}

/** Scrolls up and down in steps. Runs in the page. */
async function wheel(selector) {
  const box = document.querySelector(selector);
  const times = [];
  for (let step = 0; step < 80; step++) {
    box.scrollTop += step % 20 < 14 ? -700 : 1900;
    const began = performance.now();
    box.dispatchEvent(new Event("scroll"));
    await Promise.resolve();
    await new Promise((done) => queueMicrotask(done));
    box.getBoundingClientRect();
    times.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done, 10));
  }
  return times;
}
