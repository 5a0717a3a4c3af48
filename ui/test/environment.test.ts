import { screen, within } from "@testing-library/svelte";
import { flushSync } from "svelte";
import { describe, expect, it, vi } from "vitest";

import type { Call } from "../src/api/fake";
import type { Cleaned, EnvironmentFile, HandInstalled, PipelineView } from "../src/api/types";
import { about, reasonOf, requirements } from "../src/logic/environment";
import {
  BY_HAND,
  BY_HAND_OF_R,
  DEV_CONTAINER,
  DOCKERFILE,
  INSTALLING,
  LAUNCH_CONFLICT,
  LAUNCH_INSTALLS,
  LAUNCH_NO_NETWORK,
  PACKAGES,
  RUNS_IN_FOLDER,
  SEVERAL_FILES,
  UNSUPPORTED,
  UNUSED,
  WITH_PROBLEMS,
  environment,
  file,
  runningIn,
  withEnvironment,
  POST_BUILD,
} from "../src/stories/environments";
import {
  CHURN,
  LIVES,
  RUNNING,
  THEIRS,
  UNREACHABLE,
  failure,
  scene,
  unavailable,
  withLaunch,
} from "../src/stories/scenes";
import { all, get, show } from "./show";

const ASKS = withEnvironment(environment("asks"));
const READY = withEnvironment(environment("ready"));

const launches: Call[] = [
  ["allow_environment", "churn"],
  ["launch", "churn"],
];
const option = (name: string) => all("kernelspec-option").find((each) => each.dataset.name === name)!;

async function tab(first: PipelineView, packages = PACKAGES, by_hand: HandInstalled[] = []) {
  const shown = await show(scene(first), (backend) => {
    backend.answers = { environment_packages: { installed: packages, by_hand } };
  });
  await shown.user.click(get("tab-environment"));
  return shown;
}

describe("the picker", () => {
  it.each([
    ["ready", {}, "Python 3.11 · requirements.txt · 33 packages · ready"],
    ["wanted", {}, "Python 3.11 · requirements.txt · 14 packages · installed by the next launch"],
    ["asks", {}, "Python 3.11 · requirements.txt · 14 packages · asks first"],
    ["asks", { changed: true }, "Python 3.11 · requirements.txt changed · 14 packages · asks first"],
    ["wanted", { updating: INSTALLING }, "Python 3.11 · requirements.txt · 14 packages · is being installed"],
    ["asks", { packages: 1, python: ">=3.10" }, "Python >=3.10 · requirements.txt · 1 package · asks first"],
    ["asks", { packages: 0, python: null }, "requirements.txt · asks first"],
    ["ready", { language: "R", python: "4.2.2", packages: 2 }, "R 4.2 · requirements.txt · 2 packages · ready"],
  ] as const)("says of an environment that is %s with %o: %s", (state, more, words) => {
    expect(about(environment(state, more))).toBe(words);
  });

  it("has this folder as its first entry, with what was found", async () => {
    const { user, said } = await show(scene({ ...READY, kernelspec: "r_docker" }));
    await user.click(get("kernelspec-picker"));
    expect(all("kernelspec-option")[0]).toHaveAttribute("data-name", "this_folder");
    expect(option("this_folder")).toHaveTextContent("Python 3.11 · requirements.txt · 33 packages · ready");
    await user.click(option("this_folder"));
    expect(said()).toEqual([["pick_kernelspec", "churn", "this_folder"]]);
  });

  it("shows this folder as the one that is picked, by a name for people", async () => {
    const { user } = await show(scene(READY));
    expect(get("kernelspec-picker")).toHaveTextContent("This folder");
    expect(get("kernelspec-picker")).toHaveAttribute("title", expect.stringContaining("33 packages"));
    await user.click(get("kernelspec-picker"));
    expect(option("this_folder")).toHaveAttribute("aria-selected", "true");
    expect(option("this_folder")).toHaveFocus();
  });

  it("shows why this folder cannot be picked, and picks nothing on a press", async () => {
    const { user, said } = await show(scene({ ...CHURN, environment: UNSUPPORTED }));
    await user.click(get("kernelspec-picker"));
    expect(option("this_folder")).toHaveTextContent("Packages from renv.lock are not installed yet");
    expect(option("this_folder")).toHaveAttribute("aria-disabled", "true");
    await user.click(option("this_folder"));
    expect(said()).toEqual([]);
    expect(all("kernelspec-option")).not.toHaveLength(0);
  });

  it("names every file that cannot be used", () => {
    const files = ["Dockerfile", "install.R", "renv.lock"].map((path) => file(path, { usable: false }));
    expect(about({ ...UNSUPPORTED, files })).toBe(
      "Packages from Dockerfile, install.R and renv.lock are not installed yet",
    );
  });

  it("has no such entry if no file names packages", async () => {
    const { user } = await show(scene(CHURN));
    await user.click(get("kernelspec-picker"));
    expect(option("this_folder")).toBeUndefined();
  });
});

it("shows the folder's name for its kernels and its launch, never the raw name", async () => {
  const { user } = await show(scene(runningIn(environment("ready"))));
  expect(all("kernel-row")[0]).toHaveTextContent("churn");
  expect(within(all("kernel-row")[0]!).getByText("Py")).toBeInTheDocument();
  await user.click(get("kernelspec-picker"));
  expect(screen.getByText("This launch uses churn. A change applies from the next launch.")).toBeVisible();
  expect(document.body).not.toHaveTextContent("this_folder");
});

