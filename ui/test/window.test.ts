import { render, screen, within } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { flushSync } from "svelte";
import { describe, expect, it } from "vitest";

import { FakeBackend } from "../src/api/fake";
import type { Snapshot } from "../src/api/types";
import { AppState } from "../src/state/app.svelte";
import {
  BROKEN,
  BUILDING,
  CHURN,
  FAILED_IMAGE,
  FORBIDDEN,
  IMAGES,
  PULLING,
  RUNNING,
  failure,
  launch,
  scene,
  unavailable,
  withLaunch,
} from "../src/stories/scenes";
import { stories } from "../src/stories/stories";
import Window from "../src/views/Window.svelte";

async function show(snapshot: Snapshot) {
  const backend = new FakeBackend(snapshot);
  const app = new AppState(backend);
  await app.connect();
  render(Window, { app });
  return { backend, app, user: userEvent.setup(), said: () => backend.calls.slice(1) };
}

const get = (id: string) => screen.getByTestId(id);
const all = (id: string) => screen.queryAllByTestId(id);

describe("each state", () => {
  it("first run: one thing to do", async () => {
    const { user, said } = await show(scene(CHURN, { pipelines: [] }));
    await user.click(get("add-folder"));
    expect(said()).toEqual([["add_pipelines"]]);
  });

  it("stopped: Launch, files that do not pretend to open", async () => {
    const { user, said } = await show(scene(CHURN));
    expect(get("launch")).toHaveAttribute("data-action", "launch");
    expect(all("stop")).toHaveLength(0);
    expect(all("notebook-row")).toHaveLength(5);
    expect(all("notebook-row")[0]!.tagName).toBe("DIV");
    await user.click(get("launch"));
    expect(said()).toEqual([["launch", "churn"]]);
  });

  it("stopped without images: says so, and prepares them when asked", async () => {
    const { user, said } = await show(
      scene(CHURN, { images: IMAGES.map((image) => ({ ...image, present: false, size: null })) }),
    );
    expect(screen.getByText("3 images are not here yet")).toBeVisible();
    await user.click(get("prepare-images"));
    expect(said()).toEqual([["prepare_images"]]);
  });

  it("starting: the steps, with Cancel in Launch's place", async () => {
    const { user, said } = await show(scene(withLaunch(PULLING)));
    expect(all("step").map((step) => step.dataset.state)).toEqual(["done", "active", "waiting", "waiting", "waiting"]);
    expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "51");
    expect(get("launch")).toHaveAttribute("data-action", "cancel");
    await user.click(get("launch"));
    expect(said()).toEqual([["cancel", "churn"]]);
  });

  it("building: the log folds open", async () => {
    const { user } = await show(scene(withLaunch(BUILDING)));
    expect(screen.queryByText(/Collecting jupyterlab/)).toBeNull();
    await user.click(screen.getByRole("button", { name: "Show the log" }));
    expect(screen.getByText(/Collecting jupyterlab/)).toBeVisible();
  });

  it("starting elsewhere: no steps, and why", async () => {
    await show(scene(withLaunch(launch("starting", { foreign: true }))));
    expect(all("step")).toHaveLength(0);
    expect(screen.getByText(/Another window or a terminal/)).toBeVisible();
  });

  it("running: Open, Stop, and notebooks that open themselves", async () => {
    const { user, said } = await show(scene(withLaunch(RUNNING)));
    expect(get("launch")).toHaveAttribute("data-action", "open");
    await user.click(get("launch"));
    await user.click(all("notebook-row")[3]!);
    await user.click(get("stop"));
    expect(said()).toEqual([
      ["open_pipeline", "churn"],
      ["open_notebook", "churn", "explore/cohorts.ipynb"],
      ["stop", "churn"],
    ]);
    expect(all("kernel-row")).toHaveLength(2);
  });

  it("about to be stopped because nobody uses it: said, and kept when asked", async () => {
    const { user, said } = await show(scene(withLaunch({ ...RUNNING, idle_stop_at: Date.now() + 42_000 })));
    expect(screen.getByText(/It is stopped in 4[12] s/)).toBeVisible();
    await user.click(get("keep-running"));
    expect(said()).toEqual([["keep_running", "churn"]]);
  });

  it("failed: the failure at its step, the rest of the steps gone", async () => {
    const { user, said } = await show(scene(withLaunch(FAILED_IMAGE)));
    expect(all("step").map((step) => step.dataset.step)).toEqual(["engine", "images"]);
    const failed = within(all("step")[1]!);
    expect(failed.getByTestId("failure-message")).toHaveTextContent("could not be built");
    expect(failed.getByTestId("failure-hint")).toHaveTextContent("package mirror");
    expect(screen.queryByText(/Using cache/)).toBeNull();
    await user.click(screen.getByRole("button", { name: "Show all 12 lines" }));
    expect(screen.getByText(/Using cache/)).toBeVisible();
    await user.click(get("retry"));
    await user.click(screen.getByRole("button", { name: "Open log" }));
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(said()).toEqual([
      ["launch", "churn"],
      ["reveal_log", "churn"],
      ["dismiss_failure", "churn"],
    ]);
  });

  it("broken: the failure with Restart and Stop", async () => {
    const { user, said } = await show(scene(withLaunch(BROKEN)));
    expect(get("failure-message")).toHaveTextContent("ended with code 137");
    expect(get("launch")).toHaveTextContent("Restart");
    await user.click(get("stop"));
    expect(said()).toEqual([["stop", "churn"]]);
  });

  it("missing and unreadable: said, and Launch off", async () => {
    const { backend } = await show(scene({ ...CHURN, missing: true }));
    expect(screen.getByText("The folder is not there")).toBeVisible();
    expect(get("launch")).toBeDisabled();
    backend.push(scene({ ...CHURN, unreadable: "Reading was refused." }));
    expect(await screen.findByText("Reading was refused.")).toBeVisible();
    expect(get("launch")).toBeDisabled();
  });

  it("without an engine: cause, remedy, Look again; and it goes by itself", async () => {
    const { backend, user, said } = await show(scene(CHURN, { engine: unavailable(FORBIDDEN) }));
    expect(get("engine-state")).toHaveAttribute("data-state", "unavailable");
    expect(get("failure-message")).toHaveTextContent("You may not use the Docker engine");
    expect(get("launch")).toBeDisabled();
    await user.click(screen.getByRole("button", { name: /Copy command/ }));
    expect(await navigator.clipboard.readText()).toBe("sudo usermod -aG docker ada");
    await user.click(screen.getByRole("button", { name: "Look again" }));
    expect(said()).toEqual([["look_again"]]);
    backend.push(scene(CHURN));
    await expect.poll(() => all("failure-message").length).toBe(0);
    expect(get("launch")).toBeEnabled();
  });

  it("an engine that went away: what is shown may be old", async () => {
    await show(scene(withLaunch(RUNNING), { engine: unavailable(FORBIDDEN, true) }));
    expect(screen.getByText(/may be old/)).toBeVisible();
  });

  it.each(Object.entries(stories))("the story %s can be shown", async (_, story) => {
    if (story.snapshot) await show(story.snapshot);
  });
});

