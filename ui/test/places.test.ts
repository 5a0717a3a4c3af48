import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { FakeBackend } from "../src/api/fake";
import type { PipelineView, PlaceView } from "../src/api/types";
import { actionsOf } from "../src/logic/actions";
import { shown } from "../src/logic/live";
import { kernelspecOf } from "../src/logic/lookup";
import { imagesLacking, primaryOf } from "../src/logic/phase";
import { newPlace } from "../src/logic/places";
import { report } from "../src/logic/report";
import {
  AWAY,
  LIVES_AT_TEAM,
  NO_KERNEL,
  OFFERS,
  PASSED,
  RUNNING_AT_TEAM,
  TAKEN,
  TEAM,
  at,
  known,
  place,
} from "../src/stories/places";
import { CHURN, IMAGES, READY, RUNNING, failure, pipeline, scene, withLaunch } from "../src/stories/scenes";
import { all, get, show } from "./show";

const picker = (name: string) => get(`${name}-picker`);
const options = (of: string) => all(`${of}-option`).map((option) => option.dataset.name);
const option = (of: string, name: string) => all(`${of}-option`).find((each) => each.dataset.name === name)!;

describe("the place of a folder", () => {
  it("is not offered to a person without places", async () => {
    await show(scene(CHURN));
    expect(all("place-picker")).toEqual([]);
    expect(actionsOf(CHURN, scene(CHURN)).filter(({ id }) => id.startsWith("place-"))).toEqual([]);
  });

  it("is picked from a list, also by the keyboard", async () => {
    const { backend, user, said } = await show(known(CHURN, [TEAM, place("lab", AWAY)]));
    expect(picker("place")).toHaveAccessibleName("Place: This machine");
    picker("place").focus();
    await user.keyboard("{ArrowDown}");
    expect(options("place")).toEqual(["", "team", "lab"]);
    expect(option("place", "")).toHaveFocus();
    expect(option("place", "team")).toHaveTextContent("4 kernelspecs");
    expect(option("place", "lab")).toHaveTextContent("Unavailable");
    await user.keyboard("{ArrowDown}{Enter}");
    expect(said()).toEqual([["pick_place", "churn", "team"]]);
    expect(picker("place")).toHaveFocus();

    backend.push(known(at()));
    await expect.poll(() => picker("place")).toHaveAccessibleName("Place: team");
    await user.click(picker("place"));
    await user.click(option("place", "team"));
    expect(said(), "it is picked already").toHaveLength(1);
    await user.click(picker("place"));
    await user.click(option("place", ""));
    expect(said().at(-1)).toEqual(["pick_place", "churn", null]);
  });

  it("stays while the folder is launched, with the reason", async () => {
    const { backend, user } = await show(known(at(null)));
    await user.click(picker("place"));
    backend.push(known(at(null, { launch: RUNNING_AT_TEAM })));
    await expect.poll(() => all("place-option")).toEqual([]);
    expect(picker("place")).toBeDisabled();
    expect(picker("place")).toHaveAttribute("title", expect.stringContaining("Stop it to pick another place"));
  });

  it("is in the palette for the selected folder", async () => {
    const ids = (first: PipelineView) =>
      actionsOf(first, known(first, [TEAM, place("lab 2", AWAY)]))
        .map(({ id }) => id)
        .filter((id) => id.startsWith("place-"));
    expect(ids(CHURN)).toEqual(["place-team", "place-lab 2"]);
    expect(ids(at())).toEqual(["place-", "place-lab 2"]);
    expect(ids(withLaunch(RUNNING))).toEqual([]);
    expect(ids(pipeline("found", { added: false }))).toEqual([]);

    const { user, said } = await show(known(CHURN, [place("lab 2", AWAY)]));
    await user.keyboard("{Control>}k{/Control}lab 2");
    const chosen = get("palette-query").getAttribute("aria-activedescendant")!;
    expect(document.getElementById(chosen)).toHaveTextContent("Place: lab 2");
    expect(chosen, "spaces separate ids").not.toMatch(/\s/);
    await user.keyboard("{Enter}");
    expect(said()).toEqual([["pick_place", "churn", "lab 2"]]);
  });

  it("says whether its kernels see the folder, and leads to the shared folders", async () => {
    const { backend, user } = await show(known(at("/srv/churn")));
    expect(get("place-line")).toHaveTextContent("Kernels at team see this folder as /srv/churn.");
    backend.push(known(at()));
    await expect.poll(() => get("place-line").textContent).toContain("do not see this folder");
    await user.click(get("place-share"));
    expect(get("settings")).toBeVisible();
    backend.push(known(CHURN));
    await user.click(get("settings-close"));
    expect(all("place-line")).toEqual([]);
  });

  it("has none of the folder's packages and variables", async () => {
    const answers = { environment_packages: { installed: [], by_hand: [] } };
    const { user } = await show(known(at()), (backend) => (backend.answers = answers));
    await user.click(get("tab-environment"));
    expect(screen.getByText(/Kernels at team have the packages of their kernelspec there/)).toBeVisible();
    expect(screen.getByText(/Kernels at team do not get these variables/)).toBeVisible();
  });
});

