/**
 * Writes the packages of the program with their versions and licences to `src/licences.json`: the crates of the window
 * and of the terminal on every platform, and the packages of the page.
 *
 *   npm run licences [-- --check]
 *
 * With `--check`, nothing is written, and an outdated list is an error.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const LIST = here("../src/licences.json");
const OURS = ["orchest-desktop", "orchest-cli"];

function crates() {
  const options = { cwd: here("../.."), maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "inherit"] };
  const metadata = JSON.parse(execFileSync("cargo", ["metadata", "--locked", "--format-version", "1"], options));
  const packages = new Map(metadata.packages.map((each) => [each.id, each]));
  const nodes = new Map(metadata.resolve.nodes.map((each) => [each.id, each]));
  const found = new Set();
  const waiting = metadata.packages.filter(({ name }) => OURS.includes(name)).map(({ id }) => id);
  while (waiting.length > 0) {
    for (const { pkg, dep_kinds } of nodes.get(waiting.pop()).deps) {
      // Tools for building and testing are not part of the program.
      if (found.has(pkg) || !dep_kinds.some(({ kind }) => kind === null)) continue;
      found.add(pkg);
      waiting.push(pkg);
    }
  }
  return [...found]
    .map((id) => packages.get(id))
    .filter(({ source }) => source !== null)
    .map(({ name, version, license, license_file }) => [name, version, license ?? `see its ${license_file}`]);
}

function packages() {
  const lock = JSON.parse(readFileSync(here("../package-lock.json"), "utf8"));
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional)
    .map(([path, { version, license }]) => [path.replace(/^.*node_modules\//, ""), version, license ?? "not told"]);
}

// The lock file lists Svelte as a tool, but parts of it are compiled into the page.
const svelte = JSON.parse(readFileSync(here("../node_modules/svelte/package.json"), "utf8"));
const all = [...crates(), ...packages(), ["svelte", svelte.version, svelte.license]];
const byName = new Map(all.map((each) => [`${each[0]} ${each[1]}`, each]));
const lines = [...byName.values()]
  .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1))
  .map((each) => `  ${JSON.stringify(each)}`);
const text = `[\n${lines.join(",\n")}\n]\n`;

if (process.argv.includes("--check")) {
  if (readFileSync(LIST, "utf8") === text) process.exit(0);
  console.error("error: the list of licences is not current\nhint: npm --prefix ui run licences");
  process.exit(1);
}
writeFileSync(LIST, text);
console.log(`${lines.length} in ${LIST}`);
