import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { PipelineView } from "../src/api/types";
import {
  VARIABLES,
  VARIABLE_REFUSED,
  WITH_VARIABLES,
  envFile,
  environment,
  withEnvironment,
} from "../src/stories/environments";
import { CHURN, scene } from "../src/stories/scenes";
import { all, get, show } from "./show";

async function tab(first: PipelineView) {
  const shown = await show(scene(first), (backend) => {
    backend.answers = { environment_packages: { installed: [], by_hand: [] } };
  });
  await shown.user.click(get("tab-environment"));
  return shown;
}

const row = (name: string) => all("variable").find((each) => each.textContent.includes(name))!;

describe("the variables of a folder", () => {
  it("are listed with their values, and secret ones with the place of the value", async () => {
    await tab(WITH_VARIABLES);
    expect(all("variable")).toHaveLength(VARIABLES.length);
    expect(row("OMP_NUM_THREADS")).toHaveTextContent("4");
    expect(row("AWS_SECRET_ACCESS_KEY")).toHaveTextContent("Secret, in the keychain");
    expect(row("HF_TOKEN")).toHaveTextContent("until Orchest Desktop ends");
    expect(row("DATABASE_URL")).toHaveTextContent("Set it again");
    expect(row("PATH")).toHaveTextContent("Kernels do not get it: a launch sets PATH itself");
  });

  it("are there for a folder with an environment, too", async () => {
    await tab(withEnvironment(environment("wanted"), { variables: VARIABLES }));
    expect(row("OMP_NUM_THREADS")).toBeVisible();
  });

  it("are set by the keyboard alone", async () => {
    const { user, said } = await tab(CHURN);
    expect(all("variable")).toEqual([]);
    get("variable-add").focus();
    await user.keyboard("{Enter}");
    expect(get("variable-name")).toHaveFocus();
    await user.keyboard(" THREADS{Tab}one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(said()).toEqual([["set_variable", "churn", "THREADS", "one\ntwo", false]]);
    expect(all("variable-form")).toEqual([]);
    expect(get("variable-add")).toHaveFocus();
  });

  it("are secret if the person says so", async () => {
    const { user, said } = await tab(CHURN);
    await user.click(get("variable-add"));
    await user.type(get("variable-name"), "KEY");
    await user.type(get("variable-value"), "s3cret");
    await user.click(get("variable-secret"));
    expect(get("variable-value")).toHaveClass("hidden");
    await user.click(get("variable-save"));
    expect(said()).toEqual([["set_variable", "churn", "KEY", "s3cret", true]]);
  });

  it("keep their names when they change, and a secret one is typed anew", async () => {
    const { user, said } = await tab(WITH_VARIABLES);
    await user.click(all("variable-edit")[0]!);
    expect(get("variable-name")).toHaveAttribute("readonly");
    expect(get("variable-value")).toHaveFocus();
    expect(get("variable-value")).toHaveValue("");
    await user.keyboard("new{Enter}");
    expect(said()).toEqual([["set_variable", "churn", "AWS_SECRET_ACCESS_KEY", "new", true]]);
    expect(all("variable-edit")[0]).toHaveFocus();
  });

  it("stay in the form with the reason if they are refused, and Escape closes it", async () => {
    const { user, backend } = await tab(CHURN);
    backend.fail("set_variable", VARIABLE_REFUSED);
    await user.click(get("variable-add"));
    await user.keyboard("KEY{Enter}");
    expect(get("variable-name-fault")).toHaveTextContent("The keychain did not take the value");
    expect(get("variable-name")).toHaveFocus();
    await user.keyboard("{Escape}");
    expect(all("variable-form")).toEqual([]);
  });

  it("are taken away", async () => {
    const { user, said } = await tab(WITH_VARIABLES);
    await user.click(all("variable-remove")[0]!);
    expect(said()).toEqual([["remove_variable", "churn", "AWS_SECRET_ACCESS_KEY"]]);
  });
});

describe("a .env in the folder", () => {
  it("is offered with the names in it, and used only on a press", async () => {
    const { user, said } = await tab({ ...CHURN, env_file: envFile("offered") });
    expect(get("env-file")).toHaveTextContent("3 variables: API_KEY, API_URL, DEBUG");
    expect(said()).toEqual([]);
    await user.click(get("env-file-use"));
    expect(said()).toEqual([["use_env_file", "churn", true]]);
  });

  it("is offered again when it changed, and its use ends on a press", async () => {
    const { user, said, backend } = await tab({ ...CHURN, env_file: envFile("changed") });
    expect(get("env-file")).toHaveTextContent("changed since you allowed it");
    await user.click(get("env-file-use"));
    backend.push(scene({ ...CHURN, env_file: envFile("used") }));
    await user.click(await screen.findByTestId("env-file-stop"));
    expect(said()).toEqual([
      ["use_env_file", "churn", true],
      ["use_env_file", "churn", false],
    ]);
  });

  it("shows what in it cannot be used, and no button if nothing can", async () => {
    await tab({ ...CHURN, env_file: envFile("offered", { count: 0, names: [], problems: [".env, line 1: no"] }) });
    expect(get("env-file")).toHaveTextContent(".env, line 1: no");
    expect(all("env-file-use")).toEqual([]);
  });
});