describe("the kernelspecs of a place", () => {
  it("are listed with their names and what starts their kernels, and picked as ever", async () => {
    const { user, said } = await show(known(at()));
    expect(picker("kernelspec")).toHaveTextContent("Python on Kubernetes");
    await user.click(picker("kernelspec"));
    expect(options("kernelspec")).toEqual(OFFERS.kernelspecs.map(({ name }) => name));
    expect(option("kernelspec", "R_kubernetes")).toHaveTextContent("R on Kubernetes");
    expect(option("kernelspec", "R_kubernetes")).toHaveTextContent("R_kubernetes · KubernetesProcessProxy");
    await user.click(option("kernelspec", "R_kubernetes"));
    expect(said()).toEqual([["pick_kernelspec", "churn", "R_kubernetes"]]);
  });

  it("are not there while the place is asked, and then are", async () => {
    const first = at(null, { kernelspec: null });
    const { backend, user } = await show(known(first, [place("team", { state: "asking" })]));
    expect(picker("kernelspec")).toHaveTextContent("Asking");
    await user.click(picker("kernelspec"));
    expect(screen.getByText("Asking team for its kernelspecs")).toBeVisible();
    backend.push(known(at()));
    await expect.poll(() => options("kernelspec")).toHaveLength(4);
  });

  it("are asked for again after a failure, and the keyboard stays in the list", async () => {
    const first = at(null, { kernelspec: null });
    const { backend, user, said } = await show(known(first, [place("team", AWAY)]), (fake) =>
      fake.fail("ask_place", failure("still away")),
    );
    await user.click(picker("kernelspec"));
    expect(get("failure-message")).toHaveTextContent("The gateway of team does not answer");
    expect(screen.getByText(/its network may need a VPN/)).toBeVisible();
    expect(get("place-ask")).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(said()).toEqual([["ask_place", "team"]]);
    backend.push(known(first, [place("team", { state: "asking" })]));
    await expect.poll(() => all("place-ask")).toEqual([]);
    expect(get("place-kernelspecs")).toHaveFocus();
    expect(screen.queryByText(/still away/), "the snapshot shows it").toBeNull();
    await user.keyboard("{Escape}");
    expect(all("place-kernelspecs")).toEqual([]);
    expect(picker("kernelspec")).toHaveFocus();
  });

  it("are not those of this machine, even if they have the same names", () => {
    const same = { ...OFFERS.kernelspecs[0]!, name: "python_docker" };
    const snapshot = known(at(null, { kernelspec: "python_docker" }), [
      place("team", { ...OFFERS, kernelspecs: [same] }),
    ]);
    const first = snapshot.pipelines[0]!;
    expect(kernelspecOf(snapshot, first, "python_docker")?.display_name).toBe("Python on Kubernetes");
    expect(kernelspecOf(snapshot, first, "python_docker", null)?.display_name).toBe("Python 3");
  });

  it("can be unknown at a launch: the gateway has a default", () => {
    expect(primaryOf(at(null, { kernelspec: null }), READY).blocked).toBeNull();
    expect(primaryOf({ ...CHURN, kernelspec: null }, READY).blocked).not.toBeNull();
  });

  it("need no image here", () => {
    const images = IMAGES.map((image) => ({ ...image, present: false }));
    const lacking = imagesLacking(at(), known(at(), [TEAM], { images }));
    expect(lacking.map(({ role }) => role)).toEqual(["server"]);
  });
});