it("shows the folder's name for a kernel even after its files are gone", async () => {
  await show(scene({ ...withLaunch(RUNS_IN_FOLDER), environment: null }));
  expect(all("kernel-row")[0]).toHaveTextContent("churn");
});

describe("the question before packages are installed", () => {
  it("shows what is installed and where it comes from, then installs and launches", async () => {
    const { user, said } = await show(scene(ASKS));
    await user.click(get("launch"));
    expect(said()).toEqual([]);
    expect(get("install-words")).toHaveTextContent(
      "This folder asks for 14 packages from PyPI or the package index in your own settings. They are installed in a container of their own, which sees nothing of yours.",
    );
    expect(get("install-words")).not.toHaveTextContent("changed");
    expect(get("install-from")).toHaveTextContent("From requirements.txt");
    expect(within(get("install-list")).getAllByRole("listitem")).toHaveLength(14);
    await user.click(screen.getByRole("button", { name: "Install and launch" }));
    expect(all("install-list")).toHaveLength(0);
    await expect.poll(said).toEqual(launches);
  });

  it("shows the Dockerfile that is built, and says what its commands may do", async () => {
    const built = environment("asks", { files: [DOCKERFILE], python: null, packages: 0 });
    const { user, said } = await show(scene(withEnvironment(built)));
    await user.click(get("launch"));
    expect(get("install-words")).toHaveTextContent(
      "This folder builds an image from Dockerfile: it runs its own commands as root inside the build, with the network.",
    );
    const lines = within(get("install-list")).getAllByRole("listitem");
    expect(lines.map((line) => line.textContent)).toEqual(DOCKERFILE.asks);
    await user.click(screen.getByRole("button", { name: "Use and launch" }));
    await expect.poll(said).toEqual(launches);
  });

  it("names the image that is pulled, and Debian packages that are installed as root", async () => {
    const pulled = environment("asks", { files: [DEV_CONTAINER], python: null, packages: 0 });
    const { backend, user } = await show(scene(withEnvironment(pulled)));
    await user.click(get("launch"));
    expect(get("install-words")).toHaveTextContent(`run in the image ${DEV_CONTAINER.pulls}. It is pulled`);
    await user.click(get("install-cancel"));
    backend.push(scene(withEnvironment(environment("asks", { apt: ["graphviz"] }))));
    flushSync();
    await user.click(get("launch"));
    expect(get("install-apt")).toHaveTextContent("Debian packages of apt.txt, as root inside a build: graphviz");
  });

  it("is asked by the keyboard, the palette, menus outside the page and the row's menu", async () => {
    const { app, backend, user, said } = await show(scene(ASKS));
    const asked = async () => {
      flushSync();
      expect(all("install-list")).toHaveLength(1);
      await user.click(get("install-cancel"));
      expect(all("install-list")).toHaveLength(0);
    };
    await user.keyboard("{Enter}");
    await asked();
    await user.keyboard("{Control>}k{/Control}");
    await user.type(get("palette-query"), "launch");
    await user.keyboard("{Enter}");
    await asked();
    await user.keyboard("{Control>}k{/Control}");
    await user.type(get("palette-query"), "churn");
    const row = all("palette-entry").find((each) => each.dataset.key === "go:churn")!;
    await user.pointer({ target: row });
    await user.keyboard("{Control>}{Enter}{/Control}");
    await asked();
    backend.ask("act");
    await asked();
    await user.pointer({ target: all("pipeline-row")[0]!, keys: "[MouseRight]" });
    await user.click(screen.getByRole("menuitem", { name: "Launch" }));
    await asked();
    void app.launches.launch("churn");
    await asked();
    expect(said()).toEqual([]);
  });

  it("opens the notebook that was pressed after the installation", async () => {
    const { user, said } = await show(scene(ASKS));
    await user.click(all("notebook-row")[0]!);
    await user.click(get("install-confirm"));
    await expect.poll(said).toEqual([
      ["allow_environment", "churn"],
      ["open_notebook", "churn", "1-load.ipynb"],
    ]);
  });

  it("launches with the usual kernelspec instead", async () => {
    const { user, said } = await show(scene(ASKS));
    await user.click(get("launch"));
    await user.click(screen.getByRole("button", { name: "Launch with Python 3 instead" }));
    await expect.poll(said).toEqual([
      ["pick_kernelspec", "churn", "python_docker"],
      ["launch", "churn"],
    ]);
  });

  it("offers no other kernelspec if there is none", async () => {
    const { user } = await show(scene(ASKS, { kernelspecs: [] }));
    await user.click(get("launch"));
    expect(all("install-instead")).toHaveLength(0);
  });

  it("does nothing when it is cancelled by a button or a key, and gives the focus back", async () => {
    const { user, said } = await show(scene(ASKS));
    for (const leave of [() => user.click(get("install-cancel")), () => user.keyboard("{Escape}")]) {
      get("launch").focus();
      await user.keyboard("{Enter}");
      expect(all("install-list")).toHaveLength(1);
      await leave();
      expect(all("install-list")).toHaveLength(0);
      expect(get("launch")).toHaveFocus();
    }
    expect(said()).toEqual([]);
  });

  it("begins at the list, so that a second Enter installs nothing; Tab leads to the buttons", async () => {
    const { user, said } = await show(scene(ASKS));
    get("launch").focus();
    await user.keyboard("{Enter}");
    expect(get("install-list")).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(said()).toEqual([]);
    const order = [];
    for (let i = 0; i < 3; i++) {
      await user.tab();
      order.push((document.activeElement as HTMLElement).dataset.testid);
    }
    expect(order).toEqual(["install-cancel", "install-instead", "install-confirm"]);
    await user.keyboard("{Enter}");
    await expect.poll(said).toEqual(launches);
  });

  it("says that the files changed, and which versions a lock gives", async () => {
    const changed = environment("asks", { changed: true, files: SEVERAL_FILES, packages: 6 });
    const { user } = await show(scene(withEnvironment(changed)));
    await user.click(get("launch"));
    expect(get("install-words")).toHaveTextContent("pyproject.toml changed since its packages were last installed.");
    expect(get("install-from")).toHaveTextContent("From pyproject.toml, with the versions of uv.lock");
  });

  it.each([
    [
      { asks: ["numpy"], count: 1 },
      "This folder asks for 1 package from PyPI or the package index in your own settings. It is installed",
      "numpy",
    ],
    [{ asks: ["numpy"], count: 800 }, "asks for 800 packages", "and 799 more"],
    [
      { asks: [], count: 0 },
      "This folder asks for packages from PyPI or the package index",
      "The file has no list of names.",
    ],
    [
      { asks: ["numpy"], count: 2, channels: ["conda-forge", "https://conda.example.org/birds"] },
      "This folder asks for 2 packages from conda-forge, https://conda.example.org/birds and PyPI.",
      "and 1 more",
    ],
  ])("counts %o", async (more, words, last) => {
    const files = [file("requirements.txt", { used: true, ...more })];
    const { user } = await show(scene(withEnvironment(environment("asks", { files }))));
    await user.click(get("launch"));
    expect(get("install-words")).toHaveTextContent(words);
    expect(within(get("install-list")).getAllByRole("listitem").at(-1)).toHaveTextContent(last);
  });

  it("names the hosts that the folder's files name", async () => {
    const of = (hosts: string[]) =>
      withEnvironment(environment("asks", { files: [file("a.txt", { used: true, hosts })] }));
    const { user } = await show(scene(of(["git.example", "corp.example:8080"])));
    await user.click(get("launch"));
    expect(get("install-hosts")).toHaveTextContent(
      "The folder’s own files also name other places: git.example and corp.example:8080",
    );
  });

  it("says where packages of R come from, and that a script runs", async () => {
    const script = file("install.R", { used: true, language: "R", script: true, asks: ["birdsong"], count: 1 });
    const { user } = await show(scene(withEnvironment(environment("asks", { files: [script], language: "R" }))));
    expect(get("kernelspec-picker")).toHaveTextContent(/^R\s*This folder/);
    expect(within(all("pipeline-row")[0]!).getByTitle("R")).toBeInTheDocument();
    await user.click(get("launch"));
    expect(get("install-words")).toHaveTextContent(
      "This folder asks for 1 package from CRAN or the repository in your own settings.",
    );
    expect(get("install-script")).toHaveTextContent("install.R is a script. It runs in that container");
    expect(screen.getByTestId("install-words")).not.toHaveTextContent("PyPI");
  });

  it("shows what in the file cannot be understood", async () => {
    const { user } = await show(scene(withEnvironment(environment("asks", { files: [WITH_PROBLEMS] }))));
    await user.click(get("launch"));
    expect(all("environment-problem")[0]).toHaveTextContent(
      "requirements.txt, line 7: pandas >> 2 is not a requirement",
    );
  });

  it("launches nothing if the installation could not be allowed, and says why", async () => {
    const { user, said } = await show(scene(ASKS), (backend) =>
      backend.fail("allow_environment", failure("The record could not be written")),
    );
    await user.click(get("launch"));
    await user.click(get("install-confirm"));
    expect(await screen.findByText("The record could not be written")).toBeVisible();
    expect(said()).toEqual([["allow_environment", "churn"]]);
  });

  it("closes if the files are gone, and the keys of the window work again", async () => {
    const { backend, user, said } = await show(scene(ASKS));
    await user.click(get("launch"));
    backend.push(scene(CHURN));
    await expect.poll(() => all("install-list").length).toBe(0);
    await user.keyboard("{Enter}");
    expect(said()).toEqual([["launch", "churn"]]);
  });

  it("is not asked if the environment is allowed or another kernelspec is picked", async () => {
    for (const pipeline of [
      READY,
      withEnvironment(environment("wanted")),
      { ...ASKS, kernelspec: "python_docker" },
      { ...CHURN, environment: UNSUPPORTED },
    ]) {
      const { app, said } = await show(scene(pipeline));
      void app.launches.launch("churn");
      expect(said()).toEqual([["launch", "churn"]]);
      document.body.replaceChildren();
    }
  });

  it("is not asked by a notebook that opens in a running launch", async () => {
    const { user, said } = await show(scene(runningIn(environment("asks", { changed: true }))));
    await user.click(all("notebook-row")[0]!);
    expect(said()).toEqual([["open_notebook", "churn", "1-load.ipynb"]]);
  });

  it("is asked before a restart, and before the question about a busy kernel", async () => {
    const { user, said } = await show(scene(runningIn(environment("asks", { changed: true }))), (backend) => {
      backend.lives = LIVES;
    });
    await user.click(get("pipeline-menu"));
    await user.click(screen.getByRole("menuitem", { name: "Restart" }));
    expect(said()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Install and restart" }));
    await expect.poll(() => all("stop-busy").length).toBe(1);
    expect(said()).toEqual([["allow_environment", "churn"]]);
    await user.click(get("stop-busy"));
    expect(said()).toEqual([
      ["allow_environment", "churn"],
      ["restart_launch", "churn"],
    ]);
  });
});

describe("the tab", () => {
  it("shows what a person can do if no file names packages", async () => {
    const { user, said } = await tab(CHURN, []);
    expect(get("environment-none")).toHaveTextContent(
      "With a requirements.txt in this folder, they have what it names: one package on each line.",
    );
    await user.click(within(get("environment-none")).getByRole("button", { name: "Show in file manager" }));
    expect(said()).toEqual([["reveal_pipeline", "churn"]]);
  });

  it("writes a first file with the imports that the person leaves in", async () => {
    const { user, said, backend } = await tab(CHURN, []);
    backend.answers.folder_imports = ["numpy", "pandas", "torch"];
    await user.click(get("environment-start"));
    await expect.poll(() => all("environment-import").length).toBe(3);
    expect(all("environment-import")[0]).toHaveFocus();
    await user.click(all("environment-import")[2]!);
    await user.click(get("environment-start-write"));
    expect(said()).toEqual([
      ["folder_imports", "churn"],
      ["start_environment", "churn", ["numpy", "pandas"]],
    ]);
    await expect.poll(() => all("environment-start-form")).toEqual([]);
    expect(get("environment-start")).toHaveFocus();
  });

  it("writes nothing if nothing is imported or left, and Escape closes the list", async () => {
    const { user, said, backend } = await tab(CHURN, []);
    backend.answers.folder_imports = ["numpy"];
    await user.click(get("environment-start"));
    await expect.poll(() => all("environment-import").length).toBe(1);
    await user.click(all("environment-import")[0]!);
    expect(get("environment-start-write")).toBeDisabled();
    await user.keyboard("{Escape}");
    backend.answers.folder_imports = [];
    await user.click(get("environment-start"));
    expect(await screen.findByText(/import no packages/)).toBeVisible();
    expect(all("environment-start-write")).toEqual([]);
    expect(said().filter(([command]) => command !== "folder_imports")).toEqual([]);
  });

  it("does not claim to know the files of a folder that is missing or another person's", async () => {
    const { app, backend } = await tab({ ...CHURN, missing: true });
    expect(get("environment-none")).toHaveTextContent("The folder is missing");
    backend.push(scene(CHURN, { pipelines: [CHURN, THEIRS] }));
    app.selection.select(THEIRS.id);
    flushSync();
    expect(all("tab-environment")).toHaveLength(0);
    expect(get("tab-overview")).toHaveAttribute("aria-selected", "true");
  });

  it.each([
    ["asks", {}, "Not installed yet · Python 3.11 · 14 packages", "asks first", ["Install now"]],
    ["wanted", {}, "Not installed yet · Python 3.11 · 14 packages", "The next launch installs it.", ["Install now"]],
    ["ready", {}, "Ready · Python 3.11.2 · 33 packages · 769 MB", "uses it as it is", ["Upgrade all", "Update"]],
    ["wanted", { changed: true }, "requirements.txt changed", "installs the new packages", ["Upgrade all", "Update"]],
    ["asks", { changed: true }, "requirements.txt changed", "shows the new list", ["Upgrade all", "Update"]],
    ["unsupported", { files: UNSUPPORTED.files }, "Cannot be installed yet", "that you pick", []],
  ] as const)("shows an environment that is %s with %o", async (state, more, words, next, buttons) => {
    await tab(
      withEnvironment(
        environment(state, { ...more, files: [...((more as typeof UNSUPPORTED).files ?? environment(state).files)] }),
      ),
    );
    const shown = get("environment-state").textContent.replace(/\s+/g, " ").replaceAll("·", " · ").replace(/ +/g, " ");
    expect(shown.trim()).toContain(words);
    expect(screen.getByRole("tabpanel")).toHaveTextContent(next);
    const has = [...document.querySelectorAll("[data-testid^=environment-up]")].map((each) => each.textContent.trim());
    expect(has).toEqual(buttons);
  });

  it("shows which file is used and why, its lock, and lets the person use another", async () => {
    const several = environment("wanted", { files: SEVERAL_FILES, packages: 6 });
    const { user, said } = await tab(withEnvironment(several), []);
    expect(all("environment-file").map((row) => row.textContent.replace(/\s+/g, " ").trim())).toEqual([
      "renv.lock Packages from files of this kind are not installed yet · 2 packages",
      "pyproject.toml Used: the first file that can be used · 6 packages · versions from uv.lock",
      "binder/requirements.txt Not used: pyproject.toml comes first · 14 packages Use this file",
    ]);
    expect(get("environment-asks")).toHaveTextContent("numpy==2.2.6");
    await user.click(screen.getByRole("button", { name: "Use binder/requirements.txt" }));
    expect(said()).toEqual([["pick_environment_file", "churn", "binder/requirements.txt"]]);
  });

  it("says so if the person picked the file", () => {
    const files = SEVERAL_FILES.map((each, i) => ({ ...each, used: i === 2 }));
    expect(files.map((each) => reasonOf(each, files))).toEqual([
      "Packages from files of this kind are not installed yet",
      "Not used: you picked binder/requirements.txt",
      "Used: you picked it",
    ]);
    const [only] = environment("asks").files;
    expect(reasonOf(only!, [only!])).toBe("Used");
  });

  it("shows what in a file cannot be understood, with its line", async () => {
    await tab(withEnvironment(environment("asks", { files: [WITH_PROBLEMS] })), []);
    expect(all("environment-problem").map((row) => row.textContent.trim())).toEqual([
      "requirements.txt, line 7: pandas >> 2 is not a requirement",
      "requirements/more.txt: there is no such file",
    ]);
  });

  it.each([
    [["sales"], "On the disk once for this folder and “sales”."],
    [["a", "b", "c", "d", "e"], "On the disk once for this folder and “a”, “b”, “c” and 2 others."],
  ])("names the folders with the same environment (%o)", async (shared_with, words) => {
    await tab(withEnvironment(environment("ready", { shared_with })));
    expect(get("environment-shared")).toHaveTextContent(words);
  });

  it("shows Debian packages and a script that is not run", async () => {
    const more = { apt: ["graphviz", "ffmpeg"], post_build: POST_BUILD };
    const { user, said } = await tab(withEnvironment(environment("ready", more)));
    expect(get("environment-apt")).toHaveTextContent("graphviz ffmpeg");
    expect(
      screen.getByText(
        "The folder asks for these. The image of its kernels gets them; an image from a Dockerfile does not.",
      ),
    ).toBeVisible();
    expect(get("post-build")).toHaveTextContent("binder/postBuild of this folder runs once, after the installation");
    expect(get("post-build")).toHaveTextContent("It is not run.");
    expect(get("post-build-text")).toHaveTextContent("python -m spacy download en_core_web_sm");
    expect(screen.queryByTestId("post-build-stop")).toBeNull();
    await user.click(get("post-build-run"));
    expect(said()).toContainEqual(["run_post_build", "churn", true]);
  });

  it.each([
    ["changed", "It changed since you allowed it, and is not run.", ["Run it"]],
    ["wanted", "The next launch runs it.", ["Do not run it"]],
    ["ran", "It has run.", ["Do not run it", "Run it again"]],
  ] as const)("shows a script that is %s", async (state, words, buttons) => {
    const { user, said } = await tab(withEnvironment(environment("ready", { post_build: { ...POST_BUILD, state } })));
    expect(get("post-build")).toHaveTextContent(words);
    expect(
      within(get("post-build"))
        .getAllByRole("button")
        .map((button) => button.textContent),
    ).toEqual(buttons);
    if (state === "changed") return;
    await user.click(get("post-build-stop"));
    expect(said()).toContainEqual(["run_post_build", "churn", false]);
  });

  it.each([true, false])("runs the script of a folder only if the person says so (%s)", async (runs) => {
    const asks = environment("asks", { post_build: POST_BUILD });
    const { user, said } = await show(scene(withEnvironment(asks)));
    await user.click(get("launch"));
    expect(get("install-script-text")).toHaveTextContent("python -m spacy download en_core_web_sm");
    expect(get("install-run-script")).not.toBeChecked();
    if (runs)
      await user.click(
        screen.getByLabelText("Also run binder/postBuild of this folder, in a container like its kernels"),
      );
    await user.click(get("install-confirm"));
    expect(said()).toEqual([
      ...(runs ? [["run_post_build", "churn", true]] : []),
      ["allow_environment", "churn"],
      ["launch", "churn"],
    ]);
  });

  it("says which kernelspec launches use if it is not the environment", async () => {
    await tab({ ...READY, kernelspec: "r_docker" });
    expect(
      screen.getByText(/^Launches of this folder use R\. To use the environment, pick “This folder”/),
    ).toBeVisible();
  });

  it("lists the packages, first the ones that a file names, and filters them", async () => {
    const { user } = await tab(READY);
    await expect.poll(() => all("package").length).toBe(33);
    const asked = all("package").map((row) => row.dataset.asked === "true");
    expect(asked).toEqual([...Array<boolean>(14).fill(true), ...Array<boolean>(19).fill(false)]);
    expect(all("package")[1]).toHaveTextContent("duckdb 1.4.4 58 MB");
    await user.type(get("package-filter"), "py");
    const found = all("package").map((row) => row.textContent.split(/\s/).find(Boolean));
    expect(found).toEqual(["numpy", "pyarrow", "contourpy", "python-dateutil", "scipy"]);
    await user.type(get("package-filter"), "-nothing");
    expect(screen.getByText("No package matches “py-nothing”")).toBeVisible();
    await user.keyboard("{Escape}");
    expect(all("package")).toHaveLength(33);
  });

  it("has no filter for a short list", async () => {
    await tab(READY, PACKAGES.slice(0, 20));
    await expect.poll(() => all("package").length).toBe(20);
    expect(all("package-filter")).toHaveLength(0);
  });

  it("copies every package as a line of a requirements.txt", async () => {
    const { user } = await tab(READY);
    await expect.poll(() => all("package").length).toBe(33);
    await user.type(get("package-filter"), "numpy");
    const write = vi.spyOn(navigator.clipboard, "writeText");
    await user.click(get("packages-copy"));
    const text = write.mock.calls[0]![0];
    expect(text).toBe(requirements(PACKAGES));
    expect(text.split("\n").slice(0, 2)).toEqual(["autograd==1.8.0", "birdsong==2.0.1"]);
    expect(text.trimEnd().split("\n")).toHaveLength(33);
  });

  it("reads the packages again after an update, and not while nothing changes", async () => {
    const updating = withEnvironment(environment("wanted", { updating: INSTALLING }));
    const { backend } = await tab(updating, []);
    const reads = () => backend.calls.filter(([command]) => command === "environment_packages").length;
    expect(reads()).toBe(1);
    backend.push(scene({ ...updating, last_change: 1 }));
    flushSync();
    expect(reads()).toBe(1);
    backend.answers = { environment_packages: { installed: PACKAGES, by_hand: [] } };
    backend.push(scene(READY));
    await expect.poll(() => all("package").length).toBe(33);
  });

  it("installs, updates and upgrades", async () => {
    const { backend, user, said } = await tab(withEnvironment(environment("wanted")), []);
    await user.click(screen.getByRole("button", { name: "Install now" }));
    backend.push(scene(READY));
    await user.click(await screen.findByRole("button", { name: "Update" }));
    await user.click(screen.getByRole("button", { name: "Upgrade all" }));
    expect(said()).toEqual([
      ["update_environment", "churn", false],
      ["update_environment", "churn", false],
      ["update_environment", "churn", true],
    ]);
  });

  it("asks before it installs what is not allowed, also if another kernelspec is picked", async () => {
    const { user, said } = await tab({ ...ASKS, kernelspec: "r_docker" }, []);
    await user.click(get("environment-update"));
    expect(said()).toEqual([]);
    expect(all("install-instead")).toHaveLength(0);
    expect(get("install-confirm")).toHaveTextContent(/^\s*Install\s*$/);
    await user.click(get("install-confirm"));
    await expect.poll(said).toEqual([
      ["allow_environment", "churn"],
      ["update_environment", "churn", false],
    ]);
  });

  it("shows the progress of an update with its log, and cancels it", async () => {
    const { user, said } = await tab(withEnvironment(environment("wanted", { updating: INSTALLING })), []);
    expect(get("environment-progress")).toHaveTextContent("12 of 33 packages");
    expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "36");
    expect(all("environment-update")).toHaveLength(0);
    await user.click(screen.getByRole("button", { name: "Show the log" }));
    expect(screen.getByText(/Downloading pyarrow/)).toBeVisible();
    await user.click(get("environment-cancel"));
    expect(said()).toEqual([["cancel_environment", "churn"]]);
  });

  it("cannot install without an engine, and says why", async () => {
    const engine = unavailable(UNREACHABLE);
    const { user } = await show(scene(READY, { engine }));
    await user.click(get("tab-environment"));
    for (const button of ["environment-update", "environment-upgrade"]) {
      expect(get(button)).toBeDisabled();
      expect(get(button)).toHaveAttribute("title", "An installation needs the engine");
    }
  });

  it("is an action of the palette", async () => {
    const { user } = await show(scene(READY));
    await user.keyboard("{Control>}k{/Control}");
    await user.type(get("palette-query"), "environment");
    await user.keyboard("{Enter}");
    expect(get("tab-environment")).toHaveAttribute("aria-selected", "true");
  });
});

