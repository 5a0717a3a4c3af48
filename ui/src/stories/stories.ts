import type { FakeBackend } from "../api/fake";
import type { Engines, EngineState, HandInstalled, PipelineView, Snapshot } from "../api/types";
import {
  BY_HAND,
  BY_HAND_OF_R,
  DEV_CONTAINER,
  DOCKERFILE,
  IMPORTS,
  INSTALLING,
  LAUNCH_CONFLICT,
  LAUNCH_INSTALLS,
  LAUNCH_NO_NETWORK,
  NAMES_OTHERS,
  LOCKED,
  OF_R,
  FOLDER_WITHOUT_GPUS,
  FOLDER_WITHOUT_OPTIONAL_GPUS,
  PACKAGES,
  SEVERAL_FILES,
  UNSUPPORTED,
  UNUSED,
  VARIABLES,
  VARIABLE_REFUSED,
  WITHOUT_GPUS,
  WITH_PROBLEMS,
  WITH_VARIABLES,
  envFile,
  environment,
  runningIn,
  withEnvironment,
  POST_BUILD,
} from "./environments";
import {
  CHOSEN_AWAY,
  CHOSEN_ENGINES,
  CHOSEN_SETTINGS,
  ENGINES_WITH_UNUSABLE,
  ONE_ENGINE,
  SAID_ENGINES,
  THREE_ENGINES,
  ASKING,
  BROKEN,
  BUILDING,
  CANCELLED,
  CHURN,
  FAILED_IMAGE,
  FAILED_READY,
  FORBIDDEN,
  IMAGES,
  INSTALLING_ENGINE,
  INSTALL_FAILED,
  IMPORTING,
  KERNELSPECS,
  LIVES,
  MANY_KERNELSPECS,
  NOT_INSTALLED,
  NOT_IN_SESSION,
  NOW,
  NO_PACKAGE,
  OPENED,
  OPENED_FAULTY,
  OPENED_NEW,
  PREPARING,
  PULLING,
  RUNNING,
  SECOND,
  SETTINGS,
  TESTED,
  THEIRS,
  UNREACHABLE,
  WAKING,
  WITHOUT_LIMITS,
  failure,
  graph,
  install,
  join,
  launch,
  logs,
  many,
  pipeline,
  scene,
  unavailable,
  withLaunch,
} from "./scenes";
import { machines } from "./machines";
import { places } from "./places";
import { updates } from "./updates";

/** Text for the field with this selector. */
export type Typed = { into: string; text: string };

/** One state of the window: a snapshot, and what the person did then. */
export type Story = {
  snapshot: Snapshot | null;
  /** Prepares the fake. */
  script?: (backend: FakeBackend) => void;
  /**
   * Selectors to click, one after the other; `#press X` presses a key, `#press Ctrl+X` with the modifier; `#scroll X`
   * scrolls to the end, `#show X` scrolls to X, `#menu X` opens what a right click opens. */
  clicks?: string[];
  /** Typed into fields; then the focus leaves each. */
  type?: Typed | readonly Typed[];
  /** Selectors to click after that. */
  then?: string[];
  /** Typed into the search field. */
  search?: string;
};

const LOOKING: EngineState = { state: "looking" };
const EMPTY = { pipelines: [], images: [] };
const id = (name: string) => `[data-testid=${name}]`;

const SIXTY = graph(
  ...Array.from({ length: 60 }, (_, i): [string, string, string, string[]] => [
    `${i}`,
    `Step ${i + 1}`,
    `steps/${i + 1}.ipynb`,
    i === 0 ? [] : [`${Math.floor((i - 1) / 2)}`],
  ]),
);

/** The engine's panel, with these engines on the machine. */
const engines = (snapshot: Snapshot, found: Engines): Story => ({
  snapshot,
  script: (backend) => (backend.engines = found),
  clicks: [id("engine-state")],
});

/** The tab of an environment. */
const tab = (first: PipelineView, made = false, by_hand: HandInstalled[] = []): Story => ({
  snapshot: scene(first),
  script: (backend) => (backend.answers = { environment_packages: { installed: made ? PACKAGES : [], by_hand } }),
  clicks: [id("tab-environment")],
});

const NOTHING_INSTALLED = { environment_packages: { installed: [], by_hand: [] } };

