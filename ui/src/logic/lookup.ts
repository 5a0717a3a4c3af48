import type { KernelspecView, PipelineView, Snapshot } from "../api/types";

/** The pipeline with this id; null where the snapshot has none. */
export function pipelineOf(snapshot: Snapshot | null, id: string | null): PipelineView | null {
  return snapshot?.pipelines.find((pipeline) => pipeline.id === id) ?? null;
}

/** The kernelspec with this name; null where there is none that can be used. */
export function kernelspecOf(snapshot: Snapshot, name: string | null | undefined): KernelspecView | null {
  return snapshot.kernelspecs.find((kernelspec) => kernelspec.name === name) ?? null;
}
