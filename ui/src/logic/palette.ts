import type { PipelineView, Snapshot } from "../api/types";
import { type Action, actionsOf } from "./actions";
import { score } from "./fuzzy";

/** A line of the palette. `key` identifies it in the list of recent ones. */
export type Entry =
  | { kind: "action"; key: string; title: string; action: Action }
  | { kind: "pipeline"; key: string; title: string; pipeline: PipelineView };

/** At most so many lines are shown. A longer query finds the rest. */
const SHOWN = 50;

/** A match in a pipeline's machine and path counts less than one in its name. */
const PATH = 0.5;

/**
 * The lines for a query, the best match first; of equal matches, the most recently used. Without a query, the recently
 * used lines come first, then all others.
 */
export function entries(
  snapshot: Snapshot,
  selected: PipelineView | null,
  query: string,
  recent: readonly string[],
): Entry[] {
  const actions = actionsOf(selected, snapshot).map((action): Entry => {
    const title = action.ofPipeline && selected ? `${action.label} · ${selected.name}` : action.label;
    return { kind: "action", key: `do:${action.id}`, title, action };
  });
  const pipelines = snapshot.pipelines.map((pipeline): Entry => ({
    kind: "pipeline",
    key: `go:${pipeline.id}`,
    title: pipeline.name,
    pipeline,
  }));
  const all = [...actions, ...pipelines];
  const place = new Map(recent.map((key, index) => [key, index]));
  const lately = (entry: Entry) => place.get(entry.key) ?? recent.length;
  if (query.trim() === "") return all.toSorted((a, b) => lately(a) - lately(b)).slice(0, SHOWN);
  return all
    .flatMap((entry) => {
      const found = match(entry, query);
      return found === null ? [] : [{ entry, found }];
    })
    .toSorted((a, b) => b.found - a.found || lately(a.entry) - lately(b.entry))
    .slice(0, SHOWN)
    .map(({ entry }) => entry);
}

function match(entry: Entry, query: string): number | null {
  const title = score(query, entry.title);
  if (entry.kind === "action") return title;
  const { machine, path: there } = entry.pipeline;
  const path = score(query, machine === null ? there : `${machine} ${there}`);
  if (path === null) return title;
  return Math.max(title ?? 0, path * PATH);
}

/** The recent keys after `key` was used. */
export function used(recent: readonly string[], key: string): string[] {
  return [key, ...recent.filter((other) => other !== key)].slice(0, 6);
}
