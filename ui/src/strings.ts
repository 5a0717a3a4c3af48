import type { Mark, Phase } from "./logic/phase";
import type { EngineState, Step } from "./api/types";

/** Every word the window says, in one place. */
export const t = {
  appName: "Orchest Desktop",

  launch: "Launch",
  cancel: "Cancel",
  open: "Open",
  stop: "Stop",
  restart: "Restart",
  retry: "Retry",
  dismiss: "Dismiss",
  copied: "Copied",
  copyCommand: "Copy command",
  copyDetails: "Copy details",
  openLog: "Open log",
  lookAgain: "Look again",
  tryAgain: "Try again",

  blocked: {
    stopping: "It is still stopping",
    missing: "The folder is not there",
    unreadable: "The folder cannot be read",
    looking: "Looking for the engine",
    engine: "Launching needs the engine",
    kernelspec: "There is no kernelspec to launch it with",
  },

  mark: {
    stopped: "Stopped",
    starting: "Starting",
    running: "Running",
    broken: "Broken",
    stopping: "Stopping",
    failed: "Failed",
    cancelled: "Cancelled",
    missing: "Missing",
    unreadable: "Unreadable",
  } satisfies Record<Mark, string>,

  side: {
    label: "Pipelines",
    search: "Search",
    clearSearch: "Clear the search",
    add: "Add a folder",
    none: "No folders yet",
    noMatch: (query: string) => `Nothing matches “${query}”`,
    resize: "Width of the list",
    elsewhere: "Runs, but is not in your list",
  },

  engine: {
    label: "Engine",
    looking: "Looking for an engine",
    state: { looking: "Looking", ready: "Ready", unavailable: "Unavailable" } satisfies Record<
      EngineState["state"],
      string
    >,
    version: "Version",
    api: "API",
    endpoint: "Found at",
    foundBy: "Found by",
    since: "Since",
    retried: "It is tried again by itself.",
    stale: "What is shown of launches may be old until the engine answers again.",
  },

  welcome: {
    title: "Work in your folders, with the right kernel",
    sentence:
      "Add a folder of notebooks. Orchest starts JupyterLab and its kernels in containers and opens it in your browser.",
    example: "Try the example",
    promise: "Nothing in the folder is changed by adding it.",
  },

  pipeline: {
    menu: "More",
    reveal: "Reveal in file manager",
    copyPath: "Copy path",
    remove: "Remove from list…",
    notebooks: "Notebooks",
    scripts: "Scripts",
    pipelineFile: "Pipeline file",
    kernels: "Kernels",
    changed: (when: string) => `Last change ${when}`,
    truncated: "There are more files than are listed here.",
    noNotebooks: "No notebooks in this folder yet. One that is added shows up here.",
    noKernels: "No kernel runs. Opening a notebook starts one.",
    openNotebook: (path: string) => `Open ${path} in the browser`,
    runningSince: (time: string) => `since ${time}`,
    readyIn: (span: string) => `ready in ${span}`,
    startedElsewhere: "Started from a terminal or another window",
    foreignStarting: "Another window or a terminal is starting this. It shows here as soon as it is ready.",
    stopping: "Ending the kernels, then removing containers and network.",
    steps: "Steps",
    missing: {
      title: "The folder is not there",
      hint: "It may have been moved, renamed or be on a drive that is not connected. It comes back here by itself.",
    },
    unreadable: {
      title: "The folder cannot be read",
    },
  },

  idle: {
    title: "Nobody has used this for a while",
    stopsIn: (time: string) => `It is stopped in ${time}. What was saved is in the folder.`,
    keep: "Keep running",
  },

  images: {
    lacking: (n: number) => (n === 1 ? "1 image is not here yet" : `${n} images are not here yet`),
    hint: "The first launch fetches or builds what is missing, which can take some minutes.",
    prepare: "Prepare now",
    preparing: "Preparing",
    absent: "Will be fetched or built",
  },

  kernelspec: {
    label: "Kernelspec",
    none: "No kernelspec",
    problems: (n: number) => (n === 1 ? "1 folder cannot be used" : `${n} folders cannot be used`),
    openFolder: "Open kernels folder",
    nextLaunch: (name: string) => `This launch uses ${name}. A change holds from the next one.`,
    empty: "The kernels folder holds no kernelspec that can be used.",
  },

  step: {
    engine: "Engine",
    images: "Images",
    network: "Network",
    containers: "Containers",
    ready: "Ready",
  } satisfies Record<Step, string>,
  stepState: {
    waiting: "Waiting",
    active: "In progress",
    done: "Done",
    failed: "Failed",
    cancelled: "Cancelled",
  },
  timeLeft: (span: string) => `${span} left`,
  rate: (amount: string) => `${amount}/s`,
  showLog: "Show the log",
  hideLog: "Hide the log",
  logLines: (n: number) => `Show all ${n} lines`,
  logFewer: "Show the last lines",
  log: "Log",

  remove: {
    title: (name: string) => `Remove “${name}” from the list?`,
    running: "It is running. Stop it first, or it goes on running without being in your list.",
    promise: "The folder itself stays as it is.",
    confirm: "Remove",
    stopFirst: "Stop and remove",
    only: "Remove only",
    keep: "Keep",
  },

  close: {
    title: (n: number) => (n === 1 ? "Close while 1 launch runs?" : `Close while ${n} launches run?`),
    promise: "What you keep runs on without this window, and is here when you open it again. What is saved stays in its folder.",
    remember: "Do this from now on without asking",
    keep: "Keep running",
    stop: "Stop all",
    stopping: "Stopping…",
    stay: "Stay",
  },

  shortcuts: {
    title: "Keyboard",
    select: "Choose a pipeline",
    act: "Launch or open the chosen one",
    stop: "Stop or cancel the chosen one",
    add: "Add a folder",
    search: "Search",
    menu: "Menu of a pipeline",
    escape: "Close, or clear the search",
    help: "This sheet",
  },

  notices: "Notices",
  refusedCopy: {
    message: "The text could not be copied.",
    hint: "Select it and copy it by hand.",
  },
  disconnected: {
    title: "The window has no connection to the program",
  },

  announce: {
    engineReady: (name: string) => `${name} is ready.`,
    phase: {
      stopped: (name: string) => `${name} has stopped.`,
      starting: (name: string) => `${name} is starting.`,
      running: (name: string) => `${name} is running.`,
      broken: (name: string) => `${name} has broken.`,
      stopping: (name: string) => `${name} is stopping.`,
      failed: (name: string) => `${name} could not be started.`,
    } satisfies Record<Phase, (name: string) => string>,
  },
} as const;