describe("a running launch whose files changed", () => {
  it("says so and updates on a press", async () => {
    const { user, said } = await show(scene(runningIn(environment("wanted", { changed: true }))));
    expect(get("environment-changed")).toHaveTextContent(
      "requirements.txt changed Update: kernels that start from then on have the new packages; running kernels keep theirs.",
    );
    await user.click(get("environment-update"));
    expect(said()).toEqual([["update_environment", "churn", false]]);
  });

  it("asks first if the new packages are not allowed", async () => {
    const { user, said } = await show(scene(runningIn(environment("asks", { changed: true }))));
    await user.click(get("environment-update"));
    await user.click(get("install-confirm"));
    await expect.poll(said).toEqual([
      ["allow_environment", "churn"],
      ["update_environment", "churn", false],
    ]);
  });

  it("shows the progress in its place, and nothing afterwards", async () => {
    const changed = { changed: true, updating: INSTALLING };
    const { backend } = await show(scene(runningIn(environment("wanted", changed))));
    expect(get("environment-progress")).toHaveTextContent("12 of 33 packages");
    expect(all("environment-changed")).toHaveLength(0);
    backend.push(scene(runningIn(environment("ready"))));
    flushSync();
    expect(all("environment-progress")).toHaveLength(0);
  });

  it("shows nothing if the launch uses another kernelspec", async () => {
    await show(scene({ ...withLaunch(RUNNING), environment: environment("wanted", { changed: true }) }));
    expect(all("environment-changed")).toHaveLength(0);
  });
});

