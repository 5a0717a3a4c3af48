import type { FakeBackend } from "../api/fake";
import type { Check, Command, EngineState, FoldersThere, MachineView, PipelineView, Snapshot } from "../api/types";
import {
  CHURN,
  DONE_STAGES,
  LIVES,
  READY,
  RUNNING,
  UNREACHABLE,
  failure,
  pipeline,
  scene,
  unavailable,
} from "./scenes";
import { BY_HAND, environment } from "./environments";
import { TEAM } from "./places";
import type { Story } from "./stories";

const PODMAN: EngineState = {
  ...(READY as Extract<EngineState, { state: "ready" }>),
  name: "Podman Engine",
  version: "5.4.2",
  endpoint: "ssh://ada@rack/run/user/1000/podman/podman.sock",
  found_by: "ssh://ada@rack",
};
const away = (address: string, remedy: string) =>
  failure(`the engine at ${address} does not answer: Connection timed out`, `${remedy}; its network may need a VPN`, {
    code: "engine_unreachable",
  });
const AWAY = away("ssh://ada@rack", "see whether `ssh ada@rack` works in a terminal");
const FAR = "tcp://docker-host.cluster-two.institute-of-something.example:2376";

export function machine(name: string, engine: EngineState = PODMAN, address = `ssh://ada@${name}`): MachineView {
  return { name, address, engine };
}

export const RACK = machine("rack");
/** It answered before. */
export const RACK_AWAY = machine("rack", unavailable(AWAY, true));
export const LOOKING = machine("gpu box", { state: "looking" }, "gpu-box");
const NEVER = machine("lab 2 of the institute", unavailable(away(FAR, "see whether the machine is on")), FAR);

/** A folder on `rack`. */
export function there(name: string, more: Partial<PipelineView> = {}): PipelineView {
  return pipeline(name, { id: `rack:${name}`, machine: "rack", path: `/home/ada/projects/${name}`, ...more });
}

export const STARS = there("stars", { ...CHURN, id: "rack:stars", name: "stars", machine: "rack" });
const RUNNING_THERE = {
  ...RUNNING,
  id: STARS.id,
  address: "http://127.0.0.1:40102/…/lab",
  stages: DONE_STAGES.map((each) => (each.stage === "engine" ? { ...each, detail: "Podman Engine 5.4.2" } : each)),
};
export const STARS_RUNNING: PipelineView = { ...STARS, launch: RUNNING_THERE };

/** `first`, the folders of this machine, and another one on `rack`. */
export function withMachines(
  first: PipelineView,
  machines: MachineView[] = [RACK],
  more: Partial<Snapshot> = {},
): Snapshot {
  const snapshot = scene(first, { machines, ...more });
  const other = there("a folder with a long name", { path: "/srv/data/collaborations/institute/a folder" });
  return { ...snapshot, pipelines: more.pipelines ?? [...snapshot.pipelines, other] };
}

const TREE: Record<string, FoldersThere["folders"]> = {
  "/": ["bin", "etc", "home", "srv"].map((name) => ({ name, has_notebooks: false })),
  "/home": ["ada", "grace"].map((name) => ({ name, has_notebooks: false })),
  "/home/ada": [
    { name: "data", has_notebooks: false },
    { name: "notes", has_notebooks: true },
    { name: "projects", has_notebooks: false },
    { name: "stars", has_notebooks: true },
  ],
  "/home/ada/notes": [],
};

/** The folders on `rack`. */
export function folders(asked: Command): FoldersThere {
  const path = "path" in asked ? asked.path : "";
  return { path, folders: TREE[path] ?? [], truncated: false };
}

export const MANY_FOLDERS: FoldersThere = {
  path: "/srv/data",
  folders: Array.from({ length: 500 }, (_, i) => ({ name: `run-${i + 1}`, has_notebooks: i % 7 === 0 })),
  truncated: true,
};
export const NO_FOLDER = failure("there is no folder `/home` on rack", "give the path of a folder that is there");

export const PASSED: Check[] = [
  { name: "engine", ok: true, finding: "Podman Engine 5.4.2 at `ssh://ada@rack`", remedy: null },
  { name: "folders", ok: true, finding: "`/home` can be looked at", remedy: null },
  { name: "images", ok: true, finding: "3 images present", remedy: null },
  { name: "kernelspecs", ok: true, finding: "`python_docker`, `r_docker`", remedy: null },
];
export const NO_ENGINE: Check[] = [
  { name: "engine", ok: false, finding: AWAY.message, remedy: AWAY.hint },
  { name: "kernelspecs", ok: true, finding: "`python_docker`, `r_docker`", remedy: null },
];
export const TAKEN = failure("there is a place `rack` already", "remove it first, or pick another name");
export const RUNS_THERE = failure("launches run on rack: /home/ada/projects/stars", "stop them first");

