/** The beginning of what is new: its first two lines with words, in one. */
export function firstLines(notes: string): string {
  const lines = notes.split("\n").map((line) => line.replace(/^[\s#*-]+/, "").trim());
  return lines.filter(Boolean).slice(0, 2).join(" ");
}

/** A day such as `2026-11-29` in words; as it is if it is no day. */
export function day(date: string): string {
  const time = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(time.getTime())) return date;
  return time.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}
