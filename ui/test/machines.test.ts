import { cleanup, screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { FakeBackend } from "../src/api/fake";
import type { Command, EngineState, FoldersThere, MachineView, PipelineView } from "../src/api/types";
import { actionsOf, canLocate, menuOf } from "../src/logic/actions";
import { announcements } from "../src/logic/announce";
import { kernelspecOf } from "../src/logic/lookup";
import { above, engineOf, launchesOn, within as inside, worst } from "../src/logic/machines";
import { imagesLacking, markOf, primaryOf } from "../src/logic/phase";
import { report } from "../src/logic/report";
import { search } from "../src/logic/search";
import { BY_HAND, environment } from "../src/stories/environments";
import {
  LOOKING,
  MANY_FOLDERS,
  NO_ENGINE,
  NO_FOLDER,
  PASSED,
  RACK,
  RACK_AWAY,
  RUNS_THERE,
  STARS,
  STARS_RUNNING,
  TAKEN,
  folders,
  machine,
  withMachines,
} from "../src/stories/machines";
import { TEAM } from "../src/stories/places";
import {
  CHURN,
  IMAGES,
  KERNELSPECS,
  LIVES,
  READY,
  RUNNING,
  UNREACHABLE,
  failure,
  scene,
  unavailable,
  withLaunch,
} from "../src/stories/scenes";
import { all, get, show } from "./show";

const NO_ENGINE_HERE: EngineState = unavailable(UNREACHABLE);
const row = (id: string) => all("pipeline-row").find((each) => each.dataset.id === id)!;
const installs = (backend: FakeBackend) => {
  backend.answers = { environment_packages: { installed: [], by_hand: BY_HAND } };
};

describe("the engine of a folder", () => {
  const snapshot = withMachines(STARS, [RACK_AWAY]);

  it("is the one of its machine", () => {
    expect(engineOf(snapshot, STARS)).toBe(RACK_AWAY.engine);
    expect(engineOf(snapshot, CHURN)).toBe(snapshot.engine);
    expect(engineOf(withMachines(STARS, []), STARS).state, "the machine was removed").toBe("looking");
  });

  it("lets a launch wait for it alone, with its name in the reason", () => {
    const blocked = (first: PipelineView, machines: MachineView[], engine: EngineState = READY) =>
      primaryOf(first, engineOf(withMachines(first, machines, { engine }), first)).blocked;
    expect(blocked(STARS, [RACK], NO_ENGINE_HERE)).toBeNull();
    expect(blocked(CHURN, [RACK_AWAY])).toBeNull();
    expect(blocked(STARS, [RACK_AWAY])).toBe("A launch needs the engine of rack");
    expect(blocked(STARS, [machine("rack", { state: "looking" })])).toBe("Looking for the engine of rack");
    expect(blocked(STARS_RUNNING, [RACK_AWAY])).toBe("Opening a launch needs the engine of rack");
    expect(blocked(CHURN, [RACK], NO_ENGINE_HERE)).toBe("A launch needs the engine");
  });

  it("says whether a launch was only seen running", () => {
    const mark = (first: PipelineView, machines: MachineView[], engine: EngineState = READY) =>
      markOf(first, engineOf(withMachines(first, machines, { engine }), first));
    expect(mark(STARS_RUNNING, [RACK_AWAY])).toBe("stale");
    expect(mark(STARS_RUNNING, [RACK], NO_ENGINE_HERE)).toBe("running");
    expect(mark(withLaunch(RUNNING), [RACK_AWAY])).toBe("running");
  });

  it("has images and limits of its own, of which nothing is said", () => {
    const lacking = IMAGES.map((image) => ({ ...image, present: false }));
    expect(imagesLacking(STARS, withMachines(STARS, [RACK], { images: lacking }))).toEqual([]);
    const kernelspecs = KERNELSPECS.map((each) => ({ ...each, lacks_gpus: true, unkept: "no limits here" }));
    const first = kernelspecOf(withMachines(STARS, [RACK], { kernelspecs }), STARS, "python_docker")!;
    expect([first.lacks_gpus, first.unkept]).toEqual([false, null]);
    expect(kernelspecOf(withMachines(CHURN, [RACK], { kernelspecs }), CHURN, "python_docker")!.lacks_gpus).toBe(true);
  });

  it("is in the details of a failure, and is announced", () => {
    expect(report(failure("away"), READY, STARS)).toContain("\nmachine: rack\n");
    expect(report(failure("away"), READY, CHURN)).not.toContain("machine:");
    const [well, ill] = [withMachines(CHURN), withMachines(CHURN, [RACK_AWAY])];
    expect(announcements(well, ill).join()).toContain("rack: the engine at ssh://ada@rack does not answer");
    expect(announcements(ill, well)).toEqual(["The engine of rack is ready."]);
    expect(announcements(scene(CHURN), ill), "a machine that is new").toEqual([]);
  });
});

describe("what is said of machines", () => {
  it("is the state of the one that is worst off", () => {
    expect(worst([RACK, LOOKING, RACK_AWAY])).toBe("unavailable");
    expect(worst([RACK, LOOKING])).toBe("looking");
    expect(worst([RACK])).toBe("ready");
    expect(worst([])).toBeNull();
  });

  it("names the person's own launches there", () => {
    expect(launchesOn(withMachines(STARS_RUNNING), "rack")).toEqual(["stars"]);
    expect(launchesOn(withMachines(STARS), "rack")).toEqual([]);
    const theirs = { ...STARS, launch: { ...STARS_RUNNING.launch!, owner: "grace@rack" } };
    expect(launchesOn(withMachines(theirs), "rack")).toEqual([]);
    expect(launchesOn(withMachines(withLaunch(RUNNING)), "rack")).toEqual([]);
  });
});

it("goes from folder to folder by whole paths", () => {
  expect(inside("/", "home")).toBe("/home");
  expect(inside("/home/", "ada")).toBe("/home/ada");
  expect(above("/home/ada/")).toEqual({ path: "/home", name: "ada" });
  expect(above("/home")).toEqual({ path: "/", name: "home" });
  expect(above("/")).toBeNull();
  expect(above("home")).toBeNull();
});

describe("a folder on another machine", () => {
  it("has the name of the machine in the list and in the header", async () => {
    await show(withMachines(STARS));
    expect(row("rack:stars")).toHaveAccessibleName(/stars.*on rack/);
    expect(row("sunflowers")).not.toHaveAccessibleName(/rack/);
    const header = within(screen.getByRole("banner"));
    expect(header.getByTestId("machine-mark")).toHaveTextContent("rack");
    expect(header.getByText(/Copy path/).parentElement).toHaveTextContent(/\/home\/ada/);
    expect(header.queryByRole("button", { name: "Show in file manager" })).toBeNull();
  });

  it("is found by the name of the machine", () => {
    const found = search(withMachines(STARS).pipelines, "rack");
    expect(found.map(({ machine }) => machine)).toEqual(["rack", "rack"]);
  });

  it("is launched, opened and stopped as any, while this machine has no engine", async () => {
    const snapshot = withMachines(STARS, [RACK], { engine: NO_ENGINE_HERE });
    const { backend, user, said } = await show(snapshot, (fake) => (fake.lives = LIVES));
    expect(screen.queryByTestId("failure-message")).toBeNull();
    await user.click(get("launch"));
    backend.push({ ...snapshot, pipelines: [STARS_RUNNING, ...snapshot.pipelines.slice(1)] });
    await expect.poll(() => get("launch").dataset.action).toBe("open");
    await user.click(get("launch"));
    expect(screen.getAllByTestId("kernel-restart")[0]).toBeEnabled();
    expect(get("stop")).toBeEnabled();
    expect(said()).toEqual([
      ["launch", "rack:stars"],
      ["open_pipeline", "rack:stars"],
    ]);
  });

  it("has nothing that only this machine's folders have", async () => {
    const snapshot = withMachines(STARS, [RACK], { places: [TEAM] });
    const ids = menuOf(STARS).map(({ id }) => id);
    expect(ids).not.toContain("reveal");
    expect(ids).toContain("copy-path");
    expect(menuOf(CHURN).map(({ id }) => id)).toContain("reveal");
    expect(canLocate({ ...STARS, missing: true })).toBe(false);
    expect(canLocate({ ...CHURN, missing: true })).toBe(true);
    expect(actionsOf(STARS, snapshot).filter(({ id }) => id.startsWith("place-"))).toEqual([]);
    await show(snapshot);
    expect(all("place-picker")).toEqual([]);
  });

  it("has packages that are not changed from here, with the reason", async () => {
    const made = { ...STARS, environment: environment("ready"), kernelspec: "this_folder" };
    const { backend, user } = await show(withMachines(made), installs);
    await user.click(get("tab-environment"));
    await expect.poll(() => all("by-hand-remove").length).toBeGreaterThan(0);
    expect(all("by-hand-add")).toEqual([]);
    expect(screen.getByText(/Files of folders on rack are not changed from here/)).toBeVisible();
    backend.push(withMachines(STARS));
    await expect.poll(() => all("environment-none")).toHaveLength(1);
    expect(all("environment-start")).toEqual([]);
    expect(get("environment-none")).toHaveTextContent("Files of folders on rack are not changed from here");
    backend.push(withMachines(CHURN));
    await expect.poll(() => all("environment-start")).toHaveLength(1);
  });

  it("waits for its engine, and says why", async () => {
    const { user, said } = await show(withMachines(STARS, [RACK_AWAY]));
    expect(get("launch")).toBeDisabled();
    expect(get("launch")).toHaveAttribute("title", "A launch needs the engine of rack");
    expect(get("pipeline-state")).toHaveTextContent("A launch needs the engine of rack");
    expect(row("rack:stars")).toHaveAccessibleName(/on rack, whose engine is unavailable/);
    expect(row("sunflowers")).not.toHaveAccessibleName(/unavailable/);
    const callout = get("machine-callout");
    expect(callout).toHaveTextContent("The engine at ssh://ada@rack does not answer");
    expect(callout).toHaveTextContent("may be out of date until the engine answers");
    await user.click(within(callout).getByTestId("machine-look"));
    expect(said()).toEqual([["look_again_at", "rack"]]);
    await user.click(row("sunflowers"));
    expect(get("launch")).toBeEnabled();
    expect(all("machine-callout")).toEqual([]);
  });

  it("has kernels that cannot be acted on while its engine is away", async () => {
    await show(withMachines(STARS_RUNNING, [RACK_AWAY]), (backend) => (backend.lives = LIVES));
    expect(get("pipeline-state")).toHaveTextContent("Last seen running");
    expect(get("stop")).toBeDisabled();
    for (const button of screen.getAllByTestId("kernel-restart")) expect(button).toBeDisabled();
  });
});

/** The dialog that adds a folder on `rack`. */
async function dialog(prepare: (backend: FakeBackend) => void = () => {}) {
  const shown = await show(withMachines(CHURN), (backend) => {
    backend.answers = { list_folders: folders, add_folder_there: "rack:notes" };
    prepare(backend);
  });
  await shown.user.click(get("add-folder"));
  await shown.user.click(all("menu-item").find(({ dataset }) => dataset.id === "add-on-rack")!);
  return { ...shown, names: () => all("folder-there").map(({ dataset }) => dataset.name) };
}
const current = () => document.getElementById(get("folders").getAttribute("aria-activedescendant") ?? "");

describe("a new folder", () => {
  it("is asked for at once by a person without other machines", async () => {
    const { user, said } = await show(scene(CHURN));
    await user.click(get("add-folder"));
    expect(said()).toEqual([["add_pipelines"]]);
    expect(all("menu-item")).toEqual([]);
  });

  it("is on this machine or on another one, in the list and in an empty window", async () => {
    for (const pipelines of [undefined, []]) {
      const { user, said } = await show(withMachines(CHURN, [RACK, LOOKING], pipelines && { pipelines }));
      await user.click(all("add-folder").at(-1)!);
      expect(all("menu-item").map(({ textContent }) => textContent?.trim())).toEqual([
        "Add a folder on this machine…",
        "Add a folder on rack…",
        "Add a folder on gpu box…",
      ]);
      await user.keyboard("{Enter}");
      expect(said()).toEqual([["add_pipelines"]]);
      cleanup();
    }
  });

  it("is reached from the palette", async () => {
    const { user, said } = await show(withMachines(CHURN));
    await user.keyboard("{Control>}k{/Control}folder on rack{Enter}");
    expect(get("folders")).toHaveFocus();
    expect(said()).toEqual([["list_folders", "rack", "/home"]]);
  });

  it("is found by the keyboard alone, added and selected", async () => {
    const { backend, user, said, names } = await dialog();
    await expect.poll(names).toEqual(["ada", "grace"]);
    expect(get("folders")).toHaveFocus();
    expect(get("folder-path")).toHaveValue("/home");
    await user.keyboard("{Enter}");
    await expect.poll(names).toEqual(["data", "notes", "projects", "stars"]);
    expect(get("folders")).toHaveFocus();
    expect(get("folder-path")).toHaveValue("/home/ada");
    const [data, notes] = all("folder-there");
    expect(notes).toHaveTextContent("Notebooks");
    expect(data).not.toHaveTextContent("Notebooks");
    await user.keyboard("{End}{ArrowDown}{ArrowUp}{ArrowUp}{Home}{ArrowUp}{ArrowDown}");
    expect(current()).toHaveTextContent("notes");
    await user.keyboard("{Enter}");
    expect(await screen.findByText("There are no folders in this folder.")).toBeVisible();
    await user.keyboard("{Backspace}");
    await expect.poll(names).toHaveLength(4);
    expect(current(), "the folder that the person came from").toHaveTextContent("notes");
    await user.keyboard("{Enter}");
    await expect.poll(names).toEqual([]);
    await user.tab();
    await user.tab();
    expect(get("folder-add")).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(said().at(-1)).toEqual(["add_folder_there", "rack", "/home/ada/notes"]);
    await expect.poll(() => all("folders")).toEqual([]);
    const known = withMachines(CHURN);
    backend.push({ ...known, pipelines: [...known.pipelines, { ...STARS, id: "rack:notes", name: "notes" }] });
    await expect.poll(() => row("rack:notes")?.getAttribute("aria-current")).toBe("true");
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("notes");
    expect(get("announcer")).toHaveTextContent("Added /home/ada/notes");
  });

  it("is found by the pointer, and by a path that is typed", async () => {
    const { user, said, names } = await dialog();
    await user.click(await screen.findByText("ada"));
    await expect.poll(names).toHaveLength(4);
    await user.click(get("folder-up"));
    await expect.poll(names).toEqual(["ada", "grace"]);
    await user.click(get("folder-up"));
    await expect.poll(names).toEqual(["bin", "etc", "home", "srv"]);
    expect(get("folder-up")).toBeDisabled();
    await user.clear(get("folder-path"));
    expect(get("folder-add")).toBeDisabled();
    await user.type(get("folder-path"), " /home/ada {Enter}");
    await expect.poll(names).toHaveLength(4);
    expect(get("folders")).toHaveFocus();
    expect(said().at(-1)).toEqual(["list_folders", "rack", "/home/ada"]);
    await user.type(get("folder-path"), "/stars");
    await user.click(get("folder-add"));
    expect(said().at(-1), "what is typed counts").toEqual(["add_folder_there", "rack", "/home/ada/stars"]);
  });

  it("is waited for with words", async () => {
    const { backend, user, names } = await dialog((fake) => fake.hang("list_folders"));
    expect(screen.getByText(/Looking at/)).toHaveTextContent("Looking at /home on rack");
    expect(get("folder-add")).toBeDisabled();
    expect(names()).toEqual([]);
    await user.keyboard("{Backspace}");
    expect(screen.getByText(/Looking at/)).toHaveTextContent("Looking at / on rack");
    expect(backend.calls.filter(([command]) => command === "list_folders")).toHaveLength(2);
    await user.keyboard("{Escape}");
    expect(all("folders")).toEqual([]);
    expect(get("add-folder")).toHaveFocus();
  });

  it("is not replaced by an answer that comes late", async () => {
    let answer: (found: FoldersThere) => void = () => {};
    const late = new Promise<FoldersThere>((resolve) => (answer = resolve));
    const { user, names } = await dialog((fake) => {
      const slow = (asked: Command) => ("path" in asked && asked.path === "/home" ? late : folders(asked));
      fake.answers = { list_folders: slow as typeof folders };
    });
    await user.keyboard("{Backspace}");
    await expect.poll(names).toEqual(["bin", "etc", "home", "srv"]);
    answer({ path: "/home", folders: [{ name: "ada", has_notebooks: false }], truncated: false });
    await late;
    await new Promise((done) => setTimeout(done));
    expect(names()).toEqual(["bin", "etc", "home", "srv"]);
    expect(get("folder-path")).toHaveValue("/");
  });

  it("is looked for again after a failure", async () => {
    const { backend, user, names } = await dialog((fake) => fake.fail("list_folders", NO_FOLDER));
    expect(await screen.findByTestId("failure-message")).toHaveTextContent("There is no folder /home on rack.");
    expect(screen.getByText(/Give the path of a folder that is there/)).toBeVisible();
    backend.recover("list_folders");
    await user.click(get("folders-again"));
    await expect.poll(names).toEqual(["ada", "grace"]);
    expect(get("folders")).toHaveFocus();
  });

  it("that is refused stays in the dialog, with the reason", async () => {
    const refusal = failure("`/home` cannot be launched", "pick a folder in it");
    const { backend, user } = await dialog((fake) => fake.fail("add_folder_there", refusal));
    await expect.poll(() => get("folder-add")).toBeEnabled();
    await user.click(get("folder-add"));
    expect(await screen.findByRole("alert")).toHaveTextContent("/home cannot be launched. Pick a folder in it.");
    expect(get("folder-add")).toHaveFocus();
    backend.recover("add_folder_there");
    await user.keyboard("{Enter}");
    await expect.poll(() => all("folders")).toEqual([]);
  });

  it("says when a folder has more than the list shows", async () => {
    await dialog((fake) => (fake.answers = { list_folders: MANY_FOLDERS }));
    expect(await screen.findByTestId("folders-truncated")).toBeVisible();
    expect(get("folder-path"), "the path as it is there").toHaveValue("/srv/data");
  });
});

async function settings(
  machines: MachineView[],
  prepare: (backend: FakeBackend) => void = () => {},
  first: PipelineView = CHURN,
) {
  const shown = await show(withMachines(first, machines), prepare);
  await shown.user.click(get("open-settings"));
  return shown;
}

describe("the machines in Settings", () => {
  it("have what is known of each", async () => {
    const { user, said } = await settings([LOOKING, RACK_AWAY, machine("farm")]);
    const [box, rack, farm] = all("machine-row");
    expect(farm).toHaveTextContent("ssh://ada@farm");
    expect(farm).toHaveTextContent("Podman Engine 5.4.2");
    expect(within(farm!).queryByTestId("machine-look")).toBeNull();
    expect(box).toHaveTextContent("Looking for an engine");
    expect(within(rack!).getByTestId("failure-message")).toHaveTextContent("does not answer: Connection timed out.");
    expect(rack).toHaveTextContent("See whether ssh ada@rack works in a terminal");
    expect(rack).toHaveTextContent("may be out of date");
    await user.click(within(rack!).getByTestId("machine-look"));
    expect(said()).toEqual([["look_again_at", "rack"]]);
  });

  it("are removed after a question, and the keyboard goes on at the list", async () => {
    const { backend, user, said } = await settings([RACK]);
    await user.click(get("machine-remove"));
    await user.keyboard("{Escape}");
    expect(said()).toEqual([]);
    expect(get("machine-remove")).toHaveFocus();
    await user.click(get("machine-remove"));
    await user.click(get("machine-remove-confirm"));
    expect(said()).toEqual([["remove_machine", "rack"]]);
    expect(get("announcer")).toHaveTextContent("Removed rack");
    backend.push(scene(CHURN));
    await expect.poll(() => all("machine-row")).toEqual([]);
    await expect.poll(() => get("machine-add")).toHaveFocus();
  });

  it("stay while launches run there, and if the program refuses, with the reason", async () => {
    const refuses = (backend: FakeBackend) => backend.fail("remove_machine", RUNS_THERE);
    const { backend, user } = await settings([RACK], refuses, STARS_RUNNING);
    expect(get("machine-remove")).toBeDisabled();
    expect(get("machine-remove")).toHaveAttribute("title", expect.stringContaining("stars"));
    expect(get("machine-row")).toHaveTextContent("Runs there: stars");
    backend.push(withMachines(STARS));
    await expect.poll(() => get("machine-remove")).toBeEnabled();
    await user.click(get("machine-remove"));
    await user.click(get("machine-remove-confirm"));
    expect(await screen.findByText(/launches run on rack/i)).toBeVisible();
    expect(all("machine-row")).toHaveLength(1);
  });

  it("are added by the keyboard alone, and the focus comes back", async () => {
    const { user, said } = await settings([]);
    get("machine-add").focus();
    await user.keyboard("{Enter}");
    expect(get("machine-name")).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(said(), "a name and an address are needed").toEqual([]);
    await user.keyboard(" rack {Tab} ssh://ada@rack {Enter}");
    expect(said()).toEqual([["add_machine", "rack", "ssh://ada@rack"]]);
    await expect.poll(() => all("machine-form")).toEqual([]);
    expect(get("machine-add")).toHaveFocus();
    expect(get("announcer")).toHaveTextContent("Added rack");
  });

  it("keep what was typed if one is refused or not confirmed, and Enter tries again", async () => {
    const { backend, user, said } = await settings([RACK], (fake) => fake.fail("add_machine", TAKEN));
    await user.click(get("machine-add"));
    await user.keyboard("rack{Tab}ssh://ada@rack{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("There is a place rack already.");
    expect(get("machine-address")).toHaveFocus();
    backend.fail("add_machine", failure("`rack` was not confirmed", "add it again and confirm the address"));
    await user.keyboard("{Enter}");
    await expect.poll(() => screen.getByRole("alert").textContent).toContain("was not confirmed");
    expect(get("machine-name")).toHaveValue("rack");
    backend.recover("add_machine");
    await user.keyboard("{Enter}");
    await expect.poll(() => all("machine-form")).toEqual([]);
    expect(said()).toHaveLength(3);
  });

  it("are added once, while the system asks for a confirmation", async () => {
    const { user, said } = await settings([], (backend) => backend.hang("add_machine"));
    await user.click(get("machine-add"));
    await user.keyboard("rack{Tab}ssh://ada@rack{Enter}{Enter}");
    expect(said()).toHaveLength(1);
    expect(screen.getByText("Your system asks you to confirm the address")).toBeVisible();
    expect(get("machine-save")).toBeDisabled();
  });

  it("are tested step by step, and again", async () => {
    const { backend, user, said } = await settings([RACK], (fake) => (fake.answers = { test_machine: PASSED }));
    await user.click(get("machine-test"));
    await expect.poll(() => get("place-checks").dataset.state).toBe("passed");
    expect(all("place-check")).toHaveLength(PASSED.length);
    backend.answers = { test_machine: NO_ENGINE };
    await user.click(get("place-test-again"));
    await expect.poll(() => get("place-checks").dataset.state).toBe("failed");
    expect(get("place-checks")).toHaveTextContent("See whether ssh ada@rack works in a terminal");
    expect(said()).toEqual(Array(2).fill(["test_machine", "rack"]));
  });
});

describe("other ways to the machines", () => {
  it("begin at the foot of the list and in the engine's panel", async () => {
    const { user } = await show(
      withMachines(
        CHURN,
        [RACK, LOOKING, RACK_AWAY].map((each, i) => ({ ...each, name: `m${i}` })),
      ),
    );
    expect(get("machines-state")).toHaveTextContent("3 machines");
    expect(get("machines-state")).toHaveTextContent("1 unavailable");
    for (const panel of ["machines-state", "engine-state"]) {
      await user.click(get(panel));
      expect(all("machine-brief").map(({ dataset }) => dataset.state)).toEqual(["ready", "looking", "unavailable"]);
      expect(all("machine-brief").at(-1)).toHaveTextContent("does not answer");
      await user.click(get("machines-edit"));
      expect(get("settings")).toBeVisible();
      expect(all("machine-brief"), "the panel is closed").toEqual([]);
    }
  });

  it("are not there for a person without other machines", async () => {
    const { user } = await show(scene(CHURN));
    expect(all("machines-state")).toEqual([]);
    await user.click(get("engine-state"));
    expect(screen.queryByRole("region", { name: "Other machines" })).toBeNull();
  });

  it("lead from the palette to the form", async () => {
    const { user } = await show(scene(CHURN));
    await user.keyboard("{Control>}k{/Control}add a machine{Enter}");
    expect(get("machine-name")).toHaveFocus();
    expect(get("settings")).toBeVisible();
  });
});
