import type { EngineState, PipelineView, Snapshot, Sort, Theme } from "../api/types";
import { t } from "../strings";
import { engineOf } from "./machines";
import { imagesLacking, isUp, phaseOf, primaryOf } from "./phase";
import { runs } from "./remedy";
import { keysOf } from "./shortcuts";
import { isTheirs } from "./theirs";

/** Every action with a name. Menus, palette, shortcuts and their help share this list. */
export type ActionId =
  | "act"
  | "stop"
  | "restart"
  | "copy-address"
  | "pin"
  | "unpin"
  | "locate"
  | "reveal"
  | "copy-path"
  | "forget"
  | "remove"
  | "add"
  | "example"
  | "search"
  | "palette"
  | "prepare"
  | "start-engine"
  | "set-up-engine"
  | "look-again"
  | "new-kernelspec"
  | "edit-kernelspecs"
  | "reveal-kernels"
  | "settings"
  | "reveal-settings"
  | "reveal-logs"
  | "check-updates"
  | "show-environment"
  | "show-logs"
  | `theme-${Theme}`
  | `sort-${Sort}`
  | "zoom-in"
  | "zoom-out"
  | "zoom-reset"
  | "help"
  | "add-place"
  | "add-machine"
  | PlaceAction
  | MachineAction
  | "quit";

/** Picks the place with this name for the selected pipeline; without a name, this machine. */
export type PlaceAction = `place-${string}`;

/** True if the action picks a place. */
export function picksPlace(id: ActionId): id is PlaceAction {
  return id.startsWith("place-");
}

/** The place that an action picks; null for this machine. */
export function placeIn(id: PlaceAction): string | null {
  return id.slice("place-".length) || null;
}

/** Adds a folder on the machine with this name. */
export type MachineAction = `add-on-${string}`;

/** True if the action adds a folder on another machine. */
export function addsThere(id: ActionId): id is MachineAction {
  return id.startsWith("add-on-");
}

/** The machine of an action that adds a folder. */
export function machineIn(id: MachineAction): string {
  return id.slice("add-on-".length);
}

/** The actions on a kernel. */
export type KernelAct = "interrupt" | "restart" | "shut-down";

export type Action = {
  id: ActionId;
  label: string;
  /** Its keys, as a keyboard names them. */
  keys: string[];
  /** True if it acts on the selected pipeline. */
  ofPipeline: boolean;
};

function action(id: ActionId, label: string, ofPipeline = false): Action {
  return { id, label, keys: keysOf(id === "act" ? "enter" : id), ofPipeline };
}

/** The actions of the buttons on a pipeline's page. */
function buttonsOf(pipeline: PipelineView, engine: EngineState): Action[] {
  const can: Action[] = [];
  const primary = primaryOf(pipeline, engine);
  if (primary.blocked === null) can.push(action("act", primary.label, true));
  const phase = phaseOf(pipeline);
  // A launch that is starting is cancelled by the filled button.
  if (isUp(phase) && phase !== "starting" && phase !== "stopping") can.push(action("stop", t.stop, true));
  return can;
}

/** True if the pipeline can be given the place that its folder was moved to. A launch still uses the old place. */
export function canLocate(pipeline: PipelineView): boolean {
  // The dialog of the system shows the folders of this machine alone.
  return pipeline.machine === null && pipeline.added && pipeline.missing && !isUp(phaseOf(pipeline));
}

/** The menu of a row: it also has the actions of the page's buttons. */
export function rowMenuOf(pipeline: PipelineView, engine: EngineState): Action[] {
  return [...buttonsOf(pipeline, engine), ...menuOf(pipeline)];
}

/** The menu of a pipeline's page: all actions that have no button there. */
export function menuOf(pipeline: PipelineView): Action[] {
  const { added, pinned } = pipeline;
  const runs = phaseOf(pipeline) === "running";
  return [
    ...(runs ? [action("restart", t.action.restart, true), action("copy-address", t.action.copyAddress, true)] : []),
    ...(canLocate(pipeline) ? [action("locate", t.action.locate, true)] : []),
    // A launch whose folder is not in the list leaves the list when it stops.
    ...(added ? [pinned ? action("unpin", t.action.unpin, true) : action("pin", t.action.pin, true)] : []),
    ...(pipeline.machine === null ? [action("reveal", t.action.reveal, true)] : []),
    action("copy-path", t.action.copyPath, true),
    // The state of a running launch is in use, and the state of another person's launch is theirs.
    ...(!isUp(phaseOf(pipeline)) && !isTheirs(pipeline) ? [action("forget", t.action.forget, true)] : []),
    ...(added ? [action("remove", t.action.remove, true)] : []),
  ];
}

