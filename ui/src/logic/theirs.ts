import type { PipelineView } from "../api/types";

/** True if another person runs it on the same engine, and its folder is not in the list. */
export function isTheirs({ added, launch }: PipelineView): boolean {
  return !added && launch !== null && launch.owner !== null;
}
