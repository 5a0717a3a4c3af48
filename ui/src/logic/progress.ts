import type { Progress } from "../api/types";
import { t } from "../strings";
import { bytes } from "./format";

/** How much is done, from 0 to 1; null if the total is unknown. */
export function fraction(progress: Progress): number | null {
  if (!progress.total) return null;
  return Math.min(1, progress.done / progress.total);
}

/** Milliseconds until the end, at the present rate; null if that is unknown. */
export function timeLeft(progress: Progress): number | null {
  if (!progress.total || !progress.rate || progress.rate <= 0) return null;
  if (progress.done >= progress.total) return null;
  return ((progress.total - progress.done) / progress.rate) * 1000;
}

/** "212 of 480 MB", "step 4 of 11". A unit that both sides share is written once. */
export function amount(progress: Progress): string {
  const { unit, done, total } = progress;
  if (unit === "steps") return total === null ? t.progress.step(done) : t.progress.stepOf(done, total);
  if (unit === "packages") return t.progress.packages(done, total);
  if (total === null) return bytes(done);
  const [left, right] = [bytes(done), bytes(total)];
  const shared = left.split(" ")[1] === right.split(" ")[1];
  return t.progress.amountOf((shared && left.split(" ")[0]) || left, right);
}