/** The other places of a pipeline's next launch. A launch stays where it runs, and on another machine there is none. */
function placesOf(pipeline: PipelineView, { places }: Snapshot): Action[] {
  if (pipeline.machine !== null || !pipeline.added || isUp(phaseOf(pipeline))) return [];
  const picked = pipeline.place?.name;
  const others = places.filter(({ name }) => name !== picked);
  return [
    ...(pipeline.place ? [action("place-", t.action.place(t.places.thisMachine), true)] : []),
    ...others.map(({ name }) => action(`place-${name}`, t.action.place(name), true)),
  ];
}

/** The ways to add a folder, one for each machine: the first is this one. */
export function addingOf({ machines }: Snapshot): Action[] {
  return [action("add", t.action.addHere), ...machines.map(({ name }) => addOn(name))];
}

const addOn = (machine: string) => action(`add-on-${machine}`, t.action.addOn(machine));

/** All actions that are possible now. */
export function actionsOf(pipeline: PipelineView | null, snapshot: Snapshot): Action[] {
  const { engine, settings, pipelines, images } = snapshot;
  const can: Action[] = [];
  if (pipeline) {
    can.push(...buttonsOf(pipeline, engineOf(snapshot, pipeline)));
    if (!isTheirs(pipeline)) can.push(action("show-environment", t.action.showEnvironment, true));
    can.push(action("show-logs", t.action.showLogs, true), ...menuOf(pipeline), ...placesOf(pipeline, snapshot));
  }
  can.push(action("add", t.action.add), ...snapshot.machines.map(({ name }) => addOn(name)));
  if (pipelines.every(isTheirs)) can.push(action("example", t.action.example));
  if (pipelines.length > 0) can.push(action("search", t.action.search));
  const here = pipeline?.machine === null;
  const lacking = here ? imagesLacking(pipeline, snapshot).length > 0 : images.some(({ present }) => !present);
  if (engine.state === "ready" && lacking && !snapshot.preparing) can.push(action("prepare", t.action.prepare));
  if (engine.state === "unavailable") {
    const { remedy } = engine;
    if (remedy?.kind === "start") can.push(action("start-engine", t.engine.start(remedy.name)));
    if (!snapshot.engine_setup && runs(remedy)) {
      if (remedy?.kind === "install") can.push(action("set-up-engine", t.engine.install.button(remedy.name)));
      if (remedy?.kind === "join_group") can.push(action("set-up-engine", t.engine.join.button(remedy.group)));
    }
    can.push(action("look-again", t.action.lookAgain));
  }
  can.push(action("settings", t.action.settings));
  for (const theme of ["system", "light", "dark"] as const) {
    if (settings.theme !== theme) can.push(action(`theme-${theme}`, t.action.theme[theme]));
  }
  for (const sort of ["name", "opened", "changed"] as const) {
    if (settings.sort !== sort) can.push(action(`sort-${sort}`, t.action.sort[sort]));
  }
  if (nextZoom(settings.zoom, 1) !== settings.zoom) can.push(action("zoom-in", t.action.zoomIn));
  if (nextZoom(settings.zoom, -1) !== settings.zoom) can.push(action("zoom-out", t.action.zoomOut));
  if (settings.zoom !== 1) can.push(action("zoom-reset", t.action.zoomReset));
  can.push(
    action("new-kernelspec", t.action.newKernelspec),
    action("edit-kernelspecs", t.action.editKernelspecs),
    action("reveal-kernels", t.action.revealKernels),
    action("add-place", t.action.addPlace),
    action("add-machine", t.action.addMachine),
    action("reveal-settings", t.action.revealSettings),
    action("reveal-logs", t.action.revealLogs),
    ...(snapshot.updates.address ? [action("check-updates", t.action.checkUpdates)] : []),
    action("help", t.action.help),
    action("quit", t.action.quit),
  );
  return can;
}

const ZOOMS = [0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];

/** The next larger or smaller size, in the steps of browsers. */
export function nextZoom(zoom: number, by: 1 | -1): number {
  const next = by > 0 ? ZOOMS.find((size) => size > zoom + 0.001) : ZOOMS.findLast((size) => size < zoom - 0.001);
  return next ?? zoom;
}
