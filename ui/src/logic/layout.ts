import { graphlib, layout } from "@dagrejs/dagre";

import type { GraphStep } from "../api/types";

/** How large every step is drawn, in pixels at the usual size. */
export const STEP = { width: 208, height: 48 };

/** Right and down, of a step's upper left corner. */
export type Place = { x: number; y: number };

/** Where each step is drawn: as it was put by hand, or laid out from left to right where any was not. */
export function places(steps: readonly GraphStep[]): Map<string, Place> {
  const byHand = new Map<string, Place>();
  for (const { uuid, position } of steps) if (position) byHand.set(uuid, { x: position[0], y: position[1] });
  return byHand.size === steps.length && !overlaps([...byHand.values()]) ? byHand : laidOut(steps);
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
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 48 });
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
