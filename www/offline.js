// Has the browser keep the studio for use offline (sw.js), and tells the page how that stands and when a new version is ready.
//
// On the studio's element, `m3hOffline` holds { state, newer, refused } and the event "m3h-offline" says that it has changed:
//   state    "unknown", "kept", "failed" or "unavailable"
//   newer    whether another version is ready to take over
//   refused  why it did not take over when asked, or ""
// The page's events "m3h-use-newer" and "m3h-part-used" (detail: the part's name) ask for what they say.

const HOUR = 3_600_000;

/** Asks a service worker something; its answer, or an error after a minute. */
function ask(worker, message) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    const late = setTimeout(() => reject(new Error("the service worker does not answer")), 60_000);
    port1.onmessage = ({ data }) => {
      clearTimeout(late);
      port1.close();
      if (data.failed) reject(new Error(data.failed)); else resolve(data);
    };
    worker.postMessage(message, [port2]);
  });
}

const LIFE = ["parsed", "installing", "installed", "activating", "activated"];

/** Resolves when the worker is so far in its life, or to false when it never will be. */
function reached(worker, state) {
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state === "redundant") resolve(false);
      else if (LIFE.indexOf(worker.state) >= LIFE.indexOf(state)) resolve(true);
      else return;
      worker.removeEventListener("statechange", look);
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

class Offline {
  constructor(element) {
    this.element = element;
    this.registration = null;
    this.partsUsed = [];
    this.reloads = false;
    element.m3hOffline = { state: "unknown", newer: false, refused: "" };
    element.addEventListener("m3h-use-newer", () => this.useNewer());
    element.addEventListener("m3h-part-used", ({ detail }) => { this.partsUsed.push(detail); this.keepParts(); });
  }

  tell(change) {
    Object.assign(this.element.m3hOffline, change);
    this.element.dispatchEvent(new Event("m3h-offline"));
  }

  async start(base) {
    const workers = navigator.serviceWorker;
    if (!workers) return this.tell({ state: "unavailable" });
    workers.addEventListener("controllerchange", () => { if (this.reloads) location.reload(); });
    try {
      this.registration = await workers.register(new URL("sw.js", base), { scope: base, updateViaCache: "none" });
    } catch (error) {
      console.info("M3H Studio is not kept for use offline:", error);
    }
    // Private windows and test tools refuse in either way. What an earlier visit has kept may still be in force.
    this.registration ??= await workers.getRegistration(base).catch(() => undefined);
    if (!this.registration) return this.tell({ state: "unavailable" });
    this.registration.addEventListener("updatefound", () => this.watch(this.registration.installing));
    this.watch(this.registration.installing);
    this.lookForNewer();
    await this.look();
    // A tab may stay open for weeks.
    setInterval(() => { if (!document.hidden) this.registration.update().catch(() => {}); }, HOUR);
  }

  /** Follows a worker from its installation on. */
  async watch(worker) {
    if (!worker) return;
    const first = !this.registration.active;
    if (await reached(worker, "installed")) {
      this.lookForNewer();
    } else if (first && worker.state === "redundant") {
      this.tell({ state: "failed" });
    }
    if (await reached(worker, "activated")) await this.look();
  }

  lookForNewer() {
    this.tell({ newer: Boolean(this.registration.active && this.registration.waiting) });
  }

  /** Says "kept" once the worker in force has everything. */
  async look() {
    const { active } = this.registration;
    if (!active || !await reached(active, "activated")) return;
    try {
      const { complete } = await ask(active, { ask: "status" });
      this.tell({ state: complete ? "kept" : "failed" });
      await this.keepParts();
    } catch (error) {
      console.info("M3H Studio:", error);
    }
  }

  /** Has parts kept that were loaded before the service worker was there. */
  async keepParts() {
    const active = this.registration?.active;
    if (active?.state !== "activated") return;
    for (const part of this.partsUsed.splice(0)) {
      await ask(active, { ask: "used", part }).catch((error) => console.info(`M3H Studio: ${part} is not kept for use offline:`, error));
    }
  }

  /** Lets the waiting version take over, then reloads: only here, since a reload closes the cohort. */
  async useNewer() {
    const { waiting } = this.registration;
    if (!waiting) return this.lookForNewer();
    this.tell({ refused: "" });
    this.reloads = true;
    try {
      const { refused = "" } = await ask(waiting, { ask: "takeOver" });
      if (refused) throw new Error(refused);
    } catch (error) {
      this.reloads = false;
      this.tell({ refused: error.message });
    }
  }
}

/** Starts it for a studio's element; `base` is the site's folder. Call it once what the page needs is loaded. */
export function keepOffline(element, base) {
  return new Offline(element).start(base);
}
