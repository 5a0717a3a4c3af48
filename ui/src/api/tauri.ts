import { Channel, invoke } from "@tauri-apps/api/core";
import type { InvokeArgs } from "@tauri-apps/api/core";

import type { AnswerTo, Backend } from "./backend";
import type { CallName } from "./commands";
import { asFailure } from "./failure";
import type { Command, Live, LogLine, Snapshot } from "./types";

async function call<T>(name: CallName, args?: InvokeArgs): Promise<T> {
  try {
    return await invoke<T>(name, args);
  } catch (reason) {
    throw asFailure(reason);
  }
}

/** The program behind Tauri's bridge. */
export class TauriBackend implements Backend {
  perform<C extends Command>(command: C) {
    return call<AnswerTo<C>>("perform", { command });
  }
  subscribe(onSnapshot: (snapshot: Snapshot) => void, onAct: (act: string) => void) {
    return call<void>("subscribe", { channel: new Channel<Snapshot>(onSnapshot), acts: new Channel<string>(onAct) });
  }
  addPipelines() {
    return call<string[]>("add_pipelines");
  }
  addExample() {
    return call<string | null>("add_example");
  }
  locatePipeline(id: string) {
    return call<string | null>("locate_pipeline", { id });
  }
  watchLaunch(id: string | null, onLive: (live: Live) => void) {
    return call<void>("watch_launch", { id, channel: new Channel<Live>(onLive) });
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
  pickCaFile() {
    return call<void>("pick_ca_file");
  }
  pickKernelsDir() {
    return call<void>("pick_kernels_dir");
  }
}
