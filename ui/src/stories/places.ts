import type { FakeBackend } from "../api/fake";
import type { Check, LaunchView, Live, PipelineView, PlaceState, PlaceView, Snapshot, StageView } from "../api/types";
import { VARIABLES, environment, withEnvironment } from "./environments";
import { CHURN, DONE_STAGES, LIVES, NOW, RUNNING, SECOND, failure, launch, scene, withLaunch } from "./scenes";
import type { Story } from "./stories";

/** What a gateway on Kubernetes offers. */
export const OFFERS: Extract<PlaceState, { state: "ready" }> = {
  state: "ready",
  version: "Enterprise Gateway 3.3.0",
  kernelspecs: [
    {
      name: "python_kubernetes",
      display_name: "Python on Kubernetes",
      language: "python",
      proxy: "KubernetesProcessProxy",
    },
    {
      name: "python_tf_gpu_kubernetes",
      display_name: "Python on Kubernetes with Tensorflow and GPUs",
      language: "python",
      proxy: "KubernetesProcessProxy",
    },
    { name: "R_kubernetes", display_name: "R on Kubernetes", language: "R", proxy: "KubernetesProcessProxy" },
    { name: "spark_scala", display_name: "Spark - Scala (YARN)", language: "scala", proxy: null },
  ],
};
const away = (name: string, address: string): PlaceState => ({
  state: "failed",
  failure: failure(
    `the gateway of \`${name}\` does not answer at ${address}: timed out`,
    "it may be slow, or its network may need a VPN: try again when it answers",
  ),
});
export const AWAY = away("team", "https://gateway.example/team");

export function place(name: string, state: PlaceState, more: Partial<PlaceView> = {}): PlaceView {
  return {
    name,
    address: `https://gateway.example/${name}`,
    state,
    folders: [],
    shared: [],
    user: null,
    has_token: true,
    ...more,
  };
}

export const TEAM = place("team", OFFERS);
const FAR = "https://jupyter-gateway.cluster-two.institute-of-something.example:8443/a/long/path";
const LAB = place("lab 2 of the institute", away("lab 2 of the institute", FAR), {
  address: FAR,
  has_token: false,
});

/** `churn` is launched at `team`. */
export function at(path: string | null = null, more: Partial<PipelineView> = {}): PipelineView {
  return { ...CHURN, place: { name: "team", path }, kernelspec: "python_kubernetes", ...more };
}

export function known(first: PipelineView, places: PlaceView[] = [TEAM], more: Partial<Snapshot> = {}): Snapshot {
  return scene(first, { places, ...more });
}

const GATEWAY: StageView = {
  stage: "gateway",
  state: "done",
  started_at: null,
  took: 214,
  detail: "Enterprise Gateway 3.3.0 (its kernels do not see this folder)",
  progress: null,
  log: [],
};
const [ENGINE, IMAGES, NETWORK, CONTAINERS, READY] = DONE_STAGES as [
  StageView,
  StageView,
  StageView,
  StageView,
  StageView,
];
const STAGES: StageView[] = [
  ENGINE,
  { ...IMAGES, detail: "1 image present" },
  GATEWAY,
  NETWORK,
  { ...CONTAINERS, detail: "Server started" },
  READY,
];

export const RUNNING_AT_TEAM: LaunchView = {
  ...RUNNING,
  place: "team",
  kernelspec: "python_kubernetes",
  kernels: [],
  stages: STAGES,
};
export const LIVES_AT_TEAM: Live[] = LIVES.map(({ kernels, uses }) => ({
  kernels: kernels.map((kernel, i) => ({ ...kernel, kernelspec: i === 0 ? "python_kubernetes" : "R_kubernetes" })),
  uses: uses.filter(({ part }) => part === "server"),
}));

const waiting = (view: StageView): StageView => ({ ...view, state: "waiting", took: null, detail: "" });
const STARTING = launch("starting", {
  kernelspec: "python_kubernetes",
  started_at: NOW - 2.1 * SECOND,
  stages: [
    ENGINE,
    IMAGES,
    {
      ...GATEWAY,
      state: "active",
      took: null,
      started_at: NOW - 1.8 * SECOND,
      detail: "https://gateway.example/team",
    },
    waiting(NETWORK),
    waiting(CONTAINERS),
    waiting(READY),
  ],
});
const REFUSED = launch("failed", {
  kernelspec: "python_kubernetes",
  stages: [
    ENGINE,
    IMAGES,
    { ...GATEWAY, state: "failed", took: 318, detail: "https://gateway.example/team" },
    waiting(NETWORK),
    waiting(CONTAINERS),
    waiting(READY),
  ],
  failure: failure(
    "The gateway of `team` refuses the token (status 403)",
    "Ask those who keep the gateway for a valid token, or for the header that it expects; remove the place and add it again with that",
  ),
});

