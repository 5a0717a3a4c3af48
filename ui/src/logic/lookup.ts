import type { KernelspecView, PipelineView, Snapshot } from "../api/types";

/** The pipeline with this id; null if the snapshot has none. */
export function pipelineOf(snapshot: Snapshot | null, id: string | null): PipelineView | null {
  return snapshot?.pipelines.find((pipeline) => pipeline.id === id) ?? null;
}

/** The usable kernelspec with this name; null if there is none. */
export function kernelspecOf(snapshot: Snapshot, name: string | null | undefined): KernelspecView | null {
  return snapshot.kernelspecs.find((kernelspec) => kernelspec.name === name) ?? null;
}
