import type { PipelineView } from "../api/types";

/** The pipelines whose path, name or machine has every word of the query. */
export function search(pipelines: readonly PipelineView[], query: string): readonly PipelineView[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return pipelines;
  return pipelines.filter(({ name, path, machine }) => {
    const text = `${path}\n${name}\n${machine ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
