import "../styles/fonts.css";
import "../styles/tokens.css";
import "../styles/base.css";

import { mount, tick } from "svelte";

import { FakeBackend } from "../api/fake";
import { AppState } from "../state/app.svelte";
import { now } from "../state/clock.svelte";
import Window from "../views/Window.svelte";
import Index from "./Index.svelte";
import { NOW } from "./scenes";
import { stories, type Story } from "./stories";

const target = document.getElementById("app")!;
const story = stories[new URLSearchParams(location.search).get("story") ?? ""];

if (story) void show(story);
else mount(Index, { target, props: { names: Object.keys(stories) } });

async function show(story: Story) {
  now.freeze(NOW);
  localStorage.clear();
  const backend = new FakeBackend(story.snapshot);
  story.script?.(backend);
  const app = new AppState(backend);
  void app.connect();
  mount(Window, { target, props: { app } });
  await tick();
  if (story.search !== undefined) app.search(story.search);
  for (const click of story.clicks ?? []) {
    await tick();
    act(click);
  }
  await document.fonts.ready;
  // Tells whoever takes a picture that there is nothing to wait for.
  document.documentElement.dataset.settled = "true";
}

function act(click: string) {
  if (click.startsWith("#press ")) {
    window.dispatchEvent(new KeyboardEvent("keydown", { key: click.slice(7) }));
    return;
  }
  const element = document.querySelector<HTMLElement>(click);
  if (!element) throw new Error(`nothing to click: ${click}`);
  element.click();
}
