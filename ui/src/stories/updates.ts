import type { NewerView, Snapshot, UpdateHow, UpdatesView } from "../api/types";
import { NOW, RUNNING, SECOND, SETTINGS, UPDATES, failure, scene, withLaunch } from "./scenes";
import type { Story } from "./stories";

const HOUR = 3600 * SECOND;
const ADDRESS = "https://orchest.example/desktop/updates.json";

const ITSELF: UpdateHow = { how: "itself", size: 41_300_000 };
const COMMAND: UpdateHow = {
  how: "command",
  command:
    "curl -fLO 'https://orchest.example/desktop/orchest-desktop_0.2.0_amd64.deb' && sudo apt install ./orchest-desktop_0.2.0_amd64.deb",
};

/** A newer version. */
export const NEWER: NewerView = {
  version: "0.2.0",
  date: "2026-03-11",
  notes: `- Launches are ready in half the time on machines with a slow disk.
- Folders of Julia have environments of their own.

Fixes
- A kernel whose page was closed while it answered ends within a minute.
- The list keeps its place when a folder is added.
- Environments of conda with more than 400 packages are made again.`,
  page: "https://orchest.example/desktop/releases/0.2.0",
  how: ITSELF,
  later: false,
};

/** A build with an address, which was asked three hours ago. */
export const LOOKED: UpdatesView = { ...UPDATES, address: ADDRESS, check: true, checked_at: NOW - 3 * HOUR };
export const ASKS: UpdatesView = { ...UPDATES, address: ADDRESS, ask: true };
export const OFFERS: UpdatesView = { ...LOOKED, newer: NEWER };
const GOES_ON = (done: number): UpdatesView => ({
  ...OFFERS,
  progress: { unit: "bytes", done, total: 41_300_000, rate: null },
});
export const INSTALLED: UpdatesView = { ...LOOKED, installed: "0.2.0" };
const by = (how: UpdateHow): UpdatesView => ({ ...LOOKED, newer: { ...NEWER, how } });
const UNSIGNED = failure(
  "The list of versions has a wrong signature: The signature is invalid",
  "Somebody may have changed it on its way: this version stays. If it happens again, tell the people who made this program.",
);
const AWAY = failure(
  "`https://orchest.example/desktop/updates.json` does not answer as it should: timeout: global",
  "Check the network, the proxy (`HTTPS_PROXY`) and the file with certificate authorities in Settings.",
);

const at = (updates: UpdatesView): Snapshot => scene(withLaunch(RUNNING), { updates });
const settings = (updates: UpdatesView): Story => ({
  snapshot: scene(withLaunch(RUNNING), { updates, settings: SETTINGS }),
  clicks: ["[data-testid=open-settings]", "#scroll .scroll"],
});

export const updates: Record<string, Story> = {
  "updates-ask": { snapshot: at(ASKS) },
  "updates-newer": { snapshot: at(OFFERS) },
  "updates-newer-command": { snapshot: at(by(COMMAND)) },
  "updates-newer-page": { snapshot: at(by({ how: "page" })) },
  "updates-news": { snapshot: at(OFFERS), clicks: ["[data-testid=update-news]"] },
  "updates-progress": { snapshot: at(GOES_ON(12_600_000)) },
  "updates-replacing": { snapshot: at(GOES_ON(41_300_000)) },
  "updates-installed": { snapshot: at(INSTALLED) },
  "updates-restart": { snapshot: { ...at({ ...INSTALLED, restarting: true }), closing: true } },
  "updates-refused": {
    snapshot: {
      ...at({ ...LOOKED, failure: UNSIGNED }),
      notices: [{ id: 1, tone: "failure", message: UNSIGNED.message, hint: UNSIGNED.hint, address_of: null }],
    },
  },
  "settings-updates-none": settings(UPDATES),
  "settings-updates-off": settings({ ...LOOKED, check: false, checked_at: null }),
  "settings-updates-newest": settings(LOOKED),
  "settings-updates-checking": settings({ ...LOOKED, checking: true }),
  "settings-updates-newer": settings(OFFERS),
  "settings-updates-command": settings(by(COMMAND)),
  "settings-updates-progress": settings(GOES_ON(12_600_000)),
  "settings-updates-installed": settings(INSTALLED),
  "settings-updates-refused": settings({ ...LOOKED, failure: UNSIGNED }),
  "settings-updates-away": settings({ ...LOOKED, failure: AWAY }),
};
