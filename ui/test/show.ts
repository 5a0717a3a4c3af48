import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";

import { FakeBackend, type Call } from "../src/api/fake";
import type { Snapshot } from "../src/api/types";
import { AppState } from "../src/state/app";
import Window from "../src/views/Window.svelte";

/** The window on a fake that shows this. */
export async function show(snapshot: Snapshot) {
  const backend = new FakeBackend(snapshot);
  const app = new AppState(backend);
  await app.connection.connect();
  render(Window, { app });
  // What the person asked for: all but what the window reads by itself.
  const asked = ([command]: Call) => !["subscribe", "pipeline_graph", "watch_launch", "follow_logs"].includes(command);
  return { backend, app, user: userEvent.setup(), said: () => backend.calls.filter(asked) };
}

export const get = (id: string) => screen.getByTestId(id);
export const all = (id: string) => screen.queryAllByTestId(id);
