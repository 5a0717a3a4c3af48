import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

// The mode `stories` builds a page for developers, apart from the app.
export default defineConfig(({ mode }) => {
  const stories = mode === "stories";
  return {
    plugins: [svelte(), svelteTesting()],
    clearScreen: false,
    server: { port: 1420, strictPort: true },
    build: {
      target: "safari16",
      // In node_modules, where nothing watches for changes.
      outDir: stories ? "node_modules/.stories" : "dist",
      // Data URLs would need `font-src data:` in the content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { input: stories ? "stories.html" : "index.html" },
    },
    test: {
      environment: "jsdom",
      include: ["test/**/*.test.ts"],
      setupFiles: ["test/setup.ts"],
      // How long a test may wait for what it expects, on a machine that is busy. None waits for a time to pass.
      testTimeout: 180_000,
      expect: { poll: { timeout: 60_000 } },
    },
  };
});
