import type { PipelineView, Sort, Theme } from "../api/types";
import { type ActionId, addsThere, machineIn, nextZoom, picksPlace, placeIn } from "../logic/actions";
import type { AppState } from "./app";

/** Performs an action, on this pipeline if it acts on one. */
export function perform(app: AppState, id: ActionId, pipeline: PipelineView | null = app.selection.selected) {
  if (picksPlace(id)) return pipeline && app.places.pick(pipeline.id, placeIn(id));
  if (addsThere(id)) return app.navigation.open({ kind: "folder-there", machine: machineIn(id) });
  switch (id) {
    case "act":
      return pipeline && app.launches.act(pipeline);
    case "stop":
      return pipeline && app.launches.stop(pipeline.id);
    case "restart":
      return pipeline && app.launches.restart(pipeline.id);
    case "copy-address":
      return pipeline && app.clipboard.copyAddress(pipeline.id);
    case "pin":
    case "unpin":
      return pipeline && app.folders.pin(pipeline.id, id === "pin");
    case "locate":
      return pipeline && app.folders.locate(pipeline.id);
    case "reveal":
      return pipeline && app.commands.perform({ command: "reveal_pipeline", id: pipeline.id });
    case "copy-path":
      return pipeline && app.clipboard.copy(pipeline.path);
    case "forget":
      return pipeline && app.navigation.open({ kind: "forget", id: pipeline.id });
    case "remove":
      return pipeline && app.navigation.open({ kind: "remove", id: pipeline.id });
    case "add":
      return app.folders.add();
    case "example":
      return app.folders.addExample();
    case "search":
      return app.searchFocus.give();
    case "palette":
      return app.navigation.open({ kind: "palette" });
    case "prepare":
      return app.commands.perform({ command: "prepare_images" });
    case "start-engine":
      return app.commands.perform({ command: "start_engine" });
    case "set-up-engine":
      return app.navigation.open({ kind: "engine" });
    case "look-again":
      return app.commands.perform({ command: "look_again" });
    case "new-kernelspec":
      return app.navigation.open({ kind: "kernelspec", source: { kind: "new" } });
    case "edit-kernelspecs":
      return app.navigation.goTo("settings", "kernelspecs");
    case "reveal-kernels":
      return app.commands.perform({ command: "reveal_kernels" });
    case "add-place":
      app.navigation.goTo("settings", "places");
      return app.navigation.open({ kind: "place-new" });
    case "add-machine":
      app.navigation.goTo("settings", "machines");
      return app.navigation.open({ kind: "machine-new" });
    case "settings":
      return app.navigation.goTo("settings");
    case "reveal-settings":
      return app.commands.perform({ command: "reveal_settings" });
    case "show-environment":
      return app.navigation.showTab("environment");
    case "show-logs":
      return app.navigation.showTab("logs");
    case "reveal-logs":
      return app.commands.perform({ command: "reveal_logs" });
    case "check-updates":
      app.navigation.goTo("settings", "updates");
      return app.commands.ask({ command: "check_updates" });
    case "theme-system":
    case "theme-light":
    case "theme-dark":
      return app.commands.chooseOrReport({ name: "theme", value: id.slice("theme-".length) as Theme });
    case "sort-name":
    case "sort-opened":
    case "sort-changed":
      return app.commands.chooseOrReport({ name: "sort", value: id.slice("sort-".length) as Sort });
    case "zoom-in":
      return zoom(app, (size) => nextZoom(size, 1));
    case "zoom-out":
      return zoom(app, (size) => nextZoom(size, -1));
    case "zoom-reset":
      return zoom(app, () => 1);
    case "help":
      return app.navigation.open({ kind: "shortcuts" });
    case "quit":
      return app.commands.perform({ command: "quit" });
  }
}

function zoom(app: AppState, next: (size: number) => number) {
  const size = app.snapshot?.settings.zoom ?? 1;
  const wanted = next(size);
  if (wanted !== size) return app.commands.chooseOrReport({ name: "zoom", value: wanted === 1 ? null : wanted });
}
