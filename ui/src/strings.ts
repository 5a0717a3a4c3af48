import type { EngineState, KernelState, Language, PlaceState, Sort, Stage, Theme } from "./api/types";
import type { KernelAct } from "./logic/actions";
import { groupedIn } from "./logic/numbers";
import type { Mark, Phase } from "./logic/phase";

/** How numbers and dates are written. */
const locale = "en-GB";
const grouped = (n: number) => groupedIn(locale, n);
/** "1 environment", "3 environments and 1 Python". */
const environmentsAnd = (n: number, pythons: number) =>
  (n === 1 ? "1 environment" : `${grouped(n)} environments`) +
  (pythons === 0 ? "" : pythons === 1 ? " and 1 Python" : ` and ${grouped(pythons)} Pythons`);

/** The engine of this machine, or of the one with this name. */
const theEngine = (machine: string | null) => (machine === null ? "the engine" : `the engine of ${machine}`);

const english = {
  locale,
  appName: "Orchest Desktop",

  launch: "Launch",
  cancel: "Cancel",
  open: "Open",
  stop: "Stop",
  restart: "Restart",
  retry: "Retry",
  dismiss: "Dismiss",
  saved: "Saved",
  copied: "Copied",
  copyCommand: "Copy command",
  copyDetails: "Copy details",
  openLog: "Open log",
  lookAgain: "Look again",
  tryAgain: "Try again",

  /** The keys as a keyboard names them. */
  keys: { control: "Ctrl", shift: "Shift", enter: "Enter", escape: "Esc", home: "Home", end: "End" },

  time: {
    milliseconds: (n: number) => `${n} ms`,
    seconds: (n: string) => `${n} s`,
    minutes: (n: number) => `${n} min`,
    hours: (n: number) => `${n} h`,
    days: (n: number) => `${n} d`,
    minutesAndSeconds: (minutes: number, seconds: string) => `${minutes} min ${seconds} s`,
    hoursAndMinutes: (hours: number, minutes: string) => `${hours} h ${minutes} min`,
    daysAndHours: (days: number, hours: number) => `${days} d ${hours} h`,
    underOneMinute: "< 1 min",
    now: "now",
    justNow: "just now",
    minutesAgo: (n: number) => `${n} min ago`,
    hoursAgo: (n: number) => `${n} h ago`,
    yesterday: "yesterday",
    daysAgo: (n: number) => `${n} days ago`,
  },

  progress: {
    step: (done: number) => `step ${done}`,
    packages: (done: number, total: number | null) =>
      total === null ? `${done} packages` : `${done} of ${total} packages`,
    stepOf: (done: number, total: number) => `step ${done} of ${total}`,
    amountOf: (done: string, total: string) => `${done} of ${total}`,
    percent: (share: number) => `${Math.floor(share * 100)} %`,
    rate: (amount: string) => `${amount}/s`,
    timeLeft: (span: string) => `${span} left`,
  },

  licences: {
    title: "Licences",
    ours: "Orchest Desktop is published under the Apache License 2.0. It contains these packages:",
    search: "Search by name or licence",
    none: (words: string) => `Nothing matches “${words}”`,
    texts: "Show the texts in the file manager",
  },

  /** The actions of menus, palette and keyboard. */
  action: {
    restart: "Restart",
    copyAddress: "Copy address",
    pin: "Pin to the top",
    unpin: "Unpin",
    locate: "Locate…",
    reveal: "Show in file manager",
    copyPath: "Copy path",
    forget: "Forget saved state…",
    remove: "Remove from list…",
    add: "Add a folder",
    example: "Try the example",
    search: "Search the list",
    palette: "Find a command or a pipeline",
    prepare: "Prepare images",
    lookAgain: "Look for the engine again",
    newKernelspec: "New kernelspec",
    editKernelspecs: "Edit kernelspecs",
    revealKernels: "Open kernels folder",
    place: (name: string) => `Place: ${name}`,
    addPlace: "Add a place",
    addMachine: "Add a machine",
    addHere: "Add a folder on this machine…",
    addOn: (machine: string) => `Add a folder on ${machine}…`,
    settings: "Settings",
    revealSettings: "Show settings file",
    showEnvironment: "Show the environment",
    showLogs: "Show the logs",
    revealLogs: "Open logs folder",
    checkUpdates: "Look for a newer version",
    theme: {
      system: "Use the system theme",
      light: "Use the light theme",
      dark: "Use the dark theme",
    } satisfies Record<Theme, string>,
    sort: {
      name: "Sort by name",
      opened: "Sort by last opened",
      changed: "Sort by last change",
    } satisfies Record<Sort, string>,
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    zoomReset: "Actual size",
    help: "Keyboard shortcuts",
    quit: "Quit",
  },

  palette: {
    label: "Find a command or a pipeline",
    placeholder: "Command or pipeline",
    none: (query: string) => `Nothing matches “${query}”`,
    select: "Select",
    run: "Run",
    close: "Close",
  },

  drop: {
    title: "Drop to add",
    hint: "A folder is added to the list. For a notebook, its folder is added. Images are taken from a file that ends in .orchest-images.",
  },

  settings: {
    title: "Settings",
    close: "Close settings",
    appearance: "Appearance",
    theme: "Theme",
    themeHint: "“System” follows the theme of your desktop",
    themes: { system: "System", light: "Light", dark: "Dark" } satisfies Record<Theme, string>,
    zoom: "Size",
    zoomHint: "Of text and controls in the window",
    percent: (zoom: number) => `${Math.round(zoom * 100)} %`,
    launches: "Launches",
    onClose: "When the window closes",
    onCloseHint: "Keep or stop running launches",
    onCloses: { ask: "Ask", keep: "Keep running", stop: "Stop all" },
    openWhenReady: "Open the browser when ready",
    openHint: "Not if the launch took long and another window is in front",
    tray: "Icon in the tray",
    trayHint: "Running launches are one click away, even when the window is closed",
    trayMissing: "This desktop shows no tray. On GNOME, the AppIndicator extension adds one",
    timeout: "Time to become ready",
    timeoutHint: "A launch that takes longer fails",
    seconds: "s",
    idle: "Stop unused launches after",
    idleHint: "You see a notice first. Leave empty to never stop them",
    minutes: "min",
    never: "Never",
    limits: "Limits",
    limitsNote: "Changes apply from the next launch. An empty field uses the value that it shows.",
    engineHas: (cpus: string, memory: string) => `The engine has ${cpus} and ${memory} of memory.`,
    serverLimits: "Jupyter server",
    serverHint: "One for each launch",
    kernelLimits: "Each kernel",
    kernelHint: "One for each open notebook",
    cpus: "CPUs",
    cpuCount: (n: number) => (n === 1 ? "1 CPU" : `${n} CPUs`),
    memory: "MB",
    memoryOf: (what: string) => `Memory of ${what}`,
    cpusOf: (what: string) => `CPUs of ${what}`,
    shm: "MB shared",
    shmOf: (what: string) => `Shared memory (/dev/shm) of ${what}`,
    processes: "processes",
    processesOf: (what: string) => `Processes and threads of ${what}`,
    usualProcesses: "4096",
    log: "MB of log",
    logOf: (what: string) => `Log of ${what} that the engine keeps`,
    usualLog: "32",
    all: "All",
    limitsRange:
      "Allowed are: CPUs from 0.1 to 1024, memory from 128 to 16777216 MB in whole numbers, shared memory and log from 1 MB, processes from 64",
    images: "Images and environments",
    caFile: "More certificate authorities",
    caHint: "A PEM file that image builds and updates trust, for networks that inspect downloads",
    choose: "Choose…",
    caClear: "Remove",
    baseImage: "Base image",
    baseHint: "Set in the settings file",
    imagesRegistry: "Registry of the app's images",
    imagesRegistryHint: "Looked at before an image is built. Set in the settings file",
    unused: {
      label: "Unused environments",
      hint: "An environment stays on the disk after its folder is gone",
      find: "Remove unused environments",
      found: (n: number, pythons: number, size: string) =>
        n + pythons === 0
          ? "No environment is unused."
          : `${environmentsAnd(n, pythons)} that no folder uses: ${size}.`,
      removed: (n: number, pythons: number, size: string) =>
        n + pythons === 0
          ? "No environment was removed."
          : `Removed ${environmentsAnd(n, pythons)}: ${size} are free again.`,
      busy: "Some are being made or used, and stay.",
      remove: "Remove",
    },
    folders: "Kernels and files",
    kernels: "Kernels folder",
    kernelsClear: "Use the default",
    file: "Settings file",
    fileHint: "Changes that you make in the file apply at once",
    show: "Show",
    engine: "Engine",
    about: "About",
    version: (version: string) => `Orchest Desktop ${version}`,
    licence: "Free software under the Apache License 2.0",
    licences: "Licences",
    copyVersions: "Copy versions",
    openLogs: "Open logs",
    notANumber: "Type a number",
  },

  updates: {
    title: "Updates",
    ask: "Look for newer versions once a day?",
    asks: (address: string) => `Asks \`${address}\`, and sends nothing about you or this machine`,
    yes: "Look once a day",
    no: "No",
    daily: "Look for newer versions once a day",
    noAddress: "Newer versions are not looked for",
    noAddressHint: "This build has no address for them. `updates_address` in the settings file names one",
    look: "Check now",
    looking: "Checking…",
    looked: (ago: string) => `Checked ${ago}`,
    neverLooked: "Not checked yet",
    newest: (version: string) => `Orchest Desktop ${version} is the newest version`,
    newer: (version: string) => `Orchest Desktop ${version} is available`,
    newerOf: (version: string, day: string) => `Orchest Desktop ${version} of ${day} is available`,
    news: "What is new",
    newsOf: (version: string, day: string) => `Version ${version}, ${day}`,
    noNotes: "Nothing is written about this version.",
    close: "Close",
    now: "Update now",
    downloads: (size: string) => `Downloads ${size}`,
    copyCommand: "Copy command",
    page: "Open the page",
    later: "Later",
    howItself: "It is verified, and replaces this version when you restart. Running launches go on.",
    howCommand: "A package manager installed this copy. Run the command in a terminal.",
    installing: (version: string) => `Downloading Orchest Desktop ${version}`,
    replacing: "Installing…",
    installed: (version: string) => `Orchest Desktop ${version} is installed`,
    launchesStay: "A restart starts it. Launches can go on: their containers do not need the window.",
    restart: "Restart now",
  },

  /** Why the button Launch or Open cannot be pressed. */
  blocked: {
    stopping: "The launch is still stopping",
    missing: "The folder is missing",
    unreadable: "The folder cannot be read",
    looking: (machine: string | null) => `Looking for ${theEngine(machine)}`,
    engine: (machine: string | null) => `A launch needs ${theEngine(machine)}`,
    opening: (machine: string | null) => `Opening a launch needs ${theEngine(machine)}`,
    environment: (machine: string | null) => `An installation needs ${theEngine(machine)}`,
    needsEngine: (machine: string | null) => `This needs ${theEngine(machine)}`,
    kernelspec: "A launch needs a kernelspec, and there is none",
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
    stale: "Last seen running",
  } satisfies Record<Mark, string>,

  side: {
    label: "Pipelines",
    search: "Search",
    clearSearch: "Clear the search",
    add: "Add a folder",
    none: "No folders yet",
    noMatch: (query: string) => `Nothing matches “${query}”`,
    resize: "Width of the list",
    elsewhere: "Running, not in your list",
    theirs: "Another person runs this on the same engine",
    of: (owner: string) => `Run by ${owner}`,
    pinned: "Pinned",
    changed: "Last change",
    facts: (notebooks: number, changed: string | null) =>
      `${notebooks === 1 ? "1 notebook" : `${grouped(notebooks)} notebooks`}${changed ? `, last change ${changed}` : ""}`,
    sort: "Order of the list",
    sorts: { name: "Name", opened: "Last opened", changed: "Last change" } satisfies Record<Sort, string>,
    settings: "Settings",
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
    tried: "Tried first",
    since: (time: string) => `Since ${time}.`,
    retried: "Orchest Desktop keeps trying by itself.",
    start: (name: string) => `Start ${name}`,
    starting: (name: string) => `Starting ${name}`,
    install: {
      button: (name: string) => `Install ${name}…`,
      title: (name: string) => `Install ${name}?`,
      yes: (name: string) => `Install ${name}`,
      going: (name: string) => `Installing ${name}`,
    },
    join: {
      button: (group: string) => `Join the group ${group}…`,
      title: (group: string) => `Join the group ${group}?`,
      yes: "Join",
      going: (group: string) => `Adding you to the group ${group}`,
    },
    runsAsRoot: (commands: number) =>
      commands === 1
        ? "Your system asks for the password of an administrator, and then runs this as root:"
        : "Your system asks for the password of an administrator before each of these, and then runs it as root:",
    power:
      "The group `docker` lets you use the engine. Its members have root’s power on this machine: every program that you start could change any file.",
    thenLogIn: "Then log out and in again, once. Programs that run already do not get the group.",
    asksYou: "Your system asks for the password of an administrator. Until you give it, nothing is changed.",
    goesOn: "This cannot be cancelled halfway. The step that runs goes on even if you close the window.",
    stale: "The window may be out of date until the engine answers again.",
  },

  engines: {
    title: "Engines on this machine",
    looking: "Looking for engines",
    refresh: "Look for engines again",
    none: "None is found.",
    onlyOne: "No other one is found.",
    unusable: "Cannot be used",
    used: "In use",
    use: "Use",
    useNamed: (name: string, endpoint: string) => `Use ${name} at ${endpoint}`,
    forget: "Forget choice",
    pick: "Pick another engine",
    said: (variable: string) => `\`${variable}\` names the engine of this run. Another one can be picked without it.`,
    stay: (count: number, name: string) =>
      count === 1
        ? `If you use another engine, 1 launch stays on ${name} and runs on.`
        : `If you use another engine, ${count} launches stay on ${name} and run on.`,
  },

  welcome: {
    title: "Work in your folders, with the right kernel",
    sentence:
      "Add a folder of notebooks. Orchest Desktop starts JupyterLab and its kernels in containers, and opens JupyterLab in your browser.",
    example: "Try the example",
    promise: "Or drop a folder here. Adding a folder changes nothing in it.",
  },

  pipeline: {
    menu: "More",
    reveal: "Show in file manager",
    copyPath: "Copy path",
    notebooks: "Notebooks",
    scripts: "Scripts",
    kernels: "Kernels",
    changed: (when: string) => `Last change ${when}`,
    truncated: "The folder has more files than this list shows.",
    noNotebooks: "No notebooks in this folder yet. New notebooks show up here.",
    noKernels: "No kernel is running. Opening a notebook starts one.",
    openNotebook: (path: string) => `Open ${path} in the browser`,
    launchNotebook: (path: string) => `Launch, and open ${path} in the browser`,
    runningSince: (time: string) => `since ${time}`,
    readyIn: (span: string) => `ready in ${span}`,
    startedElsewhere: "Started from a terminal or another window",
    startedBy: (owner: string) => `Started by ${owner}`,
    foreignStarting: "Another window or a terminal is starting this launch. It shows up here when it is ready.",
    stopping: "The kernels are being shut down. Then the containers and the network are removed.",
    stages: "Stages",
    missing: {
      title: "The folder is missing",
      hint: "It may have been moved or renamed, or its drive is not connected. Once the folder is back, you can launch it again.",
      locateHint:
        "If it was moved or renamed, locate it: the pipeline keeps its kernelspec and its pin. If its drive is not connected, connect the drive.",
    },
    unreadable: {
      title: "The folder cannot be read",
    },
    /** What a person should know of kernelspecs before a launch. */
    kernelspecs: {
      noGpus: (kernelspec: string) => `${kernelspec} asks for GPUs, and the engine reports none`,
      noGpusHint:
        "Its kernels may not start. Install the NVIDIA Container Toolkit on the engine’s machine, or pick another kernelspec.",
      noGpusOfFolder:
        "Its kernels may not start. Install the NVIDIA Container Toolkit on the engine’s machine, pick another kernelspec, or make them `optional` in the `devcontainer.json`.",
      noOptionalGpus: (folder: string) => `${folder} can use GPUs, and the engine reports none`,
      noOptionalGpusHint: "Its kernels run without them.",
      unkept: (kernelspec: string) => `${kernelspec} asks for limits that this engine does not keep`,
      unknown: (name: string, count: number, first: string) =>
        count === 1
          ? `\`${first}\` names the kernelspec \`${name}\`, which is not here`
          : `${grouped(count)} notebooks name the kernelspec \`${name}\`, which is not here`,
      nearest: (kernelspec: string) =>
        `JupyterLab opens such a notebook with ${kernelspec}, the nearest, and the next save writes that name into the file.`,
      noLanguage: "JupyterLab asks for a kernel when you open such a notebook. No kernelspec here has its language.",
      use: (kernelspec: string) => `Use ${kernelspec}`,
    },
    noKernelspec: {
      title: "A launch needs a kernelspec, and there is none",
      hint: "A kernelspec is a folder with a `kernel.json` in the kernels folder. Put one there, or choose another kernels folder in Settings.",
    },
  },

  address: {
    title: "Copy the address with its access token",
  },

  tabs: { label: "Views of this pipeline", overview: "Overview", environment: "Environment", logs: "Logs" },

  logs: {
    show: "Show the log of",
    sources: {
      all: "All containers",
      problems: "Warnings and errors",
      gateway: "Gateway",
      server: "Jupyter server",
      app: "Orchest Desktop",
    },
    kernel: (id: string) => `Kernel ${id}`,
    search: "Search the log",
    nothingFound: "Nothing found",
    found: (lines: number) => (lines === 1 ? "1 line" : `${lines} lines`),
    at: (at: number, of: number) => `${at} of ${of}`,
    copy: "Copy selection or everything",
    save: "Save to a file",
    next: "Next match",
    previous: "Previous match",
    toEnd: "Jump to the end",
    ended: "has ended",
    none: "The log is empty so far.",
    noneOfApp: "The log of Orchest Desktop is empty so far.",
    dropped: (n: number) => `The oldest ${grouped(n)} lines are no longer shown.`,
  },

  kernel: {
    states: { starting: "Starting", idle: "Idle", busy: "Busy", dead: "Ended" } satisfies Record<KernelState, string>,
    is: (state: string) => `Kernel: ${state}`,
    about: (name: string, id: string) => `${name}, ${id}`,
    since: (name: string, id: string, when: string) => `${name}, ${id}, since ${when}`,
    gaveUp: (name: string, id: string) =>
      `${name}, ${id}, ended several times and is no longer restarted by itself. Restart it or shut it down. The logs show why it ended.`,
    label: {
      "interrupt": (what: string) => `Interrupt the kernel of ${what}`,
      "restart": (what: string) => `Restart the kernel of ${what}`,
      "shut-down": (what: string) => `Shut down the kernel of ${what}`,
    } satisfies Record<KernelAct, (what: string) => string>,
    title: {
      "interrupt": "Interrupt: stop the code that is running",
      "restart": "Restart: start again without the variables",
      "shut-down": "Shut down: end the kernel and lose its variables",
    } satisfies Record<KernelAct, string>,
  },

  use: {
    title: "Containers",
    columns: { cpu: "CPU", memory: "Memory", up: "Up" },
    parts: { server: "Jupyter server", gateway: "Gateway" },
    unknown: "Not measured yet",
    untold: (reason: string) => `This engine does not tell it. ${reason}`,
    cpu: (percent: string) => `${percent} % of a core`,
    memory: (used: string, limit: string) => `${used} of ${limit} memory`,
  },

  graph: {
    title: "Pipeline",
    file: "Pipeline file",
    drawing: (file: string) => `Steps of ${file}`,
    untitled: "Untitled step",
    noSteps: "This pipeline file has no steps yet.",
    noFile: "No file yet",
    missing: (file: string) => `Missing: ${file}`,
    outside: (file: string) => `Outside the folder: ${file}`,
    kernel: (name: string) => `Kernel ${name}`,
    environment: (name: string) => `Environment ${name}`,
    after: (names: string) => `After ${names}`,
    inCycle: "Part of a cycle: the step waits for itself",
    cycle: (names: string) => `These steps wait for each other in a cycle: ${names}.`,
    open: (title: string, file: string) => `${title}: open ${file} in the browser`,
    launchFirst: "Launch the pipeline to open this step",
    launch: (title: string, file: string) => `${title}: launch, and open ${file} in the browser`,
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    view: "View of the drawing",
    fit: "Show all steps",
    larger: "Larger drawing",
    smaller: "Smaller drawing",
  },

  idle: {
    title: "Nobody has used this launch for a while",
    stopsIn: (time: string) => `It stops in ${time}. Saved files stay in the folder.`,
    keep: "Keep running",
  },

  images: {
    lacking: (n: number) => (n === 1 ? "1 image is not ready yet" : `${n} images are not ready yet`),
    size: (amount: string, more: boolean) =>
      more
        ? `It needs about ${amount} of disk, and more for images of other registries.`
        : `It needs about ${amount} of disk.`,
    hint: (names: string) => `The first launch pulls or builds ${names}. That can take some minutes.`,
    prepare: "Prepare images",
    preparing: "Preparing",
    preparingThem: "Preparing images",
    importingThem: "Importing images",
    importTitle: (name: string) => `Import images from ${name}?`,
    importMeans:
      "Launches will run the programs in these images. The gateway’s image also controls the container engine.",
    importTrust: "Import it only if you trust the people who made the file.",
    importTake: "Import",
    importLeave: "Don’t import",
    importBackground: "This continues in the background. If you cancel, the engine keeps what it had before.",
    background: "This continues in the background. If you cancel, finished images are kept.",
    absent: "Will be pulled or built",
  },

  kernelspec: {
    label: "Kernelspec",
    none: "No kernelspec",
    problems: (n: number) => (n === 1 ? "1 kernelspec cannot be used" : `${n} kernelspecs cannot be used`),
    openFolder: "Open kernels folder",
    nextLaunch: (name: string) => `This launch uses ${name}. A change applies from the next launch.`,
    search: "Search kernelspecs",
    noMatch: (query: string) => `No kernelspec matches “${query}”`,
    empty: "The kernels folder has no usable kernelspec.",
    edit: "Edit kernelspecs…",
  },

  /** The places where launches run other than on this machine. */
  places: {
    title: "Places",
    label: "Place",
    hint: "A place is a Jupyter gateway that others keep. JupyterLab runs on this machine, and kernels run where the gateway starts them. To change a place, remove it and add it again.",
    thisMachine: "This machine",
    here: "Kernels run in containers here",
    stays: "A launch stays where it runs. Stop it to pick another place",
    state: {
      unknown: "Not asked yet",
      asking: "Asking",
      ready: "Ready",
      failed: "Unavailable",
    } satisfies Record<PlaceState["state"], string>,
    kernelspecs: (n: number) => (n === 1 ? "1 kernelspec" : `${grouped(n)} kernelspecs`),
    noKernelspecs: (name: string) => `The gateway of ${name} offers no kernelspecs.`,
    asking: (name: string) => `Asking ${name} for its kernelspecs`,
    unasked: (name: string) => `${name} has not been asked for its kernelspecs yet.`,
    ask: "Ask now",
    askNamed: (name: string) => `Ask ${name} again`,
    edit: "Edit places…",
    sees: (name: string, path: string) => `Kernels at ${name} see this folder as \`${path}\`.`,
    unseen: (name: string) => `Kernels at ${name} do not see this folder.`,
    share: "If they share a disk with this machine, name its folder in",
    settings: "Settings",
    runAt: (name: string) => `Kernels run at ${name}.`,
    theySee: (path: string) => `They see this folder as \`${path}\`.`,
    theyDoNotSee: "They do not see this folder.",
    askingKernels: "Asking which kernels run",
    user: (user: string) => `User ${user}`,
    token: "With a token",
    sharedFolders: (n: number, folders: string) => `${n === 1 ? "Shared folder" : "Shared folders"}: ${folders}`,
    running: (folders: string) => `Runs there: ${folders}`,
    inUse: (folders: string) => `Launches run there. Stop them first: ${folders}`,
    test: "Test",
    testNamed: (name: string) => `Test ${name}`,
    remove: "Remove…",
    removeNamed: (name: string) => `Remove ${name}`,
    add: "Add a place…",
  },

  placeNew: {
    title: "Add a place",
    name: "Name",
    nameHint: "Letters, digits, spaces, `-`, `_` and `.`",
    address: "Address of the gateway",
    addressPlaceholder: "https://gateway.example/team",
    addressHint: "Code of your notebooks is sent to it",
    token: "Token",
    tokenHint: "Stays in the system’s keychain",
    user: "User",
    userHint: "Kernels start for this user",
    optional: "Optional",
    shared: "Shared folders",
    sharedHint: "Folders that kernels see, too: one `HERE=THERE` on each line, or one path if both are the same",
    certificates: "A gateway that needs certificates is added in the terminal: `orchest places add --help`.",
    add: "Add",
    confirming: "Your system asks you to confirm the address",
    done: (name: string) => `Added ${name}`,
  },

  placeTest: {
    title: (name: string) => `Test of ${name}`,
    running: "Going through each step of a launch, to its first kernel",
    patience: "A kernel can take 90 s to start.",
    passed: "Launches work there",
    failed: "The test failed",
    mark: { ok: "Passed", failed: "Failed" },
    again: "Test again",
    close: "Close",
  },

  placeRemove: {
    title: (name: string) => `Remove the place “${name}”?`,
    words:
      "Its token is removed from the keychain, too. Folders that are launched there run on this machine from then on.",
    confirm: "Remove",
    keep: "Keep",
    done: (name: string) => `Removed ${name}`,
  },

  /** Other machines, whose folders are launched on their own engines. */
  machines: {
    title: "Other machines",
    hint: "Folders on these machines are in your list, and are launched there. Your browser reaches them through the same connection. To change a machine, remove it and add it again.",
    count: (n: number) => (n === 1 ? "1 machine" : `${grouped(n)} machines`),
    unavailable: (n: number) => `${grouped(n)} unavailable`,
    on: (name: string) => `on ${name}`,
    onUnavailable: (name: string) => `on ${name}, whose engine is unavailable`,
    old: (name: string) => `The engine of ${name} is unavailable. What you see may be out of date`,
    stale: "Its folders and launches may be out of date until the engine answers again.",
    lookAgainNamed: (name: string) => `Look for the engine of ${name} again`,
    running: (folders: string) => `Runs there: ${folders}`,
    inUse: (folders: string) => `Launches run there. Stop them first: ${folders}`,
    test: "Test",
    testNamed: (name: string) => `Test ${name}`,
    remove: "Remove…",
    removeNamed: (name: string) => `Remove ${name}`,
    add: "Add a machine…",
    edit: "Edit machines…",
  },

  machineNew: {
    title: "Add a machine",
    name: "Name",
    nameHint: "Letters, digits, spaces, `-`, `_` and `.`",
    address: "Address of its engine",
    addressPlaceholder: "ssh://ada@rack",
    addressHint: "`ssh://HOST`, `tcp://HOST:PORT`, a context of Docker or a connection of Podman",
    note: "Orchest Desktop uses your own keys, certificates and settings of ssh, Docker and Podman, and keeps none of them.",
    add: "Add",
    confirming: "Your system asks you to confirm the address",
    done: (name: string) => `Added ${name}`,
  },

  machineTest: {
    title: (name: string) => `Test of ${name}`,
    running: "Going through what a launch needs there",
    patience: "A slow connection can take a minute.",
    passed: "What a launch needs is there",
    failed: "The test failed",
    mark: { ok: "Passed", failed: "Failed" },
    again: "Test again",
    close: "Close",
  },

  machineRemove: {
    title: (name: string) => `Remove the machine “${name}”?`,
    words:
      "Its folders leave your list, with what is remembered of them here: pins, picked kernelspecs and variables. Nothing changes on the machine itself.",
    confirm: "Remove",
    keep: "Keep",
    done: (name: string) => `Removed ${name}`,
  },

  /** The dialog that picks a folder on another machine. */
  foldersThere: {
    title: (machine: string) => `Add a folder on ${machine}`,
    path: "Folder",
    up: "Up one folder",
    list: (path: string) => `Folders in ${path}`,
    looking: (path: string, machine: string) => `Looking at \`${path}\` on ${machine}`,
    notebooks: "Notebooks",
    none: "There are no folders in this folder.",
    truncated: "The folder has more folders than this list shows. Type the path of one that is missing.",
    add: "Add this folder",
    adds: (path: string) => `Adds \`${path}\``,
    adding: (path: string) => `Adding \`${path}\``,
    done: (path: string) => `Added ${path}`,
  },

  /** What a folder's files ask for, and what its kernels have. */
  environment: {
    thisFolder: "This folder",
    atPlace: (name: string) =>
      `Kernels at ${name} have the packages of their kernelspec there, not those of this folder’s files.`,
    version: (language: Language, version: string) => `${language} ${version}`,
    packages: (n: number) => (n === 1 ? "1 package" : `${grouped(n)} packages`),
    changed: (file: string) => `${file} changed`,
    /** What an installation downloads. */
    needs: (amount: string, time: string) => (time === "" ? `needs ${amount}` : `needs ${amount}, ${time}`),
    updateNeeds: (needs: string) => `The update ${needs}.`,
    moreThan: (amount: string) => `more than ${amount}`,
    about: (time: string) => `about ${time}`,
    underOneMinute: "less than 1 min",
    /** The end of the line of the picker. */
    brief: {
      ready: "ready",
      wanted: "installed by the next launch",
      asks: "asks first",
      updating: "is being installed",
    },
    and: (names: string, last: string) => `${names} and ${last}`,
    unsupported: (files: string) => `Packages from ${files} are not installed yet`,
    file: {
      used: "Used",
      first: "Used: the first file that can be used",
      picked: "Used: you picked it",
      after: (file: string) => `Not used: ${file} comes first`,
      notPicked: (file: string) => `Not used: you picked ${file}`,
      notUsed: "Not used",
      notUsable: "Packages from files of this kind are not installed yet",
      locked: (lock: string) => `versions from ${lock}`,
      use: "Use this file",
      useIt: (file: string) => `Use ${file}`,
    },
    state: {
      ready: "Ready",
      wanted: "Not installed yet",
      asks: "Not installed yet",
      unsupported: "Cannot be installed yet",
      updating: "Installing",
    },
    /** What the next launch does. */
    next: {
      ready: "The next launch uses it as it is.",
      wanted: "The next launch installs it.",
      asks: "The next launch shows the list of packages and asks first.",
      unsupported: "A launch uses the kernelspec that you pick.",
      updating: "Kernels that start after that have these packages.",
      changed: "The next launch installs the new packages.",
      changedAsks: "The next launch shows the new list of packages and asks first.",
    },
    notPicked: (kernelspec: string) =>
      `Launches of this folder use ${kernelspec}. To use the environment, pick “This folder” as the kernelspec.`,
    install: "Install now",
    update: "Update",
    upgrade: "Upgrade all",
    upgradeHint: "Install the newest versions that fit",
    files: "Files",
    installed: "Packages",
    askedFor: "Asked for",
    list: {
      filter: "Filter packages",
      copy: "Copy as requirements",
      asked: "Asked for by the folder",
      needed: "Needed by these",
      none: (query: string) => `No package matches “${query}”`,
    },
    /** The packages of `%pip install` and `install.packages`. */
    byHand: {
      title: { Python: "Installed by hand", R: "Packages of R installed by hand" },
      hint: {
        Python: "Kernels of this folder have these from `%pip install` in a notebook.",
        R: "Kernels of this folder have these from `install.packages` in a notebook of R.",
      },
      keep: (hint: string, file: string) => `${hint} Add them to \`${file}\` to keep them with the folder.`,
      keepThere: (hint: string, file: string, machine: string) =>
        `${hint} Files of folders on ${machine} are not changed from here: to keep these packages, name them in \`${file}\` on ${machine}, or in JupyterLab.`,
      other: (version: string) => `the environment has ${version}`,
      needed: "Needed by these",
      left: "Needed by packages that were removed",
      add: (file: string) => `Add to ${file}`,
      addIt: (name: string, file: string) => `Add ${name} to ${file}`,
      remove: "Remove",
      removeIt: (name: string) => `Remove ${name}`,
      removeAll: "Remove all",
    },
    apt: "Debian packages",
    aptHint: "The folder asks for these. The image of its kernels gets them; an image from a Dockerfile does not.",
    shared: (names: string) => `On the disk once for this folder and ${names}.`,
    others: (n: number) => `${grouped(n)} others`,
    postBuild: {
      title: "Script after the installation",
      what: (file: string) =>
        `\`${file}\` of this folder runs once, after the installation, in a container with what the kernels have: this folder, its packages and the network.`,
      state: {
        offered: "It is not run.",
        changed: "It changed since you allowed it, and is not run.",
        wanted: "The next launch runs it.",
        ran: "It has run.",
      },
      run: "Run it",
      again: "Run it again",
      stop: "Do not run it",
    },
    none: {
      title: "No file of this folder names packages",
      there: (machine: string) =>
        `Kernels have the packages of the kernelspec that you pick. Files of folders on ${machine} are not changed from here: write a \`requirements.txt\` on ${machine}, or in JupyterLab, and the next launch takes it.`,
      hint: "Kernels have the packages of the kernelspec that you pick. With a `requirements.txt` in this folder, they have what it names: one package on each line.",
    },
    /** A first file for packages. */
    start: {
      action: "Start one",
      title: "Packages of the new file",
      hint: "The notebooks and scripts of this folder import these. Take out what you do not want: the others are written to `requirements.txt`, and the next launch installs them.",
      nothing: "The notebooks and scripts of this folder import no packages. Write a `requirements.txt` by hand.",
      write: "Write requirements.txt",
    },
    changedTitle: (file: string) => `\`${file}\` changed`,
    changedHint: "Update: kernels that start from then on have the new packages; running kernels keep theirs.",
  },

  /** The variables of a folder's kernels. */
  variables: {
    title: "Variables",
    hint: "Kernels that start after a change have these in their environment.",
    atPlace: (name: string) => `Kernels at ${name} do not get these variables. Kernels on this machine do.`,
    add: "Add a variable",
    edit: (name: string) => `Change ${name}`,
    remove: (name: string) => `Remove ${name}`,
    name: "Name",
    namePlaceholder: "NAME",
    value: "Value",
    valueHint: "Shift+Enter begins another line",
    anew: "Type the new value",
    secret: "Secret",
    secretHint:
      "The system’s keychain keeps the value, and nothing shows it. If the system has none, it is kept until Orchest Desktop ends.",
    save: "Save",
    kept: {
      settings: "",
      keychain: "Secret, in the keychain",
      this_run: "Secret, until Orchest Desktop ends: this system has no keychain",
      lost: "Its value is gone, because no keychain keeps it. Set it again",
    },
    unusable: (problem: string) => `Kernels do not get it: ${problem}`,
    count: (n: number) => (n === 1 ? "1 variable" : `${grouped(n)} variables`),
    envFile: {
      offered: "This folder has a `.env`. Kernels do not get its variables",
      used: "Kernels get the variables of `.env`",
      changed: "`.env` changed since you allowed it. Kernels do not get its variables",
    },
    use: "Use it",
    stopUsing: "Stop using it",
  },

  /** The question before the packages of a folder are installed. */
  install: {
    title: (name: string) => `Install what “${name}” asks for?`,
    /** The folder has an image of its own. */
    image: {
      title: (name: string) => `Use the image of “${name}”?`,
      builds: (file: string) =>
        `This folder builds an image from \`${file}\`: it runs its own commands as root inside the build, with the network. The build sees copies of this folder's files, and nothing else of yours.`,
      pulls: (image: string) =>
        `The kernels of this folder run in the image \`${image}\`. It is pulled from its registry, with your login if you have one there.`,
      list: "Dockerfile",
      confirm: {
        launch: "Use and launch",
        notebook: "Use and launch",
        restart: "Use and restart",
        update: "Use",
        add: "Use",
      },
    },
    words: (n: number, from: string) =>
      n === 1
        ? `This folder asks for 1 package from ${from}. It is installed in a container of its own, which sees nothing of yours.`
        : `This folder asks for ${n === 0 ? "" : `${grouped(n)} `}packages from ${from}. They are installed in a container of their own, which sees nothing of yours.`,
    apt: (names: string) => `Also the Debian packages of \`apt.txt\`, as root inside a build: ${names}`,
    repositories: "CRAN or the repository in your own settings",
    postBuild: (file: string) => `Also run \`${file}\` of this folder, in a container like its kernels`,
    postBuildText: "Script",
    script: (file: string) =>
      `\`${file}\` is a script. It runs in that container, and can install more than the packages in this list.`,
    indexes: "PyPI or the package index in your own settings",
    hosts: (names: string) => `The folder’s own files also name other places: ${names}`,
    download: (lock: string, amount: string) =>
      `\`${lock}\` lists ${amount} to download. Packages that are here already are not downloaded again.`,
    time: (time: string) => `At the speed of the last download, all of it takes ${time}.`,
    unnamed: "The file has no list of names. The installation finds out which packages it needs.",
    changed: (file: string) => `\`${file}\` changed since its packages were last installed.`,
    from: (file: string) => `From \`${file}\``,
    locked: (file: string, lock: string) => `From \`${file}\`, with the versions of \`${lock}\``,
    list: "Packages",
    more: (n: number) => `and ${grouped(n)} more`,
    confirm: {
      launch: "Install and launch",
      notebook: "Install and launch",
      restart: "Install and restart",
      update: "Install",
      add: "Install and add",
    },
    instead: (kernelspec: string) => `Launch with ${kernelspec} instead`,
    restartInstead: (kernelspec: string) => `Restart with ${kernelspec} instead`,
  },

  /** The list of kernelspecs in Settings, and the editor. */
  kernelspecs: {
    title: "Kernelspecs",
    none: "There is no kernelspec yet. A launch needs one.",
    new: "New kernelspec…",
    edit: "Edit",
    test: "Test",
    more: (name: string) => `More for ${name}`,
    editOf: (name: string) => `Edit ${name}`,
    testOf: (name: string) => `Test ${name}`,
    duplicate: "Duplicate…",
    rename: "Rename…",
    delete: "Delete…",
    reveal: "Open kernels folder",
  },

  kernelspecEditor: {
    title: {
      new: "New kernelspec",
      copy: (name: string) => `Copy of ${name}`,
      existing: (name: string) => `Kernelspec ${name}`,
    },
    opening: "Reading the kernelspec",
    name: "Name",
    nameHint: "Notebooks and `orchest launch --kernel` find the kernelspec by it",
    renamed: "Notebooks that name the old one ask for a kernel when you open them",
    displayName: "Shown as",
    displayNameHint: "In the window and in JupyterLab",
    language: "Language",
    image: "Image",
    imageHint: "By its name, such as `python:3.13`, or one that the engine has. The first launch pulls it",
    env: "Variables",
    envHint: "Each kernel has them in its environment. The values are in no log",
    noEnv: "No variables yet.",
    variableName: (row: number) => `Name of variable ${row}`,
    variableValue: (row: number) => `Value of variable ${row}`,
    variableNamePlaceholder: "NAME",
    variableValuePlaceholder: "value",
    addVariable: "Add a variable",
    removeVariable: (row: number) => `Remove variable ${row}`,
    limits: "Limits of a kernel",
    limitsHint: "In addition to the limits in Settings: the smaller one applies. An empty field sets no limit",
    memory: "Memory",
    cpus: "CPUs",
    shm: "Shared memory",
    gpus: "GPUs",
    mb: "MB",
    none: "None",
    noLimit: "No limit",
    allGpus: "`all`, or how many",
    advanced: "Command and file",
    argv: "Command",
    argvHint: "One word on each line. The gateway replaces the names in braces",
    json: "kernel.json",
    jsonHint: "As it will be written. Lines that no field shows stay as they are",
    unreadable: "Fields cannot change this file",
    show: "Open kernels folder",
    save: "Save",
    create: "Create",
    saving: "Saving",
    test: "Test",
    saveAndTest: "Save and test",
    cancel: "Cancel",
    close: "Close",
    unsaved: "Discard your changes?",
    discard: "Discard",
    keep: "Keep editing",
    saved: (name: string) => `Saved the kernelspec ${name}`,
    faults: (n: number) => (n === 1 ? "1 field has a fault" : `${n} fields have a fault`),
  },

  kernelspecTest: {
    title: (name: string) => `Test of ${name}`,
    running: "Starting a kernel and running 1+1",
    image: "The first start of an image can take some minutes.",
    worked: "The kernel works",
    failed: "The test failed",
    cancelled: "The test was cancelled",
    launch: "Gateway and server",
    kernel: "Kernel",
    answer: "Answer",
    result: (code: string) => `Result of ${code}`,
    log: "Log",
    again: "Test again",
    cancel: "Cancel",
    close: "Close",
  },

  kernelspecDelete: {
    title: (name: string) => `Delete the kernelspec “${name}”?`,
    words:
      "Its folder is moved to the trash of your desktop. Running kernels keep running. Folders and notebooks that use it need another kernelspec.",
    confirm: "Move to trash",
    keep: "Keep",
    done: (name: string) => `Moved ${name} to the trash`,
  },

  stage: {
    engine: "Engine",
    images: "Images",
    environment: "Environment",
    network: "Network",
    containers: "Containers",
    gateway: "Gateway",
    ready: "Ready",
  } satisfies Record<Stage, string>,
  stageState: {
    waiting: "Waiting",
    active: "In progress",
    done: "Done",
    failed: "Failed",
    cancelled: "Cancelled",
  },
  showLog: "Show the log",
  hideLog: "Hide the log",
  logLines: (n: number) => `Show all ${n} lines`,
  logFewer: "Show the last lines",
  log: "Log",

  remove: {
    title: (name: string) => `Remove “${name}” from the list?`,
    running:
      "This pipeline is running. “Stop and remove” ends its kernels, and their variables are lost. “Remove only” keeps it running without an entry in your list.",
    promise: "The folder itself stays as it is.",
    kept: "Its saved state (open tabs, the home of its kernels) also stays, for when you add the folder again. To delete that state, use “Forget saved state…” in the menu first.",
    confirm: "Remove",
    stopFirst: "Stop and remove",
    only: "Remove only",
    keep: "Keep",
  },

  forget: {
    title: (name: string) => `Forget the saved state of “${name}”?`,
    words:
      "This deletes the open tabs, trusted notebooks, checkpoints and terminal history of its JupyterLab. It also deletes the home (~) of its kernels: downloaded models and data, caches and IPython’s history. The folder itself and your JupyterLab settings stay as they are.",
    confirm: "Forget",
    keep: "Keep",
    done: "Forgotten",
  },

  stopTheirs: {
    title: (name: string, owner: string) => `Stop “${name}” of ${owner}?`,
    words: "Another person started this launch and may be working in it. Their unsaved work is lost.",
    confirm: "Stop it",
    keep: "Keep running",
  },

  stopBusy: {
    title: (name: string) => `Stop “${name}” while a kernel is running code?`,
    again: (name: string) => `Restart “${name}” while a kernel is running code?`,
    words: "The run is interrupted, and the variables of all kernels are lost. Saved files stay.",
    stop: "Stop",
    restart: "Restart",
    keep: "Keep running",
  },

  kernelBusy: {
    title: {
      "interrupt": (what: string) => `Interrupt the kernel of “${what}”?`,
      "restart": (what: string) => `Restart the kernel of “${what}”?`,
      "shut-down": (what: string) => `Shut down the kernel of “${what}”?`,
    } satisfies Record<KernelAct, (what: string) => string>,
    words: "It is running code. The run is interrupted and its variables are lost.",
    confirm: { "interrupt": "Interrupt", "restart": "Restart", "shut-down": "Shut down" } satisfies Record<
      KernelAct,
      string
    >,
    keep: "Keep running",
  },

  close: {
    title: (n: number) => (n === 1 ? "Close while 1 launch is running?" : `Close while ${n} launches are running?`),
    restart: (n: number) =>
      n === 1 ? "Restart while 1 launch is running?" : `Restart while ${n} launches are running?`,
    promise:
      "Launches can keep running without the window; they are here when you open it again. Saved files stay in their folders.",
    remember: "Don’t ask again",
    keep: "Keep running",
    stop: "Stop all",
    stopping: "Stopping…",
    stay: "Stay",
  },

  shortcuts: {
    title: "Keyboard",
    select: "Select the pipeline above or below",
    ends: "Select the first or last pipeline",
    nth: "Select the first to ninth pipeline",
    act: "Launch or open the selected pipeline",
    stop: "Stop or cancel the selected pipeline",
    zoom: "Larger, smaller, actual size",
    menu: "Menu of a pipeline",
    escape: "Close, or clear the search",
  },

  notices: "Notices",
  refusedCopy: {
    message: "The text could not be copied.",
    hint: "Select it and copy it by hand.",
  },
  silentFailure: "The command failed and gave no reason.",
  disconnected: {
    title: "The window has no connection to the program",
  },

  /** The words of a screen reader when the state of an engine or a pipeline changes. */
  announce: {
    engineReady: (name: string) => `${name} is ready.`,
    machineAway: (name: string, why: string) => `${name}: ${why}`,
    machineReady: (name: string) => `The engine of ${name} is ready.`,
    newer: (version: string) => `Version ${version} of Orchest Desktop is available.`,
    installed: (version: string) => `Version ${version} of Orchest Desktop is installed, and starts after a restart.`,
    phase: {
      stopped: (name: string) => `${name} has stopped.`,
      starting: (name: string) => `${name} is starting.`,
      running: (name: string) => `${name} is running.`,
      broken: (name: string) => `${name} is broken.`,
      stopping: (name: string) => `${name} is stopping.`,
      failed: (name: string) => `${name} could not be started.`,
    } satisfies Record<Phase, (name: string) => string>,
  },
};

/** The type of a translation: another file exports an object of it. */
export type Strings = typeof english;

/** Every word that the window shows. */
export const t: Strings = english;
