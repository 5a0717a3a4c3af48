import { Channel, invoke } from "@tauri-apps/api/core";
import type { InvokeArgs } from "@tauri-apps/api/core";

import type { Backend } from "./backend";
import type { Command } from "./commands";
import { asFailure } from "./failure";
import type { Change, Live, LogLine, OnClose, PipelineGraph, Snapshot } from "./types";

async function call<T>(command: Command, args?: InvokeArgs): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (reason) {
    throw asFailure(reason);
  }
}

/** The program behind Tauri's bridge. */
export class TauriBackend implements Backend {
  subscribe(onSnapshot: (snapshot: Snapshot) => void, onAct: (act: string) => void) {
    return call<void>("subscribe", { channel: new Channel<Snapshot>(onSnapshot), acts: new Channel<string>(onAct) });
  }
  addPipelines() {
    return call<string[]>("add_pipelines");
  }
  addExample() {
    return call<string | null>("add_example");
  }
  removePipeline(id: string) {
    return call<void>("remove_pipeline", { id });
  }
  forgetPipeline(id: string) {
    return call<void>("forget_pipeline", { id });
  }
  pinPipeline(id: string, pinned: boolean) {
    return call<void>("pin_pipeline", { id, pinned });
  }
  pickKernelspec(id: string, name: string) {
    return call<void>("pick_kernelspec", { id, name });
  }
  launch(id: string) {
    return call<void>("launch", { id });
  }
  cancel(id: string) {
    return call<void>("cancel", { id });
  }
  stop(id: string) {
    return call<void>("stop", { id });
  }
  keepRunning(id: string) {
    return call<void>("keep_running", { id });
  }
  openPipeline(id: string) {
    return call<void>("open_pipeline", { id });
  }
  openNotebook(id: string, path: string) {
    return call<void>("open_notebook", { id, path });
  }
  pipelineGraph(id: string, file: string) {
    return call<PipelineGraph>("pipeline_graph", { id, file });
  }
  watchLaunch(id: string | null, onLive: (live: Live) => void) {
    return call<void>("watch_launch", { id, channel: new Channel<Live>(onLive) });
  }
  interruptKernel(id: string, kernel: string) {
    return call<void>("interrupt_kernel", { id, kernel });
  }
  restartKernel(id: string, kernel: string) {
    return call<void>("restart_kernel", { id, kernel });
  }
  shutDownKernel(id: string, kernel: string) {
    return call<void>("shut_down_kernel", { id, kernel });
  }
  restartLaunch(id: string) {
    return call<void>("restart_launch", { id });
  }
  copyAddress(id: string) {
    return call<void>("copy_address", { id });
  }
  followLogs(follow: boolean, id: string | null, onLines: (lines: LogLine[]) => void) {
    return call<void>("follow_logs", { follow, id, channel: new Channel<LogLine[]>(onLines) });
  }
  saveLog(name: string, text: string) {
    return call<boolean>("save_log", { name, text });
  }
  revealPipeline(id: string) {
    return call<void>("reveal_pipeline", { id });
  }
  revealKernels() {
    return call<void>("reveal_kernels");
  }
  revealLog(id: string) {
    return call<void>("reveal_log", { id });
  }
  dismissFailure(id: string) {
    return call<void>("dismiss_failure", { id });
  }
  dismissNotice(notice: number) {
    return call<void>("dismiss_notice", { notice });
  }
  cancelPreparing() {
    return call<void>("cancel_preparing");
  }
  startEngine() {
    return call<void>("start_engine");
  }
  lookAgain() {
    return call<void>("look_again");
  }
  prepareImages() {
    return call<void>("prepare_images");
  }
  answerClose(answer: OnClose | null, remember: boolean) {
    return call<void>("answer_close", { answer, remember });
  }
  quit() {
    return call<void>("quit");
  }
  choose(change: Change) {
    return call<void>("choose", { change });
  }
  pickCaFile() {
    return call<void>("pick_ca_file");
  }
  clearCaFile() {
    return call<void>("clear_ca_file");
  }
  pickKernelsDir() {
    return call<void>("pick_kernels_dir");
  }
  clearKernelsDir() {
    return call<void>("clear_kernels_dir");
  }
  revealSettings() {
    return call<void>("reveal_settings");
  }
  revealLogs() {
    return call<void>("reveal_logs");
  }
}
