import { screen } from "@testing-library/svelte";
import { flushSync } from "svelte";
import { expect, it } from "vitest";

import { CHURN, LIVES, RUNNING, scene, withLaunch } from "../src/stories/scenes";
import { all, get, show } from "./show";

it("asks about each file with images that the person brings, and answers for the one it shows", async () => {
  const offered = (file: string | null) => scene(CHURN, { offered_images: file });
  const { backend, user, said } = await show(offered("/stick/gpj.\u202eall.orchest-images"));
  expect(screen.getByRole("dialog", { name: "Import images from gpj.\\u{202e}all.orchest-images?" })).toBeVisible();
  backend.ask("act");
  await user.click(get("images-leave"));
  backend.push(offered("/stick/other.orchest-images"));
  flushSync();
  await user.click(get("images-import"));
  backend.push(offered(null));
  await expect.poll(() => all("images-import")).toHaveLength(0);
  expect(said()).toEqual([
    ["answer_images", "/stick/gpj.\u202eall.orchest-images", false],
    ["answer_images", "/stick/other.orchest-images", true],
  ]);
});

it("performs the actions of the system's menus that are possible now", async () => {
  const { backend, said } = await show(scene(CHURN));
  for (const act of ["act", "reveal", "restart", "nothing that is known"]) backend.ask(act);
  expect(said()).toEqual([
    ["launch", "churn"],
    ["reveal_pipeline", "churn"],
  ]);
  backend.ask("palette");
  flushSync();
  expect(all("palette")).toHaveLength(1);
  backend.ask("act");
  expect(said()).toHaveLength(2);
});

it("quits by keys, even while a launch runs", async () => {
  const { user, said } = await show(scene(withLaunch(RUNNING)));
  await user.keyboard("{Control>}q{/Control}");
  expect(said()).toEqual([["quit"]]);
});

it("lists the packages of the program, searched by name or licence", async () => {
  const { user, said } = await show(scene(CHURN));
  await user.click(get("open-settings"));
  await user.click(get("licences"));
  await expect.poll(() => all("licence").length).toBeGreaterThan(300);
  await user.type(get("licence-search"), "svelte");
  expect(all("licence").map((row) => row.textContent)).toContainEqual(expect.stringMatching(/^svelte 5\.\S+\s*MIT$/));
  await user.type(get("licence-search"), "-nowhere");
  expect(screen.getByText("Nothing matches “svelte-nowhere”")).toBeVisible();
  await user.click(get("licence-texts"));
  expect(said()).toEqual([["reveal_licences"]]);
});

it("has the actions of the page's buttons in the menu of a row", async () => {
  const { backend, user, said } = await show(scene(withLaunch(RUNNING)));
  backend.lives = LIVES;
  await user.pointer({ target: all("pipeline-row")[0]!, keys: "[MouseRight]" });
  const items = screen.getAllByRole("menuitem").map((item) => item.textContent.trim());
  expect(items.slice(0, 3)).toEqual(["Open", "Stop", "Restart"]);
  await user.click(screen.getByRole("menuitem", { name: "Open" }));
  expect(said()).toEqual([["open_pipeline", "churn"]]);
});