it("goes from any state to any other", async () => {
  const { backend } = await show(scene(CHURN));
  // The long list only takes time here: its rows are in no other state than the short one's.
  const shown = Object.entries(stories).filter(([name]) => name !== "thousand");
  const snapshots = shown.flatMap(([, { snapshot }]) => snapshot ?? []);
  for (let stride = 1; stride < snapshots.length; stride += 6) {
    for (let i = 0; i < snapshots.length; i += 1) {
      backend.push(snapshots[(i * stride) % snapshots.length]!);
      flushSync();
    }
  }
  backend.push(scene(CHURN));
  flushSync();
  expect(get("launch")).toHaveAttribute("data-action", "launch");
});

describe("the kernelspec picker", () => {
  it("picks by mouse and by keyboard, and explains what cannot be picked", async () => {
    const { user, said } = await show(
      scene(CHURN, {
        kernelspec_problems: [{ name: "julia", path: "/k/julia/kernel.json", message: "No argv.", hint: "Add one." }],
      }),
    );
    await user.click(get("kernelspec-picker"));
    expect(screen.getByText("No argv.")).toBeVisible();
    const options = all("kernelspec-option");
    expect(options.map((option) => option.dataset.name)).toEqual(["python_docker", "python_on_docker", "r_docker"]);
    expect(options[1]).toHaveTextContent("Will be fetched or built");
    expect(options[0]).toHaveFocus();
    await user.keyboard("{ArrowUp}{Enter}");
    expect(said()).toEqual([["pick_kernelspec", "churn", "r_docker"]]);
    expect(all("kernelspec-option")).toHaveLength(0);
    expect(get("kernelspec-picker")).toHaveFocus();
  });

  it("closes on Escape and gives the focus back", async () => {
    const { user, said } = await show(scene(CHURN));
    await user.click(get("kernelspec-picker"));
    await user.keyboard("{Escape}");
    expect(all("kernelspec-option")).toHaveLength(0);
    expect(get("kernelspec-picker")).toHaveFocus();
    expect(said()).toEqual([]);
  });
});

