import { screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import type { Command, KernelspecChecked } from "../src/api/types";
import { CHURN, OPENED, OPENED_FAULTY, OPENED_NEW, TESTED, failure, scene } from "../src/stories/scenes";
import { all, get, show } from "./show";

const checks = (command: string) => command === "check_kernelspec";
const fine = { faults: [], text: "{}" };

async function settings(prepare: Parameters<typeof show>[1]) {
  const shown = await show(scene(CHURN), prepare);
  await shown.user.click(get("open-settings"));
  const { said } = shown;
  // What the editor asks for by itself.
  const quiet = ["open_kernelspec", "engine_images", "check_kernelspec"];
  return { ...shown, told: () => said().filter(([command]) => !quiet.includes(command)) };
}

it("makes a kernelspec and shows no fault at a field that nobody has filled in yet", async () => {
  const { backend, user, told } = await settings((backend) => {
    backend.answers = {
      open_kernelspec: OPENED_NEW,
      engine_images: ["python:3.13"],
      check_kernelspec: (command: Command) =>
        command.command === "check_kernelspec" && command.draft.image ? fine : OPENED_NEW.checked,
    };
  });
  await user.click(get("kernelspec-new"));
  expect(get("kernelspec-name")).toHaveFocus();
  expect(all("kernelspec-name-fault")).toHaveLength(0);
  await user.type(get("kernelspec-name"), "m");
  expect(all("kernelspec-name-fault"), "of the draft before").toHaveLength(0);
  await user.clear(get("kernelspec-name"));
  await user.click(get("kernelspec-save"));
  await expect.poll(() => all("kernelspec-image-fault").length).toBe(1);
  expect(get("kernelspec-name-fault")).toHaveTextContent("A kernelspec needs a name.");
  expect(screen.getByText("2 fields have a fault")).toBeVisible();
  expect(get("kernelspec-name")).toHaveFocus();
  expect(told()).toEqual([]);

  await user.type(get("kernelspec-name"), "mine");
  await user.type(get("kernelspec-image"), "python:3.13");
  await user.click(get("variable-add"));
  expect(get("variable-name")).toHaveFocus();
  await user.keyboard("THREADS");
  await user.type(get("variable-value"), "4");
  await expect.poll(() => all("kernelspec-name-fault").length).toBe(0);
  await user.click(get("kernelspec-save"));
  await expect.poll(() => all("kernelspec-editor").length).toBe(0);
  const draft = {
    ...OPENED_NEW.draft,
    name: "mine",
    image: "python:3.13",
    env: [{ name: "THREADS", value: "4" }],
  };
  expect(told()).toEqual([["save_kernelspec", { kind: "new" }, draft, null]]);
  const last = backend.calls.filter(([command]) => checks(command)).at(-1);
  expect(last).toEqual(["check_kernelspec", { kind: "new" }, draft]);
});

it("shows every fault of an existing kernelspec at its field at once", async () => {
  const { user } = await settings((backend) => (backend.answers = { open_kernelspec: OPENED_FAULTY }));
  await user.click(all("kernelspec-edit")[0]!);
  for (const field of ["name", "image", "cpus", "gpus", "argv"]) {
    expect(all(`kernelspec-${field}-fault`), field).toHaveLength(1);
    expect(get(`kernelspec-${field}`)).toBeInvalid();
  }
  expect(get("kernelspec-file-fault")).toHaveTextContent("interrupt_mode is not a mode");
  expect(get("variable-fault")).toHaveTextContent("It is not a valid name of a variable.");
  expect(all("variable-name").map((field) => field.getAttribute("aria-invalid"))).toEqual(["false", "false", "true"]);
});

it("asks before it drops changes, and keeps them if the person wants to go on", async () => {
  const { user, told } = await settings(
    (backend) => (backend.answers = { open_kernelspec: OPENED, check_kernelspec: fine }),
  );
  await user.click(all("kernelspec-edit")[0]!);
  await user.keyboard("{Escape}");
  expect(all("kernelspec-editor"), "nothing is changed").toHaveLength(0);

  await user.click(all("kernelspec-edit")[0]!);
  await user.type(get("kernelspec-display-name"), "!");
  await user.keyboard("{Escape}");
  expect(get("kernelspec-keep")).toHaveFocus();
  await user.click(get("kernelspec-keep"));
  expect(get("kernelspec-display-name")).toHaveValue("Python 3!");
  await user.click(get("kernelspec-cancel"));
  await user.click(get("kernelspec-discard"));
  expect(all("kernelspec-editor")).toHaveLength(0);
  expect(told()).toEqual([]);
});

it("keeps what is typed if saving fails, and says why", async () => {
  const { backend, user } = await settings(
    (backend) => (backend.answers = { open_kernelspec: OPENED, check_kernelspec: fine }),
  );
  backend.fail("save_kernelspec", failure("Another program changed `kernel.json`", "open it again"));
  await user.click(all("kernelspec-edit")[0]!);
  await user.type(get("kernelspec-display-name"), "!{Enter}");
  await expect.poll(() => all("failure-message").length).toBe(1);
  expect(get("failure-message")).toHaveTextContent("Another program changed kernel.json");
  expect(get("kernelspec-display-name")).toHaveValue("Python 3!");
});

it("drops the answer to an older draft", async () => {
  const waiting: ((value: KernelspecChecked) => void)[] = [];
  const { backend, user } = await settings((backend) => (backend.answers = { open_kernelspec: OPENED }));
  const perform = backend.perform.bind(backend);
  backend.perform = ((command: Command) =>
    command.command === "check_kernelspec"
      ? new Promise<KernelspecChecked>((answer) => waiting.push(answer))
      : perform(command)) as typeof backend.perform;
  await user.click(all("kernelspec-edit")[0]!);
  await user.type(get("kernelspec-image"), "A");
  await expect.poll(() => waiting.length).toBe(1);
  await user.type(get("kernelspec-image"), "B");
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]!(fine);
  waiting[0]!(OPENED_FAULTY.checked);
  await Promise.resolve();
  await new Promise((done) => setTimeout(done, 20));
  expect(all("kernelspec-image-fault")).toHaveLength(0);
});

