import { expect, it } from "vitest";

import {
  FOLDER_WITHOUT_GPUS,
  FOLDER_WITHOUT_OPTIONAL_GPUS,
  NAMES_OTHERS,
  WITHOUT_GPUS,
} from "../src/stories/environments";
import { CHURN, KERNELSPECS, WITHOUT_LIMITS, scene } from "../src/stories/scenes";
import { all, get, show } from "./show";

it("shows a kernelspec that notebooks name and that is not here, and uses the nearest on a press", async () => {
  const { user, said } = await show(scene(NAMES_OTHERS));
  const [first, second] = all("unknown-kernelspec");
  expect(first).toHaveTextContent("3 notebooks name the kernelspec conda-env-churn-py, which is not here");
  expect(first).toHaveTextContent("JupyterLab opens such a notebook with churn, the nearest");
  expect(second).toHaveTextContent("explore/cohorts.ipynb names the kernelspec julia-1.11, which is not here");
  expect(second).toHaveTextContent("No kernelspec here has its language.");
  expect(all("use-nearest")).toHaveLength(1);
  await user.click(get("use-nearest"));
  expect(said()).toEqual([["pick_kernelspec", "churn", "this_folder"]]);
});

it("offers no nearest kernelspec that is picked already", async () => {
  await show(scene({ ...NAMES_OTHERS, kernelspec: "this_folder" }));
  expect(all("unknown-kernelspec")).toHaveLength(2);
  expect(all("use-nearest")).toEqual([]);
});

it("says before the launch that the engine reports no GPUs", async () => {
  const { backend } = await show(WITHOUT_GPUS);
  expect(get("lacks-gpus")).toHaveTextContent("PyTorch asks for GPUs, and the engine reports none");
  backend.push(scene(CHURN));
  await expect.poll(() => all("lacks-gpus")).toEqual([]);
});

it("says before the launch that the engine does not keep the limits of the kernelspec", async () => {
  const [python] = KERNELSPECS;
  const kernelspecs = [{ ...python!, unkept: "this engine keeps no limit on CPUs" }];
  const { backend } = await show(
    scene({ ...CHURN, kernelspec: python!.name }, { engine: WITHOUT_LIMITS, kernelspecs }),
  );
  expect(get("unkept-limits")).toHaveTextContent("Python 3 asks for limits that this engine does not keep");
  expect(get("unkept-limits")).toHaveTextContent("systemd.unified_cgroup_hierarchy=1");
  backend.push(scene(CHURN));
  await expect.poll(() => all("unkept-limits")).toEqual([]);
});

it("says before the launch that the engine reports none of the GPUs that a folder asks for", async () => {
  const { backend } = await show(FOLDER_WITHOUT_GPUS);
  expect(get("folder-lacks-gpus")).toHaveTextContent("churn asks for GPUs, and the engine reports none");
  expect(get("folder-lacks-gpus")).toHaveTextContent("make them optional in the devcontainer.json");
  backend.push(FOLDER_WITHOUT_OPTIONAL_GPUS);
  await expect
    .poll(() => get("folder-lacks-gpus").textContent)
    .toContain("churn can use GPUs, and the engine reports none");
  backend.push(scene(CHURN));
  await expect.poll(() => all("folder-lacks-gpus")).toEqual([]);
});