describe("a launch at a place", () => {
  it("shows the kernels that its server reports, without figures", async () => {
    const snapshot = known(at("/srv/churn", { launch: RUNNING_AT_TEAM }));
    await show(snapshot, (backend) => (backend.lives = [LIVES_AT_TEAM.at(-1)!]));
    expect(get("kernels-place")).toHaveTextContent("Kernels run at team. They see this folder as /srv/churn.");
    const rows = await screen.findAllByTestId("kernel-row");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toHaveTextContent("3-train.ipynb");
    expect(within(rows[0]!).queryByTestId("use")).toBeNull();
    expect(all("part-row").map((row) => row.dataset.part)).toEqual(["server"]);
  });

  it("does not say that no kernel runs before the server has answered", async () => {
    await show(known(at(null, { launch: RUNNING_AT_TEAM })));
    expect(screen.getByText("Asking which kernels run")).toBeVisible();
    expect(screen.queryByText(/No kernel is running/)).toBeNull();
  });

  it("lists kernels that ended last", () => {
    const [busy, idle] = LIVES_AT_TEAM[0]!.kernels;
    const live = { kernels: [{ ...busy!, state: "dead" as const }, idle!], uses: new Map() };
    expect(shown([], live, true).map(({ state, gone }) => [state, gone])).toEqual([
      ["idle", false],
      ["dead", true],
    ]);
  });

  it("is named in the details of a failure", () => {
    const first = at(null, { launch: RUNNING_AT_TEAM });
    expect(report(failure("away"), READY, first)).toContain("\nplace: team\n");
    expect(report(failure("away"), READY, withLaunch(RUNNING))).not.toContain("place:");
  });
});

async function settings(places: PlaceView[], prepare: (backend: FakeBackend) => void = () => {}) {
  const shown = await show(known(CHURN, places), prepare);
  await shown.user.click(get("open-settings"));
  return shown;
}

