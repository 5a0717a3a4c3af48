import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { Engines, Snapshot } from "../src/api/types";
import {
  CHOSEN_AWAY,
  CHOSEN_ENGINES,
  CHOSEN_SETTINGS,
  CHURN,
  ENGINES_WITH_UNUSABLE,
  ONE_ENGINE,
  READY,
  RUNNING,
  SAID_ENGINES,
  THREE_ENGINES,
  failure,
  scene,
  unavailable,
  withLaunch,
} from "../src/stories/scenes";
import { all, get, show } from "./show";

/** The engine's panel of the window. */
async function panel(snapshot: Snapshot, found: Engines) {
  const shown = await show(snapshot, (backend) => (backend.engines = found));
  await shown.user.click(get("engine-state"));
  const listed = () => shown.backend.calls.filter(([command]) => command === "list_engines").length;
  return { ...shown, listed };
}

describe("the engines in the panel", () => {
  it("are looked for when it opens and on a press, and never by themselves", async () => {
    const { backend, user, listed } = await panel(scene(CHURN), ONE_ENGINE);
    expect(await screen.findByText("No other one is found.")).toBeVisible();
    backend.push(scene(withLaunch(RUNNING)));
    expect(listed()).toBe(1);
    backend.engines = THREE_ENGINES;
    await user.click(get("engines-refresh"));
    expect(await screen.findAllByTestId("engine-option")).toHaveLength(3);
    expect(listed()).toBe(2);
  });

  it("have a name, an address and what named it; the one in use is marked and cannot be picked again", async () => {
    await panel(scene(CHURN), THREE_ENGINES);
    const [docker, , podman] = await screen.findAllByTestId("engine-option");
    expect(docker).toHaveTextContent("Docker Engine 28.3.1 In use");
    expect(within(docker!).queryByRole("button")).toBeNull();
    expect(podman).toHaveTextContent("unix:///run/user/1000/podman/podman.sock");
    expect(podman).toHaveTextContent("Podman connection own, well-known socket");
  });

  it("are picked, also by the keyboard, and the list follows", async () => {
    const { backend, user, said, listed } = await panel(scene(CHURN), THREE_ENGINES);
    const [, podman] = await screen.findAllByTestId("engine-use");
    podman!.focus();
    await user.keyboard("{Enter}");
    expect(said()).toEqual([["use_engine", "unix:///run/user/1000/podman/podman.sock"]]);
    expect(screen.getByRole("region", { name: "Engines on this machine" })).toHaveFocus();
    const [first, second, third] = THREE_ENGINES.options;
    backend.engines = {
      options: [{ ...first!, used: false }, second!, { ...third!, used: true, chosen: true }],
      said_by: null,
    };
    backend.push(scene(CHURN, { engine: { state: "looking" } }));
    backend.push(scene(CHURN, { engine: { ...READY, name: "Podman", endpoint: third!.endpoint } as typeof READY }));
    await user.click(await screen.findByTestId("engine-forget"));
    expect(said().at(-1)).toEqual(["forget_engine"]);
    expect(listed()).toBeGreaterThan(1);
  });

  it("say what stays where it is before the switch", async () => {
    const { backend } = await panel(scene(withLaunch(RUNNING)), THREE_ENGINES);
    const stays = "If you use another engine, 1 launch stays on Docker Engine and runs on.";
    expect(await screen.findByTestId("engines-stay")).toHaveTextContent(stays);
    backend.push(scene(withLaunch({ ...RUNNING, owner: "grace@engine", foreign: true })));
    await expect.poll(() => all("engines-stay")).toHaveLength(0);
  });

  it("that cannot be used say why, and have no button", async () => {
    await panel(scene(CHURN), ENGINES_WITH_UNUSABLE);
    const farm = (await screen.findAllByTestId("engine-option")).at(-1)!;
    expect(farm).toHaveTextContent("names an engine on another machine");
    expect(within(farm).queryByRole("button")).toBeNull();
  });

  it("are not picked where a variable names the engine of this run", async () => {
    await panel(scene(CHURN), SAID_ENGINES);
    expect(await screen.findByText(/names the engine of this run/)).toBeVisible();
    expect(all("engine-use")).toHaveLength(0);
  });

  it("keep the choice of one that is away until the person forgets it", async () => {
    const away = scene(CHURN, { engine: unavailable(CHOSEN_AWAY), settings: CHOSEN_SETTINGS, images: [] });
    const { user, said } = await panel(away, CHOSEN_ENGINES);
    expect(await screen.findByTestId("engine-use")).toHaveAccessibleName(/Docker Engine at unix/);
    await user.click(get("engine-forget"));
    expect(said()).toEqual([["forget_engine"]]);
    await user.click(get("engine-state"));
    await user.click(get("engine-pick"));
    expect(await screen.findAllByTestId("engine-option")).toHaveLength(2);
    expect(all("engine-pick")).toHaveLength(0);
    await user.click(get("forget-engine"));
    expect(said().at(-1)).toEqual(["forget_engine"]);
  });

  it("that are not listed say why, and a refused choice is shown", async () => {
    const { backend, user } = await panel(scene(CHURN), THREE_ENGINES);
    backend.fail("use_engine", failure("No engine answers there", "start it"));
    await user.click((await screen.findAllByTestId("engine-use"))[0]!);
    expect(await screen.findByText(/No engine answers there/)).toBeVisible();
    backend.fail("list_engines", failure("The program is closing", "start it again"));
    await user.click(get("engines-refresh"));
    expect(await screen.findByText("The program is closing")).toBeVisible();
    expect(all("engine-option")).toHaveLength(3);
  });
});