export const PASSED: Check[] = [
  { name: "address", ok: true, finding: "https://gateway.example/team", remedy: null },
  { name: "token and certificates", ok: true, finding: "a token", remedy: null },
  { name: "gateway", ok: true, finding: "Enterprise Gateway 3.3.0", remedy: null },
  {
    name: "kernelspecs",
    ok: true,
    finding: "`python_kubernetes`, `python_tf_gpu_kubernetes`, `R_kubernetes`, `spark_scala`",
    remedy: null,
  },
  {
    name: "kernel",
    ok: true,
    finding: "one of `python_kubernetes` started by KubernetesProcessProxy in 8.4 s, and was ended",
    remedy: null,
  },
];
export const NO_KERNEL: Check[] = [
  ...PASSED.slice(0, 4),
  {
    name: "kernel",
    ok: false,
    finding: "a kernel of `python_kubernetes` at `team` was not ready after 90 s",
    remedy: "those who keep the gateway see in its log whether it waits for a machine or an image",
  },
];
export const TAKEN = failure("there is a place `team` already", "remove it first, or pick another name");

const id = (name: string) => `[data-testid=${name}]`;
const SETTINGS = [id("open-settings"), "#show #places"];
const settings = (places: PlaceView[], script?: (backend: FakeBackend) => void, clicks: string[] = []): Story => ({
  snapshot: known(CHURN, places),
  script,
  clicks: [...SETTINGS, ...clicks],
});
const FILLED = [
  { into: id("place-name"), text: "team" },
  { into: id("place-address"), text: "https://gateway.example/team" },
  { into: id("place-user"), text: "ada" },
  { into: id("place-token"), text: "0c1d2e3f4a5b" },
  { into: id("place-shared"), text: "/home/ada/projects=/srv/ada\n/data" },
];
const picker = (state: PlaceState): Story => ({
  snapshot: known(at(null, { kernelspec: state.state === "ready" ? "python_kubernetes" : null }), [
    place("team", state),
  ]),
  clicks: [id("kernelspec-picker")],
});
const WITH_PACKAGES = withEnvironment(environment("wanted"), { variables: VARIABLES });
const installs = (backend: FakeBackend) => {
  backend.answers = { environment_packages: { installed: [], by_hand: [] } };
};

export const places: Record<string, Story> = {
  "place-here": { snapshot: known(CHURN) },
  "place-here-running": { snapshot: known(withLaunch(RUNNING)), script: (backend) => (backend.lives = LIVES) },
  "place-pick": { snapshot: known(at(), [TEAM, LAB]), clicks: [id("place-picker")] },
  "place-unseen": { snapshot: known(at()) },
  "place-seen": { snapshot: known(at("/srv/ada/retention/churn")) },
  "place-ready": picker(OFFERS),
  "place-asking": picker({ state: "asking" }),
  "place-unknown": picker({ state: "unknown" }),
  "place-failed": picker(AWAY),
  "place-starting": { snapshot: known(at(null, { launch: STARTING })) },
  "place-refused": { snapshot: known(at(null, { launch: REFUSED })) },
  "place-running": {
    snapshot: known(at("/srv/ada/retention/churn", { launch: RUNNING_AT_TEAM }), [
      { ...TEAM, folders: ["churn"], shared: ["/home/ada/projects=/srv/ada"] },
    ]),
    script: (backend) => (backend.lives = LIVES_AT_TEAM),
  },
  "place-running-stages": {
    snapshot: known(at(null, { launch: RUNNING_AT_TEAM })),
    script: (backend) => (backend.lives = [{ kernels: [], uses: LIVES_AT_TEAM.at(-1)!.uses }]),
    clicks: [".scroll section:last-child > button", "#scroll .scroll"],
  },
  "place-environment": {
    snapshot: known({ ...WITH_PACKAGES, place: { name: "team", path: null }, kernelspec: "python_kubernetes" }),
    script: installs,
    clicks: [id("tab-environment")],
  },
  "place-environment-none": { snapshot: known(at()), script: installs, clicks: [id("tab-environment")] },
  "place-engine": { snapshot: known(CHURN, [TEAM, LAB]), clicks: [id("engine-state")] },
  "place-palette": {
    snapshot: known(at(), [TEAM, LAB]),
    clicks: ["#press Ctrl+k"],
    type: { into: id("palette-query"), text: "place" },
  },
  "settings-places-none": settings([]),
  "settings-places": settings([
    { ...LAB, shared: ["/data"] },
    place("new", { state: "unknown" }, { has_token: false }),
    place("slow", { state: "asking" }, { user: "ada" }),
    { ...TEAM, user: "ada", folders: ["churn", "weather"], shared: ["/home/ada/projects=/srv/ada", "/data"] },
  ]),
  "settings-places-remove": settings([TEAM], undefined, [id("place-remove")]),
  "settings-places-add": settings([], undefined, [id("place-add")]),
  "settings-places-filled": { ...settings([], undefined, [id("place-add")]), type: FILLED },
  "settings-places-adding": {
    ...settings([], (backend) => backend.hang("add_place"), [id("place-add")]),
    type: FILLED,
    then: [id("place-save")],
  },
  "settings-places-error": {
    ...settings([TEAM], (backend) => backend.fail("add_place", TAKEN), [id("place-add")]),
    type: FILLED,
    then: [id("place-save")],
  },
  "settings-places-testing": settings([TEAM], (backend) => backend.hang("test_place"), [id("place-test")]),
  "settings-places-passed": settings([TEAM], (backend) => (backend.answers = { test_place: PASSED }), [
    id("place-test"),
  ]),
  "settings-places-failed": settings([TEAM], (backend) => (backend.answers = { test_place: NO_KERNEL }), [
    id("place-test"),
  ]),
};
