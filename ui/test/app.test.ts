import { beforeEach, describe, expect, it, vi } from "vitest";

import { FakeBackend } from "../src/api/fake";
import { AppState } from "../src/state/app";
import {
  CHURN,
  PULLING,
  RUNNING,
  UNREACHABLE,
  failure,
  pipeline,
  scene,
  unavailable,
  withLaunch,
} from "../src/stories/scenes";

const A = pipeline("alpha");
const B = pipeline("beta");
const C = pipeline("gamma");
const list = (...pipelines: (typeof A)[]) => scene(A, { pipelines });

let backend: FakeBackend;
let app: AppState;

beforeEach(async () => {
  backend = new FakeBackend(list(A, B, C));
  app = new AppState(backend);
  await app.connection.connect();
});

describe("the selection", () => {
  it("begins with the first pipeline", () => expect(app.selection.selected?.id).toBe("alpha"));

  it("stays on its pipeline when the list is sorted again", () => {
    app.selection.select("beta");
    backend.push(list({ ...C, launch: RUNNING }, A, B));
    expect(app.selection.selected?.id).toBe("beta");
  });

  it("moves to the neighbour when its pipeline is removed", () => {
    app.selection.select("beta");
    backend.push(list(A, C));
    expect(app.selection.selected?.id).toBe("gamma");
    backend.push(list(A));
    expect(app.selection.selected?.id).toBe("alpha");
    backend.push(list());
    expect(app.selection.selected).toBeNull();
    backend.push(list(B));
    expect(app.selection.selected?.id).toBe("beta");
  });

  it("moves among the found pipelines and stops at both ends", () => {
    app.selection.move(-1);
    expect(app.selection.selected?.id).toBe("alpha");
    app.selection.move(Infinity);
    expect(app.selection.selected?.id).toBe("gamma");
    app.selection.search("beta");
    app.selection.selectFromSearch();
    expect(app.selection.selected?.id).toBe("beta");
  });

  it("is remembered by the next window", async () => {
    app.selection.select("gamma");
    const next = new AppState(backend);
    await next.connection.connect();
    expect(next.selection.selected?.id).toBe("gamma");
  });

  it("moves to an added pipeline, even before its snapshot comes", async () => {
    backend.picks = ["delta"];
    await app.folders.add();
    backend.push(list(A, B, C));
    backend.push(list(A, B, C, pipeline("delta")));
    expect(app.selection.selected?.id).toBe("delta");
  });

  it("stays when the folder dialog is cancelled", async () => {
    app.selection.select("beta");
    await app.folders.add();
    expect(app.selection.selected?.id).toBe("beta");
  });
});

describe("commands", () => {
  it("show a failure as one toast, even if it comes twice", async () => {
    backend.fail("launch", failure("No address pool is left.", "Stop a launch."));
    await app.launches.launch("alpha");
    await app.launches.launch("alpha");
    expect(app.messages.toasts.map(({ failure }) => failure.message)).toEqual(["No address pool is left."]);
    app.messages.dismiss(app.messages.toasts[0]!.id);
    expect(app.messages.toasts).toEqual([]);
  });

  it("show no toast for a cancelled action", async () => {
    backend.fail("launch", { ...failure("Cancelled."), code: "cancelled" });
    await app.launches.launch("alpha");
    expect(app.messages.toasts).toEqual([]);
  });

  it("are dropped while the first one has no answer", () => {
    backend.hang("add_pipelines");
    void app.folders.add();
    void app.folders.add();
    expect(backend.calls.filter(([name]) => name === "add_pipelines")).toHaveLength(1);
    expect(app.commands.isPending("add")).toBe(true);
  });

  it("cancel a starting launch and stop a running one", async () => {
    backend.push(scene(withLaunch(PULLING)));
    await app.launches.stop("churn");
    backend.push(scene(withLaunch(RUNNING)));
    await app.launches.stop("churn");
    backend.push(scene(CHURN));
    await app.launches.stop("churn");
    expect(backend.calls.slice(1)).toEqual([
      ["cancel", "churn"],
      ["live_kernels", "churn"],
      ["stop", "churn"],
    ]);
  });

  it("never cancel on Enter", async () => {
    backend.push(scene(withLaunch(PULLING)));
    app.selection.select("churn");
    await app.launches.enter(app.selection.selected);
    expect(backend.calls).toEqual([["subscribe"]]);
  });

  it("do not remove a pipeline that could not be stopped", async () => {
    backend.fail("stop", failure("The engine is gone."));
    await app.folders.stopAndRemove("alpha");
    expect(backend.calls.map(([name]) => name)).toEqual(["subscribe", "stop"]);
    expect(app.messages.toasts).toHaveLength(1);
  });
});

it("announces only changes", () => {
  const before = scene(CHURN);
  backend.push(before);
  backend.push(scene(withLaunch(PULLING)));
  expect(app.messages.announcement).toBe("churn is starting.");
  backend.push(scene(withLaunch(RUNNING)));
  expect(app.messages.announcement).toBe("churn is running.");
  backend.push(scene(withLaunch(RUNNING), { engine: unavailable(UNREACHABLE, true) }));
  expect(app.messages.announcement).toBe(UNREACHABLE.message);
});

it("shows why there is no connection, until there is one", async () => {
  const mute = new FakeBackend(list(A));
  mute.fail("subscribe", failure("No bridge."));
  const lost = new AppState(mute);
  await lost.connection.connect();
  expect(lost.connection.failure?.message).toBe("No bridge.");
  mute.recover("subscribe");
  await lost.connection.connect();
  expect(lost.connection.failure).toBeNull();
  expect(lost.selection.selected?.id).toBe("alpha");
});

it("reports a refused copy", async () => {
  vi.stubGlobal("navigator", { clipboard: { writeText: () => Promise.reject(new Error("no")) } });
  expect(await app.clipboard.copy("x")).toBe(false);
  expect(app.messages.toasts).toHaveLength(1);
  vi.unstubAllGlobals();
});