describe("the keyboard alone", () => {
  it("walks the list, launches, stops, searches, helps", async () => {
    const { app, user, said } = await show(scene(withLaunch(RUNNING)));
    await user.keyboard("{ArrowDown}");
    expect(app.selected?.name).toBe("sunflowers");
    await expect.poll(() => document.activeElement?.getAttribute("data-id")).toBe("sunflowers");
    await user.keyboard("{Enter}");
    await user.keyboard("{Home}{Control>}.{/Control}");
    expect(said()).toEqual([
      ["launch", "sunflowers"],
      ["stop", "churn"],
    ]);

    await user.keyboard("/");
    await expect.poll(() => document.activeElement).toBe(get("search"));
    await user.keyboard("atlas");
    expect(all("pipeline-row")).toHaveLength(1);
    await user.keyboard("{Enter}");
    expect(app.selected?.name).toBe("genome atlas");
    await user.keyboard("{Control>}k{/Control}");
    await user.keyboard("{Escape}");
    expect(app.query).toBe("");

    await user.keyboard("{Control>}n{/Control}");
    expect(said().at(-1)).toEqual(["add_pipelines"]);
  });

  it("opens the sheet of shortcuts, and keeps its keys from the window behind", async () => {
    const { app, user, said } = await show(scene(CHURN));
    await user.keyboard("?");
    expect(screen.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
    await user.keyboard("{Enter}");
    expect(said()).toEqual([]);
    app.closeSheet();
  });
});

describe("removing", () => {
  async function ask(snapshot: Snapshot) {
    const shown = await show(snapshot);
    await shown.user.click(get("pipeline-menu"));
    await shown.user.click(screen.getByRole("menuitem", { name: /Remove/ }));
    expect(screen.getByText("The folder itself stays as it is.")).toBeVisible();
    return shown;
  }

  it("asks, and removes", async () => {
    const { user, said } = await ask(scene(CHURN));
    await user.click(get("remove"));
    expect(said()).toEqual([["remove_pipeline", "churn"]]);
  });

  it("offers to stop what runs first", async () => {
    const { user, said } = await ask(scene(withLaunch(RUNNING)));
    await user.click(get("remove"));
    await expect.poll(said).toEqual([
      ["stop", "churn"],
      ["remove_pipeline", "churn"],
    ]);
  });

  it("is in a row's own menu too, by mouse and by key", async () => {
    const { app, user, said } = await show(scene(CHURN));
    const row = all("pipeline-row")[2]!;
    await user.pointer({ target: row, keys: "[MouseRight]" });
    expect(app.selected?.name).toBe("genome atlas");
    await user.keyboard("{ArrowUp}{Enter}");
    await user.click(get("remove"));
    expect(said()).toEqual([["remove_pipeline", "genome-atlas"]]);
  });

  it("is not offered for what was never added", async () => {
    const { user } = await show(scene({ ...withLaunch(RUNNING), added: false }));
    await user.click(get("pipeline-menu"));
    expect(screen.queryByRole("menuitem", { name: /Remove/ })).toBeNull();
  });
});

it("shows notices and failed commands side by side, each until it is dismissed", async () => {
  const notice = { id: 7, failure: failure("The settings were set aside.", "Add your folders again.") };
  const { backend, user, said } = await show(scene(CHURN, { notices: [notice] }));
  backend.fail("launch", failure("No address pool is left.", "Stop a launch."));
  await user.click(get("launch"));
  await expect.poll(() => all("notice").map((toast) => toast.dataset.kind)).toEqual(["notice", "error"]);
  expect(all("notice")[1]).toHaveTextContent("Stop a launch.");
  for (const button of all("dismiss-notice")) await user.click(button);
  expect(said()).toContainEqual(["dismiss_notice", 7]);
  expect(all("notice").map((toast) => toast.dataset.kind)).toEqual(["notice"]);
});
