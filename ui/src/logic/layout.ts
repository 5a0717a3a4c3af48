import { graphlib, layout } from "@dagrejs/dagre";

import type { GraphStep } from "../api/types";

/** How large every step is drawn, in pixels at the usual size. */
export const STEP = { width: 176, height: 48 };

/** The room that the buttons of the drawing take in its upper right corner. */
export const BUTTONS = { width: 4 * 28 + 8, height: 28 + 8 };

/** Right and down, of a step's upper left corner. */
export type Place = { x: number; y: number };

/** Where each step is drawn: as it was put by hand, or laid out from left to right where any was not. */
export function places(steps: readonly GraphStep[]): Map<string, Place> {
  const byHand = new Map<string, Place>();
  for (const { uuid, position } of steps) if (position) byHand.set(uuid, { x: position[0], y: position[1] });
  return byHand.size === steps.length && !overlaps([...byHand.values()]) ? byHand : laidOut(steps);
}

/** From left to right, and from above down. */
export const inReading = (a: Place, b: Place) => a.x - b.x || a.y - b.y;

/** The box that all steps lie in, and how far down its first step is. */
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

/** The least that a drawing is made small, to be seen whole. */
export const LEAST = 0.05;
/** The smallest at which it can be read. */
const READABLE = 0.8;
const MARGIN = 16;

/** How a drawing is first seen in a room this large: as it can be read, from its beginning; whole where that is wanted. */
export function viewOf(bounds: Bounds, room: { width: number; height: number }, whole: boolean) {
  const fits = Math.min((room.width - 2 * MARGIN) / bounds.width, (room.height - 2 * MARGIN) / bounds.height);
  const zoom = Math.min(1, Math.max(fits, whole ? LEAST : READABLE));
  const middle = (size: number, there: number) => (there - size * zoom) / 2;
  const left = Math.max(MARGIN, middle(bounds.width, room.width));
  let top = middle(bounds.height, room.height);
  if (top < MARGIN) {
    // The first step is in the middle, as far as nothing but room would be seen for it.
    const first = room.height / 2 - (bounds.first - bounds.y + STEP.height / 2) * zoom;
    top = Math.min(MARGIN, Math.max(first, room.height - MARGIN - bounds.height * zoom));
  }
  return { x: left - bounds.x * zoom, y: top - bounds.y * zoom, zoom };
}

/** Whether one would lie on another: what puts all in one place has placed nothing. */
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
