// A page that tries what it can with a studio it may not speak with. Whatever it hears from the studio is in window.got.
window.got = [];
addEventListener("message", ({ source, origin, data }) => { if (source !== window) window.got.push({ origin, data }); });

/** Every call that might be answered by mistake. */
window.calls = (portal) => {
  const nested = {};
  let inner = nested;
  for (let depth = 0; depth < 200; depth += 1) inner = inner.args = {};
  const tricks = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "prototype", "innerHTML", "remove", "dispatchEvent", "ownerDocument", "loaded", "",
    "ready.constructor", "openDemo ", ["openDemo"], { toString: "openDemo" }, null, undefined, 7];
  return [
    { m3h: 1, id: 1, method: "openDemo", args: ["ward", { patients: 60, tasks: 2 }] },
    { m3h: 1, id: "2", method: "ready", args: [] },
    { m3h: 1, id: 3, method: "openDemo", args: ["ward"], origin: portal, source: "parent", isTrusted: true },
    ...tricks.map((method, at) => ({ m3h: 1, id: `trick ${at}`, method, args: [] })),
    { m3h: 1, id: 4, method: "openDemo", args: "ward" },
    { m3h: 1, id: 5, method: "openDemo", args: { 0: "ward", length: 1 } },
    { m3h: 1, id: 6, method: "openDemo", args: ["ward", {}, 3, 4] },
    { m3h: 1, id: 7, method: "setStudy", args: [JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}')] },
    { m3h: 1, id: 8, method: "openFiles", args: [[nested]] },
    { m3h: 1, id: 9, method: "x".repeat(1 << 20), args: [] },
    { m3h: 1, id: "i".repeat(1000), method: "version", args: [] },
    { m3h: 1, id: {}, method: "version", args: [] },
    { m3h: 1, id: Number.NaN, method: "version", args: [] },
    { m3h: 1, method: "version", args: [] },
    { m3h: "1", id: 10, method: "version", args: [] },
    { m3h: 2, id: 11, method: "version", args: [] },
    { m3h: 1, event: "listening" },
    "openDemo", 7, null, undefined, [], [1, 2], new Date(), new Map([["m3h", 1]]), new Error("m3h"), nested,
  ];
};

window.attack = (target, portal) => {
  for (const call of window.calls(portal)) {
    target.postMessage(call, "*");
    try {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => window.got.push({ data });
      target.postMessage(call, "*", [port2]);
    } catch (error) { console.info(String(error)); }
  }
  try { target.postMessage({ m3h: 1, id: 12, method: "train", args: [() => {}] }, "*"); } catch { /* Functions cannot even be sent. */ }
  for (const reach of [() => target.m3h.openDemo("ward"), () => target.document.body, () => { target.m3h = {}; }]) {
    try { window.got.push({ reached: String(reach()) }); } catch { /* The browser keeps origins apart. */ }
  }
};