/** A state of an environment, in the tab. */
const environments: Record<string, Story> = {
  "environment-none": tab(CHURN),
  "environment-asks": tab(withEnvironment(environment("asks"))),
  "environment-wanted": tab(withEnvironment(environment("wanted"))),
  "environment-ready": tab(withEnvironment(environment("ready")), true),
  "environment-ready-end": {
    ...tab(withEnvironment(environment("ready")), true),
    clicks: [id("tab-environment"), "#scroll .scroll"],
  },
  "environment-filter": {
    ...tab(withEnvironment(environment("ready")), true),
    // The list is an answer, which comes before the second click.
    clicks: [id("tab-environment"), id("tab-environment")],
    type: { into: id("package-filter"), text: "py" },
  },
  "environment-by-hand": tab(withEnvironment(environment("ready")), true, BY_HAND),
  "environment-by-hand-of-r": tab(
    withEnvironment({ ...OF_R, state: "ready", size: 120_000_000, python: "4.2.2" }),
    false,
    BY_HAND_OF_R,
  ),
  "environment-by-hand-of-both": tab(withEnvironment(environment("ready")), true, [
    ...BY_HAND.slice(-1),
    ...BY_HAND_OF_R,
  ]),
  "environment-by-hand-none": tab(
    CHURN,
    false,
    BY_HAND.map((each) => ({ ...each, environment: null })),
  ),
  "environment-by-hand-left": tab(
    withEnvironment(environment("ready")),
    true,
    BY_HAND.filter(({ requested }) => !requested),
  ),
  "environment-changed": tab(withEnvironment(environment("wanted", { changed: true })), true),
  "environment-changed-asks": tab(withEnvironment(environment("asks", { changed: true })), true),
  "environment-updating": {
    ...tab(withEnvironment(environment("wanted", { updating: INSTALLING }))),
    clicks: [id("tab-environment"), "[data-stage=environment] button"],
  },
  "environment-unsupported": tab({ ...CHURN, environment: UNSUPPORTED }),
  "environment-several": tab(
    withEnvironment(
      environment("asks", {
        files: SEVERAL_FILES,
        packages: 6,
        python: ">=3.11",
        apt: ["libgdal-dev", "graphviz", "ffmpeg"],
        post_build: POST_BUILD,
      }),
      { kernelspec: "python_docker" },
    ),
  ),
  "environment-problems": tab(withEnvironment(environment("asks", { files: [WITH_PROBLEMS], packages: 4 }))),
  "environment-start": {
    ...tab(CHURN),
    script: (backend) => (backend.answers = { ...NOTHING_INSTALLED, folder_imports: IMPORTS }),
    clicks: [id("tab-environment"), id("environment-start")],
  },
  "environment-start-nothing": {
    ...tab(CHURN),
    script: (backend) => (backend.answers = { ...NOTHING_INSTALLED, folder_imports: [] }),
    clicks: [id("tab-environment"), id("environment-start")],
  },
  "kernelspecs-without-limits": {
    snapshot: scene(CHURN, {
      engine: WITHOUT_LIMITS,
      kernelspecs: KERNELSPECS.map((one) => ({ ...one, unkept: "this engine keeps no limit on memory and CPUs" })),
    }),
  },
  "kernelspecs-unknown": { snapshot: scene(NAMES_OTHERS) },
  "kernelspecs-without-gpus": { snapshot: WITHOUT_GPUS },
  "kernelspecs-folder-without-gpus": { snapshot: FOLDER_WITHOUT_GPUS },
  "kernelspecs-folder-without-optional-gpus": { snapshot: FOLDER_WITHOUT_OPTIONAL_GPUS },
  "variables": tab(WITH_VARIABLES),
  "variables-environment": tab(
    withEnvironment(environment("ready"), { variables: VARIABLES.slice(0, 1), env_file: envFile("used") }),
    true,
  ),
  "variables-env-file-changed": tab({
    ...CHURN,
    env_file: envFile("changed", { problems: [".env, line 4: there is no `=` after the name"] }),
  }),
  "variables-add": { ...tab(WITH_VARIABLES), clicks: [id("tab-environment"), id("variable-add")] },
  "variables-edit": { ...tab(WITH_VARIABLES), clicks: [id("tab-environment"), id("variable-edit")] },
  "variables-refused": {
    ...tab(WITH_VARIABLES),
    script: (backend) => {
      backend.answers = NOTHING_INSTALLED;
      backend.fail("set_variable", VARIABLE_REFUSED);
    },
    clicks: [id("tab-environment"), id("variable-edit"), id("variable-save")],
  },
  "environment-missing": tab({ ...CHURN, missing: true, notebooks: [], scripts: [], pipeline_files: [] }),
  "environment-no-engine": {
    ...tab(withEnvironment(environment("wanted"))),
    snapshot: scene(withEnvironment(environment("wanted")), { engine: unavailable(UNREACHABLE), images: [] }),
  },

  "picker-environment": {
    snapshot: scene(withEnvironment(environment("ready"))),
    clicks: [id("kernelspec-picker")],
  },
  "picker-environment-asks": {
    snapshot: scene(withEnvironment(environment("asks"))),
    clicks: [id("kernelspec-picker")],
  },
  "picker-environment-download": {
    snapshot: scene(withEnvironment(LOCKED)),
    clicks: [id("kernelspec-picker")],
  },
  "environment-download": tab(withEnvironment(LOCKED)),
  "install-download": { snapshot: scene(withEnvironment(LOCKED)), clicks: [id("launch")] },
  "changed-download": {
    snapshot: scene(runningIn({ ...LOCKED, state: "wanted", changed: true })),
  },
  "picker-environment-changed": {
    snapshot: scene(withEnvironment(environment("wanted", { changed: true }))),
    clicks: [id("kernelspec-picker")],
  },
  "picker-environment-unsupported": {
    snapshot: scene({ ...CHURN, environment: UNSUPPORTED }),
    clicks: [id("kernelspec-picker")],
  },
  "picker-environment-running": {
    snapshot: scene(runningIn(environment("ready"))),
    clicks: [id("kernelspec-picker")],
  },
  "install": { snapshot: scene(withEnvironment(environment("asks"))), clicks: [id("launch")] },
  "install-changed": {
    snapshot: scene(withEnvironment(environment("asks", { changed: true, files: SEVERAL_FILES, packages: 6 }))),
    clicks: [id("launch")],
  },
  "install-problems": {
    snapshot: scene(withEnvironment(environment("asks", { files: [WITH_PROBLEMS], packages: 4 }))),
    clicks: [id("launch")],
  },
  "install-dockerfile": {
    snapshot: scene(withEnvironment(environment("asks", { files: [DOCKERFILE], python: null, packages: 0 }))),
    clicks: [id("launch")],
  },
  "install-dev-container": {
    snapshot: scene(withEnvironment(environment("asks", { files: [DEV_CONTAINER], python: null, packages: 0 }))),
    clicks: [id("launch")],
  },
  "install-apt": {
    snapshot: scene(withEnvironment(environment("asks", { apt: ["libgdal-dev", "graphviz"] }))),
    clicks: [id("launch")],
  },
  "install-script": {
    snapshot: scene(withEnvironment(environment("asks", { post_build: POST_BUILD }))),
    clicks: [id("launch"), id("install-run-script")],
  },
  "environment-script": {
    ...tab(
      withEnvironment(
        environment("ready", {
          shared_with: ["quarterly-report", "sunflowers"],
          post_build: { ...POST_BUILD, state: "ran" },
        }),
      ),
    ),
    clicks: [id("tab-environment"), id("post-build-run")],
  },
  "install-of-r": { snapshot: scene(withEnvironment(OF_R)), clicks: [id("launch")] },
  "install-update": {
    snapshot: scene(withEnvironment(environment("asks"))),
    clicks: [id("tab-environment"), id("environment-update")],
  },
  "starting-environment": { snapshot: scene(withEnvironment(environment("wanted"), { launch: LAUNCH_INSTALLS })) },
  "starting-environment-log": {
    snapshot: scene(withEnvironment(environment("wanted"), { launch: LAUNCH_INSTALLS })),
    clicks: ["[data-stage=environment] button"],
  },
  "failed-environment": { snapshot: scene(withEnvironment(environment("wanted"), { launch: LAUNCH_CONFLICT })) },
  "failed-environment-log": { snapshot: scene(withEnvironment(environment("wanted"), { launch: LAUNCH_NO_NETWORK })) },
  "running-environment": { snapshot: scene(runningIn(environment("ready"))) },
  "running-environment-changed": { snapshot: scene(runningIn(environment("wanted", { changed: true }))) },
  "running-environment-updating": {
    snapshot: scene(runningIn(environment("wanted", { changed: true, updating: INSTALLING }))),
  },
};

