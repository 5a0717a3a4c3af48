// Opens a notebook whose kernelspec is not here with the nearest one.
//
// Stock: JupyterLab asks for a kernel, unless exactly one kernelspec has the notebook's language.
// Here: it starts the nearest, and a notification says which. The notebook's metadata names it from the start of the
// kernel, as after a person's answer, and the file does so from the next save.
// The rule is that of the core's `kernelspec/nearest.rs`, which shows the same name in the window.
//
// Written as what a bundler would make of it: a module of webpack's federation, which JupyterLab initialises with the
// modules that it shares, and then asks for its plugin. For JupyterLab 4.6.6.
(() => {
  const OWN = "this_folder";
  /** Languages by what their kernelspecs are usually called. */
  const LANGUAGES = Object.entries({
    python: "python",
    conda: "python",
    "xeus-python": "python",
    xpython: "python",
    ir: "r",
    xr: "r",
    julia: "julia",
    bash: "bash",
  });
  let shared;

  /** A module that JupyterLab shares; its own where an extension brings another. */
  async function load(name) {
    const versions = Object.values(shared[name]);
    const own = versions.find(version => version.from === "@jupyterlab/application-top") ?? versions[0];
    return (await own.get())();
  }

  /** The language in lower case, from the name if the notebook does not have it. */
  function languageOf({ name, language }) {
    if (language) return language.toLowerCase();
    const lower = name.toLowerCase();
    const begins = ([start]) => lower.startsWith(start) && !/[a-z]/.test(lower.charAt(start.length));
    const longest = LANGUAGES.filter(begins).sort(([one], [other]) => other.length - one.length)[0];
    return longest?.[1] ?? "";
  }

  /** The words of a name, without bare numbers. */
  function words(name) {
    const parts = name.toLowerCase().split(/[^\p{Alphabetic}\p{N}]+/u);
    return parts.filter(part => /\p{Alphabetic}/u.test(part));
  }

  /** The nearest of the same language: the folder's own, or the first of those that share the most words. */
  function nearest(asked, known) {
    const language = languageOf(asked);
    const candidates = known.filter(spec => language && spec.language.toLowerCase() === language);
    const wanted = new Set([...words(asked.name), ...words(asked.display_name)]);
    for (const [name] of LANGUAGES) wanted.delete(name);
    const likeness = spec => {
      const own = new Set([...words(spec.name), ...words(spec.display_name)]);
      return [...wanted].filter(word => own.has(word)).length;
    };
    // The order of equals stays.
    const sorted = [...candidates].sort((one, other) => likeness(other) - likeness(one));
    return candidates.find(spec => spec.name === OWN) ?? sorted[0] ?? null;
  }

  /** The offered kernelspecs: that of the launch first, then by display name. */
  function offered(specs) {
    const known = Object.values(specs.kernelspecs).filter(Boolean);
    const isUsual = spec => spec.name === specs.default;
    return known.sort((one, other) => {
      return isUsual(other) - isUsual(one) || one.display_name.localeCompare(other.display_name);
    });
  }

  /** What a session shall start instead of what its notebook names. Nothing where JupyterLab itself finds a kernel. */
  function instead(preference, metadata, specs) {
    const { id, name, language, shouldStart, canStart } = preference;
    if (id || !name || shouldStart === false || canStart === false || !specs) return null;
    const known = offered(specs);
    if (known.some(spec => spec.name === name)) return null;
    if (language && known.filter(spec => spec.language === language).length === 1) return null;
    const alike = known.find(spec => spec.name.toLowerCase() === name.toLowerCase());
    const text = value => (typeof value === "string" ? value : "");
    const asked = {
      name,
      display_name: text(metadata?.display_name),
      language: text(metadata?.language) || text(language),
    };
    return alike ?? nearest(asked, known);
  }

  async function plugin() {
    const { Notification } = await load("@jupyterlab/apputils");
    const told = new Set();

    /** Says it once for each pair of kernelspecs, and only if the kernel is that one. */
    function tell(name, spec) {
      const message = `No kernelspec ${name} is here: ${spec.display_name} is used instead`;
      if (told.has(message)) return;
      told.add(message);
      Notification.info(message, { autoClose: 10_000 });
    }

    function follow(context) {
      const session = context.sessionContext;
      // JupyterLab sets the preference when it has read the notebook, just before it looks for the kernel.
      session.kernelPreferenceChanged.connect(() => {
        const preference = session.kernelPreference;
        const specs = session.specsManager.specs;
        const spec = instead(preference, context.model.getMetadata("kernelspec"), specs);
        if (!spec) return;
        session.kernelPreference = { ...preference, name: spec.name };
        session.ready.then(() => {
          if (session.session?.kernel?.name === spec.name) tell(preference.name, spec);
        });
      });
    }

    return {
      id: "orchest-kernelspecs:plugin",
      description: "Opens a notebook whose kernelspec is not here with the nearest one.",
      autoStart: true,
      activate: app => {
        app.docRegistry.addWidgetExtension("Notebook", { createNew: (_, context) => follow(context) });
      },
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["orchest-kernelspecs"] = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const found = { __esModule: true, default: await plugin(), instead };
      return () => found;
    },
  };
})();
