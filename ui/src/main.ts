import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import { TauriBackend } from "./api/tauri";
import { AppState } from "./state/app.svelte";
import Window from "./views/Window.svelte";

const app = new AppState(new TauriBackend());
// Before the first component: the snapshot is then on its way while the window is built.
void app.connect();

mount(Window, { target: document.getElementById("app")!, props: { app } });
