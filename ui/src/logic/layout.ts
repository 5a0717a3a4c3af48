import { graphlib, layout } from "@dagrejs/dagre";

import type { GraphStep } from "../api/types";

/** The size of a step, px at zoom 1. */
export const STEP = { width: 176, height: 48 };

/** The room of the buttons in the upper right corner, px. */
export const BUTTONS = { width: 4 * 28 + 8, height: 28 + 8 };

/** The upper left corner of a step, px to the right and down. */
export type Place = { x: number; y: number };

/** The place of each step: from the file, or laid out from left to right if any step has none. */
export function places(steps: readonly GraphStep[]): Map<string, Place> {
  const byHand = new Map<string, Place>();
  for (const { uuid, position } of steps) if (position) byHand.set(uuid, { x: position[0], y: position[1] });
  return byHand.size === steps.length && !overlaps([...byHand.values()]) ? byHand : laidOut(steps);
}

/** The order of reading: from left to right, then from top to bottom. */
export const inReading = (a: Place, b: Place) => a.x - b.x || a.y - b.y;

/** The box around all steps; `first` is the top of the first step. */
export type Bounds = { x: number; y: number; width: number; height: number; first: number };

export function boundsOf(places: readonly Place[]): Bounds {
  if (places.length === 0) return { x: 0, y: 0, width: 0, height: 0, first: 0 };
  const [x, y] = [Math.min(...places.map((place) => place.x)), Math.min(...places.map((place) => place.y))];
  return {
    x,
    y,
    width: Math.max(...places.map((place) => place.x)) + STEP.width - x,
    height: Math.max(...places.map((place) => place.y)) + STEP.height - y,
    first: places.toSorted(inReading)[0]!.y,
  };
}

/** The smallest zoom, for the view of a whole drawing. */
export const LEAST = 0.05;
/** The smallest zoom that can be read. */
const READABLE = 0.8;
const MARGIN = 16;

/** The first view of a drawing: readable and from the first step, or with `whole` all of it. */
export function viewOf(bounds: Bounds, room: { width: number; height: number }, whole: boolean) {
  const fits = Math.min((room.width - 2 * MARGIN) / bounds.width, (room.height - 2 * MARGIN) / bounds.height);
  const zoom = Math.min(1, Math.max(fits, whole ? LEAST : READABLE));
  const middle = (size: number, there: number) => (there - size * zoom) / 2;
  const left = Math.max(MARGIN, middle(bounds.width, room.width));
  let top = middle(bounds.height, room.height);
  if (top < MARGIN) {
    // The first step is in the middle, unless that would show empty room.
    const first = room.height / 2 - (bounds.first - bounds.y + STEP.height / 2) * zoom;
    top = Math.min(MARGIN, Math.max(first, room.height - MARGIN - bounds.height * zoom));
  }
  return { x: left - bounds.x * zoom, y: top - bounds.y * zoom, zoom };
}

/** True if steps lie on each other. Then the places of the file are not used. */
function overlaps(places: readonly Place[]) {
  const sorted = places.toSorted((a, b) => a.x - b.x);
  return sorted.some((a, i) => {
    for (const b of sorted.slice(i + 1)) {
      if (b.x - a.x >= STEP.width) return false;
      if (Math.abs(b.y - a.y) < STEP.height) return true;
    }
    return false;
  });
}

function laidOut(steps: readonly GraphStep[]): Map<string, Place> {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 32 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { uuid } of steps) graph.setNode(uuid, { ...STEP });
  for (const { uuid, after } of steps) {
    for (const before of after) if (before !== uuid) graph.setEdge(before, uuid);
  }
  layout(graph);
  return new Map(
    steps.map(({ uuid }) => {
      const { x, y } = graph.node(uuid);
      return [uuid, { x: x - STEP.width / 2, y: y - STEP.height / 2 }];
    }),
  );
}