it("opens the copy, the rename and the question before a kernelspec is deleted", async () => {
  const { backend, user, told } = await settings((backend) => (backend.answers = { open_kernelspec: OPENED }));
  const choose = async (item: string) => {
    await user.click(all("kernelspec-menu")[0]!);
    await user.click(screen.getByRole("menuitem", { name: item }));
  };
  await choose("Duplicate…");
  await user.keyboard("{Escape}");
  await choose("Rename…");
  expect(get("kernelspec-name")).toHaveFocus();
  await user.keyboard("{Escape}");
  const opened = backend.calls.filter(([command]) => command === "open_kernelspec").map(([, source]) => source);
  expect(opened).toEqual([
    { kind: "copy", name: "python_docker" },
    { kind: "existing", name: "python_docker" },
  ]);
  await choose("Delete…");
  expect(told()).toEqual([]);
  await user.click(get("kernelspec-delete"));
  expect(told()).toEqual([["delete_kernelspec", "python_docker"]]);
});

it("tests a kernelspec, shows how long it took, and cancels the test when its dialog closes", async () => {
  const { backend, user, told } = await settings((backend) => (backend.answers = { test_kernelspec: TESTED }));
  await user.click(all("kernelspec-test-row")[0]!);
  await expect.poll(() => get("kernelspec-test").dataset.state).toBe("worked");
  for (const words of ["Gateway and server 0.9 s", "Kernel 0.6 s", "Answer 22 ms", "Result of 1+1 2"]) {
    expect(get("kernelspec-test")).toHaveTextContent(words);
  }
  backend.fail("test_kernelspec", failure("The test failed: no image", "check it", { log: ["a line"] }));
  await user.click(get("kernelspec-test-again"));
  await expect.poll(() => get("kernelspec-test").dataset.state).toBe("failed");
  expect(screen.getByText("a line")).toBeVisible();
  backend.hang("test_kernelspec");
  await user.click(get("kernelspec-test-again"));
  expect(get("kernelspec-test").dataset.state).toBe("running");
  await user.keyboard("{Escape}");
  expect(told().map(([command]) => command)).toEqual([
    "test_kernelspec",
    "test_kernelspec",
    "test_kernelspec",
    "cancel_kernelspec_test",
  ]);
});

it("saves and then tests", async () => {
  const { user, told } = await settings(
    (backend) => (backend.answers = { open_kernelspec: OPENED, check_kernelspec: fine, test_kernelspec: TESTED }),
  );
  await user.click(all("kernelspec-edit")[0]!);
  expect(get("kernelspec-save-test")).toHaveTextContent(/^\s*Test\s*$/);
  await user.type(get("kernelspec-cpus"), "2");
  expect(get("kernelspec-save-test")).toHaveTextContent("Save and test");
  await user.click(get("kernelspec-save-test"));
  await expect.poll(() => all("kernelspec-test").length).toBe(1);
  const source = { kind: "existing", name: "python_docker" };
  expect(told()).toEqual([
    ["save_kernelspec", source, { ...OPENED.draft, cpus: "2" }, "0c1d"],
    ["test_kernelspec", "python_docker"],
  ]);
});