describe("the places in Settings", () => {
  it("have what is known of each", async () => {
    const { user, said } = await settings([
      { ...TEAM, user: "ada", shared: ["/home/ada=/srv/ada"], folders: ["churn"] },
      place("lab", AWAY, { has_token: false }),
    ]);
    const [team, lab] = all("place-row");
    for (const words of ["https://gateway.example/team", "Enterprise Gateway 3.3.0 · 4 kernelspecs", "User ada"]) {
      expect(team).toHaveTextContent(words);
    }
    expect(team).toHaveTextContent("With a token");
    expect(team).toHaveTextContent("Shared folder: /home/ada=/srv/ada");
    expect(team).toHaveTextContent("Runs there: churn");
    expect(within(team!).getByTestId("place-remove")).toBeDisabled();
    expect(within(lab!).getByTestId("failure-message")).toHaveTextContent("does not answer");
    expect(lab).not.toHaveTextContent("With a token");
    await user.click(within(lab!).getByTestId("place-ask"));
    expect(said()).toEqual([["ask_place", "lab"]]);
  });

  it("are removed after a question, and the keyboard goes on at the list", async () => {
    const { backend, user, said } = await settings([TEAM]);
    await user.click(get("place-remove"));
    expect(said()).toEqual([]);
    await user.keyboard("{Escape}");
    expect(get("place-remove")).toHaveFocus();
    await user.click(get("place-remove"));
    await user.click(get("place-remove-confirm"));
    expect(said()).toEqual([["remove_place", "team"]]);
    expect(get("announcer")).toHaveTextContent("Removed team");
    backend.push(known(CHURN, []));
    await expect.poll(() => all("place-row")).toEqual([]);
    await expect.poll(() => get("place-add")).toHaveFocus();
  });

  it("stay if the program refuses to remove them, with the reason", async () => {
    const { user } = await settings([TEAM], (backend) =>
      backend.fail("remove_place", failure("launches run at `team`: `churn`", "stop them first")),
    );
    await user.click(get("place-remove"));
    await user.click(get("place-remove-confirm"));
    expect(await screen.findByText(/launches run at/i)).toBeVisible();
    expect(all("place-row")).toHaveLength(1);
  });

  it("are added by the keyboard alone, and the focus comes back", async () => {
    const { user, said } = await settings([]);
    get("place-add").focus();
    await user.keyboard("{Enter}");
    expect(get("place-name")).toHaveFocus();
    expect(get("place-save")).toBeDisabled();
    await user.keyboard("{Enter}");
    expect(said(), "a name and an address are needed").toEqual([]);
    await user.keyboard(" team {Tab}https://gateway.example/team{Tab}ada{Tab}s3cret{Tab}/a=/b{Enter}/data{Enter}");
    expect(get("place-token")).toHaveAttribute("type", "password");
    await user.keyboard("{Control>}{Enter}{/Control}");
    const wanted = {
      name: "team",
      gateway: "https://gateway.example/team",
      token: "s3cret",
      user: "ada",
      shared: ["/a=/b", "/data"],
    };
    expect(said()).toEqual([["add_place", wanted]]);
    await expect.poll(() => all("place-form")).toEqual([]);
    expect(get("place-add")).toHaveFocus();
    expect(get("announcer")).toHaveTextContent("Added team");
  });

  it("keep what was typed if one is refused, and Enter tries again", async () => {
    const { backend, user, said } = await settings([TEAM], (fake) => fake.fail("add_place", TAKEN));
    await user.click(get("place-add"));
    await user.keyboard("team{Tab}https://gateway.example{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("There is a place team already.");
    expect(screen.getByRole("alert")).toHaveTextContent("Remove it first, or pick another name.");
    expect(get("place-name")).toHaveValue("team");
    expect(get("place-address")).toHaveFocus();
    await user.type(get("place-name"), "2");
    backend.recover("add_place");
    await user.keyboard("{Enter}");
    await expect.poll(() => all("place-form")).toEqual([]);
    const last = said().at(-1);
    expect(last).toEqual(["add_place", newPlace({ ...EMPTY, name: "team2", address: "https://gateway.example" })]);
  });

  it("are added once, while the system asks for a confirmation", async () => {
    const { user, said } = await settings([], (backend) => backend.hang("add_place"));
    await user.click(get("place-add"));
    await user.keyboard("team{Tab}https://gateway.example{Enter}{Enter}");
    expect(said()).toHaveLength(1);
    expect(screen.getByText("Your system asks you to confirm the address")).toBeVisible();
    expect(get("place-save")).toBeDisabled();
    await user.keyboard("{Escape}");
    expect(all("place-form")).toEqual([]);
  });

  it("are tested step by step, and again", async () => {
    const { backend, user, said } = await settings([TEAM], (fake) => (fake.answers = { test_place: PASSED }));
    await user.click(get("place-test"));
    await expect.poll(() => get("place-checks").dataset.state).toBe("passed");
    expect(all("place-check")).toHaveLength(PASSED.length);
    expect(get("place-test-close")).toHaveFocus();

    backend.answers = { test_place: NO_KERNEL };
    await user.click(get("place-test-again"));
    await expect.poll(() => get("place-checks").dataset.state).toBe("failed");
    const last = all("place-check").at(-1)!;
    expect(last.dataset.ok).toBe("false");
    expect(within(last).getByRole("img")).toHaveAccessibleName("Failed");
    expect(last).toHaveTextContent("was not ready after 90 s");
    expect(last).toHaveTextContent("Those who keep the gateway see in its log");

    backend.fail("test_place", failure("there is no place `team`", "add it"));
    await user.click(get("place-test-again"));
    await expect.poll(() => get("failure-message").textContent).toContain("There is no place");
    backend.hang("test_place");
    await user.click(get("place-test-again"));
    expect(get("place-checks").dataset.state).toBe("running");
    expect(get("place-test-again")).toBeDisabled();
    expect(said().map(([command]) => command)).toEqual(Array(4).fill("test_place"));
    await user.keyboard("{Escape}");
    expect(all("place-checks")).toEqual([]);
    expect(get("place-test")).toHaveFocus();
  });
});

const EMPTY = { name: "", address: "", token: "", user: "", shared: "" };

describe("other ways to the places", () => {
  it("begin in the engine's panel, which lists them", async () => {
    const { user } = await show(known(CHURN, [TEAM, place("lab", AWAY)]));
    await user.click(get("engine-state"));
    expect(all("place-brief").map((row) => row.dataset.state)).toEqual(["ready", "failed"]);
    await user.click(get("places-edit"));
    expect(get("settings")).toBeVisible();
    expect(all("place-brief"), "the panel is closed").toEqual([]);
  });

  it("lead to the list again from Settings", async () => {
    const reached: string[] = [];
    Element.prototype.scrollIntoView = function (this: Element) {
      reached.push(this.id);
    };
    const { user } = await show(known(CHURN));
    for (let times = 0; times < 2; times++) {
      await user.click(get("engine-state"));
      await user.click(get("places-edit"));
    }
    expect(reached).toEqual(["places", "places"]);
  });

  it("are not in the panel of a person without places", async () => {
    const { user } = await show(scene(CHURN));
    await user.click(get("engine-state"));
    expect(screen.queryByRole("region", { name: "Places" })).toBeNull();
  });

  it("lead from the palette to the form", async () => {
    const { user } = await show(scene(CHURN));
    await user.keyboard("{Control>}k{/Control}add a place{Enter}");
    expect(get("place-name")).toHaveFocus();
    expect(get("settings")).toBeVisible();
  });
});
