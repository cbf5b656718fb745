// Starts M3H Studio: defines <m3h-studio> and loads the page's WebAssembly into it.
// The files lie beside this one, wherever that is; ?v= tells one build's files from another's in caches.

const base = new URL(".", import.meta.url).href;
const build = document.querySelector("meta[name=m3h-build]")?.content ?? "";
const version = build ? `?v=${encodeURIComponent(build)}` : "";

function fail(element, sentence, error) {
  console.error(error);
  const text = document.createElement("p");
  text.className = "loading";
  text.setAttribute("role", "alert");
  text.textContent = sentence;
  element.replaceChildren(text);
}

// A portal's own page may hold nothing but the element: it needs the styles as well.
function addStyles() {
  for (const name of ["studio.css", "panels.css", "results.css"]) {
    const href = new URL(name, base).href;
    if ([...document.styleSheets].some((sheet) => sheet.href?.split("?")[0] === href)) continue;
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    document.head.append(link);
  }
}

// Only a visit of the site itself is kept for use offline, not a portal's page with the studio in it, nor a build without an identifier.
function isOwnVisit() {
  const page = location.origin + location.pathname;
  return build !== "" && window.top === window && (page === base || page === `${base}index.html`);
}

async function keepForOffline(element) {
  try {
    // The engine first, which the visitor waits for. Its failure is shown by the page.
    await element.ready?.catch(() => {});
    const { keepOffline } = await import(`${base}offline.js${version}`);
    await keepOffline(element, base);
  } catch (error) {
    console.info("M3H Studio is not kept for use offline:", error);
  }
}

/** What a portal may set of the looks (docs/embedding.md), and a property of CSS whose values it takes. */
const COLOURS = ["paper", "surface", "sunken", "ink", "ink-soft", "hairline", "edge", "accent", "accent-strong", "on-accent", "wash", "bad", "bad-wash", "warn",
  "warn-wash", "good"];
const LOOKS = new Map([...COLOURS.map((name) => [name, "color"]), ["radius", "width"], ["gap", "width"], ["font-size", "font-size"], ["font", "font-family"]]);

// Custom properties do not reach into a frame, so its address has them: ?m3h-accent=%230b6a72. Nobody's address changes a page of its own.
function takeLooks() {
  if (window.parent === window) return;
  for (const [name, property] of LOOKS) {
    const value = new URLSearchParams(location.search).get(`m3h-${name}`);
    if (value === null) continue;
    if (CSS.supports(property, value)) document.documentElement.style.setProperty(`--m3h-${name}`, value);
    else console.warn(`m3h-${name} in the address is nothing that ${property} can be:`, value);
  }
}

// A page of another origin that frames this one and that the address names may speak with it (docs/embedding.md).
async function openBridge(element) {
  const portals = new URLSearchParams(location.search).getAll("portal");
  if (portals.length === 0 || window.parent === window) return;
  const { answerPortals } = await import(`${base}bridge.js${version}`);
  const allowed = document.querySelector("meta[name=m3h-portals]")?.content ?? "";
  answerPortals(element, portals, allowed);
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/** What a portal calls a theme, and what the styles do. */
const THEMES = new Map([["light", "light"], ["dark", "dark"], ["auto", "system"]]);

let started = false;

class M3hStudio extends HTMLElement {
  static observedAttributes = ["theme"];

  #loading = withResolvers();

  /** Resolves to the element once it has the methods of window.m3h; rejects where it could not be loaded. */
  get loaded() { return this.#loading.promise; }

  attributeChangedCallback(_name, _before, theme) {
    // At the start the page's WebAssembly reads it.
    if (this.hasAttribute("data-theme") && THEMES.has(theme)) this.setAttribute("data-theme", THEMES.get(theme));
  }

  async connectedCallback() {
    // Whoever waits for it hears of a failure; nobody waiting is no failure.
    this.loaded.catch(() => {});
    // One studio a page: its engine, its data and window.m3h are one.
    if (started) return;
    started = true;
    if (typeof WebAssembly !== "object") {
      this.#loading.reject(new Error("This browser has no WebAssembly."));
      fail(this, "This browser has no WebAssembly, which M3H Studio needs. Use a current Chrome, Edge, Firefox or Safari.");
      return;
    }
    addStyles();
    takeLooks();
    this.setAttribute("base", base);
    openBridge(this).catch((error) => console.error("The interface for the page around this one could not be loaded:", error));
    try {
      const wasm = fetch(new URL(`studio_bg.wasm${version}`, base));
      const { default: init } = await import(`${base}studio.js${version}`);
      await init({ module_or_path: wasm });
      this.#loading.resolve(this);
      if (isOwnVisit()) keepForOffline(this);
    } catch (error) {
      this.#loading.reject(new Error("M3H Studio could not be loaded."));
      fail(this, "M3H Studio could not be loaded. Check the connection to the server of this page, then reload it.", error);
    }
  }
}

customElements.define("m3h-studio", M3hStudio);
