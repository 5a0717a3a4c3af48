// The command "New Terminal in the Kernel" of JupyterLab: a terminal in the container of the notebook's or console's kernel.
//
// Written as what a bundler would make of it: a module of webpack's federation, which JupyterLab initialises with the
// modules that it shares, and then asks for its plugin.
(() => {
  const COMMAND = "orchest-terminal:open";
  const WORDS = {
    label: "New Terminal in the Kernel",
    caption: "A shell in the kernel's container, where its packages are",
    noNotebook: "Open a notebook or a console first: the terminal is opened in its kernel",
    noKernel: "There is no running kernel here. Start one first",
    failed: "The terminal was not opened",
  };
  const DEAD = ["dead", "terminating", "unknown"];
  let shared;

  /** A module that JupyterLab shares; its own where an extension brings another. */
  async function load(name) {
    const versions = Object.values(shared[name]);
    const own = versions.find(version => version.from === "@jupyterlab/application-top") ?? versions[0];
    return (await own.get())();
  }

  /** The running kernel of a notebook or console, or why there is none. */
  function kernelOf(widget) {
    if (!widget?.sessionContext) return { missing: WORDS.noNotebook };
    const kernel = widget.sessionContext.session?.kernel;
    return kernel && !DEAD.includes(kernel.status) ? { id: kernel.id } : { missing: WORDS.noKernel };
  }

  async function plugin() {
    const [{ showErrorMessage, ICommandPalette }, { IMainMenu }, { INotebookTracker }, { ServerConnection }] =
      await Promise.all(
        ["@jupyterlab/apputils", "@jupyterlab/mainmenu", "@jupyterlab/notebook", "@jupyterlab/services"].map(load),
      );

    async function open(app, kernel) {
      const settings = app.serviceManager.serverSettings;
      const body = JSON.stringify({ kernel });
      const url = `${settings.baseUrl}api/orchest/terminals`;
      const answer = await ServerConnection.makeRequest(url, { method: "POST", body }, settings);
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(told.message || `The server answers with status ${answer.status}`);
      return app.commands.execute("terminal:open", { name: told.name });
    }

    function activate(app, notebooks, palette, menu) {
      const { commands, contextMenu, shell } = app;
      // Beside a notebook, a terminal or a file may be what is chosen.
      const kernel = () => kernelOf(shell.currentWidget?.sessionContext ? shell.currentWidget : notebooks?.currentWidget);
      commands.addCommand(COMMAND, {
        label: WORDS.label,
        caption: () => kernel().missing ?? WORDS.caption,
        isEnabled: () => !kernel().missing,
        execute: async () => {
          const { id, missing } = kernel();
          try {
            if (missing) throw new Error(missing);
            return await open(app, id);
          } catch (error) {
            return showErrorMessage(WORDS.failed, error);
          }
        },
      });
      const changed = () => commands.notifyCommandChanged(COMMAND);
      const follow = widget => {
        widget?.sessionContext?.statusChanged.disconnect(changed);
        widget?.sessionContext?.statusChanged.connect(changed);
        changed();
      };
      shell.currentChanged?.connect(() => follow(shell.currentWidget));
      notebooks?.currentChanged.connect((_, widget) => follow(widget));
      palette?.addItem({ command: COMMAND, category: "Kernel Operations" });
      menu?.kernelMenu.addGroup([{ command: COMMAND }], 100);
      for (const selector of [".jp-Notebook", ".jp-CodeConsole"]) {
        contextMenu.addItem({ command: COMMAND, selector, rank: 20 });
      }
    }

    return {
      id: "orchest-terminal:plugin",
      description: "Opens a terminal in the container of a kernel.",
      autoStart: true,
      optional: [INotebookTracker, ICommandPalette, IMainMenu],
      activate,
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["orchest-terminal"] = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const found = { __esModule: true, default: await plugin() };
      return () => found;
    },
  };
})();
