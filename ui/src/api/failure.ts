import { t } from "../strings";
import type { Failure } from "./types";

const CODES: ReadonlySet<string> = new Set<Failure["code"]>([
  "engine_unreachable",
  "engine_forbidden",
  "engine_too_old",
  "engine_elsewhere",
  "image",
  "folder",
  "cancelled",
  "other",
]);

/** A failure of the page itself, in the shape of the program's failures. */
export function failure(message: string, hint = ""): Failure {
  return { code: "other", message, hint, log: [], log_file: null };
}

/** The failure of a rejected command. The program rejects with a `Failure`; Tauri itself rejects with a string. */
export function asFailure(reason: unknown): Failure {
  if (isFailure(reason)) return reason;
  if (reason instanceof Error) return failure(reason.message);
  return failure(typeof reason === "string" ? reason : t.silentFailure);
}

function isFailure(value: unknown): value is Failure {
  if (typeof value !== "object" || value === null) return false;
  const { code, message, log } = value as Partial<Failure>;
  return typeof code === "string" && CODES.has(code) && typeof message === "string" && Array.isArray(log);
}
