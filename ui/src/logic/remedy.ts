import type { EngineRemedy } from "../api/types";

/** Whether the program itself can do what gives the person an engine. */
export function runs(remedy: EngineRemedy | null): boolean {
  if (remedy?.kind === "install" || remedy?.kind === "join_group") return remedy.runs;
  return remedy?.kind === "start";
}
