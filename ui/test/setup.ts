import "@testing-library/jest-dom/vitest";

import { configure } from "@testing-library/svelte";
import { beforeEach } from "vitest";

// As long as `expect.poll` waits.
configure({ asyncUtilTimeout: 60_000 });

// Parts of a browser that jsdom does not have.
window.matchMedia ??= (media: string) =>
  Object.assign(new EventTarget(), {
    media,
    matches: false,
    onchange: null,
    addListener: () => {},
    removeListener: () => {},
  }) as MediaQueryList;
window.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
  this.open = false;
};

beforeEach(() => localStorage.clear());
