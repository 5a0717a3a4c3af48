import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import { TauriBackend } from "./api/tauri";
import { AppState } from "./state/app";
import { recall } from "./state/memory";
import { DARK, wear, worn } from "./state/theme";
import Window from "./views/Window.svelte";

// The first snapshot has the theme. Until then the page shows the last one, so that nothing flashes.
const last = recall("theme");
wear(worn(last === "light" || last === "dark" ? last : "system", matchMedia(DARK).matches));

const app = new AppState(new TauriBackend());
// Before the first component, so that the snapshot comes while the window is built.
void app.connection.connect();

mount(Window, { target: document.getElementById("app")!, props: { app } });
