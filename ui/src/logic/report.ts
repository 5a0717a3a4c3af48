import type { EngineState, Failure, LaunchView, PipelineView } from "../api/types";

/** The text of "Copy details". It is for a report, so it is the same in every language. */
export function report(failure: Failure, engine: EngineState, pipeline?: PipelineView): string {
  const lines = [failure.message];
  if (failure.hint) lines.push(`hint: ${failure.hint}`);
  lines.push("");
  if (pipeline) lines.push(`folder: ${pipeline.path}`);
  if (pipeline && pipeline.machine !== null) lines.push(`machine: ${pipeline.machine}`);
  if (pipeline?.launch) lines.push(...launchLines(pipeline.launch));
  if (engine.state === "ready") {
    lines.push(`engine: ${engine.name} ${engine.version}, API ${engine.api_version}, ${engine.endpoint}`);
  } else {
    lines.push(`engine: ${engine.state}`);
  }
  if (failure.log_file) lines.push(`log: ${failure.log_file}`);
  if (failure.log.length > 0) lines.push("", ...failure.log);
  return lines.join("\n").replace(/\n{3,}/g, "\n\n");
}

/** The text of "Copy versions". */
export function versions(ours: string, engine: EngineState): string {
  const has = engine.state === "ready" ? `${engine.name} ${engine.version}, API ${engine.api_version}` : engine.state;
  return [`Orchest Desktop ${ours}`, `engine: ${has}`, `webview: ${navigator.userAgent}`].join("\n");
}

function launchLines(launch: LaunchView): string[] {
  return [
    `kernelspec: ${launch.kernelspec}`,
    ...(launch.place === null ? [] : [`place: ${launch.place}`]),
    ...launch.stages.map(({ stage, state, took, detail }) =>
      [`${stage}: ${state}`, took === null ? "" : `${took} ms`, detail].filter(Boolean).join(", "),
    ),
  ];
}
