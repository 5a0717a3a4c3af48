/** Numbers, times and paths as a person reads them. Every function is pure. */

import { t } from "../strings";
import { groupedIn } from "./numbers";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A size in decimal units (1 MB = 1000 kB), like the engine's own tools. */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = Math.max(0, size);
  let unit = 0;
  // 999.5 and more would be written as "1000" of the smaller unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit >= 3 && value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** How long something took. Below a tenth of a second, tenths of seconds would all be 0. */
export function duration(ms: number): string {
  return ms < 100 ? t.time.milliseconds(Math.max(0, Math.round(ms))) : elapsed(ms);
}

/** How long something has been going on so far: tenths below a minute. */
export function elapsed(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 59_950) return t.time.seconds((span / SECOND).toFixed(1));
  if (span < HOUR) {
    const seconds = Math.round(span / SECOND);
    return t.time.minutesAndSeconds(Math.floor(seconds / 60), String(seconds % 60).padStart(2, "0"));
  }
  return uptime(span);
}

/** How long until something happens, in whole seconds. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  if (seconds < 60) return t.time.seconds(String(seconds));
  return t.time.minutesAndSeconds(Math.floor(seconds / 60), String(seconds % 60).padStart(2, "0"));
}

/** How long something has been going on, to the minute or hour. */
export function uptime(ms: number): string {
  if (ms < MINUTE) return t.time.underOneMinute;
  if (ms < HOUR) return t.time.minutes(Math.floor(ms / MINUTE));
  const days = Math.floor(ms / DAY);
  const hours = Math.floor((ms % DAY) / HOUR);
  if (days > 0) return t.time.daysAndHours(days, hours);
  return t.time.hoursAndMinutes(hours, String(Math.floor((ms % HOUR) / MINUTE)).padStart(2, "0"));
}

/** A time in ms since 1970. The program gives null for a time that it does not know; that is never shown. */
export function known(time: number | null | undefined): time is number {
  return typeof time === "number" && Number.isFinite(time) && time > 0;
}

/** How long ago `then` was; a date once "n days ago" is too many to count back. */
export function relative(then: number, now: number): string {
  const ago = now - then;
  if (ago < MINUTE) return t.time.justNow;
  if (ago < HOUR) return t.time.minutesAgo(Math.floor(ago / MINUTE));
  if (ago < DAY) return t.time.hoursAgo(Math.floor(ago / HOUR));
  const days = Math.floor(ago / DAY);
  if (days === 1) return t.time.yesterday;
  if (days < 30) return t.time.daysAgo(days);
  return date().format(then);
}

/** The same in a few letters, for a narrow list. */
export function briefly(then: number, now: number): string {
  const ago = now - then;
  if (ago < MINUTE) return t.time.now;
  if (ago < HOUR) return t.time.minutes(Math.floor(ago / MINUTE));
  if (ago < DAY) return t.time.hours(Math.floor(ago / HOUR));
  if (ago < 30 * DAY) return t.time.days(Math.floor(ago / DAY));
  return (new Date(then).getFullYear() === new Date(now).getFullYear() ? day() : month()).format(then);
}

/** The exact time, for a tooltip. */
export function exact(then: number): string {
  return whole().format(then);
}

/** The time of day, with the date if that is not today. */
export function clock(then: number, now: number): string {
  const sameDay = new Date(then).toDateString() === new Date(now).toDateString();
  return (sameDay ? time() : whole()).format(then);
}

/** The time of day to the second. */
export function moment(then: number): string {
  return second().format(then);
}

const DATE_PARTS = { day: "numeric", month: "short", year: "numeric" } as const;
const TIME_PARTS = { hour: "2-digit", minute: "2-digit" } as const;

// Made when first needed: the first one brings 4 MB of the system's locales into memory.
const date = once(() => new Intl.DateTimeFormat(t.locale, DATE_PARTS));
const day = once(() => new Intl.DateTimeFormat(t.locale, { day: "numeric", month: "short" }));
const month = once(() => new Intl.DateTimeFormat(t.locale, { month: "short", year: "numeric" }));
const second = once(() => new Intl.DateTimeFormat(t.locale, { ...TIME_PARTS, second: "2-digit" }));
const time = once(() => new Intl.DateTimeFormat(t.locale, TIME_PARTS));
const whole = once(() => new Intl.DateTimeFormat(t.locale, { ...DATE_PARTS, ...TIME_PARTS, second: "2-digit" }));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** A whole number with its thousands set apart. */
export function grouped(n: number): string {
  return groupedIn(t.locale, n);
}

/**
 * A name with the codes of invisible characters and of those that change the direction of writing. The characters are
 * the same as in the core's `plain_text`.
 */
export function plainName(name: string): string {
  return name.replace(DECEPTIVE, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`);
}

const DECEPTIVE =
  /[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/**
 * Splits a path for a line that is truncated in the middle. The tail has as many last components as fit in `keep`
 * characters, at least one.
 */
export function splitMiddle(path: string, keep = 24): { head: string; tail: string } {
  let cut = path.length;
  while (cut > 0) {
    const separator = lastSeparator(path, cut - 1);
    if (separator <= 0) return halves(path, cut === path.length ? 0 : cut);
    if (cut < path.length && path.length - separator > keep) break;
    cut = separator;
  }
  return halves(path, cut);
}

function halves(path: string, cut: number) {
  return { head: plainName(path.slice(0, cut)), tail: plainName(path.slice(cut)) };
}

/** Windows separates by `\` or `/`. */
function lastSeparator(path: string, before: number): number {
  return Math.max(path.lastIndexOf("/", before), path.lastIndexOf("\\", before));
}

/** The name of the file or folder at a path. */
export function lastPart(path: string): string {
  return path.slice(lastSeparator(path, path.length - 1) + 1);
}

/** The folder that a path lies in. */
export function parent(path: string): string {
  const cut = lastSeparator(path, path.length - 1);
  if (cut < 0) return "";
  return path.slice(0, Math.max(cut, 1));
}
