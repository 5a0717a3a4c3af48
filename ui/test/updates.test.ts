import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { Snapshot, UpdatesView } from "../src/api/types";
import { announcements } from "../src/logic/announce";
import { actionsOf } from "../src/logic/actions";
import { day, firstLines } from "../src/logic/updates";
import { RUNNING, UPDATES, failure, scene, withLaunch } from "../src/stories/scenes";
import { ASKS, INSTALLED, LOOKED, NEWER, OFFERS } from "../src/stories/updates";
import { all, get, show } from "./show";

const at = (updates: UpdatesView): Snapshot => scene(withLaunch(RUNNING), { updates });

describe("newer versions in the window", () => {
  it("without an address nothing is shown or asked, and Settings says so", async () => {
    const { user } = await show(at(UPDATES));
    expect(all("update-notice")).toHaveLength(0);
    expect(actionsOf(null, at(UPDATES)).some(({ id }) => id === "check-updates")).toBe(false);
    await user.click(get("open-settings"));
    expect(screen.getByText("Newer versions are not looked for")).toBeVisible();
    expect(all("updates-look")).toHaveLength(0);
  });

  it.each([
    ["updates-yes", true],
    ["updates-no", false],
  ] as const)("the question is answered once: %s", async (button, value) => {
    const { user, said } = await show(at(ASKS));
    expect(get("update-notice")).toHaveTextContent("https://orchest.example/desktop/updates.json");
    await user.click(get(button));
    expect(said()).toEqual([["choose", { name: "updates_check", value }]]);
  });

  it("a newer version is installed, read about or put off", async () => {
    const { user, said, backend } = await show(at(OFFERS));
    expect(get("update-notice")).toHaveAccessibleName("Updates");
    await user.click(get("update-news"));
    expect(get("update-notes")).toHaveTextContent("more than 400 packages");
    expect(get("update-notes-close")).toHaveFocus();
    await user.click(get("update-page-open"));
    await user.keyboard("{Escape}");
    await user.click(get("update-now"));
    await user.click(get("update-later"));
    expect(said()).toEqual([["open_update_page"], ["install_update"], ["put_update_off"]]);
    backend.push(at({ ...OFFERS, newer: { ...NEWER, later: true } }));
    await expect.poll(() => all("update-notice")).toHaveLength(0);
    await user.click(get("open-settings"));
    expect(get("update-now")).toBeVisible();
  });

  it("of a package, the command is copied; of anything else, the page is opened", async () => {
    const command = "sudo apt install ./orchest-desktop_0.2.0_amd64.deb";
    const of = (how: UpdatesView["newer"]) => at({ ...LOOKED, newer: how });
    const { user, said, backend } = await show(of({ ...NEWER, how: { how: "command", command } }));
    expect(all("update-now")).toHaveLength(0);
    await user.click(get("update-command"));
    expect(await navigator.clipboard.readText()).toBe(command);
    backend.push(of({ ...NEWER, how: { how: "page" } }));
    await user.click(await screen.findByTestId("update-page"));
    expect(said()).toEqual([["open_update_page"]]);
  });

  it("a download is cancelled, and an installed version is started or waits", async () => {
    const progress = { unit: "bytes", done: 12_600_000, total: 41_300_000, rate: null } as const;
    const { user, said, backend } = await show(at({ ...OFFERS, progress }));
    expect(get("update-progress")).toHaveTextContent("13 of 41 MB");
    await user.click(get("update-cancel"));
    backend.push(at({ ...OFFERS, progress: { ...progress, done: 41_300_000 } }));
    await expect.poll(() => get("update-cancel").hasAttribute("disabled")).toBe(true);
    backend.push(at(INSTALLED));
    await user.click(await screen.findByTestId("update-restart"));
    backend.push({ ...at({ ...INSTALLED, restarting: true }), closing: true });
    expect(await screen.findByText("Restart while 1 launch is running?")).toBeVisible();
    await user.click(get("close-stay"));
    backend.push(at(INSTALLED));
    await user.click(await screen.findByTestId("update-later"));
    expect(all("update-notice")).toHaveLength(0);
    expect(said()).toEqual([["cancel_update"], ["restart_program"], ["answer_close", null, false]]);
  });

  it("Settings looks at once and shows why nothing came of it, once", async () => {
    const { user, said, backend } = await show(at(LOOKED), (backend) =>
      backend.fail("check_updates", failure("Away.")),
    );
    await user.click(get("open-settings"));
    await user.click(get("updates-look"));
    expect(all("notice")).toHaveLength(0);
    backend.push(at({ ...LOOKED, failure: failure("Away.") }));
    expect(await screen.findByText("Away.")).toBeVisible();
    await user.click(get("updates-check"));
    expect(said()).toEqual([["check_updates"], ["choose", { name: "updates_check", value: false }]]);
  });

  it("a screen reader hears of a newer version and of an installed one, once", () => {
    expect(announcements(at(LOOKED), at(OFFERS))).toEqual(["Version 0.2.0 of Orchest Desktop is available."]);
    expect(announcements(at(OFFERS), at(OFFERS))).toEqual([]);
    expect(announcements(at(OFFERS), at(INSTALLED))).toEqual([
      "Version 0.2.0 of Orchest Desktop is installed, and starts after a restart.",
    ]);
  });
});

describe("the words of a version", () => {
  it("its first lines are in one, without signs of a list", () => {
    expect(firstLines(NEWER.notes)).toBe(
      "Launches are ready in half the time on machines with a slow disk. Folders of Julia have environments of their own.",
    );
    expect(firstLines("\n# One\n\n* Two\nThree")).toBe("One Two");
    expect(firstLines("")).toBe("");
  });
  it("its day is in words", () => {
    expect(day("2026-03-11")).toBe("11 March 2026");
    expect(day("no day")).toBe("no day");
  });
});
