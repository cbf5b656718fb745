// The JavaScript interface for a page of another origin that holds the studio in a frame: docs/embedding.md.
//
// A call is answered only where the message comes from the page that directly frames this one, of an origin that the address names (?portal=) and that
// whoever serves the studio allows (<meta name="m3h-portals">). Anybody can write an address, so that alone would be no protection. To everybody else
// there is silence, and nothing is ever sent to "*".

/** What can be called. The names of the interface are written out here, so that no other property of any object can be. */
const METHODS = Object.freeze([
  "device", "openDemo", "openFiles", "openEncoder", "cohort", "setStudy", "study", "train", "pause", "resume", "stop", "results", "tim", "timPlan", "mix",
  "explain", "ablate", "compareSingleTask", "compareTrees", "compareGroups", "compareLosses", "repeat", "outOfFold", "predict", "subgroups", "report",
  "exportModel", "importModel", "benchmark",
]);

/** What can be read. */
const VALUES = Object.freeze(["ready", "version"]);

/** What is told without being asked, by the element's events. */
const EVENTS = Object.freeze(["cohort", "progress", "results"]);

/** Calls under way at one time; no portal that waits for its answers comes near it. */
const MOST_CALLS = 64;

/** Whether a text is an origin exactly as browsers write it. The origin "null" of sandboxed pages and files is none: anybody can have it. */
function isOrigin(text) {
  return typeof text === "string" && /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** The origins that may speak: named by the address and allowed by the host. A page of the studio's own origin can reach into it anyway. */
function originsOf(portals, allowed) {
  const host = new Set([location.origin, ...allowed.split(/\s+/).filter(isOrigin)]);
  const named = new Set(portals.filter(isOrigin));
  for (const portal of portals) {
    if (!named.has(portal)) console.warn("The address names a portal that is no origin, for example https://portal.example:", portal);
    else if (!host.has(portal)) console.warn("The address names a portal that this studio's host does not allow (meta m3h-portals):", portal);
  }
  return new Set([...named].filter((origin) => host.has(origin)));
}

/** Whether an identifier can be sent back as it is: a short text or a number. */
const isIdentifier = (id) => (typeof id === "string" && id.length <= 64) || Number.isFinite(id);

/** Why a call is not made, a sentence; null where it can be. */
function refusal(method, args) {
  if (typeof method !== "string" || !(METHODS.includes(method) || VALUES.includes(method))) return "There is no such method.";
  if (!Array.isArray(args)) return "args must be an array; it is empty for a method without arguments.";
  if (args.length > 2) return "No method takes more than two arguments.";
  return null;
}

/** Answers the portals among `portals` that the host's list `allowed` holds, and tells them what happens in the studio. */
export function answerPortals(element, portals, allowed) {
  const origins = originsOf(portals, allowed);
  if (origins.size === 0) return;
  const parent = window.parent;
  // Browsers that say who frames a page spare the others' origins a message that would not arrive.
  const framing = location.ancestorOrigins?.[0];
  if (framing !== undefined && !origins.has(framing)) return;

  let calls = 0;
  /** The origin that has spoken: events go there alone. */
  let listener = null;

  const send = (origin, message) => parent.postMessage({ m3h: 1, ...message }, origin);

  async function call(method, args) {
    const problem = refusal(method, args);
    if (problem !== null) throw new Error(problem);
    if (calls >= MOST_CALLS) throw new Error("Too many calls are under way: wait for their answers.");
    calls += 1;
    try {
      await element.loaded;
      // `ready` and `version` are no functions; `ready` resolves to nothing worth sending.
      if (VALUES.includes(method)) return (await element[method]) ?? null;
      return (await element[method](...args)) ?? null;
    } finally {
      calls -= 1;
    }
  }

  window.addEventListener("message", async ({ source, origin, data }) => {
    if (source !== parent || !origins.has(origin)) return;
    // What has come is a copy without prototypes of its own making, getters or functions: reading it runs nobody's code.
    if (typeof data !== "object" || data === null || data.m3h !== 1 || !isIdentifier(data.id)) return;
    const { id, method, args } = data;
    listener = origin;
    try {
      send(origin, { id, ok: true, value: await call(method, args ?? []) });
    } catch (error) {
      send(origin, { id, ok: false, error: error instanceof Error ? error.message : String(error) });
    }
  });

  for (const event of EVENTS) {
    element.addEventListener(`m3h-${event}`, ({ detail }) => {
      if (listener !== null) send(listener, { event, detail });
    });
  }

  // The portal's calls may have come before anybody listened.
  for (const origin of framing === undefined ? origins : [framing]) send(origin, { event: "listening", detail: null });
}
