import type { PipelineView, Sort, Theme } from "../api/types";
import { type ActionId, nextZoom } from "../logic/actions";
import type { AppState } from "./app.svelte";

/** Has one of the actions done, to this pipeline where it is done to one. */
export function perform(app: AppState, id: ActionId, pipeline: PipelineView | null = app.selected) {
  switch (id) {
    case "act":
      return pipeline && app.act(pipeline);
    case "stop":
      return pipeline && app.stop(pipeline.id);
    case "restart":
      return pipeline && app.restart(pipeline.id);
    case "copy-address":
      return pipeline && app.copyAddress(pipeline.id);
    case "pin":
    case "unpin":
      return pipeline && app.pin(pipeline.id, id === "pin");
    case "reveal":
      return pipeline && app.revealPipeline(pipeline.id);
    case "copy-path":
      return pipeline && app.copy(pipeline.path);
    case "forget":
      return pipeline && app.show({ kind: "forget", id: pipeline.id });
    case "remove":
      return pipeline && app.show({ kind: "remove", id: pipeline.id });
    case "add":
      return app.addPipelines();
    case "example":
      return app.addExample();
    case "search":
      return app.focusSearch();
    case "palette":
      return app.show({ kind: "palette" });
    case "prepare":
      return app.prepareImages();
    case "start-engine":
      return app.startEngine();
    case "look-again":
      return app.lookAgain();
    case "reveal-kernels":
      return app.revealKernels();
    case "settings":
      return app.goTo("settings");
    case "reveal-settings":
      return app.revealSettings();
    case "show-logs":
      return app.showTab("logs");
    case "reveal-logs":
      return app.revealLogs();
    case "theme-system":
    case "theme-light":
    case "theme-dark":
      return app.chooseOrReport({ name: "theme", value: id.slice("theme-".length) as Theme });
    case "sort-name":
    case "sort-opened":
    case "sort-changed":
      return app.chooseOrReport({ name: "sort", value: id.slice("sort-".length) as Sort });
    case "zoom-in":
      return zoom(app, (size) => nextZoom(size, 1));
    case "zoom-out":
      return zoom(app, (size) => nextZoom(size, -1));
    case "zoom-reset":
      return zoom(app, () => 1);
    case "help":
      return app.show({ kind: "shortcuts" });
    case "quit":
      return app.quit();
  }
}

function zoom(app: AppState, next: (size: number) => number) {
  const size = app.snapshot?.settings.zoom ?? 1;
  const wanted = next(size);
  if (wanted !== size) return app.chooseOrReport({ name: "zoom", value: wanted === 1 ? null : wanted });
}
