/** Every command the page can give, by the name Rust knows it by. A test compares both sides. */
export const COMMANDS = [
  "subscribe",
  "add_pipelines",
  "add_example",
  "remove_pipeline",
  "pick_kernelspec",
  "launch",
  "cancel",
  "stop",
  "keep_running",
  "open_pipeline",
  "open_notebook",
  "reveal_pipeline",
  "reveal_kernels",
  "reveal_log",
  "dismiss_failure",
  "dismiss_notice",
  "look_again",
  "prepare_images",
  "answer_close",
] as const;

export type Command = (typeof COMMANDS)[number];
