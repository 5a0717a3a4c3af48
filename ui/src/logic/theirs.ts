import type { PipelineView } from "../api/types";

/** Somebody else runs it on the same engine, in a folder that is not in the person's own list. */
export function isTheirs({ added, launch }: PipelineView): boolean {
  return !added && launch !== null && launch.owner !== null;
}
