import type { EngineLimits, EngineState, KernelspecView, PipelineView, PlaceKernelspec, Snapshot } from "../api/types";
import { THIS_FOLDER } from "./environment";
import { offered, placeOf } from "./places";

/** The pipeline with this id; null if the snapshot has none. */
export function pipelineOf(snapshot: Snapshot | null, id: string | null): PipelineView | null {
  return snapshot?.pipelines.find((pipeline) => pipeline.id === id) ?? null;
}

/** The limits that the engine keeps; null if none answers. */
export function keptBy(engine: EngineState | undefined): EngineLimits | null {
  return engine?.state === "ready" ? engine.limits : null;
}

/**
 * The kernelspecs that a pipeline can have: the one of its own environment, then the ones of the kernels directory. At a
 * place, those that it offers. On another machine, nothing is known of what they have there.
 */
export function kernelspecsOf(
  snapshot: Snapshot,
  pipeline: PipelineView,
  place = pipeline.place?.name ?? null,
): KernelspecView[] {
  if (place !== null) return offered(placeOf(snapshot, place)).map(elsewhere);
  const known = snapshot.kernelspecs;
  const there = () => known.map((kernelspec) => ({ ...kernelspec, lacks_gpus: false, unkept: null }));
  return [thisFolder(snapshot, pipeline), ...(pipeline.machine === null ? known : there())];
}

/** The kernelspec with this name, as this pipeline has it; null if there is none. */
export function kernelspecOf(
  snapshot: Snapshot,
  pipeline: PipelineView,
  name: string | null | undefined,
  place = pipeline.place?.name ?? null,
): KernelspecView | null {
  return kernelspecsOf(snapshot, pipeline, place).find((kernelspec) => kernelspec.name === name) ?? null;
}

/** The kernelspec of a folder for which none is picked and that has no environment, as in the core. */
export function usualKernelspec({ kernelspecs }: Snapshot): KernelspecView | null {
  return kernelspecs.find(({ name }) => name === "python_docker") ?? kernelspecs[0] ?? null;
}

/** The language of the kernels of a folder's own environment. */
export function ownLanguage({ environment }: PipelineView): string {
  return environment?.language === "R" ? "R" : "python";
}

/** A kernelspec of a place has nothing of this machine. */
function elsewhere({ name, display_name, language }: PlaceKernelspec): KernelspecView {
  return { name, display_name, language, image: "", lacks_gpus: false, unkept: null, remark: null };
}

/** JupyterLab shows it by the same name. */
function thisFolder({ settings }: Snapshot, pipeline: PipelineView): KernelspecView {
  const language = ownLanguage(pipeline);
  const image = `orchest/kernel-${language.toLowerCase()}:${settings.version}`;
  return {
    name: THIS_FOLDER,
    display_name: pipeline.name,
    language,
    image,
    lacks_gpus: false,
    unkept: null,
    remark: null,
  };
}
