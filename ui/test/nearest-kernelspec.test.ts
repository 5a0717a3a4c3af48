import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, expect, it } from "vitest";

// Lab's extension and the core choose by the same rule: the core's tests read the same cases.
const ROOT = join(import.meta.dirname, "../..");
const CASES = "src-tauri/core/src/kernelspec/nearest.json";
const EXTENSION = "etc/images/server/labextensions/orchest-kernelspecs/static/remoteEntry.js";

type Spec = { name: string; display_name: string; language: string };
type Preference = { name?: string; language?: string; id?: string; shouldStart?: boolean };
type Specs = { default: string; kernelspecs: Record<string, Spec> };
type Instead = (preference: Preference, metadata: unknown, specs: Specs | null) => Spec | null;

let instead: Instead;

beforeAll(async () => {
  (0, eval)(readFileSync(join(ROOT, EXTENSION), "utf8"));
  const lab = (window as unknown as { _JUPYTERLAB: Record<string, Remote> })._JUPYTERLAB;
  type Remote = { init: (shared: unknown) => void; get: () => Promise<() => { instead: Instead }> };
  const remote = lab["orchest-kernelspecs"]!;
  remote.init({ "@jupyterlab/apputils": { "1": { get: () => Promise.resolve(() => ({})) } } });
  ({ instead } = (await remote.get())());
});

function offer(usual: string, known: [string, string, string][]): Specs {
  const specs = known.map(([name, display_name, language]) => [name, { name, display_name, language }] as const);
  return { default: usual, kernelspecs: Object.fromEntries(specs) };
}

type Cases = { known: [string, string, string][]; nearest: [string, string, string, string | null][] };
const cases = JSON.parse(readFileSync(join(ROOT, CASES), "utf8")) as Record<string, Cases>;

it.each(Object.entries(cases))("JupyterLab starts what the core calls the nearest: %s", (_, { known, nearest }) => {
  const specs = offer("python_docker", known);
  for (const [name, display_name, language, wanted] of nearest) {
    expect(instead({ name }, { name, display_name, language }, specs)?.name ?? null, name).toBe(wanted);
  }
});

it("leaves alone what JupyterLab opens by itself, and what a person has decided", () => {
  const specs = offer("python_docker", [
    ["python_docker", "Python", "python"],
    ["r_docker", "R", "R"],
    ["other", "Other", "python"],
  ]);
  expect(instead({ name: "other" }, {}, specs)).toBe(null);
  // R has one kernelspec, and Python has two.
  expect(instead({ name: "ir", language: "R" }, {}, specs)).toBe(null);
  expect(instead({ name: "python3", language: "python" }, {}, specs)?.name).toBe("python_docker");
  expect(instead({ name: "python3", language: "python" }, null, { ...specs, default: "other" })?.name).toBe("other");
  expect(instead({ name: "Other" }, {}, specs)?.name).toBe("other");
  expect(instead({ name: "python3", id: "a" }, {}, specs)).toBe(null);
  expect(instead({ name: "python3", shouldStart: false }, {}, specs)).toBe(null);
  expect(instead({}, {}, specs)).toBe(null);
  expect(instead({ name: "python3" }, {}, null)).toBe(null);
  expect(instead({ name: "mine" }, { display_name: 7, language: ["python"] }, specs)).toBe(null);
});
