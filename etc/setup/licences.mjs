/**
 * Writes the texts of the licences of all packages in the program: the crates and npm packages that
 * `ui/src/licences.json` lists, and the Python packages of the images by name.
 *
 *   node licences.mjs FILE
 *
 * Equal texts are written once. A package without a text of its own gets the standard text of its licence, with the
 * authors that its manifest names. A package for which no text is found is an error.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A shorter text only names a licence, letters. */
const SHORTEST = 600;
const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice|unlicense|patents)/i;

/** How a standard text is found in a package's file, the preferred first. MIT begins after its copyright line. */
const STANDARD = {
  "Apache-2.0": /Apache License\s+Version 2\.0, January 2004[\s\S]*/,
  MIT: /Permission is hereby granted, free of charge[\s\S]*/,
  "MPL-2.0": /Mozilla Public License,? version 2\.0[\s\S]*/i,
  "BSL-1.0": /Boost Software License - Version 1\.0[\s\S]*/i,
};

const read = (...path) => readFileSync(join(...path), "utf8");
const json = (...path) => JSON.parse(read(...path));
const tidy = (text) =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[ \t]+$/gm, "")
    .replace(/^\n+|\s+$/g, "");

/** The files of licences in a package's folder, and in folders of it that are named for licences. */
function texts(folder, named) {
  const found = readdirSync(folder)
    .filter((name) => LICENCE_FILE.test(name) || name === named)
    .sort();
  const inside = (path) =>
    statSync(path).isDirectory()
      ? readdirSync(path)
          .sort()
          .map((name) => join(path, name))
      : [path];
  return found
    .flatMap((name) => inside(join(folder, name)))
    .filter((path) => statSync(path).isFile() && !/\.(rs|js|ts|svelte)$/.test(path))
    .map((path) => tidy(read(path)))
    .filter((text) => text !== "");
}

function crates() {
  const options = { cwd: ROOT, maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" };
  const { packages } = JSON.parse(execFileSync("cargo", ["metadata", "--locked", "--format-version", "1"], options));
  return packages.map((each) => ({
    name: each.name,
    version: each.version,
    authors: each.authors,
    folder: dirname(each.manifest_path),
    named: each.license_file,
  }));
}

function npmPackages() {
  return Object.entries(json(ROOT, "ui/package-lock.json").packages)
    .filter(([path]) => path !== "" && existsSync(join(ROOT, "ui", path, "package.json")))
    .map(([path, { version }]) => {
      const folder = join(ROOT, "ui", path);
      const { author } = json(folder, "package.json");
      return {
        name: path.replace(/^.*node_modules\//, ""),
        version,
        authors: [author?.name ?? author].filter(Boolean),
        folder,
      };
    });
}

function fail(what, hint) {
  console.error(`error: ${what}\nhint: ${hint}`);
  process.exit(1);
}

const known = new Map([...npmPackages(), ...crates()].map((each) => [`${each.name} ${each.version}`, each]));
const listed = json(ROOT, "ui/src/licences.json").map(([name, version, licence]) => {
  const place = known.get(`${name} ${version}`);
  if (!place) fail(`${name} ${version} is in ui/src/licences.json and not installed`, "`npm --prefix ui run licences`");
  return { ...place, licence, texts: texts(place.folder, place.named) };
});

/** Of the texts of one licence in all packages, the one that most packages have. */
function standard(id) {
  const counts = new Map();
  for (const text of listed.flatMap((each) => each.texts)) {
    const found = STANDARD[id].exec(text)?.[0];
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0];
}

for (const each of listed.filter(({ texts }) => !texts.some((text) => text.length >= SHORTEST))) {
  const offered = each.licence.split(/\s+OR\s+|\//).map((id) => id.trim());
  const id = Object.keys(STANDARD).find((known) => offered.includes(known));
  const text = id && standard(id);
  if (!text) {
    fail(
      `no text of a licence was found for ${each.name} ${each.version}, ${each.licence}`,
      "add its licence to STANDARD",
    );
  }
  const owners = each.authors.length > 0 ? each.authors.join(", ") : `the authors of ${each.name}`;
  each.texts = [...each.texts, id === "MIT" ? `Copyright (c) ${owners}\n\n${text}` : text];
}

const numbers = new Map();
for (const text of listed.flatMap((each) => each.texts)) if (!numbers.has(text)) numbers.set(text, numbers.size + 1);

const inImages = readdirSync(join(ROOT, "etc/images"))
  .flatMap((image) =>
    ["requirements.txt", "labextensions.txt"].map((file) => [image, join(ROOT, "etc/images", image, file)]),
  )
  .filter(([, path]) => existsSync(path))
  .flatMap(([image, path]) =>
    [...read(path).matchAll(/^([\w.-]+)(?:\[.*?\])?==([^\s;#]+)/gm)].map(
      ([, name, version]) => `${name} ${version} (${image})`,
    ),
  )
  .sort();

const rule = "=".repeat(80);
const out = [
  "Orchest Desktop is free software under the Apache License 2.0. It is built from the packages below. The numbers name",
  "the texts of their licences, which follow.",
  "",
  ...listed.map(
    (each) =>
      `${each.name} ${each.version}: ${each.licence} [${each.texts.map((text) => numbers.get(text)).join(", ")}]`,
  ),
  "",
  "Rust's standard library: MIT OR Apache-2.0, copyright the Rust project contributors, and other licences that are named",
  "at https://github.com/rust-lang/rust/blob/main/COPYRIGHT",
  "",
  "The images that the app builds on your machine contain the Python packages below and packages of Debian. Neither is a",
  "part of this program. In a container, /opt/venv has the licence of each Python package, in its folder *.dist-info, and",
  "/usr/share/doc has the licence of each package of Debian, in its file copyright.",
  "",
  ...inImages,
  ...[...numbers].flatMap(([text, number]) => ["", rule, `[${number}]`, rule, "", text]),
  "",
];
writeFileSync(process.argv[2], out.join("\n"));
console.error(
  `${listed.length} packages, ${numbers.size} texts, ${Math.round(out.join("\n").length / 1000)} kB: ${process.argv[2]}`,
);
