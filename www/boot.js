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

let started = false;

class M3hStudio extends HTMLElement {
  async connectedCallback() {
    // One studio a page: its engine, its data and window.m3h are one.
    if (started) return;
    started = true;
    if (typeof WebAssembly !== "object") {
      fail(this, "This browser has no WebAssembly, which M3H Studio needs. Use a current Chrome, Edge, Firefox or Safari.");
      return;
    }
    addStyles();
    this.setAttribute("base", base);
    try {
      const wasm = fetch(new URL(`studio_bg.wasm${version}`, base));
      const { default: init } = await import(`${base}studio.js${version}`);
      await init({ module_or_path: wasm });
      if (isOwnVisit()) keepForOffline(this);
    } catch (error) {
      fail(this, "M3H Studio could not be loaded. Check the connection to the server of this page, then reload it.", error);
    }
  }
}

customElements.define("m3h-studio", M3hStudio);
