import type { CommandName } from "../api/commands";
import type { PipelineView, Snapshot } from "../api/types";
import type { KernelAct } from "../logic/actions";
import { pipelineOf } from "../logic/lookup";
import { engineOf } from "../logic/machines";
import { isUp, phaseOf, primaryOf } from "../logic/phase";
import type { Commands } from "./commands.svelte";
import type { Environments, Purpose } from "./environments.svelte";
import type { Live } from "./live.svelte";
import type { Navigation } from "./navigation.svelte";
import type { Selection } from "./selection.svelte";

const KERNEL_COMMANDS = {
  "interrupt": "interrupt_kernel",
  "restart": "restart_kernel",
  "shut-down": "shut_down_kernel",
} as const satisfies Record<KernelAct, CommandName>;

/** Launches and their kernels. Where work would be lost, the person is asked first. */
export class Launches {
  readonly #commands: Commands;
  readonly #snapshot: () => Snapshot | null;
  readonly #live: Live;
  readonly #navigation: Navigation;
  readonly #environments: Environments;
  readonly #selection: Selection;

  constructor(
    commands: Commands,
    snapshot: () => Snapshot | null,
    live: Live,
    navigation: Navigation,
    environments: Environments,
    selection: Selection,
  ) {
    this.#commands = commands;
    this.#snapshot = snapshot;
    this.#live = live;
    this.#navigation = navigation;
    this.#environments = environments;
    this.#selection = selection;
  }

  /** Launches a folder. With `sure`, the person has already allowed what its files ask for. */
  launch(id: string, sure = false) {
    if (!sure && this.#environments.asks(id, { act: "launch" })) return;
    return this.#commands.perform({ command: "launch", id });
  }

  /** Stops or cancels a launch. With `sure`, the person has already been asked. */
  async stop(id: string, sure = false) {
    const asked = pipelineOf(this.#snapshot(), id);
    const losesWork = asked !== null && !sure && (await this.#losesWork(asked));
    const pipeline = pipelineOf(this.#snapshot(), id);
    if (!pipeline) return;
    const phase = phaseOf(pipeline);
    if (!isUp(phase) || phase === "stopping") return;
    if (losesWork) return this.#navigation.open({ kind: "stop", id });
    return this.#commands.perform({ command: phase === "starting" ? "cancel" : "stop", id }, `stop ${id}`);
  }

  /** Stops a launch and launches it again. With `sure`, the person has already been asked. */
  restart(id: string, sure = false) {
    if (!sure && this.#environments.asks(id, { act: "restart" })) return;
    return this.#restart(id, sure);
  }

  async #restart(id: string, sure: boolean) {
    const pipeline = pipelineOf(this.#snapshot(), id);
    if (pipeline && !sure && (await this.#losesWork(pipeline))) {
      return this.#navigation.open({ kind: "stop", id, again: true });
    }
    return this.#commands.perform({ command: "restart_launch", id });
  }

  /** Performs the action of the filled button. A notebook that was opened from outside the page is what it opens. */
  act(pipeline: PipelineView) {
    const snapshot = this.#snapshot();
    if (!snapshot) return;
    const { id } = pipeline;
    const { action, blocked } = primaryOf(pipeline, engineOf(snapshot, pipeline));
    if (blocked !== null) return;
    if (action === "cancel") return this.stop(id);
    const chosen = this.#selection.chosenOf(pipeline);
    if (chosen !== null) return this.openNotebook(id, chosen);
    if (action === "launch") return this.launch(id);
    return this.#commands.perform({ command: "open_pipeline", id });
  }

  /** Performs the action of Enter: the button's, but never a cancel, so that a second press does no harm. */
  enter(pipeline: PipelineView | null) {
    if (pipeline && phaseOf(pipeline) !== "starting") return this.act(pipeline);
  }

  /** Keeps an unused launch that is about to be stopped. */
  keepRunning(id: string) {
    return this.#commands.perform({ command: "keep_running", id });
  }

  /** Opens a notebook, after a launch if there is none. With `sure`, the person has already allowed that. */
  openNotebook(id: string, path: string, sure = false) {
    const pipeline = pipelineOf(this.#snapshot(), id);
    const runs = pipeline && phaseOf(pipeline) === "running";
    if (!sure && !runs && this.#environments.asks(id, { act: "notebook", path })) return;
    return this.#commands.perform({ command: "open_notebook", id, path });
  }

  pickKernelspec(id: string, name: string) {
    return this.#commands.perform({ command: "pick_kernelspec", id, name }, `pick ${id}`);
  }

  /** Allows to install what the folder's files ask for, then does what the person wanted. */
  async install(id: string, purpose: Purpose, runsScript = false) {
    if (runsScript && !(await this.#environments.runPostBuild(id, true))) return;
    if (await this.#environments.allow(id)) await this.#goOn(id, purpose);
  }

  /** Picks another kernelspec, which installs nothing, then does what the person wanted. */
  async launchWith(id: string, kernelspec: string, purpose: Purpose) {
    if (await this.pickKernelspec(id, kernelspec)) await this.#goOn(id, purpose);
  }

  /** The person has been asked: the snapshot that shows the answer may still be on its way. */
  #goOn(id: string, purpose: Purpose) {
    switch (purpose.act) {
      case "launch":
        return this.launch(id, true);
      case "restart":
        return this.#restart(id, false);
      case "notebook":
        return this.openNotebook(id, purpose.path, true);
      case "update":
        return this.#environments.update(id, purpose.upgrade, true);
      case "add":
        return this.#environments.add(id, purpose.package, true);
    }
  }

  /**
   * Interrupts, restarts or shuts down a kernel; `what` is its notebook, for the question. With `sure`, the person has
   * already been asked.
   */
  async actOnKernel(id: string, kernel: string, act: KernelAct, what: string, sure = false) {
    // An interrupt keeps the variables, so nobody is asked.
    if (act !== "interrupt" && !sure && (await this.#busy(id)).includes(kernel)) {
      return this.#navigation.open({ kind: "kernel", id, kernel, act, what });
    }
    return this.#commands.perform({ command: KERNEL_COMMANDS[act], id, kernel }, `kernel ${kernel}`);
  }

  /** Another person started the launch, or one of its kernels is running code. */
  async #losesWork(pipeline: PipelineView) {
    if (pipeline.launch?.owner) return true;
    return phaseOf(pipeline) === "running" && (await this.#busy(pipeline.id)).length > 0;
  }

  /** The kernels that run code now. If the server does not answer, the last known figures count. */
  async #busy(id: string): Promise<string[]> {
    const { answer } = await this.#commands.ask({ command: "live_kernels", id });
    const kernels = answer ?? this.#live.of(id)?.kernels ?? [];
    return kernels.filter(({ state }) => state === "busy").map((kernel) => kernel.id);
  }
}
