import type { EngineState, ImageView, PipelineView, Snapshot } from "../api/types";
import { t } from "../strings";
import { kernelspecOf } from "./lookup";

/** The state of a pipeline's launch. */
export type Phase = "stopped" | "starting" | "running" | "broken" | "stopping" | "failed";

export function phaseOf(pipeline: PipelineView): Phase {
  return pipeline.launch?.state ?? "stopped";
}

/** The mark of a pipeline: its phase, unless something else says more. */
export type Mark = Phase | "cancelled" | "missing" | "unreadable" | "stale";

/** `engine` is the one of the pipeline's machine, here and below. */
export function markOf(pipeline: PipelineView, engine: EngineState): Mark {
  const phase = phaseOf(pipeline);
  if (phase === "running" && engine.state === "unavailable") return "stale";
  if (phase === "failed" && pipeline.launch?.failure?.code === "cancelled") return "cancelled";
  if (phase === "stopped" && pipeline.missing) return "missing";
  if (phase === "stopped" && pipeline.unreadable !== null) return "unreadable";
  return phase;
}

/** True if containers of the launch may exist. */
export function isUp(phase: Phase): boolean {
  return phase === "starting" || phase === "running" || phase === "broken" || phase === "stopping";
}

/** The current action of the filled button. */
export type Primary = {
  action: "launch" | "cancel" | "open";
  label: string;
  /** Why it cannot be pressed; null if it can. */
  blocked: string | null;
};

export function primaryOf(pipeline: PipelineView, engine: EngineState): Primary {
  switch (phaseOf(pipeline)) {
    case "starting":
      return { action: "cancel", label: t.cancel, blocked: null };
    case "running":
      return {
        action: "open",
        label: t.open,
        blocked: engine.state === "unavailable" ? t.blocked.opening(pipeline.machine) : null,
      };
    case "stopping":
      return { action: "launch", label: t.launch, blocked: t.blocked.stopping };
    case "broken":
      return { action: "launch", label: t.restart, blocked: blockedBy(pipeline, engine) };
    case "failed": {
      const label = pipeline.launch?.failure?.code === "cancelled" ? t.launch : t.retry;
      return { action: "launch", label, blocked: blockedBy(pipeline, engine) };
    }
    case "stopped":
      return { action: "launch", label: t.launch, blocked: blockedBy(pipeline, engine) };
  }
}

/** When a pressed notebook opens: now, after a launch, or never. */
export type Opens = "now" | "launched" | "never";

export function opensOf(pipeline: PipelineView, engine: EngineState): Opens {
  const { action, blocked } = primaryOf(pipeline, engine);
  if (blocked !== null || action === "cancel") return "never";
  return action === "open" ? "now" : "launched";
}

function blockedBy(pipeline: PipelineView, engine: EngineState): string | null {
  if (pipeline.missing) return t.blocked.missing;
  if (pipeline.unreadable !== null) return t.blocked.unreadable;
  if (engine.state === "looking") return t.blocked.looking(pipeline.machine);
  if (engine.state === "unavailable") return t.blocked.engine(pipeline.machine);
  if (lacksKernelspec(pipeline)) return t.blocked.kernelspec;
  return null;
}

/** A launch has nothing to run with. At a place, the gateway has a default. */
export function lacksKernelspec({ kernelspec, place }: PipelineView): boolean {
  return kernelspec === null && place === null;
}

/** About how many bytes the missing images of ours need. What they share counts once, if none of them is there yet. */
export function expected(lacking: readonly ImageView[], images: readonly ImageView[]) {
  const here = images.some(({ present, shared }) => present && shared > 0);
  const shared = here ? 0 : Math.max(0, ...lacking.map((image) => image.shared));
  return {
    bytes: lacking.reduce((sum, { adds }) => sum + (adds ?? 0), shared),
    /** True if images of other registries need more. */
    more: lacking.some(({ adds }) => adds === null),
  };
}

/**
 * The images that a launch of this pipeline needs and the engine does not have. At a place, only its server is here; of
 * another machine's engine, nothing is known.
 */
export function imagesLacking(pipeline: PipelineView, snapshot: Snapshot) {
  if (pipeline.machine !== null) return [];
  if (pipeline.place) return snapshot.images.filter(({ present, role }) => !present && role === "server");
  const kernel = kernelspecOf(snapshot, pipeline, pipeline.kernelspec)?.image;
  return snapshot.images.filter((image) => !image.present && (image.role !== "kernel" || image.name === kernel));
}
