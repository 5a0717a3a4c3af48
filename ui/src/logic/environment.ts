import type {
  DownloadView,
  EnvironmentFile,
  EnvironmentView,
  HandInstalled,
  Language,
  PackageView,
  PipelineView,
} from "../api/types";
import { t } from "../strings";
import { bytes, uptime } from "./format";

/** A package with its version. */
export type Pinned = Pick<HandInstalled, "name" | "version" | "language">;

/** The languages of packages. */
export const LANGUAGES: readonly Language[] = ["Python", "R"];

/** The name of the kernelspec that is the folder's own environment. */
export const THIS_FOLDER = "this_folder";

/** The file that the environment is made from; null if no file can be used. */
export function usedFile(environment: EnvironmentView | null): EnvironmentFile | null {
  return environment?.files.find(({ used }) => used) ?? null;
}

/** The folder's environment was made at some time, maybe from older files. */
export function wasMade({ state, changed }: EnvironmentView): boolean {
  return state === "ready" || changed;
}

/** The file that packages of a language can be added to, if there is one. A folder without a file gets one for Python. */
export function fileFor(language: Language, environment: EnvironmentView | null): string | null {
  const file = usedFile(environment);
  if (!file) return language === "Python" ? "requirements.txt" : null;
  // Channels of conda have other names for packages of R.
  const fits = file.language === language && (language === "Python" || file.channels.length === 0);
  return file.editable && fits ? file.path : null;
}

/** A package that was installed by hand, as it is added to the file. A script of R has no versions. */
export function asAdded({ name, version, language }: Pinned, environment: EnvironmentView | null): string {
  if (language === "Python") return `${name}==${version}`;
  return usedFile(environment)?.script ? name : `${name}>=${version}`;
}

/** The next launch uses the environment, and the person has not allowed the installation yet. */
export function launchAsks({ kernelspec, environment }: PipelineView): boolean {
  return kernelspec === THIS_FOLDER && environment?.state === "asks";
}

/** What was found in the folder, in one line. */
export function about(environment: EnvironmentView): string {
  const { state, language, python, packages, download, changed, updating } = environment;
  const file = usedFile(environment);
  if (state === "unsupported" || !file)
    return t.environment.unsupported(listed(environment.files.map(({ path }) => path)));
  const parts = [
    python === null ? "" : t.environment.version(language, brief(python)),
    changed ? t.environment.changed(file.path) : file.path,
    packages > 0 ? t.environment.packages(packages) : "",
    updating ? "" : needs(download),
    updating ? t.environment.brief.updating : t.environment.brief[state],
  ];
  return parts.filter(Boolean).join(" · ");
}

/** What an installation downloads, and how long that takes. Nothing if no lock file says it. */
export function needs(download: DownloadView | null): string {
  return download === null ? "" : t.environment.needs(amount(download), time(download));
}

/** How much an installation downloads: "1.2 GB", "more than 40 MB". */
export function amount({ bytes: size, more }: DownloadView): string {
  const amount = unbroken(bytes(size));
  return more ? t.environment.moreThan(amount) : amount;
}

/** How long the download takes: "about 2 min". Nothing if no download was measured. */
export function time({ seconds }: DownloadView): string {
  if (seconds === null) return "";
  return seconds < 60
    ? t.environment.underOneMinute
    : t.environment.about(unbroken(uptime(Math.round(seconds / 60) * 60_000)));
}

/** A number stays beside its unit at the end of a line. */
function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00a0");
}

/** Where the packages of a file come from. Those that a kernel itself needs are from PyPI. */
export function origins(file: EnvironmentFile): string {
  if (file.language === "R") return t.install.repositories;
  return file.channels.length === 0 ? t.install.indexes : listed([...file.channels, "PyPI"]);
}

/** "a", "a and b", "a, b and c". */
export function listed(names: string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : t.environment.and(names.slice(0, -1).join(", "), last);
}

/** The folders with the same environment: the first ones by name. */
export function sharing(names: string[]): string {
  const quoted = names.map((name) => `“${name}”`);
  return listed(names.length > 4 ? [...quoted.slice(0, 3), t.environment.others(names.length - 3)] : quoted);
}

/** "3.11" of "3.11.2"; other wishes, such as ">=3.10", stay as they are. */
function brief(python: string): string {
  return /^(\d+\.\d+)\.\d+$/.exec(python)?.[1] ?? python;
}

/** Why a file is used, or why it is not. */
export function reasonOf(file: EnvironmentFile, files: readonly EnvironmentFile[]): string {
  const words = t.environment.file;
  if (!file.usable) return words.notUsable;
  const usable = files.filter((other) => other.usable);
  const at = usable.indexOf(file);
  const used = usable.findIndex((other) => other.used);
  // The nearest file is used, unless the person picked another.
  if (file.used) return at > 0 ? words.picked : usable.length > 1 ? words.first : words.used;
  if (used < 0) return words.notUsed;
  return used < at ? words.after(usable[used]!.path) : words.notPicked(usable[used]!.path);
}

/** The packages that a file of the folder names, then the others; each group by name. */
export function sorted(packages: readonly PackageView[]): PackageView[] {
  return packages.toSorted((a, b) => Number(b.asked) - Number(a.asked) || (a.name < b.name ? -1 : 1));
}

/** The packages as the lines of a `requirements.txt`. */
export function requirements(packages: readonly PackageView[]): string {
  return packages.map(({ name, version }) => `${name}==${version}\n`).join("");
}