const id = (name: string) => `[data-testid=${name}]`;
const answers = (backend: FakeBackend) => {
  backend.answers = { list_folders: folders, add_folder_there: "rack:notes" };
};
const settings = (
  machines: MachineView[],
  script?: (backend: FakeBackend) => void,
  clicks: string[] = [],
  first: PipelineView = CHURN,
): Story => ({
  snapshot: withMachines(first, machines),
  script,
  clicks: [id("open-settings"), "#show #machines", ...clicks],
});
const FILLED = [
  { into: id("machine-name"), text: "rack" },
  { into: id("machine-address"), text: "ssh://ada@rack" },
];
const MENU = [id("add-folder")];
const DIALOG = [...MENU, "[data-id=add-on-rack]"];
const browser = (script: (backend: FakeBackend) => void, clicks: string[] = []): Story => ({
  snapshot: withMachines(CHURN),
  script,
  clicks: [...DIALOG, ...clicks],
});
const row = (name: string) => `[data-testid=folder-there][data-name=${name}]`;
const packages = (backend: FakeBackend) => {
  backend.answers = { environment_packages: { installed: [], by_hand: BY_HAND } };
};
const noPackages = (backend: FakeBackend) => {
  backend.answers = { environment_packages: { installed: [], by_hand: [] } };
};

export const machines: Record<string, Story> = {
  "machine-stopped": { snapshot: withMachines(STARS) },
  "machine-places": { snapshot: withMachines(STARS, [RACK], { places: [TEAM] }) },
  "machine-running": { snapshot: withMachines(STARS_RUNNING), script: (backend) => (backend.lives = LIVES) },
  "machine-looking": { snapshot: withMachines(STARS, [machine("rack", { state: "looking" })]) },
  "machine-away": { snapshot: withMachines(STARS, [RACK_AWAY, LOOKING]) },
  "machine-away-running": { snapshot: withMachines(STARS_RUNNING, [RACK_AWAY]) },
  "machine-missing": { snapshot: withMachines({ ...STARS, missing: true, notebooks: [], pipeline_files: [] }) },
  "machine-here-away": { snapshot: withMachines(STARS, [RACK], { engine: unavailable(UNREACHABLE), images: [] }) },
  "machine-menu": { snapshot: withMachines(STARS), clicks: ["#menu [data-id='rack:stars']"] },
  "machine-environment": {
    snapshot: withMachines({ ...STARS, environment: environment("ready"), kernelspec: "this_folder" }),
    script: packages,
    clicks: [id("tab-environment")],
  },
  "machine-environment-none": {
    snapshot: withMachines(STARS),
    script: noPackages,
    clicks: [id("tab-environment")],
  },
  "machine-kernelspecs": { snapshot: withMachines(STARS), clicks: [id("kernelspec-picker")] },
  "machine-engine": { snapshot: withMachines(CHURN, [RACK_AWAY, LOOKING]), clicks: [id("engine-state")] },
  "machine-status": { snapshot: withMachines(CHURN, [RACK, LOOKING, NEVER]), clicks: [id("machines-state")] },
  "machine-palette": {
    snapshot: withMachines(CHURN),
    clicks: ["#press Ctrl+k"],
    type: { into: id("palette-query"), text: "rack" },
  },
  "machine-add-menu": { snapshot: withMachines(CHURN, [RACK, LOOKING]), clicks: MENU },
  "machine-first-run": { snapshot: withMachines(CHURN, [RACK], { pipelines: [], images: [] }), clicks: MENU },
  "machine-folders": browser(answers, [row("ada")]),
  "machine-folders-empty": browser(answers, [row("ada"), row("notes")]),
  "machine-folders-many": browser((backend) => (backend.answers = { list_folders: MANY_FOLDERS })),
  "machine-folders-looking": browser((backend) => backend.hang("list_folders")),
  "machine-folders-error": browser((backend) => backend.fail("list_folders", NO_FOLDER)),
  "machine-folders-refused": browser(
    (backend) => {
      answers(backend);
      backend.fail("add_folder_there", failure("`/home` cannot be launched", "pick a folder in it"));
    },
    [id("folder-add")],
  ),
  "settings-machines-none": settings([]),
  "settings-machines": settings([machine("farm"), LOOKING, NEVER, RACK], undefined, [], STARS_RUNNING),
  "settings-machines-away": settings([RACK_AWAY]),
  "settings-machines-remove": settings([RACK], undefined, [id("machine-remove")]),
  "settings-machines-refused": settings([RACK], (backend) => backend.fail("remove_machine", RUNS_THERE), [
    id("machine-remove"),
    id("machine-remove-confirm"),
  ]),
  "settings-machines-add": settings([], undefined, [id("machine-add")]),
  "settings-machines-adding": {
    ...settings([], (backend) => backend.hang("add_machine"), [id("machine-add")]),
    type: FILLED,
    then: [id("machine-save")],
  },
  "settings-machines-error": {
    ...settings([RACK], (backend) => backend.fail("add_machine", TAKEN), [id("machine-add")]),
    type: FILLED,
    then: [id("machine-save")],
  },
  "settings-machines-testing": settings([RACK], (backend) => backend.hang("test_machine"), [id("machine-test")]),
  "settings-machines-passed": settings([RACK], (backend) => (backend.answers = { test_machine: PASSED }), [
    id("machine-test"),
  ]),
  "settings-machines-failed": settings([RACK_AWAY], (backend) => (backend.answers = { test_machine: NO_ENGINE }), [
    id("machine-test"),
  ]),
};
