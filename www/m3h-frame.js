// For the page of a portal that holds M3H Studio in a frame: the methods of window.m3h, over postMessage. A copy may lie with the portal; it needs nothing else.
//
//   import { connect } from "./m3h-frame.js";
//   const m3h = connect(document.querySelector("iframe"), "https://studio.example");
//   m3h.addEventListener("progress", ({ detail }) => console.log(detail.epoch, detail.mean_score));
//   await m3h.openDemo("ward");
//   await m3h.train();

const METHODS = [
  "device", "openDemo", "openFiles", "openEncoder", "cohort", "setStudy", "study", "train", "pause", "resume", "stop", "results", "tim", "timPlan", "mix",
  "explain", "ablate", "compareSingleTask", "compareTrees", "compareGroups", "compareLosses", "repeat", "outOfFold", "predict", "subgroups", "report",
  "exportModel", "importModel", "benchmark",
];

const EVENTS = ["cohort", "progress", "results"];

class StudioFrame extends EventTarget {
  #frame;
  #origin;
  #calls = new Map();
  #waiting = [];
  #listens = false;
  #last = 0;
  #take = (event) => this.#receive(event);
  #probe = () => this.#post({ id: "listening", method: "version", args: [] });

  constructor(frame, origin) {
    super();
    if (!(frame instanceof HTMLIFrameElement)) throw new TypeError("connect needs the iframe that holds the studio.");
    if (new URL(origin).origin !== origin) throw new TypeError("connect needs the studio's origin, for example https://studio.example, without a path.");
    this.#frame = frame;
    this.#origin = origin;
    window.addEventListener("message", this.#take);
    frame.addEventListener("load", this.#probe);
    // A frame that is loaded already has said that it listens to nobody. Another origin's document cannot be seen, an empty one can.
    if (frame.contentWindow && (frame.contentDocument === null || frame.contentDocument.URL !== "about:blank")) this.#probe();
  }

  /** Resolves when the studio's engine answers. */
  get ready() { return this.#call("ready", []); }

  /** Resolves to the studio's version. */
  get version() { return this.#call("version", []); }

  /** Ends the connection; calls under way are rejected, the studio goes on. */
  disconnect() {
    window.removeEventListener("message", this.#take);
    this.#frame.removeEventListener("load", this.#probe);
    this.#rejectAll("The connection to the studio was ended.");
  }

  #post(message) {
    this.#frame.contentWindow?.postMessage({ m3h: 1, ...message }, this.#origin);
  }

  #call(method, args) {
    return new Promise((resolve, reject) => {
      if (args.some((argument) => typeof argument === "function")) {
        throw new TypeError(`${method} takes no function here: listen to the event "progress" instead.`);
      }
      const call = { id: ++this.#last, method, args, sent: false, resolve, reject };
      this.#calls.set(call.id, call);
      if (this.#listens) this.#send(call); else this.#waiting.push(call);
    });
  }

  #send(call) {
    call.sent = true;
    try {
      this.#post({ id: call.id, method: call.method, args: call.args });
    } catch (error) {
      this.#calls.delete(call.id);
      call.reject(error);
    }
  }

  #receive({ source, origin, data }) {
    if (source !== this.#frame.contentWindow || origin !== this.#origin || data?.m3h !== 1) return;
    if (data.event === "listening") this.#begin();
    else if (data.id === "listening") this.#open();
    else if (EVENTS.includes(data.event)) this.dispatchEvent(new CustomEvent(data.event, { detail: data.detail }));
    else {
      const call = this.#calls.get(data.id);
      if (!call) return;
      this.#calls.delete(data.id);
      if (data.ok) call.resolve(data.value); else call.reject(new Error(data.error));
    }
  }

  /** The studio's page has just begun to listen. Calls to one that was there before it are never answered. */
  #begin() {
    for (const call of [...this.#calls.values()].filter(({ sent }) => sent)) {
      this.#calls.delete(call.id);
      call.reject(new Error("The studio's page was loaded anew."));
    }
    this.#open();
  }

  #open() {
    this.#listens = true;
    for (const call of this.#waiting.splice(0)) this.#send(call);
  }

  #rejectAll(reason) {
    for (const { reject } of this.#calls.values()) reject(new Error(reason));
    this.#calls.clear();
    this.#waiting = [];
  }

  static {
    for (const method of METHODS) {
      this.prototype[method] = function call(...args) { return this.#call(method, args); };
    }
  }
}

/** Connects to the studio in a frame, whose address has to name this page's origin with ?portal=. */
export function connect(frame, studioOrigin) {
  return new StudioFrame(frame, studioOrigin);
}
