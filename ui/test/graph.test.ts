import { describe, expect, it } from "vitest";

import { factsOf, problemsOf, titleOf, wordsOf } from "../src/logic/graph";
import { STEP, places, viewOf } from "../src/logic/layout";
import { graph } from "../src/stories/scenes";

const { steps } = graph(
  ["a", "Load", "load.ipynb", []],
  ["b", "Clean", "clean.ipynb", ["a"]],
  ["c", "", "deep/fit.py", ["a", "b"]],
);
const at = (positions: ([number, number] | null)[]) =>
  places(steps.map((step, i) => ({ ...step, position: positions[i] ?? null })));

describe("where steps are drawn", () => {
  it("is their place in the file", () => {
    const found = at([
      [0, 0],
      [300, 10.5],
      [-40, 200],
    ]);
    expect([...found.values()]).toEqual([
      { x: 0, y: 0 },
      { x: 300, y: 10.5 },
      { x: -40, y: 200 },
    ]);
  });

  it.each([
    ["one has no place", [[0, 0], [300, 0], null]],
    ["none has", [null, null, null]],
    [
      "all are in one",
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ],
    [
      "two lie on each other",
      [
        [0, 0],
        [200, 40],
        [900, 0],
      ],
    ],
  ] as [string, ([number, number] | null)[]][])("is from left to right, apart, if %s", (_, positions) => {
    const found = at(positions);
    const [a, b, c] = ["a", "b", "c"].map((uuid) => found.get(uuid)!);
    expect(a!.x + STEP.width).toBeLessThan(b!.x);
    expect(b!.x + STEP.width).toBeLessThan(c!.x);
  });

  it("is found for circles, for a step that waits for itself, and for no steps", () => {
    const circle = graph(["a", "A", "a.ipynb", ["b"]], ["b", "B", "b.ipynb", ["a", "b"]]).steps;
    const found = places(circle);
    expect(found.get("a")!.x).not.toBe(found.get("b")!.x);
    expect(places([]).size).toBe(0);
  });
});

describe("the words of a step", () => {
  it("always has a name", () => {
    expect(steps.map(titleOf)).toEqual(["Load", "Clean", "fit.py"]);
    expect(titleOf(graph(["a", "", "", []]).steps[0]!)).toBe("Untitled step");
  });

  it("names its file and what is wrong with it", () => {
    const words = (["notebook", "other", "missing", "outside", "none"] as const).map((state) =>
      wordsOf({ ...steps[0]!, state }),
    );
    expect(words).toEqual([
      "load.ipynb",
      "load.ipynb",
      "Missing: load.ipynb",
      "Outside the folder: load.ipynb",
      "No file yet",
    ]);
  });

  it("names the steps before it", () => {
    expect(factsOf(steps[2]!, steps)).toEqual(["fit.py", "deep/fit.py", "After Load, Clean", "Kernel Python"]);
  });
});

it("names the steps of a cycle and the core's problems", () => {
  const wrong = graph(
    ["a", "A", "a.ipynb", ["b"], { in_cycle: true }],
    ["b", "B", "b.ipynb", ["a"], { in_cycle: true }],
  );
  expect(problemsOf({ ...wrong, problems: ["1 of its steps cannot be read"] })).toEqual([
    "1 of its steps cannot be read.",
    "These steps wait for each other in a cycle: A, B.",
  ]);
  expect(problemsOf(graph(["a", "A", "a.ipynb", []]))).toEqual([]);
});

describe("the first view of a drawing", () => {
  const room = { width: 600, height: 240 };
  it.each([
    [
      "small: in its usual size, in the middle",
      { x: 0, y: 0, width: 200, height: 48, first: 0 },
      false,
      { x: 200, y: 96, zoom: 1 },
    ],
    [
      "wide: as small as it can be read, from its beginning",
      { x: 100, y: 0, width: 2000, height: 60, first: 0 },
      false,
      { x: -64, y: 96, zoom: 0.8 },
    ],
    [
      "high: its first step in the middle",
      { x: 0, y: 0, width: 500, height: 2000, first: 976 },
      false,
      { x: 100, y: -680, zoom: 0.8 },
    ],
    [
      "high, its first step at the top",
      { x: 0, y: 0, width: 500, height: 2000, first: 0 },
      false,
      { x: 100, y: 16, zoom: 0.8 },
    ],
    ["wide, and wanted whole", { x: 0, y: 0, width: 5680, height: 60, first: 0 }, true, { x: 16, y: 117, zoom: 0.1 }],
  ])("%s", (_, bounds, whole, view) => expect(viewOf(bounds, room, whole)).toEqual(view));
});
