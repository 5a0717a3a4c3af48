import { expect, it } from "vitest";

import type { Live } from "../src/api/types";
import { seen, shown, type Seen } from "../src/logic/live";

const live = (cpu: number, ...parts: string[]): Live => ({
  kernels: [{ id: "a", kernelspec: "python_docker", notebook: "one.ipynb", state: "busy" }],
  uses: parts.map((part) => ({ part, cpu, memory: cpu * 10, memory_limit: 1000 })),
});

it("keeps the last minute of each container, and nothing of removed ones", () => {
  let known: Seen | null = null;
  for (let second = 0; second < 70; second++) known = seen(known, live(second, "server", "a"));
  expect(known!.uses.get("a")!.cpu).toHaveLength(60);
  expect(known!.uses.get("a")!.cpu.at(0)).toBe(10);
  expect(known!.uses.get("a")!.memory.at(-1)).toBe(690);
  known = seen(known, live(1, "server"));
  expect([...known.uses.keys()]).toEqual(["server"]);
  known = seen(known, live(2, "server", "a"));
  expect(known.uses.get("a")!.cpu).toEqual([2]);
});

it("shows the kernels of a launch with notebook and state", () => {
  const kernels = ["a", "b"].map((id) => ({ id, kernelspec: "python_docker", started_at: 1 }));
  const known = seen(null, live(1));
  expect(shown(kernels, known).map(({ notebook, state }) => [notebook, state])).toEqual([
    ["one.ipynb", "busy"],
    [null, null],
  ]);
  expect(shown(kernels, null).map(({ state }) => state)).toEqual([null, null]);
  // A kernel that just ended may still be in the server's list.
  expect(shown([], known)).toEqual([]);
});

it("shows a dead kernel, which has no container any more", () => {
  const dead = { id: "c", kernelspec: "r_docker", notebook: "two.ipynb", state: "dead" } as const;
  const known = seen(null, { kernels: [dead], uses: [] });
  expect(shown([], known)).toEqual([{ ...dead, gone: true, started_at: null }]);
  expect(shown([{ id: "c", kernelspec: "r_docker", started_at: 1 }], known)).toHaveLength(1);
});
