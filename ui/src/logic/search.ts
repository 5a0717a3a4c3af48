import type { PipelineView } from "../api/types";

/** The pipelines whose path or name has every word of the query. */
export function search(pipelines: readonly PipelineView[], query: string): readonly PipelineView[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return pipelines;
  return pipelines.filter(({ name, path }) => {
    const text = `${path}\n${name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
