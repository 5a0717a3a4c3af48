import { describe, expect, it } from "vitest";

import { asFailure } from "../src/api/failure";
import { CALLS } from "../src/api/commands";
import { FakeBackend } from "../src/api/fake";
import { expected, imagesLacking, markOf, primaryOf } from "../src/logic/phase";
import { amount, fraction, timeLeft } from "../src/logic/progress";
import { command, stretches } from "../src/logic/prose";
import { report } from "../src/logic/report";
import { search } from "../src/logic/search";
import {
  BROKEN,
  CANCELLED,
  CHURN,
  FAILED_IMAGE,
  IMAGES,
  PULLING,
  READY,
  RUNNING,
  UNREACHABLE,
  scene,
  unavailable,
  withLaunch,
} from "../src/stories/scenes";

describe("the filled button", () => {
  it.each([
    ["stopped", CHURN, "launch", "Launch"],
    ["starting", withLaunch(PULLING), "cancel", "Cancel"],
    ["running", withLaunch(RUNNING), "open", "Open"],
    ["broken", withLaunch(BROKEN), "launch", "Restart"],
    ["failed", withLaunch(FAILED_IMAGE), "launch", "Retry"],
    ["cancelled", withLaunch(CANCELLED), "launch", "Launch"],
  ])("is right if %s", (_, pipeline, action, label) => {
    expect(primaryOf(pipeline, READY)).toEqual({ action, label, blocked: null });
  });

  it.each([
    ["while the engine is looked for", CHURN, { state: "looking" } as const],
    ["without an engine", CHURN, unavailable(UNREACHABLE)],
    ["without the folder", { ...CHURN, missing: true }, READY],
    ["without permission to read", { ...CHURN, unreadable: "refused" }, READY],
    ["without a kernelspec", { ...CHURN, kernelspec: null }, READY],
    ["while it stops", withLaunch({ ...RUNNING, state: "stopping" }), READY],
  ])("says why it is blocked %s", (_, pipeline, engine) => {
    expect(primaryOf(pipeline, engine).blocked).toBeTruthy();
  });

  it("still cancels while the engine is away, but does not open", () => {
    expect(primaryOf(withLaunch(PULLING), unavailable(UNREACHABLE, true)).blocked).toBeNull();
    expect(primaryOf(withLaunch(RUNNING), unavailable(UNREACHABLE, true)).blocked).toBeTruthy();
  });
});

it("does not mark a cancelled launch as failed", () => {
  expect(markOf(withLaunch(CANCELLED), READY)).toBe("cancelled");
  expect(markOf(withLaunch(FAILED_IMAGE), READY)).toBe("failed");
});

it("counts only the images that this pipeline's launch needs", () => {
  const none = IMAGES.map((image) => ({ ...image, present: false, size: null }));
  const lacking = imagesLacking(CHURN, scene(CHURN, { images: none }));
  expect(lacking.map(({ name }) => name)).toEqual([
    "orchest/gateway:0.1.0",
    "orchest/server:0.1.0",
    "orchest/kernel-python:0.1.0",
  ]);
});

it("estimates how much disk the images need", () => {
  const none = IMAGES.map((image) => ({ ...image, present: false }));
  const lacking = imagesLacking(CHURN, scene(CHURN, { images: none }));
  expect(expected(lacking, none)).toEqual({ bytes: (29 + 68 + 269 + 145) * 1e6, more: false });
  // One image of ours already has the shared part.
  expect(expected(lacking.slice(2), IMAGES)).toEqual({ bytes: 269e6, more: false });
  expect(expected([IMAGES[3]!], IMAGES)).toEqual({ bytes: 0, more: true });
});

describe("progress", () => {
  const pull = { unit: "bytes", done: 212e6, total: 418e6, rate: 20.6e6 } as const;
  it("names a shared unit once", () => {
    expect(amount(pull)).toBe("212 of 418 MB");
    expect(amount({ ...pull, total: 1.2e9 })).toBe("212 MB of 1.2 GB");
    expect(amount({ ...pull, total: null })).toBe("212 MB");
    expect(amount({ unit: "steps", done: 7, total: 14, rate: null })).toBe("step 7 of 14");
  });
  it("estimates nothing from unknown numbers", () => {
    expect(timeLeft(pull)).toBe(10_000);
    expect(timeLeft({ ...pull, rate: null })).toBeNull();
    expect(timeLeft({ ...pull, rate: 0 })).toBeNull();
    expect(timeLeft({ ...pull, total: null })).toBeNull();
    expect(fraction({ ...pull, done: 500e6 })).toBe(1);
    expect(fraction({ ...pull, total: 0 })).toBeNull();
  });
});

describe("sentences with code", () => {
  it("splits at backticks and keeps a lone one", () => {
    expect(stretches("Run `ls` now")).toEqual([
      { text: "Run ", code: false },
      { text: "ls", code: true },
      { text: " now", code: false },
    ]);
    expect(stretches("a ` b")).toEqual([{ text: "a ` b", code: false }]);
  });
  it("finds the command, not the name", () => {
    expect(command("Join `docker` with `sudo usermod -aG docker ada`.")).toBe("sudo usermod -aG docker ada");
    expect(command("Join the group `docker`.")).toBeNull();
  });
});

it("searches every word in the path", () => {
  const { pipelines } = scene(CHURN);
  expect(search(pipelines, " RETEN churn").map(({ name }) => name)).toEqual(["churn"]);
  expect(search(pipelines, "  ")).toBe(pipelines);
  expect(search(pipelines, "iris")).toEqual([]);
});

it("turns any rejection of a command into a failure", () => {
  expect(asFailure(UNREACHABLE)).toBe(UNREACHABLE);
  expect(asFailure("command launch not found").message).toBe("command launch not found");
  expect(asFailure(new Error("no")).message).toBe("no");
  expect(asFailure({ code: "new", message: "x", log: [] }).message).toBeTruthy();
});

it("reports a failure with its launch and engine", () => {
  const pipeline = withLaunch(FAILED_IMAGE);
  const text = report(FAILED_IMAGE.failure!, READY, pipeline);
  expect(text).toContain("hint: Check that this machine");
  expect(text).toContain("images: failed, 48200 ms");
  expect(text).toContain("engine: Docker Engine 28.3.1, API 1.51");
  expect(text).toContain("E: Unable to locate package r-base-core");
});

it("has a method for each command", () => {
  const methods = Object.getOwnPropertyNames(FakeBackend.prototype);
  for (const name of CALLS) {
    expect(methods).toContain(name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()));
  }
});