describe("the stage of a launch", () => {
  it("shows packages, the log and Cancel", async () => {
    const { user, said } = await show(scene(withEnvironment(environment("wanted"), { launch: LAUNCH_INSTALLS })));
    const stage = all("stage").find((each) => each.dataset.stage === "environment")!;
    expect(stage).toHaveTextContent("Environment installing 33 packages 12 of 33 packages");
    await user.click(within(stage).getByRole("button", { name: "Show the log" }));
    expect(screen.getByText(/Resolved 33 packages/)).toBeVisible();
    await user.click(get("launch"));
    expect(said()).toEqual([["cancel", "churn"]]);
  });

  it("shows a failure with its log, and Retry", async () => {
    const { backend, user, said } = await show(
      scene(withEnvironment(environment("wanted"), { launch: LAUNCH_NO_NETWORK })),
    );
    expect(get("failure-message")).toHaveTextContent("The packages of requirements.txt could not be fetched");
    expect(screen.getByText(/failed to lookup address/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(said()).toEqual([["launch", "churn"]]);
    backend.push(scene(withEnvironment(environment("wanted"), { launch: LAUNCH_CONFLICT })));
    flushSync();
    expect(get("failure-hint")).toHaveTextContent("Change a version in requirements.txt");
  });
});

describe("packages that were installed by hand", () => {
  const rows = (id: string) => all(id).map((row) => row.textContent.replace(/\s+/g, " ").trim());
  const region = () => screen.getByRole("region", { name: "Installed by hand" });
  const added = (name: string): Call[] => [
    ["edit_packages", "churn", [name], [], true],
    ["remove_by_hand", "churn", "Python", [name.split("==")[0]]],
  ];
  const byHand = async (first: PipelineView, packages = BY_HAND) => {
    const shown = await tab(first, PACKAGES, packages);
    await expect.poll(() => all("by-hand").length + all("by-hand-needed").length).toBe(packages.length);
    const reads = () => shown.backend.calls.filter(([command]) => command === "environment_packages").length;
    return { ...shown, reads };
  };

  it("are listed with the version that the environment has; the ones that others need come last", async () => {
    await byHand(READY);
    expect(rows("by-hand")).toEqual([
      "pandas 3.0.1 the environment has 2.3.3 64 MB Add to requirements.txt Remove",
      "rich 14.3.3 2 MB Add to requirements.txt Remove",
    ]);
    const needed = within(within(region()).getByRole("list", { name: "Needed by these" }));
    expect(needed.getAllByRole("listitem").map((row) => row.textContent.split(/\s/)[0])).toEqual([
      "markdown-it-py",
      "mdurl",
      "pygments",
    ]);
    expect(needed.queryAllByRole("button")).toEqual([]);
  });

  it("have no section if there are none", async () => {
    await tab(READY);
    await expect.poll(() => all("package").length).toBe(33);
    expect(screen.queryByRole("region", { name: "Installed by hand" })).toBeNull();
  });

  it("are added to the file, installed, and only then removed; the list is read again", async () => {
    const { backend, user, said, reads } = await byHand(READY);
    backend.answers = { environment_packages: { installed: PACKAGES, by_hand: [] } };
    await user.click(screen.getByRole("button", { name: "Add rich to requirements.txt" }));
    await expect.poll(said).toEqual(added("rich==14.3.3"));
    await expect.poll(() => all("by-hand").length).toBe(0);
    expect(reads()).toBe(2);
  });

  it("stay installed by hand if they cannot be added, and the window says why", async () => {
    const { backend, user, said, reads } = await byHand(READY);
    backend.fail("edit_packages", failure("The packages do not fit together"));
    await user.click(screen.getByRole("button", { name: "Add rich to requirements.txt" }));
    expect(await screen.findByText("The packages do not fit together")).toBeVisible();
    expect(said()).toEqual(added("rich==14.3.3").slice(0, 1));
    await expect.poll(reads).toBe(2);
    expect(all("by-hand")).toHaveLength(2);
  });

  it("wait for the answer of an action, and for an update", async () => {
    const { backend, user, said } = await byHand(READY);
    backend.hang("edit_packages");
    await user.click(screen.getByRole("button", { name: "Add rich to requirements.txt" }));
    for (const button of [...all("by-hand-add"), ...all("by-hand-remove")]) expect(button).toBeDisabled();
    await user.click(all("by-hand-remove")[0]!);
    expect(said()).toEqual(added("rich==14.3.3").slice(0, 1));
  });

  it("cannot be added while an update goes on, which has read the file", async () => {
    await byHand(withEnvironment(environment("wanted", { updating: INSTALLING })));
    for (const button of all("by-hand-add")) expect(button).toBeDisabled();
    for (const button of all("by-hand-remove")) expect(button).toBeEnabled();
  });

  it("are added to the file that the environment is made from", async () => {
    await byHand(withEnvironment(environment("wanted", { files: SEVERAL_FILES })));
    expect(screen.getByRole("button", { name: "Add rich to pyproject.toml" })).toBeVisible();
  });

  it.each<[string, Partial<EnvironmentFile>, string | null]>([
    ["DESCRIPTION", { language: "R" }, "data.table>=1.17.0"],
    ["install.R", { language: "R", script: true }, "data.table"],
    ["renv.lock", { language: "R", editable: false }, null],
    ["environment.yml", { language: "R", channels: ["conda-forge"] }, null],
    ["requirements.txt", {}, null],
  ])("of R are added to a file of R that can be changed: %s", async (path, more, written) => {
    const files = [file(path, { used: true, ...more })];
    const { user, said } = await byHand(withEnvironment(environment("wanted", { files })), BY_HAND_OF_R);
    const section = within(screen.getByRole("region", { name: "Packages of R installed by hand" }));
    expect(section.getByText(/in a notebook of R\./)).toBeVisible();
    if (written === null) {
      expect(all("by-hand-add")).toHaveLength(0);
    } else {
      await user.click(section.getByRole("button", { name: `Add data.table to ${path}` }));
      await expect.poll(said).toEqual([
        ["edit_packages", "churn", [written], [], false],
        ["remove_by_hand", "churn", "R", ["data.table"]],
      ]);
    }
    await user.click(section.getByRole("button", { name: "Remove data.table" }));
    expect(said().at(-1)).toEqual(["remove_by_hand", "churn", "R", ["data.table"]]);
  });

  it("of Python are added to a file of conda below pip, and to no file of R", async () => {
    const files = [file("environment.yml", { used: true, channels: ["conda-forge"] })];
    const { backend, user, said } = await byHand(withEnvironment(environment("wanted", { files })));
    await user.click(screen.getByRole("button", { name: "Add rich to environment.yml" }));
    await expect.poll(said).toEqual(added("rich==14.3.3"));
    const ofR = [file("DESCRIPTION", { used: true, language: "R" })];
    backend.push(scene(withEnvironment(environment("wanted", { files: ofR }))));
    await expect.poll(() => all("by-hand-add").length).toBe(0);
    expect(region()).not.toHaveTextContent("Add them to");
  });

  it("are added only after the person has allowed what the file names already", async () => {
    const { user, said } = await byHand(ASKS);
    await user.click(screen.getByRole("button", { name: "Add rich to requirements.txt" }));
    expect(said()).toEqual([]);
    expect(within(get("install-list")).getAllByRole("listitem")).toHaveLength(14);
    expect(all("install-instead")).toHaveLength(0);
    await user.click(screen.getByRole("button", { name: "Install and add" }));
    await expect.poll(said).toEqual([["allow_environment", "churn"], ...added("rich==14.3.3")]);
  });

  it("are removed on one press, and the list is read again", async () => {
    const { backend, user, said, reads } = await byHand(READY);
    backend.answers = { environment_packages: { installed: PACKAGES, by_hand: BY_HAND.slice(0, 4) } };
    await user.click(screen.getByRole("button", { name: "Remove rich" }));
    await expect.poll(() => all("by-hand").length).toBe(1);
    expect(said()).toEqual([["remove_by_hand", "churn", "Python", ["rich"]]]);
    expect(reads()).toBe(2);
  });

  it("are removed together if only the ones are left that others needed", async () => {
    const left = BY_HAND.filter(({ requested }) => !requested);
    const { user, said } = await byHand(READY, left);
    expect(screen.getByRole("list", { name: "Needed by packages that were removed" })).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Remove all" }));
    expect(said()).toEqual([["remove_by_hand", "churn", "Python", ["markdown-it-py", "mdurl", "pygments"]]]);
  });

  it("show in a folder whose files name no packages, and make it a requirements.txt", async () => {
    const { user, said } = await byHand(CHURN);
    expect(get("environment-none")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Add rich to requirements.txt" }));
    await expect.poll(said).toEqual(added("rich==14.3.3"));
  });

  it("are listed once the engine is there, and say why they cannot be changed after it went away", async () => {
    const { backend } = await tab(CHURN, []);
    backend.push(scene(CHURN, { engine: unavailable(UNREACHABLE) }));
    flushSync();
    expect(all("by-hand")).toHaveLength(0);
    backend.answers = { environment_packages: { installed: [], by_hand: BY_HAND } };
    backend.push(scene(CHURN));
    await expect.poll(() => all("by-hand").length).toBe(2);
    backend.push(scene(CHURN, { engine: unavailable(UNREACHABLE) }));
    flushSync();
    for (const button of all("by-hand-remove")) {
      expect(button).toBeDisabled();
      expect(button).toHaveAttribute("title", "This needs the engine");
    }
  });

  it("say why they cannot be listed", async () => {
    const shown = await show(scene(CHURN), (backend) =>
      backend.fail("environment_packages", failure("The packages cannot be listed")),
    );
    await shown.user.click(get("tab-environment"));
    expect(await screen.findByText("The packages cannot be listed.")).toBeVisible();
  });
});

describe("unused environments, in Settings", () => {
  const about = () => get("unused-environments").textContent.replace(/\s+/g, " ").trim();

  async function settings(answer: (dryRun: boolean) => Cleaned) {
    const shown = await show(scene(CHURN), (backend) => {
      backend.answers = {
        clean_environments: (command) => answer(command.command === "clean_environments" && command.dry_run),
      };
    });
    await shown.user.click(get("open-settings"));
    return shown;
  }

  it("are found by the first press and removed by the second", async () => {
    const { app, user, said } = await settings((dry_run) => ({ ...UNUSED, dry_run }));
    await user.click(screen.getByRole("button", { name: "Remove unused environments" }));
    await expect.poll(about).toContain("3 environments that no folder uses: 187 MB.");
    expect(app.messages.announcement).toBe("3 environments that no folder uses: 187 MB.");
    expect(said()).toEqual([["clean_environments", true]]);
    await user.click(get("unused-remove"));
    await expect.poll(about).toContain("Removed 3 environments: 187 MB are free again.");
    expect(said()).toEqual([
      ["clean_environments", true],
      ["clean_environments", false],
    ]);
    expect(all("unused-remove")).toHaveLength(0);
  });

  it("stay if the person cancels", async () => {
    const { user, said } = await settings(() => UNUSED);
    await user.click(get("unused-find"));
    await user.click(await screen.findByTestId("unused-cancel"));
    expect(about()).toContain("An environment stays on the disk after its folder is gone");
    expect(said()).toEqual([["clean_environments", true]]);
  });

  it.each([
    [[], [], "No environment is unused."],
    [["a1"], [], "1 environment that no folder uses: 187 MB."],
    [["a1"], ["b2"], "1 environment that no folder uses: 187 MB. Some are being made or used, and stay."],
  ])("are counted: %o, and %o in use", async (environments, busy, words) => {
    const { user } = await settings(() => ({ ...UNUSED, environments, busy }));
    await user.click(get("unused-find"));
    await expect.poll(about).toContain(words);
    expect(all("unused-remove")).toHaveLength(environments.length);
  });

  it("say what failed, at their place", async () => {
    const { backend, user } = await settings(() => UNUSED);
    backend.fail("clean_environments", failure("The environments could not be removed"));
    await user.click(get("unused-find"));
    expect(await screen.findByTestId("setting-error")).toHaveTextContent("The environments could not be removed");
    backend.recover("clean_environments");
    await user.click(get("unused-find"));
    await expect.poll(about).toContain("3 environments");
    expect(all("setting-error")).toHaveLength(0);
  });

  it("need the engine", async () => {
    const { user } = await show(scene(CHURN, { engine: unavailable(UNREACHABLE) }));
    await user.click(get("open-settings"));
    expect(get("unused-find")).toBeDisabled();
    expect(get("unused-find")).toHaveAttribute("title", "This needs the engine");
  });
});