export const stories: Record<string, Story> = {
  ...environments,
  ...places,
  ...machines,
  ...updates,
  "first-run": { snapshot: scene(CHURN, EMPTY) },
  "first-run-no-engine": {
    snapshot: scene(CHURN, { ...EMPTY, engine: unavailable(UNREACHABLE, false, { kind: "start", name: "Docker" }) }),
  },
  "looking": { snapshot: scene(CHURN, { engine: LOOKING, images: [] }) },

  "stopped": { snapshot: scene(CHURN) },
  "stopped-notebook-opened": {
    snapshot: scene(CHURN, { reveal: { id: "churn", notebook: "3-train.ipynb", count: 1 } }),
  },
  "stopped-no-images": {
    snapshot: scene(CHURN, { images: IMAGES.map((image) => ({ ...image, present: false, size: null })) }),
  },
  "stopped-empty-folder": {
    snapshot: scene({ ...CHURN, notebooks: [], scripts: [], last_change: null, pipeline_files: [] }),
  },
  "stopped-no-kernelspec": { snapshot: scene({ ...CHURN, kernelspec: null }, { kernelspecs: [] }) },
  "missing": { snapshot: scene({ ...CHURN, missing: true, notebooks: [], scripts: [], pipeline_files: [] }) },
  "unreadable": {
    snapshot: scene({
      ...CHURN,
      unreadable: "Reading `/home/ada/projects/retention/churn` was refused. Give yourself permission to read it.",
      notebooks: [],
      scripts: [],
    }),
  },

  "starting-pull": { snapshot: scene(withLaunch(PULLING)) },
  "starting-build": { snapshot: scene(withLaunch(BUILDING)), clicks: ["[data-stage=images] button"] },
  "starting-ready": { snapshot: scene(withLaunch(WAKING)) },
  "starting-elsewhere": { snapshot: scene(withLaunch(launch("starting", { foreign: true }))) },
  "stopping": { snapshot: scene(withLaunch({ ...RUNNING, state: "stopping" })) },

  "running": { snapshot: scene(withLaunch(RUNNING)) },
  "running-without-figures": { snapshot: scene(withLaunch(RUNNING), { engine: WITHOUT_LIMITS }) },
  "running-stages": {
    snapshot: scene({ ...withLaunch(RUNNING), notebooks: [], scripts: [], pipeline_files: [] }),
    clicks: ["section > button[aria-expanded]"],
  },
  "running-elsewhere": {
    snapshot: scene({ ...withLaunch({ ...RUNNING, foreign: true, stages: [], kernels: [] }), added: false }),
  },
  "running-stale": { snapshot: scene(withLaunch(RUNNING), { engine: unavailable(UNREACHABLE, true) }) },
  "running-idle": { snapshot: scene(withLaunch({ ...RUNNING, idle_stop_at: NOW + 42 * SECOND })) },
  "running-missing": { snapshot: scene({ ...withLaunch(RUNNING), missing: true, notebooks: [], scripts: [] }) },
  "running-made-anew": {
    snapshot: scene(
      withLaunch({
        ...RUNNING,
        warning: {
          tone: "remark",
          message: "The folder `churn` was deleted and made anew, and JupyterLab still has the one that was deleted",
          hint: "launch it again to have the one that is there now; what a kernel holds in memory is lost with that",
        },
      }),
    ),
  },
  "running-unopenable": {
    snapshot: scene({
      ...withLaunch(RUNNING),
      pipeline_files: [],
      notebooks: [
        { path: "1-load.ipynb", modified: NOW - 12 * 60 * SECOND, problem: null },
        {
          path: "caf\\xe9.ipynb",
          modified: NOW - 40 * 60 * SECOND,
          problem: "Its name, or that of a folder it is in, is not UTF-8, and JupyterLab cannot open it: rename it",
        },
        {
          path: "shared/model.ipynb",
          modified: NOW - 90 * 60 * SECOND,
          problem:
            "It is a link to something outside of this folder, which JupyterLab and kernels do not see: copy it here",
        },
        { path: "summary.ipynb", modified: NOW - 180 * 60 * SECOND, problem: null },
      ],
    }),
  },
  "broken": { snapshot: scene(withLaunch(BROKEN)) },

  "failed-image": { snapshot: scene(withLaunch(FAILED_IMAGE)) },
  "failed-ready": { snapshot: scene(withLaunch(FAILED_READY)) },
  "cancelled": { snapshot: scene(withLaunch(CANCELLED)) },

  "engine-forbidden": { snapshot: scene(CHURN, { engine: unavailable(FORBIDDEN), images: [] }) },
  "engine-forbidden-join": {
    snapshot: scene(CHURN, { engine: unavailable(FORBIDDEN, false, join(true)), images: [] }),
  },
  "engine-forbidden-question": {
    snapshot: scene(CHURN, { engine: unavailable(FORBIDDEN, false, join(true)), images: [] }),
    clicks: [id("join-group")],
  },
  "engine-forbidden-session": {
    snapshot: scene(CHURN, { engine: unavailable(NOT_IN_SESSION, false, { kind: "log_in_again" }), images: [] }),
  },
  "engine-absent": { snapshot: scene(CHURN, { engine: unavailable(NOT_INSTALLED, false, install(true)), images: [] }) },
  "engine-absent-question": {
    snapshot: scene(CHURN, { ...EMPTY, engine: unavailable(NOT_INSTALLED, false, install(true)) }),
    clicks: [id("install-engine")],
  },
  "engine-absent-copy": {
    snapshot: scene(CHURN, { engine: unavailable(NOT_INSTALLED, false, install(false)), images: [] }),
  },
  "engine-absent-unknown": { snapshot: scene(CHURN, { engine: unavailable(NO_PACKAGE), images: [] }) },
  "engine-asking": {
    snapshot: scene(CHURN, {
      engine: unavailable(NOT_INSTALLED, false, install(true)),
      engine_setup: ASKING,
      images: [],
    }),
  },
  "engine-joining": {
    snapshot: scene(CHURN, {
      engine: unavailable(FORBIDDEN, false, join(true)),
      engine_setup: { ...ASKING, name: "docker", joins_only: true },
      images: [],
    }),
  },
  "engine-installing": {
    snapshot: scene(CHURN, {
      ...EMPTY,
      engine: unavailable(NOT_INSTALLED, false, install(true)),
      engine_setup: INSTALLING_ENGINE,
    }),
  },
  "engine-install-failed": {
    snapshot: scene(CHURN, {
      engine: unavailable(NOT_INSTALLED, false, install(true)),
      engine_setup: INSTALL_FAILED,
      images: [],
    }),
  },
  "engine-details": engines(scene(CHURN), ONE_ENGINE),
  "engine-details-several": engines(scene(withLaunch(RUNNING)), THREE_ENGINES),
  "engine-details-unusable": engines(scene(CHURN), ENGINES_WITH_UNUSABLE),
  "engine-details-said": engines(scene(CHURN), SAID_ENGINES),
  "engine-details-chosen-away": engines(
    scene(CHURN, { engine: unavailable(CHOSEN_AWAY), settings: CHOSEN_SETTINGS, images: [] }),
    CHOSEN_ENGINES,
  ),
  "engine-details-unreachable": {
    snapshot: scene(CHURN, {
      engine: unavailable(UNREACHABLE, false, { kind: "start", name: "Docker Desktop" }),
      images: [],
    }),
    clicks: [id("engine-state")],
  },

  "picker": {
    snapshot: scene(CHURN, {
      kernelspec_problems: [
        {
          name: "julia_gpu",
          path: "/home/ada/.local/share/orchest-desktop/kernels/julia_gpu/kernel.json",
          message: "`kernel.json` is not valid JSON: line 7, column 3, expected `,` or `}`.",
          hint: "Mend the line; it is read again by itself.",
        },
      ],
    }),
    clicks: [id("kernelspec-picker")],
  },
  "picker-problems": {
    snapshot: scene(CHURN, {
      kernelspec_problems: [
        [
          "R_Twin",
          "Jupyter tells no capital letters from small ones, and `r_twin` is there, too",
          "rename one of the two folders",
        ],
        [
          "bayes",
          "`env.OMP_NUM_THREADS` (line 14, column 24) is a number, and must be a text",
          "write its value in quotes",
        ],
        [
          "julia_gpu",
          "`kernel.json` begins with a byte-order mark (line 1, column 1), which Jupyter does not read",
          'save the file as UTF-8 without a byte-order mark ("UTF-8", not "UTF-8 with BOM")',
        ],
        ["old", "it is a link that leads nowhere", "correct the link, or remove it"],
        [
          "spark",
          "`metadata.process_proxy.class_name` (line 9, column 21) names a process proxy that this app cannot drive: `enterprise_gateway.services.processproxies.yarn.YarnClusterProcessProxy`",
          "use `enterprise_gateway.services.processproxies.docker_swarm.DockerProcessProxy`",
        ],
      ].map(([name = "", message = "", hint = ""]) => ({
        name,
        path: `/home/ada/.local/share/orchest/kernels/${name}/kernel.json`,
        message,
        hint,
      })),
    }),
    clicks: [id("kernelspec-picker")],
  },
  "picker-many": { snapshot: scene(CHURN, { kernelspecs: MANY_KERNELSPECS }), clicks: [id("kernelspec-picker")] },
  "picker-search": {
    snapshot: scene(CHURN, { kernelspecs: MANY_KERNELSPECS }),
    clicks: [id("kernelspec-picker")],
    type: { into: id("kernelspec-search"), text: "gpu" },
  },
  "picker-no-match": {
    snapshot: scene(CHURN, { kernelspecs: MANY_KERNELSPECS }),
    clicks: [id("kernelspec-picker")],
    type: { into: id("kernelspec-search"), text: "cobol" },
  },
  "picker-running": { snapshot: scene(withLaunch(RUNNING)), clicks: [id("kernelspec-picker")] },
  "menu": { snapshot: scene(CHURN), clicks: [id("pipeline-menu")] },
  "remove": { snapshot: scene(CHURN), clicks: [id("pipeline-menu"), "[role=menuitem]:last-child"] },
  "forget": { snapshot: scene(CHURN), clicks: [id("pipeline-menu"), "[role=menuitem]:nth-last-child(2)"] },
  "remove-running": {
    snapshot: scene(withLaunch(RUNNING)),
    clicks: [id("pipeline-menu"), "[role=menuitem]:last-child"],
  },
  "settings": { snapshot: scene(withLaunch(RUNNING)), clicks: [id("open-settings")] },
  "settings-chosen": {
    snapshot: scene(CHURN, {
      settings: {
        ...SETTINGS,
        zoom: 1.1,
        on_close: "keep",
        tray: true,
        kernels_dir_chosen: true,
        launch_timeout_s: 120,
        idle_stop_min: 90,
        limits: { server: { memory_mb: 1024 }, kernel: { cpus: 1.5, memory_mb: 4096, shm_mb: 1024 } },
        ca_file: "/home/ada/certificates/company-root.pem",
        base_image: "orchest/base:bookworm",
        images_registry: "registry.example/orchest",
      },
    }),
    clicks: [id("open-settings")],
  },
  "settings-without-limits": {
    snapshot: scene(CHURN, {
      engine: WITHOUT_LIMITS,
      settings: { ...SETTINGS, limits: { kernel: { memory_mb: 512 } } },
    }),
    clicks: [id("open-settings")],
  },
  "settings-refused": {
    snapshot: scene(CHURN),
    script: (backend) =>
      backend.fail(
        "choose",
        failure("`launch_timeout_s` cannot be `1`", "it may be a whole number of seconds from 5 to 3600"),
      ),
    clicks: [id("open-settings")],
    type: { into: id("launch-timeout"), text: "1" },
  },
  "settings-no-tray": {
    snapshot: scene(CHURN, { settings: { ...SETTINGS, tray: true, tray_missing: true } }),
    clicks: [id("open-settings")],
  },
  "settings-no-engine": {
    snapshot: scene(CHURN, { engine: unavailable(UNREACHABLE), images: [] }),
    clicks: [id("open-settings"), "#scroll [data-testid=settings] .scroll"],
  },
  "settings-end": {
    snapshot: scene(CHURN),
    clicks: [id("open-settings"), "#scroll [data-testid=settings] .scroll"],
  },
  "settings-unused": {
    snapshot: scene(CHURN),
    script: (backend) => (backend.answers = { clean_environments: UNUSED }),
    clicks: [id("open-settings"), id("unused-find")],
  },
  "kernelspecs": {
    snapshot: scene(CHURN, {
      kernelspec_problems: [
        {
          name: "julia_gpu",
          path: "/home/ada/.local/share/orchest/kernels/julia_gpu/kernel.json",
          message: "`kernel.json` is not valid JSON: expected `,` or `}` at line 7, column 3",
          hint: "correct the file at line 7, column 3",
        },
      ],
    }),
    clicks: [id("kernelspec-picker"), id("kernelspecs-edit")],
  },
  "kernelspecs-none": {
    snapshot: scene({ ...CHURN, kernelspec: null }, { kernelspecs: [] }),
    clicks: [id("kernelspec-picker"), id("kernelspecs-edit")],
  },
  "kernelspecs-menu": {
    snapshot: scene(CHURN),
    clicks: [id("kernelspec-picker"), id("kernelspecs-edit"), id("kernelspec-menu")],
  },
  "kernelspec-new": {
    snapshot: scene(CHURN),
    script: (backend) => (backend.answers = { open_kernelspec: OPENED_NEW, engine_images: ["python:3.13"] }),
    clicks: [id("open-settings"), id("kernelspec-new")],
  },
  "kernelspec-edit": {
    snapshot: scene(CHURN),
    script: (backend) => (backend.answers = { open_kernelspec: OPENED, engine_images: ["python:3.13"] }),
    clicks: [id("open-settings"), id("kernelspec-edit"), id("kernelspec-advanced")],
  },
  "kernelspec-faults": {
    snapshot: scene(CHURN),
    script: (backend) =>
      (backend.answers = { open_kernelspec: OPENED_FAULTY, check_kernelspec: OPENED_FAULTY.checked }),
    clicks: [id("open-settings"), id("kernelspec-edit"), id("kernelspec-save")],
  },
  "kernelspec-faults-below": {
    snapshot: scene(CHURN),
    script: (backend) =>
      (backend.answers = { open_kernelspec: OPENED_FAULTY, check_kernelspec: OPENED_FAULTY.checked }),
    clicks: [id("open-settings"), id("kernelspec-edit"), "#scroll dialog .content"],
  },
  "kernelspec-unsaved": {
    snapshot: scene(CHURN),
    script: (backend) => (backend.answers = { open_kernelspec: OPENED, check_kernelspec: OPENED.checked }),
    clicks: [id("open-settings"), id("kernelspec-edit"), id("variable-remove"), id("kernelspec-cancel")],
  },
  "kernelspec-unreadable": {
    snapshot: scene(CHURN),
    script: (backend) =>
      (backend.answers = {
        open_kernelspec: {
          ...OPENED,
          unreadable: true,
          checked: {
            text: '{\n  "argv": [,]\n}\n',
            faults: [
              {
                field: "file",
                row: null,
                message: "`kernel.json` is not valid JSON: expected value at line 2, column 12",
                hint: "correct the file at line 2, column 12",
              },
            ],
          },
        },
      }),
    clicks: [id("open-settings"), id("kernelspec-edit")],
  },
  "kernelspec-gone": {
    snapshot: scene(CHURN),
    script: (backend) =>
      backend.fail(
        "open_kernelspec",
        failure("There is no kernelspec `python_docker` in `/home/ada/kernels`", "`orchest kernels` lists those there"),
      ),
    clicks: [id("open-settings"), id("kernelspec-edit")],
  },
  "kernelspec-testing": {
    snapshot: scene(CHURN),
    script: (backend) => backend.hang("test_kernelspec"),
    clicks: [id("open-settings"), id("kernelspec-test-row")],
  },
  "kernelspec-tested": {
    snapshot: scene(CHURN),
    script: (backend) => (backend.answers = { test_kernelspec: TESTED }),
    clicks: [id("open-settings"), id("kernelspec-test-row")],
  },
  "kernelspec-test-failed": {
    snapshot: scene(CHURN),
    script: (backend) =>
      backend.fail(
        "test_kernelspec",
        failure(
          "The test of `python_docker` failed: The kernel's container ended (exit code 1) before the kernel was ready. Image: `python:3.13`.",
          "check the kernelspec's image, command and variables, and test it again",
          {
            log: [
              "Its last lines:",
              "Traceback (most recent call last):",
              "ModuleNotFoundError: No module named 'ipykernel'",
            ],
          },
        ),
      ),
    clicks: [id("open-settings"), id("kernelspec-test-row")],
  },
  "kernelspec-delete": {
    snapshot: scene(CHURN),
    clicks: [id("open-settings"), id("kernelspec-menu"), "[data-id=delete]"],
  },
  "licences": { snapshot: scene(CHURN), clicks: [id("open-settings"), id("licences")] },
  "palette": { snapshot: scene(CHURN), clicks: ["#press Ctrl+k"] },
  "palette-search": {
    snapshot: scene(withLaunch(RUNNING)),
    clicks: ["#press Ctrl+k"],
    type: { into: id("palette-query"), text: "we" },
  },
  "palette-none": {
    snapshot: scene(CHURN),
    clicks: ["#press Ctrl+k"],
    type: { into: id("palette-query"), text: "xyzzy" },
  },
  "dropping": { snapshot: scene(CHURN, { dropping: true }) },
  "sort": { snapshot: scene(CHURN, { settings: { ...SETTINGS, sort: "opened" } }), clicks: [id("sort")] },
  "pinned": {
    snapshot: scene(withLaunch(RUNNING), {
      pipelines: [
        withLaunch(RUNNING),
        pipeline("quarterly-report", { pinned: true }),
        pipeline("weather", { pinned: true, kernelspec: "r_docker" }),
        pipeline("genome atlas"),
        pipeline("zoology"),
      ],
    }),
  },
  "closing": { snapshot: scene(withLaunch(RUNNING), { closing: true }) },
  "shortcuts": { snapshot: scene(CHURN), clicks: ["#press ?"] },

  "notices": {
    snapshot: scene(CHURN, {
      notices: [
        {
          id: 1,
          tone: "failure",
          message: "The settings file was damaged and has been set aside as `settings.json.broken-1`.",
          hint: "Add your folders again, or correct the renamed file and name it `settings.json` again.",
          address_of: null,
        },
      ],
    }),
    script: (backend) =>
      backend.fail(
        "launch",
        failure(
          "The engine has no address pool left for another network.",
          "Stop a launch, or run `docker network prune`.",
        ),
      ),
    clicks: [id("launch")],
  },
  "browser-away": {
    snapshot: scene(withLaunch(RUNNING), {
      notices: [
        {
          id: 1,
          tone: "failure",
          message: "The browser did not come: `xdg-open` ended with exit code 3",
          hint: "copy the address into a browser by hand; BROWSER in the environment names another",
          address_of: CHURN.id,
        },
      ],
    }),
  },
  "search": { snapshot: scene(withLaunch(RUNNING)), search: "we" },
  "search-none": { snapshot: scene(CHURN), search: "iris" },
  "thousand": { snapshot: scene(withLaunch(RUNNING), { pipelines: [withLaunch(RUNNING), ...many(999)] }) },
  "preparing": { snapshot: scene(CHURN, { preparing: PREPARING }) },
  "preparing-more": { snapshot: scene(CHURN, { preparing: PREPARING }), clicks: [id("preparing")] },
  "import-asked": {
    snapshot: scene(CHURN, { offered_images: "/media/ada/stick/orchest-desktop-0.1.0-x86_64.orchest-images" }),
  },
  "importing": { snapshot: scene(CHURN, { preparing: IMPORTING, importing: true }) },
  "importing-more": {
    snapshot: scene(CHURN, { preparing: IMPORTING, importing: true }),
    clicks: [id("preparing")],
  },
  "imported": {
    snapshot: scene(CHURN, {
      notices: [
        {
          id: 1,
          tone: "remark",
          message: "Imported 7 images from lab.orchest-images",
          hint: "`orchest/kernel-r:0.0.9` was built from another version; the app builds its own",
          address_of: null,
        },
        {
          id: 2,
          tone: "failure",
          message: "`stick.orchest-images` is incomplete or was changed",
          hint: "copy or download it again, or write a new one with `orchest images export FILE`",
          address_of: null,
        },
      ],
    }),
  },
  "theirs-alone": { snapshot: scene(CHURN, { pipelines: [THEIRS] }) },
  "theirs-last": { snapshot: scene(CHURN, { pipelines: [CHURN, THEIRS] }) },
  "running-theirs": { snapshot: scene(withLaunch({ ...RUNNING, foreign: true, owner: "grace@engine", stages: [] })) },
  "stop-theirs": {
    snapshot: scene(withLaunch({ ...RUNNING, foreign: true, owner: "grace@engine", stages: [] })),
    clicks: [id("stop")],
  },
  "kernel-dead": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => {
      const dead = {
        id: "5f0c2b1e-7d43-4a8e-9a55-c1d0e2f3a4b5",
        kernelspec: "python_docker",
        notebook: "1-load.ipynb",
      };
      backend.lives = LIVES.map((live) => ({ ...live, kernels: [...live.kernels, { ...dead, state: "dead" }] }));
    },
  },
  "kernels": { snapshot: scene(withLaunch(RUNNING)), script: (backend) => (backend.lives = LIVES) },
  "stop-busy": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => (backend.lives = LIVES),
    clicks: [id("stop")],
  },
  "kernel-busy": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => (backend.lives = LIVES),
    clicks: [id("kernel-restart")],
  },
  "row-menu": { snapshot: scene(withLaunch(RUNNING)), clicks: ["#menu [data-testid=pipeline-row]"] },
  "kernels-menu": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => (backend.lives = LIVES),
    clicks: [id("pipeline-menu")],
  },
  "logs": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) =>
      (backend.lines = [...logs(64), { source: "kernel b8e04a92", level: null, text: "", at: NOW, ended: true }]),
    clicks: [id("tab-logs")],
  },
  "logs-search": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => (backend.lines = logs(400)),
    clicks: [id("tab-logs")],
    type: { into: id("log-search"), text: "label" },
  },
  "logs-long": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => (backend.lines = logs(100_500)),
    clicks: [id("tab-logs")],
  },
  "logs-problems": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => (backend.lines = logs(64)),
    clicks: [id("tab-logs"), id("log-source"), "[role=menuitemradio]:nth-child(2)"],
  },
  "logs-none": { snapshot: scene(CHURN), clicks: [id("tab-logs")] },
  "logs-of": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => (backend.lines = logs(40)),
    clicks: [id("tab-logs"), id("log-source")],
  },
  "graph-wrong": {
    snapshot: scene(CHURN),
    script: (backend) => {
      backend.graph = {
        ...graph(
          ["a", "Load", "1-load.ipynb", []],
          ["b", "Clean up what the sensors of the north wrote", "clean.ipynb", ["a"], { state: "missing" }],
          ["c", "Fit", "3-train.ipynb", ["b", "e"], { in_cycle: true }],
          ["d", "Score", "../other/score.ipynb", ["c"], { state: "outside", in_cycle: true }],
          ["e", "Tune", "tune.py", ["d"], { in_cycle: true }],
          ["f", "", "", ["a"]],
        ),
        problems: ["2 of its connections come from steps that are not in it"],
      };
    },
  },
  "graph-unreadable": {
    snapshot: scene(CHURN),
    script: (backend) =>
      backend.fail(
        "pipeline_graph",
        failure(
          "The pipeline file `/home/ada/projects/retention/churn/churn.orchest` cannot be read: it is not valid JSON: expected `,` or `}` at line 12 column 5.",
          "Mend the file; it is read again by itself.",
        ),
      ),
  },
  "graph-empty": { snapshot: scene(CHURN), script: (backend) => (backend.graph = graph()) },
  "graph-large": { snapshot: scene(CHURN), script: (backend) => (backend.graph = SIXTY) },
  "graph-large-whole": {
    snapshot: scene(CHURN),
    script: (backend) => (backend.graph = SIXTY),
    clicks: [id("graph-fit")],
  },
  "graph-large-drawing": {
    snapshot: scene(withLaunch(RUNNING)),
    script: (backend) => (backend.graph = SIXTY),
    clicks: [id("graph-size")],
  },
  "graph-several": {
    snapshot: scene({
      ...CHURN,
      pipeline_files: [...CHURN.pipeline_files, { path: "pipeline.json", modified: NOW, problem: null }],
    }),
    clicks: [id("graph-file")],
  },
  "every-state": {
    snapshot: scene(CHURN, {
      pipelines: [
        withLaunch(RUNNING),
        { ...pipeline("sunflowers"), launch: PULLING },
        { ...pipeline("genome atlas", { kernelspec: "r_docker" }), launch: { ...BROKEN, kernelspec: "r_docker" } },
        { ...pipeline("quarterly-report"), launch: { ...RUNNING, state: "stopping" } },
        { ...pipeline("weather"), launch: FAILED_READY },
        pipeline("tides", { missing: true }),
        pipeline("zoology"),
      ],
    }),
  },
  "long-names": {
    snapshot: scene({
      ...withLaunch(RUNNING),
      name: "a folder with “quotes”, colons: commas, and a name that goes on for far longer than any list is wide",
      path: "/media/ada/an external drive with a long label/collaborations/university of somewhere/department/a folder with “quotes”, colons: commas, and a name that goes on for far longer than any list is wide",
      notebooks: [
        {
          path: "results/2026/spring/region-north-west/experiments-with-long-names/a notebook that was named by someone who had a great deal to say about it.ipynb",
          modified: null,
          problem: null,
        },
        { path: "分析/データの読み込み.ipynb", modified: null, problem: null },
      ],
      kernelspec: "python_on_docker",
    }),
  },
  "disconnected": {
    snapshot: null,
    script: (backend) =>
      backend.fail("subscribe", failure("The command `subscribe` is not known.", "Start the program again.")),
  },
};
