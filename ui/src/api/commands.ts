import type { Command } from "./types";

/** The calls of the page by name: `perform` for commands, the others for channels, dialogs and the clipboard. */
export const CALLS = [
  "subscribe",
  "perform",
  "add_pipelines",
  "add_example",
  "locate_pipeline",
  "watch_launch",
  "copy_address",
  "follow_logs",
  "save_log",
  "pick_ca_file",
  "pick_kernels_dir",
] as const;

export type CallName = (typeof CALLS)[number];

export type CommandName = Command["command"];
