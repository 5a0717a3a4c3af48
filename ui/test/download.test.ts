import { describe, expect, it } from "vitest";

import { about, needs } from "../src/logic/environment";
import { INSTALLING, LOCKED, environment, runningIn, withEnvironment } from "../src/stories/environments";
import { scene } from "../src/stories/scenes";
import { all, get, show } from "./show";

const WHOLE = { bytes: 1_234_000_000, more: false, seconds: 131 };

describe("what an installation downloads", () => {
  it.each([
    [null, ""],
    [WHOLE, "needs 1.2 GB, about 2 min"],
    [{ ...WHOLE, seconds: null }, "needs 1.2 GB"],
    [{ ...WHOLE, seconds: 59 }, "needs 1.2 GB, less than 1 min"],
    [{ ...WHOLE, seconds: 60 }, "needs 1.2 GB, about 1 min"],
    [{ ...WHOLE, seconds: 3_590 }, "needs 1.2 GB, about 1 h 00 min"],
    [{ bytes: 40_000_000, more: true, seconds: null }, "needs more than 40 MB"],
  ] as const)("is said in a few words: %o is “%s”", (download, words) => {
    expect(needs(download).replaceAll("\u00a0", " ")).toBe(words);
  });

  it("is in the picker, before the person is asked and while nothing runs", async () => {
    const { user, said } = await show(scene(withEnvironment(LOCKED)));
    await user.click(get("kernelspec-picker"));
    expect(all("kernelspec-option")[0]).toHaveTextContent(
      "Python 3.11 · pyproject.toml · 13 packages · needs 1.2 GB, about 2 min · asks first",
    );
    expect(said()).toEqual([]);
  });

  it("is not said of an environment that is there or is being made", () => {
    expect(about(environment("ready"))).not.toContain("needs");
    expect(about({ ...LOCKED, updating: INSTALLING })).not.toContain("needs");
  });

  it("is in the question before the installation, with the file that says it", async () => {
    const { user } = await show(scene(withEnvironment(LOCKED)));
    await user.click(get("launch"));
    expect(get("install-download")).toHaveTextContent(
      "uv.lock lists 1.2 GB to download. Packages that are here already are not downloaded again. " +
        "At the speed of the last download, all of it takes about 2 min.",
    );
  });

  it("has no time in the question as long as no download was measured", async () => {
    const download = { ...WHOLE, seconds: null };
    const { user } = await show(scene(withEnvironment({ ...LOCKED, download })));
    await user.click(get("launch"));
    expect(get("install-download")).toHaveTextContent(/not downloaded again\.$/);
  });

  it("is not in the question if no lock file says it", async () => {
    const { user } = await show(scene(withEnvironment(environment("asks"))));
    await user.click(get("launch"));
    expect(get("install-list")).toBeVisible();
    expect(all("install-download")).toHaveLength(0);
  });

  it("is in the Environment tab, and beside “Update” in a running launch", async () => {
    const { user } = await show(scene(runningIn({ ...LOCKED, state: "wanted", changed: true })));
    expect(get("environment-changed")).toHaveTextContent("keep theirs. The update needs 1.2 GB, about 2 min.");
    await user.click(get("tab-environment"));
    expect(get("environment-state")).toHaveTextContent("needs 1.2 GB, about 2 min");
  });
});
