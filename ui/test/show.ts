import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";

// The window loads the drawing when it is first shown. Here it is loaded before, so that no test ends while it loads.
import "../src/domain/PipelineGraph.svelte";
import { FakeBackend, type Call } from "../src/api/fake";
import type { Snapshot } from "../src/api/types";
import { AppState } from "../src/state/app";
import { now } from "../src/state/clock.svelte";
import { NOW } from "../src/stories/scenes";
import Window from "../src/views/Window.svelte";

/** The window on a fake that shows this, at the moment of the scenes; `prepare` scripts the fake. */
export async function show(snapshot: Snapshot, prepare: (backend: FakeBackend) => void = () => {}) {
  now.freeze(NOW);
  const backend = new FakeBackend(snapshot);
  prepare(backend);
  const app = new AppState(backend);
  await app.connection.connect();
  render(Window, { app });
  // Commands of the person, without what the window reads by itself.
  const quiet = [
    "subscribe",
    "list_engines",
    "pipeline_graph",
    "watch_launch",
    "live_kernels",
    "follow_logs",
    "environment_packages",
  ];
  const asked = ([command]: Call) => !quiet.includes(command);
  return { backend, app, user: userEvent.setup(), said: () => backend.calls.filter(asked) };
}

export const get = (id: string) => screen.getByTestId(id);
export const all = (id: string) => screen.queryAllByTestId(id);
