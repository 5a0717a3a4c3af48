import type { EngineState, MachineView, PipelineView, Snapshot } from "../api/types";
import { t } from "../strings";
import { isUp, phaseOf } from "./phase";

/** The engine of a machine that was removed a moment ago. */
const GONE: EngineState = { state: "looking" };

/** The machine with this name; null for this machine and for one that was removed. */
export function machineOf(snapshot: Snapshot | null, name: string | null | undefined): MachineView | null {
  return snapshot?.machines.find((machine) => machine.name === name) ?? null;
}

/** The engine that a folder is launched on: the one of its machine. */
export function engineOf(snapshot: Snapshot, { machine }: Pick<PipelineView, "machine">): EngineState {
  return machine === null ? snapshot.engine : (machineOf(snapshot, machine)?.engine ?? GONE);
}

/** What is known of a machine's engine, in a few words. */
export function engineWords(engine: EngineState): string {
  return engine.state === "ready" ? `${engine.name} ${engine.version}` : t.engine.state[engine.state];
}

/** The state of the machine that is worst off; null without machines. */
export function worst(machines: readonly MachineView[]): EngineState["state"] | null {
  const states = machines.map(({ engine }) => engine.state);
  return (["unavailable", "looking", "ready"] as const).find((state) => states.includes(state)) ?? null;
}

/** The person's own launches on a machine, by the names of their folders. */
export function launchesOn(snapshot: Snapshot, name: string): string[] {
  return snapshot.pipelines
    .filter((pipeline) => pipeline.machine === name && isUp(phaseOf(pipeline)) && !pipeline.launch?.owner)
    .map((pipeline) => pipeline.name);
}

/** The path of a folder in another one on a machine. */
export function within(path: string, name: string): string {
  return `${path.replace(/\/+$/, "")}/${name}`;
}

/** The folder that has this one, and its name there; null for the root, and for what is no whole path. */
export function above(path: string): { path: string; name: string } | null {
  const whole = path.trim().replace(/\/+$/, "");
  const at = whole.lastIndexOf("/");
  return at < 0 ? null : { path: whole.slice(0, at) || "/", name: whole.slice(at + 1) };
}
