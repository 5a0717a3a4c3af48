import type { GraphStep, PipelineGraph } from "../api/types";
import { t } from "../strings";
import { plainName } from "./format";
import { sentence } from "./prose";

/** The name of a step. */
export function titleOf(step: GraphStep) {
  return step.title || plainName(step.file.split("/").pop() ?? "") || t.graph.untitled;
}

/** The line under a step's title. */
export function wordsOf({ state, file: path }: GraphStep) {
  const file = plainName(path);
  if (state === "none") return t.graph.noFile;
  if (state === "missing") return t.graph.missing(file);
  if (state === "outside") return t.graph.outside(file);
  return file;
}

/** All facts about a step, one line each. */
export function factsOf(step: GraphStep, steps: readonly GraphStep[]) {
  const before = steps.filter(({ uuid }) => step.after.includes(uuid)).map(titleOf);
  return [
    titleOf(step),
    wordsOf(step),
    before.length > 0 && t.graph.after(before.join(", ")),
    step.in_cycle && t.graph.inCycle,
    step.kernel && t.graph.kernel(step.kernel),
    step.environment && t.graph.environment(step.environment),
  ].filter((fact): fact is string => typeof fact === "string" && fact !== "");
}

/** Why the pipeline cannot run, in sentences. */
export function problemsOf({ steps, problems }: PipelineGraph): string[] {
  const circle = steps.filter((step) => step.in_cycle).map(titleOf);
  return [...problems.map(sentence), ...(circle.length > 0 ? [t.graph.cycle(circle.join(", "))] : [])];
}
