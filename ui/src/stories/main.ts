import "../styles/fonts.css";
import "../styles/tokens.css";
import "../styles/base.css";

import { mount, tick } from "svelte";

import { FakeBackend } from "../api/fake";
import { AppState } from "../state/app";
import { now } from "../state/clock.svelte";
import { DARK, wear, worn } from "../state/theme";
import Window from "../views/Window.svelte";
import Index from "./Index.svelte";
import { CHURN_GRAPH, NOW } from "./scenes";
import { stories, type Story, type Typed } from "./stories";

wear(worn("system", matchMedia(DARK).matches));
const target = document.getElementById("app")!;
const story = stories[new URLSearchParams(location.search).get("story") ?? ""];

if (story) void show(story);
else mount(Index, { target, props: { names: Object.keys(stories) } });

async function show(story: Story) {
  now.freeze(NOW);
  localStorage.clear();
  // Loaded before the picture is taken, not after.
  await import("../domain/PipelineGraph.svelte");
  const backend = new FakeBackend(story.snapshot);
  backend.graph = CHURN_GRAPH;
  story.script?.(backend);
  const app = new AppState(backend);
  void app.connection.connect();
  mount(Window, { target, props: { app } });
  await tick();
  if (story.search !== undefined) app.selection.search(story.search);
  await drawn();
  await click(story.clicks);
  for (const typed of [story.type ?? []].flat()) {
    await tick();
    type(typed);
    await tick();
  }
  await click(story.then);
  await document.fonts.ready;
  await drawn();
  // Tells `scripts/stories.mjs` that the story is drawn.
  document.documentElement.dataset.settled = "true";
}

async function click(selectors: readonly string[] = []) {
  for (const selector of selectors) {
    await drawn();
    act(selector);
  }
}

/** Waits until answers have come and are drawn. */
async function drawn() {
  await tick();
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}

function type({ into, text }: Typed) {
  const field = document.querySelector<HTMLInputElement | HTMLTextAreaElement>(into)!;
  field.focus();
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Tab", bubbles: true }));
  if (!into.includes("palette")) field.blur();
}

function act(click: string) {
  if (click.startsWith("#press ")) {
    const [key, mod] = click.slice(7).split("+").reverse();
    window.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: mod === "Ctrl" }));
    return;
  }
  if (click.startsWith("#menu ")) {
    const box = document.querySelector<HTMLElement>(click.slice(6))!;
    box.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, clientX: 40, clientY: 76 }));
    return;
  }
  if (click.startsWith("#scroll ")) {
    const box = document.querySelector<HTMLElement>(click.slice(8))!;
    box.scrollTop = box.scrollHeight;
    return;
  }
  if (click.startsWith("#show ")) {
    document.querySelector(click.slice(6))!.scrollIntoView();
    return;
  }
  const element = document.querySelector<HTMLElement>(click);
  // A folded side has fewer buttons.
  if (!element && click === "[data-testid=sort]" && innerWidth < 860) return;
  if (!element) throw new Error(`nothing to click: ${click}`);
  element.click();
}
