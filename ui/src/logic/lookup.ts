import type { EngineLimits, EngineState, KernelspecView, PipelineView, Snapshot } from "../api/types";
import { THIS_FOLDER } from "./environment";

/** The pipeline with this id; null if the snapshot has none. */
export function pipelineOf(snapshot: Snapshot | null, id: string | null): PipelineView | null {
  return snapshot?.pipelines.find((pipeline) => pipeline.id === id) ?? null;
}

/** The limits that the engine keeps; null if none answers. */
export function keptBy(engine: EngineState | undefined): EngineLimits | null {
  return engine?.state === "ready" ? engine.limits : null;
}

/** The kernelspecs that a pipeline can have: the one of its own environment, then the ones of the kernels directory. */
export function kernelspecsOf(snapshot: Snapshot, pipeline: PipelineView): KernelspecView[] {
  return [thisFolder(snapshot, pipeline), ...snapshot.kernelspecs];
}

/** The kernelspec with this name, as this pipeline has it; null if there is none. */
export function kernelspecOf(
  snapshot: Snapshot,
  pipeline: PipelineView,
  name: string | null | undefined,
): KernelspecView | null {
  return kernelspecsOf(snapshot, pipeline).find((kernelspec) => kernelspec.name === name) ?? null;
}

/** The kernelspec of a folder for which none is picked and that has no environment, as in the core. */
export function usualKernelspec({ kernelspecs }: Snapshot): KernelspecView | null {
  return kernelspecs.find(({ name }) => name === "python_docker") ?? kernelspecs[0] ?? null;
}

/** The language of the kernels of a folder's own environment. */
export function ownLanguage({ environment }: PipelineView): string {
  return environment?.language === "R" ? "R" : "python";
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
