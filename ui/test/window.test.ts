import { screen, within } from "@testing-library/svelte";
import { flushSync } from "svelte";
import { describe, expect, it } from "vitest";

import type { FakeBackend } from "../src/api/fake";
import type { Snapshot } from "../src/api/types";
import {
  ASKING,
  BROKEN,
  BUILDING,
  CHURN,
  FAILED_IMAGE,
  FORBIDDEN,
  IMAGES,
  INSTALLING_ENGINE,
  INSTALL_FAILED,
  IMPORTING,
  LIVES,
  MANY_KERNELSPECS,
  NOT_INSTALLED,
  NOT_IN_SESSION,
  NOW,
  PREPARING,
  PULLING,
  RUNNING,
  SETTINGS,
  THEIRS,
  UNREACHABLE,
  WITHOUT_LIMITS,
  failure,
  install,
  join,
  launch,
  logs,
  many,
  scene,
  unavailable,
  withLaunch,
} from "../src/stories/scenes";
import { stories } from "../src/stories/stories";
import { all, get, show } from "./show";

describe("each state", () => {
  it("first run: one thing to do", async () => {
    const { user, said } = await show(scene(CHURN, { pipelines: [] }));
    await user.click(get("add-folder"));
    expect(said()).toEqual([["add_pipelines"]]);
  });

  it("stopped: Launch, and a pressed notebook launches", async () => {
    const { user, said } = await show(scene(CHURN));
    expect(get("launch")).toHaveAttribute("data-action", "launch");
    expect(all("stop")).toHaveLength(0);
    expect(all("notebook-row")).toHaveLength(5);
    await user.click(screen.getByRole("button", { name: "Launch, and open 1-load.ipynb in the browser" }));
    await user.click(get("launch"));
    expect(said()).toEqual([
      ["open_notebook", "churn", "1-load.ipynb"],
      ["launch", "churn"],
    ]);
  });

  it("stopped without images: says so, and prepares them on a press", async () => {
    const { user, said } = await show(
      scene(CHURN, { images: IMAGES.map((image) => ({ ...image, present: false, size: null })) }),
    );
    expect(screen.getByText("3 images are not ready yet")).toBeVisible();
    await user.click(get("prepare-images"));
    expect(said()).toEqual([["prepare_images"]]);
  });

  it("starting: the stages, with Cancel instead of Launch", async () => {
    const { user, said } = await show(scene(withLaunch(PULLING)));
    expect(all("stage").map((stage) => stage.dataset.state)).toEqual([
      "done",
      "active",
      "waiting",
      "waiting",
      "waiting",
    ]);
    expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "51");
    expect(get("launch")).toHaveAttribute("data-action", "cancel");
    await user.click(get("launch"));
    expect(said()).toEqual([["cancel", "churn"]]);
  });

  it("building: the log can be opened", async () => {
    const { user } = await show(scene(withLaunch(BUILDING)));
    expect(screen.queryByText(/Collecting jupyterlab/)).toBeNull();
    await user.click(screen.getByRole("button", { name: "Show the log" }));
    expect(screen.getByText(/Collecting jupyterlab/)).toBeVisible();
  });

  it("starting elsewhere: no stages, and the reason", async () => {
    await show(scene(withLaunch(launch("starting", { foreign: true }))));
    expect(all("stage")).toHaveLength(0);
    expect(screen.getByText(/Another window or a terminal/)).toBeVisible();
  });

  it("running: Open, Stop, and a pressed notebook opens", async () => {
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

  it("about to be stopped as unused: says so, and keeps it on a press", async () => {
    const { user, said } = await show(scene(withLaunch({ ...RUNNING, idle_stop_at: NOW + 42_000 })));
    expect(screen.getByText(/It stops in 42 s/)).toBeVisible();
    await user.click(get("keep-running"));
    expect(said()).toEqual([["keep_running", "churn"]]);
  });

  it("its folder was deleted and created again: says so, and restarts on a press", async () => {
    const message = "The folder `churn` was deleted and created again";
    const warning = { tone: "remark" as const, message, hint: "launch it again" };
    const { user, said } = await show(scene(withLaunch({ ...RUNNING, kernels: [], warning })));
    expect(screen.getByTestId("failure-message")).toHaveTextContent("was deleted and created again");
    expect(screen.getByTestId("failure-hint")).toHaveTextContent("Launch it again.");
    await user.click(get("restart-launch"));
    expect(said()).toEqual([["restart_launch", "churn"]]);
  });

  it("a notebook that cannot be opened says why, and is no button", async () => {
    const problem = "Its name is not UTF-8: rename it";
    const notebooks = [
      { path: "a.ipynb", modified: 1, problem: null },
      { path: "b.ipynb", modified: 1, problem },
    ];
    await show(scene({ ...withLaunch(RUNNING), notebooks }));
    const rows = all("notebook-row");
    expect(rows.map((row) => row.tagName)).toEqual(["BUTTON", "DIV"]);
    expect(rows[1]).toHaveTextContent(problem);
  });

  it("unknown times: shows nothing, and no year 1970", async () => {
    const unknown = { started_at: null, ready_at: null };
    const stages = RUNNING.stages.map((stage) => ({
      ...stage,
      state: "active" as const,
      started_at: null,
      took: null,
    }));
    const kernels = RUNNING.kernels.map((kernel) => ({ ...kernel, started_at: null }));
    const files = CHURN.notebooks.map((file) => ({ ...file, modified: null }));
    const folder = { ...CHURN, notebooks: files, scripts: files, last_change: 0 };
    const engine = { ...unavailable(UNREACHABLE, true), since: 0 };
    const { backend } = await show(scene(folder));
    const seen = () => document.body.innerHTML;
    for (const snapshot of [
      scene(folder),
      scene({ ...folder, launch: { ...RUNNING, ...unknown, stages, kernels } }),
      scene({ ...folder, launch: { ...PULLING, ...unknown, stages } }),
      scene(folder, { engine }),
    ]) {
      backend.push(snapshot);
      flushSync();
      expect(seen()).toContain("churn");
      // The year, and the time since then.
      expect(seen()).not.toMatch(/1970|\d{4,} (d|h|min)\b|\d{5,} s\b/);
    }
    expect(all("notebook-row").every((row) => row.querySelector("time") === null)).toBe(true);
  });

  it("failed: the failure at its stage, without the later stages", async () => {
    const { user, said } = await show(scene(withLaunch(FAILED_IMAGE)));
    expect(all("stage").map((stage) => stage.dataset.stage)).toEqual(["engine", "images"]);
    const failed = within(all("stage")[1]!);
    expect(failed.getByTestId("failure-message")).toHaveTextContent("could not be built");
    expect(failed.getByTestId("failure-hint")).toHaveTextContent("package mirror");
    expect(screen.queryByText(/Using cache/)).toBeNull();
    await user.click(screen.getByRole("button", { name: "Show all 12 lines" }));
    expect(screen.getByText(/Using cache/)).toBeVisible();
    expect(get("launch")).toHaveTextContent("Retry");
    await user.click(get("launch"));
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

  it("missing and unreadable: says so, and Launch is disabled", async () => {
    const { backend } = await show(scene({ ...CHURN, missing: true }));
    expect(screen.getByText("The folder is missing")).toBeVisible();
    expect(get("launch")).toBeDisabled();
    backend.push(scene({ ...CHURN, unreadable: "Reading was refused." }));
    expect(await screen.findByText("Reading was refused.")).toBeVisible();
    expect(get("launch")).toBeDisabled();
  });

  it("missing: Locate… gives the pipeline another folder, by mouse and by key, and shows a refusal", async () => {
    const { app, backend, user, said } = await show(scene({ ...CHURN, missing: true }));
    await user.click(get("locate"));
    expect(said()).toEqual([["locate_pipeline", "churn"]]);
    expect(app.selection.selected?.id).toBe("churn");

    backend.fail("locate_pipeline", failure("The folder `/b` is in the list already"));
    await user.click(get("locate"));
    expect(await screen.findByText(/is in the list already/)).toBeVisible();
    backend.recover("locate_pipeline");

    backend.picks = ["churn-moved"];
    get("pipeline-menu").focus();
    await user.keyboard("{Enter}");
    screen.getByRole("menuitem", { name: "Locate…" }).focus();
    await user.keyboard("{Enter}");
    const moved = { ...CHURN, id: "churn-moved", name: "churn moved" };
    backend.push(scene(moved));
    await expect.poll(() => app.selection.selected?.id).toBe("churn-moved");
    expect(all("locate")).toHaveLength(0);
  });

  it("missing while it runs: says so, and offers no other folder", async () => {
    await show(scene({ ...withLaunch(RUNNING), missing: true }));
    expect(screen.getByText("The folder is missing")).toBeVisible();
    expect(all("locate")).toHaveLength(0);
  });

  it("without an engine: cause, remedy and Look again, until one answers", async () => {
    const { backend, user, said } = await show(scene(CHURN, { engine: unavailable(FORBIDDEN) }));
    expect(get("engine-state")).toHaveAttribute("data-state", "unavailable");
    expect(get("failure-message")).toHaveTextContent("You may not use the Docker engine");
    expect(get("launch")).toBeDisabled();
    await user.click(screen.getByRole("button", { name: /Copy command/ }));
    await expect.poll(() => navigator.clipboard.readText()).toBe("sudo usermod -aG docker ada");
    await user.click(screen.getByRole("button", { name: "Look again" }));
    expect(said()).toEqual([["look_again"]]);
    backend.push(scene(CHURN));
    await expect.poll(() => all("failure-message").length).toBe(0);
    expect(get("launch")).toBeEnabled();
  });

  it("an engine that went away: the page may be out of date, and its actions are disabled", async () => {
    await show(scene(withLaunch(RUNNING), { engine: unavailable(FORBIDDEN, true) }));
    expect(screen.getByText(/may be out of date/)).toBeVisible();
    expect(get("pipeline-state")).toHaveTextContent("Last seen running");
    for (const name of ["launch", "stop"]) expect(get(name)).toBeDisabled();
    for (const name of ["kernel-restart", "kernel-shut-down"]) expect(all(name)[0]).toBeDisabled();
    expect(all("notebook-row")[0]!.tagName).toBe("DIV");
  });

  it.each(Object.entries(stories))("the story %s can be shown", async (_, story) => {
    if (story.snapshot) await show(story.snapshot);
  });
});

describe("goes from any state to any other", () => {
  // The long list would only take time: its rows have the same states as the short one's.
  const shown = Object.entries(stories).filter(([name]) => name !== "thousand");
  const snapshots = shown.flatMap(([, { snapshot }]) => snapshot ?? []);
  const strides = snapshots.flatMap((_, n) => (n % 6 === 1 ? [n] : []));

  it.each(strides)("by strides of %d", async (stride) => {
    const { backend } = await show(scene(CHURN));
    for (let i = 0; i < snapshots.length; i += 1) {
      backend.push(snapshots[(i * stride) % snapshots.length]!);
      flushSync();
    }
    backend.push(scene(CHURN));
    flushSync();
    expect(get("launch")).toHaveAttribute("data-action", "launch");
  });
});

it("shows the progress of images on every page, and cancels it", async () => {
  const { backend, user, said } = await show(scene(CHURN, { preparing: PREPARING }));
  await user.click(get("open-settings"));
  await user.click(get("preparing"));
  expect(screen.getAllByText(/step 4 of 11/)[0]).toBeVisible();
  await user.click(get("cancel-preparing"));
  expect(said()).toEqual([["cancel_preparing"]]);
  backend.push(scene(CHURN));
  flushSync();
  expect(all("preparing")).toHaveLength(0);
});

it("shows the progress of images from a dropped file, cancels it, and shows what came of it", async () => {
  const { backend, user, said } = await show(scene(CHURN, { dropping: true }));
  expect(get("drop-veil")).toHaveTextContent(".orchest-images");
  backend.push(scene(CHURN, { preparing: IMPORTING, importing: true, revision: 2 }));
  flushSync();
  expect(get("preparing")).toHaveTextContent("Importing images");
  await user.click(get("preparing"));
  expect(screen.getAllByText(/importing lab.orchest-images/)[0]).toBeVisible();
  expect(screen.getByText(/the engine keeps what it had/)).toBeVisible();
  await user.click(get("cancel-preparing"));
  expect(said()).toEqual([["cancel_preparing"]]);
  backend.push(stories.imported!.snapshot!);
  flushSync();
  expect(all("preparing")).toHaveLength(0);
  expect(screen.getByText(/Imported 7 images/)).toBeVisible();
  expect(screen.getByText(/was changed/)).toBeVisible();
});

it("shows another person's launch last, with its owner", async () => {
  const { backend, user } = await show(scene(CHURN, { pipelines: [THEIRS] }));
  expect(screen.getByRole("heading", { name: /Work in your folders/ })).toBeVisible();
  expect(all("pipeline-row")[0]).toHaveTextContent("Run by grace@engine");
  await user.click(all("pipeline-row")[0]!);
  expect(screen.getByRole("heading", { name: "tide gauges" })).toBeVisible();
  backend.push(scene(CHURN, { pipelines: [] }));
  flushSync();
  expect(screen.getByRole("heading", { name: /Work in your folders/ })).toBeVisible();
});

it("starts the engine if this machine can", async () => {
  const { backend, user, said } = await show(scene(CHURN, { engine: unavailable(FORBIDDEN) }));
  expect(all("start-engine")).toHaveLength(0);
  backend.push(scene(CHURN, { engine: unavailable(UNREACHABLE, false, { kind: "start", name: "Docker" }) }));
  flushSync();
  await user.click(screen.getByRole("button", { name: "Start Docker" }));
  expect(said()).toEqual([["start_engine"]]);
});

describe("a machine without an engine", () => {
  const absent = (more: Partial<Snapshot> = {}, runs = true) =>
    scene(CHURN, { engine: unavailable(NOT_INSTALLED, false, install(runs)), images: [], ...more });

  it("asks with the exact programs and the power of the group, and only names its wish", async () => {
    const { user, said } = await show(absent());
    expect(screen.queryByRole("button", { name: /Copy command/ })).toBeNull();
    await user.click(get("install-engine"));
    const question = screen.getByRole("dialog", { name: "Install Docker?" });
    expect(question).toHaveTextContent("/usr/bin/apt-get -q -y -o DPkg::Lock::Timeout=300 install docker.io");
    expect(question).toHaveTextContent("/usr/sbin/usermod -aG docker ada");
    expect(question).toHaveTextContent(/root’s power on this machine/);
    await user.click(within(question).getByRole("button", { name: "Cancel" }));
    expect(said()).toEqual([]);
    await user.click(get("install-engine"));
    await user.click(get("engine-confirm"));
    expect(said()).toEqual([["install_engine"]]);
  });

  it("can be cancelled until the system has the password, and then shows the last lines", async () => {
    const { backend, user, said } = await show(absent({ engine_setup: ASKING }));
    expect(all("install-engine")).toHaveLength(0);
    await user.click(get("cancel-engine-setup"));
    expect(said()).toEqual([["cancel_engine_setup"]]);
    // The service starts while its package is set up, and refuses the person.
    const engine = unavailable(FORBIDDEN, false, join(true));
    backend.push(absent({ engine, engine_setup: INSTALLING_ENGINE }));
    flushSync();
    expect(get("engine-progress")).toHaveTextContent("Installing Docker");
    expect(screen.getByText(/Setting up containerd/)).toBeVisible();
    expect([...all("cancel-engine-setup"), ...all("join-group")]).toHaveLength(0);
  });

  it("shows a failure with the tool's own words and a command, until it is dismissed", async () => {
    const { backend, user, said } = await show(absent({ engine_setup: INSTALL_FAILED }));
    expect(get("failure-message")).toHaveTextContent("Docker could not be installed");
    expect(screen.getByText(/Temporary failure resolving/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: /Copy command/ }));
    await expect.poll(() => navigator.clipboard.readText()).toMatch(/^sudo apt-get .* docker.io && sudo usermod/);
    await user.click(get("dismiss-engine-setup"));
    expect(said()).toEqual([["dismiss_engine_setup"]]);
    backend.push(absent());
    flushSync();
    expect(get("install-engine")).toBeVisible();
  });

  it("gives the command where the program cannot ask for a password", async () => {
    const { user } = await show(absent({}, false));
    expect(all("install-engine")).toHaveLength(0);
    await user.click(screen.getByRole("button", { name: /Copy command/ }));
    await expect.poll(() => navigator.clipboard.readText()).toMatch(/^sudo apt-get .* install docker.io/);
  });

  it("adds the person to the group after a question, and then says to log in again", async () => {
    const forbidden = unavailable(FORBIDDEN, false, join(true));
    const { backend, user, said } = await show(absent({ engine: forbidden }));
    await user.click(get("join-group"));
    expect(screen.getByRole("dialog", { name: "Join the group docker?" })).toHaveTextContent(/root’s power/);
    await user.click(get("engine-confirm"));
    expect(said()).toEqual([["join_group"]]);
    backend.push(absent({ engine: unavailable(NOT_IN_SESSION, false, { kind: "log_in_again" }) }));
    flushSync();
    expect(get("failure-hint")).toHaveTextContent(/Log out and in again/);
    expect(all("join-group")).toHaveLength(0);
    await user.click(screen.getByRole("button", { name: "Look again" }));
    expect(said()).toContainEqual(["look_again"]);
  });

  it("closes its question when an engine answers meanwhile", async () => {
    const { backend, user } = await show(absent());
    await user.click(get("install-engine"));
    backend.push(scene(CHURN));
    flushSync();
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(get("launch")).toBeEnabled();
  });
});

describe("the kernelspec picker", () => {
  it("picks by mouse and keyboard, and explains unusable kernelspecs", async () => {
    const { user, said } = await show(
      scene(CHURN, {
        kernelspec_problems: [{ name: "julia", path: "/k/julia/kernel.json", message: "No argv.", hint: "Add one." }],
      }),
    );
    await user.click(get("kernelspec-picker"));
    expect(screen.getByText("No argv.")).toBeVisible();
    const options = all("kernelspec-option");
    expect(options.map((option) => option.dataset.name)).toEqual(["python_docker", "python_on_docker", "r_docker"]);
    expect(options[1]).toHaveTextContent("Will be pulled or built");
    expect(options[0]).toHaveFocus();
    await user.keyboard("{ArrowUp}{Enter}");
    expect(said()).toEqual([["pick_kernelspec", "churn", "r_docker"]]);
    expect(all("kernelspec-option")).toHaveLength(0);
    expect(get("kernelspec-picker")).toHaveFocus();
  });

  it("searches many kernelspecs, by typing at once or in the list", async () => {
    const { user, said } = await show(scene(CHURN, { kernelspecs: MANY_KERNELSPECS }));
    const names = () => all("kernelspec-option").map((option) => option.dataset.name);
    await user.click(get("kernelspec-picker"));
    expect(names()).toHaveLength(9);
    await user.keyboard("geo");
    expect(names()).toEqual(["python_3_for_geodata"]);
    await user.keyboard("{Escape}");
    expect(names()).toHaveLength(9);
    await user.keyboard("{ArrowDown}");
    expect(all("kernelspec-option")[0]).toHaveFocus();
    await user.keyboard("julia");
    expect(names()).toEqual(["julia_1_11"]);
    await user.keyboard("xx");
    expect(screen.getByText("No kernelspec matches “juliaxx”")).toBeVisible();
    await user.keyboard("{Backspace}{Backspace}{Enter}");
    expect(said()).toEqual([["pick_kernelspec", "churn", "julia_1_11"]]);
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
    expect(app.selection.selected?.name).toBe("sunflowers");
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
    expect(app.selection.selected?.name).toBe("genome atlas");
    await user.keyboard("{Control>}f{/Control}");
    await user.keyboard("{Escape}");
    expect(app.selection.query).toBe("");
    await user.keyboard("{Control>}4{/Control}");
    expect(app.selection.selected?.name).toBe("quarterly-report");

    await user.keyboard("{Control>}n{/Control}");
    expect(said().at(-1)).toEqual(["add_pipelines"]);
  });

  it("opens the sheet of shortcuts, which keeps its keys from the window", async () => {
    const { app, user, said } = await show(scene(CHURN));
    await user.keyboard("?");
    expect(screen.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
    await user.keyboard("{Enter}");
    expect(said()).toEqual([]);
    app.navigation.closeSheet();
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

  it("offers to stop a running launch first", async () => {
    const { user, said } = await ask(scene(withLaunch(RUNNING)));
    await user.click(get("remove"));
    await expect.poll(said).toEqual([
      ["stop", "churn"],
      ["remove_pipeline", "churn"],
    ]);
  });

  it("is also in the menu of a row, by mouse and by key", async () => {
    const { app, user, said } = await show(scene(CHURN));
    const row = all("pipeline-row")[2]!;
    await user.pointer({ target: row, keys: "[MouseRight]" });
    expect(app.selection.selected?.name).toBe("genome atlas");
    await user.keyboard("{ArrowUp}{Enter}");
    await user.click(get("remove"));
    expect(said()).toEqual([["remove_pipeline", "genome-atlas"]]);
  });

  it("asks before it forgets the saved state", async () => {
    const { user, said } = await show(scene(CHURN));
    await user.click(get("pipeline-menu"));
    await user.click(screen.getByRole("menuitem", { name: /Forget/ }));
    expect(screen.getByText(/checkpoints .* home \(~\) of its kernels/)).toBeVisible();
    expect(said()).toEqual([]);
    await user.click(get("forget"));
    expect(said()).toEqual([["forget_pipeline", "churn"]]);
  });

  it("is not offered for a folder that is not in the list", async () => {
    const { user } = await show(scene({ ...withLaunch(RUNNING), added: false }));
    await user.click(get("pipeline-menu"));
    expect(screen.queryByRole("menuitem", { name: /Remove/ })).toBeNull();
  });
});

it("shows notices and failed commands together, each until it is dismissed", async () => {
  const words = { message: "The gateway of churn was started again.", hint: "Its kernels ended, too." };
  const notice = { id: 7, tone: "good" as const, ...words, address_of: null };
  const { backend, user, said } = await show(scene(CHURN, { notices: [notice] }));
  backend.fail("launch", failure("No address pool is left.", "Stop a launch."));
  await user.click(get("launch"));
  await expect.poll(() => all("notice").map((toast) => toast.dataset.kind)).toEqual(["notice", "error"]);
  expect(all("notice").map((toast) => toast.dataset.tone)).toEqual(["good", "failure"]);
  expect(all("notice")[1]).toHaveTextContent("Stop a launch.");
  for (const button of all("dismiss-notice")) await user.click(button);
  expect(said()).toContainEqual(["dismiss_notice", 7]);
  expect(all("notice").map((toast) => toast.dataset.kind)).toEqual(["notice"]);
});

it("offers the address if the browser did not start", async () => {
  const message = "The browser did not open the page: `firefox` was not found.";
  const notice = { id: 7, tone: "failure" as const, message, hint: "", address_of: "churn" };
  const { user, said } = await show(scene(withLaunch(RUNNING), { notices: [notice] }));
  await user.click(get("notice-address"));
  expect(said()).toEqual([["copy_address", "churn"]]);
  await expect.poll(() => get("announcer").textContent).toBe("Copied");
});

describe("the palette", () => {
  it("launches a pipeline by keys, and remembers both", async () => {
    const { app, user, said } = await show(scene(CHURN));
    await user.keyboard("{Control>}k{/Control}");
    await expect.poll(() => document.activeElement).toBe(get("palette-query"));
    await user.keyboard("weath");
    expect(all("palette-entry").map((entry) => entry.dataset.key)).toEqual(["go:weather"]);
    await user.keyboard("{Enter}");
    expect(app.selection.selected?.name).toBe("weather");
    expect(all("palette")).toHaveLength(0);
    await user.keyboard("{Control>}k{/Control}");
    await expect.poll(() => document.activeElement).toBe(get("palette-query"));
    await user.keyboard("launch{Enter}");
    expect(said()).toEqual([["launch", "weather"]]);
    await user.keyboard("{Control>}k{/Control}");
    expect(
      all("palette-entry")
        .slice(0, 2)
        .map((entry) => entry.dataset.key),
    ).toEqual(["do:act", "go:weather"]);
  });

  it("selects and launches at once, and moves by arrows", async () => {
    const { app, user, said } = await show(scene(CHURN));
    await user.keyboard("{Control>}k{/Control}");
    await expect.poll(() => document.activeElement).toBe(get("palette-query"));
    await user.keyboard("projects{ArrowDown}");
    const chosen = all("palette-entry").find((entry) => entry.getAttribute("aria-selected") === "true");
    expect(get("palette-query")).toHaveAttribute("aria-activedescendant", chosen!.id);
    expect(chosen).toBe(all("palette-entry")[1]);
    await user.keyboard("{ArrowUp}{ArrowUp}");
    expect(all("palette-entry").at(-1)).toHaveAttribute("aria-selected", "true");
    await user.clear(get("palette-query"));
    await user.keyboard("weather{Control>}{Enter}{/Control}");
    expect(app.selection.selected?.name).toBe("weather");
    expect(said()).toEqual([["launch", "weather"]]);
  });

  it("says that nothing matches", async () => {
    const { user } = await show(scene(CHURN));
    await user.keyboard("{Control>}k{/Control}");
    await expect.poll(() => document.activeElement).toBe(get("palette-query"));
    await user.keyboard("xyzzy{Enter}");
    expect(get("palette-none")).toHaveTextContent("Nothing matches “xyzzy”");
  });
});

describe("settings", () => {
  const open = async (snapshot: Snapshot) => {
    const shown = await show(snapshot);
    await shown.user.keyboard("{Control>},{/Control}");
    await expect.poll(() => all("settings")).toHaveLength(1);
    return shown;
  };

  it("opens by key and by gear, and closes by Escape, gear or a pipeline", async () => {
    const { app, user, said } = await open(scene(CHURN));
    // Keys do not launch a pipeline that is not shown.
    await user.keyboard("{Enter}{Control>}.{/Control}{ArrowDown}");
    expect(said()).toEqual([]);
    expect(app.selection.selected?.name).toBe("churn");
    await user.keyboard("{Escape}");
    expect(all("settings")).toHaveLength(0);
    await user.click(get("open-settings"));
    expect(all("settings")).toHaveLength(1);
    await user.click(all("pipeline-row")[1]!);
    expect(all("settings")).toHaveLength(0);
  });

  it("changes each setting", async () => {
    const { user, said } = await open(scene(CHURN));
    await user.click(get("theme-dark"));
    await user.click(get("on-close-stop"));
    await user.click(screen.getByRole("switch", { name: "Open the browser when ready" }));
    await user.click(screen.getByRole("switch", { name: "Icon in the tray" }));
    await user.type(get("launch-timeout"), "120{Enter}");
    await user.type(get("idle-stop"), "90");
    await user.tab();
    await user.type(get("kernel-cpus"), "1,5{Enter}");
    await user.click(get("zoom-in"));
    await user.click(get("ca-choose"));
    await user.click(get("kernels-choose"));
    await user.click(get("reveal-settings"));
    await user.click(get("open-logs"));
    expect(said()).toEqual([
      ["choose", { name: "theme", value: "dark" }],
      ["choose", { name: "on_close", value: "stop" }],
      ["choose", { name: "open_when_ready", value: false }],
      ["choose", { name: "tray", value: true }],
      ["choose", { name: "launch_timeout_s", value: 120 }],
      ["choose", { name: "idle_stop_min", value: 90 }],
      [
        "choose",
        {
          name: "limits",
          value: {
            server: { cpus: null, memory_mb: null, shm_mb: null, processes: null, log_mb: null },
            kernel: { cpus: 1.5, memory_mb: null, shm_mb: null, processes: null, log_mb: null },
          },
        },
      ],
      ["choose", { name: "zoom", value: 1.1 }],
      ["pick_ca_file"],
      ["pick_kernels_dir"],
      ["reveal_settings"],
      ["reveal_logs"],
    ]);
  });

  it("offers no limit that the engine does not keep, and says why", async () => {
    const settings = { ...SETTINGS, limits: { kernel: { memory_mb: 512 } } };
    await open(scene(CHURN, { settings, engine: WITHOUT_LIMITS }));
    expect(get("limits-unkept")).toHaveTextContent("This engine keeps no limit on memory, CPUs and processes");
    expect(["server-cpus", "server-memory", "server-processes", "kernel-cpus"].flatMap(all)).toEqual([]);
    expect(get("kernel-memory")).toHaveValue("512");
    expect([get("server-log"), get("kernel-shm")]).toHaveLength(2);
  });

  it("says that there is no tray, and resets the kernels folder", async () => {
    const settings = { ...SETTINGS, tray: true, tray_missing: true, open_when_ready: false, kernels_dir_chosen: true };
    const { user, said } = await open(scene(CHURN, { settings }));
    expect(screen.getByText(/This desktop shows no tray/)).toBeVisible();
    await user.click(screen.getByRole("switch", { name: "Open the browser when ready" }));
    await user.click(get("kernels-clear"));
    expect(said()).toEqual([["choose", { name: "open_when_ready", value: null }], ["clear_kernels_dir"]]);
  });

  it("says at the field why a value was refused, until it is corrected", async () => {
    const { backend, user } = await open(scene(CHURN));
    backend.fail(
      "choose",
      failure("`launch_timeout_s` cannot be `1`", "it may be a whole number of seconds from 5 to 3600"),
    );
    await user.type(get("launch-timeout"), "1{Enter}");
    expect(get("setting-error")).toHaveTextContent("from 5 to 3600");
    expect(get("launch-timeout")).toHaveAttribute("aria-invalid", "true");
    expect(all("notice")).toHaveLength(0);
    await user.type(get("launch-timeout"), "{Escape}");
    expect(all("setting-error")).toHaveLength(0);
    expect(get("launch-timeout")).toHaveValue("");
    await user.type(get("idle-stop"), "soon{Enter}");
    expect(get("setting-error")).toHaveTextContent("Type a number");
  });

  it("shows the theme of the snapshot", async () => {
    const { backend } = await show(scene(CHURN));
    expect(document.documentElement.dataset.theme).toBe("light");
    backend.push(scene(CHURN, { settings: { ...SETTINGS, theme: "dark" } }));
    flushSync();
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(localStorage.getItem("theme")).toBe("dark");
  });
});

describe("home", () => {
  it("pins and sorts", async () => {
    const { user, said } = await show(scene(CHURN));
    await user.click(get("pipeline-menu"));
    await user.click(screen.getByRole("menuitem", { name: "Pin to the top" }));
    await user.click(get("sort"));
    expect(screen.getByRole("menuitemradio", { name: "Name" })).toHaveAttribute("aria-checked", "true");
    await user.keyboard("{ArrowDown}{Enter}");
    expect(said()).toEqual([
      ["pin_pipeline", "churn", true],
      ["choose", { name: "sort", value: "opened" }],
    ]);
  });

  it("shows where to drop, and then the dropped folder", async () => {
    const { app, backend } = await show(scene(CHURN));
    backend.push(scene(CHURN, { dropping: true }));
    flushSync();
    expect(get("drop-veil")).toHaveTextContent("Drop to add");
    const reveal = { id: "weather", notebook: null, count: 1 };
    backend.push(scene(CHURN, { reveal }));
    flushSync();
    expect(all("drop-veil")).toHaveLength(0);
    expect(app.selection.selected?.name).toBe("weather");
    app.selection.select("churn");
    backend.push(scene(CHURN, { reveal, revision: 3 }));
    expect(app.selection.selected?.name).toBe("churn");
  });

  it("marks a notebook that was opened from outside, and opens it by the filled button", async () => {
    const { app, backend, user, said } = await show(scene(CHURN));
    app.selection.select("weather");
    backend.push(scene(CHURN, { reveal: { id: "churn", notebook: "3-train.ipynb", count: 1 } }));
    flushSync();
    const chosen = () => all("notebook-row").filter((row) => row.getAttribute("aria-current") === "true");
    expect(chosen().map((row) => row.dataset.path)).toEqual(["3-train.ipynb"]);
    expect(chosen()[0]).toHaveFocus();
    await user.click(get("launch"));
    expect(said()).toEqual([["open_notebook", "churn", "3-train.ipynb"]]);
    app.selection.select("weather");
    app.selection.select("churn");
    flushSync();
    expect(chosen()).toHaveLength(0);
    backend.push(scene(CHURN, { reveal: { id: "churn", notebook: "gone.ipynb", count: 2 } }));
    flushSync();
    expect(chosen()).toHaveLength(0);
    await user.click(get("launch"));
    expect(said().at(-1)).toEqual(["launch", "churn"]);
  });

  it("moves the focus with the selected pipeline when the list is sorted again", async () => {
    const { backend, user } = await show(scene(CHURN));
    await user.keyboard("{ArrowDown}");
    await expect.poll(() => document.activeElement?.getAttribute("data-id")).toBe("sunflowers");
    const [first, second, ...others] = scene(CHURN).pipelines;
    backend.push(scene(CHURN, { pipelines: [...others, first!, second!] }));
    flushSync();
    expect(document.activeElement).toHaveAttribute("data-id", "sunflowers");
  });

  it("draws only the visible rows of a thousand, and finds all", async () => {
    const { app, user } = await show(scene(CHURN, { pipelines: many(1000) }));
    expect(all("pipeline-row").length).toBeLessThan(60);
    await user.keyboard("{End}");
    await expect.poll(() => document.activeElement?.getAttribute("data-id")).toBe("study-1000");
    expect(app.selection.selected?.id).toBe("study-1000");
    await user.keyboard("{Home}");
    await expect.poll(() => document.activeElement?.getAttribute("data-id")).toBe("study-0001");
    await user.keyboard("/0777");
    expect(all("pipeline-row").map((row) => row.dataset.id)).toEqual(["study-0777"]);
  });
});

describe("the pipeline file", () => {
  const two = [
    { path: "churn.orchest", modified: 1, problem: null },
    { path: "pipeline.json", modified: 1, problem: null },
  ];
  const reads = (backend: FakeBackend) => backend.calls.filter(([command]) => command === "pipeline_graph");

  it("is read when it is shown, and again only when it or the folder changes", async () => {
    const { backend } = await show(scene(CHURN));
    expect(reads(backend)).toEqual([["pipeline_graph", "churn", "churn.orchest"]]);
    backend.push(scene({ ...CHURN, last_change: 5, pinned: true }));
    flushSync();
    expect(reads(backend)).toHaveLength(1);
    backend.push(scene({ ...CHURN, notebooks: CHURN.notebooks.slice(1) }));
    flushSync();
    expect(reads(backend)).toHaveLength(2);
    backend.push(scene({ ...CHURN, pipeline_files: [{ path: "churn.orchest", modified: 7, problem: null }] }));
    flushSync();
    expect(reads(backend)).toHaveLength(3);
  });

  it("is picked by the person if there are several", async () => {
    const { backend, user } = await show(scene({ ...CHURN, pipeline_files: two }));
    await user.click(get("graph-file"));
    await user.click(screen.getByRole("menuitemradio", { name: "pipeline.json" }));
    expect(reads(backend).at(-1)).toEqual(["pipeline_graph", "churn", "pipeline.json"]);
    expect(get("graph-file")).toHaveTextContent("pipeline.json");
  });

  it("shows in its place why it cannot be read, until it can", async () => {
    const { backend } = await show(scene(CHURN), (backend) =>
      backend.fail("pipeline_graph", failure("it is not valid JSON: line 3", "correct the file")),
    );
    expect(await screen.findByTestId("graph-failure")).toHaveTextContent("line 3");
    expect(all("notice")).toHaveLength(0);
    backend.recover("pipeline_graph");
    backend.push(scene({ ...CHURN, pipeline_files: [{ path: "churn.orchest", modified: 9, problem: null }] }));
    expect(await screen.findByText("This pipeline file has no steps yet.")).toBeVisible();
    expect(all("graph-failure")).toHaveLength(0);
  });

  it("is not read if there is none", async () => {
    const { backend } = await show(scene({ ...CHURN, pipeline_files: [] }));
    expect(reads(backend)).toEqual([]);
    expect(all("graph")).toHaveLength(0);
  });
});

describe("a running launch", () => {
  const watches = (backend: FakeBackend) => backend.calls.filter(([command]) => command === "watch_launch");
  const [first, second] = RUNNING.kernels.map(({ id }) => id);

  async function running(snapshot = scene(withLaunch(RUNNING))) {
    const shown = await show(snapshot, (backend) => (backend.lives = LIVES));
    const memory = LIVES.at(-1)!.uses.at(-1)!.memory;
    await expect.poll(() => all("use").some((use) => use.dataset.memory === String(memory))).toBe(true);
    return shown;
  }

  it("is watched only while it is visible", async () => {
    const { backend, app } = await running();
    expect(watches(backend)).toEqual([["watch_launch", "churn"]]);
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    flushSync();
    expect(watches(backend).at(-1)).toEqual(["watch_launch", null]);
    Object.defineProperty(document, "hidden", { value: false, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    flushSync();
    expect(watches(backend).at(-1)).toEqual(["watch_launch", "churn"]);
    app.navigation.goTo("settings");
    flushSync();
    expect(watches(backend).at(-1)).toEqual(["watch_launch", null]);
  });

  it("shows each kernel's notebook, state and use", async () => {
    await running();
    const [row] = all("kernel-row");
    expect(row).toHaveAttribute("data-state", "busy");
    expect(within(row!).getByTestId("kernel-notebook")).toHaveTextContent("3-train.ipynb");
    expect(within(row!).getByTestId("kernel-state")).toHaveTextContent("Busy");
    expect(within(row!).getByText(/% of a core$/)).toBeInTheDocument();
    expect(within(row!).getByText("609 MB of 16.6 GB memory")).toBeInTheDocument();
    expect(all("part-row")).toHaveLength(2);
  });

  it("has kernels to interrupt if they are busy, to restart and to shut down", async () => {
    const { user, said } = await running();
    const [interrupt, idle] = all("kernel-interrupt");
    expect(idle).toBeDisabled();
    await user.click(interrupt!);
    await user.click(all("kernel-restart")[1]!);
    await user.click(all("kernel-shut-down")[0]!);
    expect(screen.getByRole("dialog", { name: "Shut down the kernel of “3-train.ipynb”?" })).toBeVisible();
    await user.click(get("kernel-sure"));
    await user.click(all("kernel-notebook")[0]!);
    expect(said()).toEqual([
      ["interrupt_kernel", "churn", first],
      ["restart_kernel", "churn", second],
      ["shut_down_kernel", "churn", first],
      ["open_notebook", "churn", "3-train.ipynb"],
    ]);
  });

  it("is not stopped while a kernel is running code, until the person confirms", async () => {
    const { backend, user } = await running();
    await user.click(get("stop"));
    await user.click(screen.getByRole("button", { name: "Keep running" }));
    await user.click(get("stop"));
    await user.click(get("stop-busy"));
    expect(backend.calls.filter(([name]) => name === "stop")).toEqual([["stop", "churn"]]);
  });

  it("is stopped without a question if its kernel ended its code a moment ago", async () => {
    const { backend, user, said } = await running();
    backend.answers.live_kernels = LIVES[0]!.kernels.map((kernel) => ({ ...kernel, state: "idle" }));
    await user.click(all("kernel-restart")[0]!);
    await user.click(get("stop"));
    expect(said()).toEqual([
      ["restart_kernel", "churn", first],
      ["stop", "churn"],
    ]);
  });

  it("is not stopped while a kernel began its code a moment ago, and nobody looked", async () => {
    const { backend, user, said } = await show(scene(withLaunch(RUNNING)));
    backend.answers.live_kernels = LIVES[0]!.kernels;
    await user.click(get("stop"));
    expect(get("stop-busy")).toBeVisible();
    expect(said()).toEqual([]);
  });

  it("shows which notebooks have a kernel, and its address", async () => {
    const { backend, user } = await running();
    const row = all("notebook-row").find((each) => each.dataset.path === "3-train.ipynb")!;
    expect(within(row).getByRole("img", { name: "Kernel: Busy" })).toBeVisible();
    expect(get("address")).toHaveTextContent("127.0.0.1:49173/…/lab");
    await user.click(get("address"));
    expect(backend.calls.at(-1)).toEqual(["copy_address", "churn"]);
  });

  it("shows no figures of an engine that has none of its own, and says why", async () => {
    const { backend } = await running();
    backend.push(scene(withLaunch(RUNNING), { engine: WITHOUT_LIMITS }));
    await expect.poll(() => all("use").every((use) => use.dataset.memory === undefined)).toBe(true);
    expect(all("use")[0]).toHaveTextContent("–");
    expect(all("use")[0]).toHaveTextContent("This engine does not tell it. This engine keeps no limit on memory");
  });

  it("shows its kernels before their figures come", async () => {
    await show(scene(withLaunch(RUNNING)));
    expect(all("kernel-row")).toHaveLength(2);
    expect(all("kernel-row")[0]).toHaveTextContent("Python 3");
    expect(all("use")[0]).toHaveTextContent("–");
  });

  it("has restart and copy address in its menu", async () => {
    const { backend, user } = await running();
    await user.click(get("pipeline-menu"));
    await user.click(screen.getByRole("menuitem", { name: "Restart" }));
    expect(screen.getByRole("dialog", { name: "Restart “churn” while a kernel is running code?" })).toBeVisible();
    await user.click(get("stop-busy"));
    await user.click(get("pipeline-menu"));
    await user.click(screen.getByRole("menuitem", { name: "Copy address" }));
    expect(backend.calls.slice(-2)).toEqual([
      ["restart_launch", "churn"],
      ["copy_address", "churn"],
    ]);
  });
});

describe("the logs", () => {
  const follows = (backend: FakeBackend) => backend.calls.filter(([command]) => command === "follow_logs");

  async function logged(snapshot = scene(withLaunch(RUNNING)), lines = logs(24)) {
    const shown = await show(snapshot, (backend) => (backend.lines = lines));
    await shown.user.click(get("tab-logs"));
    await expect.poll(() => get("logs").dataset.lines).toBe(String(lines.length));
    return shown;
  }

  it("are followed only while their tab is shown", async () => {
    const { backend, user } = await logged();
    expect(follows(backend)).toEqual([["follow_logs", true, "churn"]]);
    expect(get("logs")).toHaveAttribute("data-lines", "24");
    backend.tellLines(logs(6));
    flushSync();
    expect(get("logs")).toHaveAttribute("data-lines", "30");
    await user.click(get("tab-overview"));
    expect(follows(backend).at(-1)).toEqual(["follow_logs", false, null]);
  });

  it("can be those of one source", async () => {
    const { user } = await logged();
    await user.click(get("log-source"));
    await user.click(screen.getByRole("menuitemradio", { name: "Kernel 2f1d7c0a" }));
    expect(get("logs")).toHaveAttribute("data-lines", "9");
  });

  it("are searched by Ctrl+F, from the newest back", async () => {
    const { user } = await logged();
    await user.keyboard("{Control>}f{/Control}");
    expect(get("log-search")).toHaveFocus();
    await user.keyboard("sample 4711");
    expect(get("log-count")).toHaveTextContent("3 lines");
    await user.keyboard("{Enter}");
    expect(get("log-count")).toHaveTextContent("3 of 3");
    await user.keyboard("{Shift>}{Enter}{/Shift}");
    expect(get("log-count")).toHaveTextContent("2 of 3");
    await user.keyboard("{Escape}");
    expect(get("log-search")).toHaveValue("");
  });

  it("are saved as they are shown", async () => {
    const { backend, user } = await logged(scene(withLaunch(RUNNING)), logs(2));
    await user.click(get("log-save"));
    const [command, name, text] = backend.calls.at(-1)!;
    expect([command, name]).toEqual(["save_log", "churn all"]);
    expect(text).toMatch(/^2026-\S+Z gateway {9}\[I .*\n2026-\S+Z server {10}\[I /);
  });

  it("are the program's own if nothing runs", async () => {
    await logged(scene(CHURN), [{ source: "app", level: "info", text: "started", at: null, ended: false }]);
    expect(get("log-source")).toHaveTextContent("Orchest Desktop");
    expect(get("log-lines")).toHaveTextContent("started");
  });

  it("are reached by arrows between the tabs", async () => {
    const { user } = await logged();
    get("tab-logs").focus();
    await user.keyboard("{ArrowLeft}");
    expect(get("tab-environment")).toHaveAttribute("aria-selected", "true");
    expect(all("logs")).toHaveLength(0);
    await user.keyboard("{ArrowLeft}");
    expect(get("tab-overview")).toHaveAttribute("aria-selected", "true");
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(get("logs")).toBeInTheDocument();
  });
});

it("asks before it stops another person's launch", async () => {
  const theirs = withLaunch({ ...RUNNING, foreign: true, owner: "grace@engine" });
  const { user, said } = await show(scene(theirs));
  expect(get("pipeline-state")).toHaveTextContent("Started by grace@engine");
  await user.click(get("stop"));
  expect(said()).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Keep running" }));
  await user.click(get("stop"));
  await user.click(get("stop-theirs"));
  expect(said()).toEqual([["stop", "churn"]]);
});
