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
    } catch (error) {
      fail(this, "M3H Studio could not be loaded. Check the connection to the server of this page, then reload it.", error);
    }
  }
}

customElements.define("m3h-studio", M3hStudio);
