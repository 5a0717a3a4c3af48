import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** The imports that are forbidden in a folder, with the reason. */
function mustNotImport(files, ...rules) {
  const patterns = rules.map(([group, message]) => ({ group, message }));
  return { files, rules: { "no-restricted-imports": ["error", { patterns }] } };
}

const tauri = [["@tauri-apps/*"], "Only src/api speaks with Tauri."];
const fake = [["**/api/fake", "**/stories/*"], "Fakes and stories are for tests; they must not ship."];

const layers = [
  mustNotImport(["src/*.ts", "src/views/**"], tauri, fake),
  mustNotImport(["src/stories/**"], tauri),
  mustNotImport(["src/domain/**"], [["**/views/**"], "domain/ has the parts of views; it knows no view."], tauri, fake),
  mustNotImport(
    ["src/state/**"],
    [["**/shared/**", "**/domain/**", "**/views/**"], "state/ knows no component."],
    tauri,
    fake,
  ),
  mustNotImport(
    ["src/shared/**"],
    [["**/state/**", "!**/state/clock.svelte"], "shared/ knows nothing of the app: take what it needs as properties."],
    [["../api/**", "**/domain/**", "**/views/**"], "shared/ knows nothing of pipelines, engines and kernels."],
    tauri,
    fake,
  ),
  mustNotImport(
    ["src/logic/**"],
    [
      ["**/state/**", "**/shared/**", "**/domain/**", "**/views/**"],
      "logic/ is pure: it knows no state, no component.",
    ],
    tauri,
    fake,
  ),
];

export default ts.config(
  { ignores: ["dist/", "src/api/types.ts"] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  ...layers,
  { rules: { "no-undef": "off" } },
);
