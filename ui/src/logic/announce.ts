import type { Snapshot } from "../api/types";
import { t } from "../strings";
import { phaseOf } from "./phase";

/** The words of a screen reader when a snapshot replaces another. */
export function announcements(before: Snapshot, after: Snapshot): string[] {
  const said: string[] = [];
  if (before.engine.state !== after.engine.state) {
    if (after.engine.state === "ready") said.push(t.announce.engineReady(after.engine.name));
    if (after.engine.state === "unavailable") said.push(after.engine.failure.message);
  }
  const machines = new Map(before.machines.map(({ name, engine }) => [name, engine.state]));
  for (const { name, engine } of after.machines) {
    if (!machines.has(name) || machines.get(name) === engine.state) continue;
    if (engine.state === "ready") said.push(t.announce.machineReady(name));
    if (engine.state === "unavailable") said.push(t.announce.machineAway(name, engine.failure.message));
  }
  const newer = after.updates.newer?.version;
  if (newer && newer !== before.updates.newer?.version) said.push(t.announce.newer(newer));
  const { installed } = after.updates;
  if (installed && installed !== before.updates.installed) said.push(t.announce.installed(installed));
  const known = new Map(before.pipelines.map((pipeline) => [pipeline.id, pipeline]));
  for (const pipeline of after.pipelines) {
    const old = known.get(pipeline.id);
    if (!old) continue;
    const phase = phaseOf(pipeline);
    if (phaseOf(old) !== phase) {
      const failure = pipeline.launch?.failure?.message;
      said.push([t.announce.phase[phase](pipeline.name), failure].filter(Boolean).join(" "));
    }
  }
  return said;
}
