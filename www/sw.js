// Keeps M3H Studio for use offline: one build of the site as a whole, never half of two.
//
// A build's cache is filled while this worker installs, each file checked against its SHA-256. Where one file is missing or of another build, as
// in the midst of an upload, installing fails and the build in force stays. Large parts that not everybody needs are added when they are first used.
// Only the site's own files are ever kept, and only by GET; what a user opens never passes through here.

// The build step (scripts/stamp.mjs) writes the next line: the build's identifier, and every file of the site with its SHA-256.
const site = { build: "", files: {} };

const scope = self.registration.scope;
const ours = `m3h-studio ${scope} `;
const cacheName = ours + site.build;

/** The part of the site that a file belongs to, where that is loaded only by who uses it. */
const partOf = (name) => /^(worker_gpu|worker_trees)(_|\.)/.exec(name)?.[1] ?? null;
const namesOf = (part) => Object.keys(site.files).filter((name) => partOf(name) === part);

/** The address of a file: the page's own is the folder's, since some hosts redirect index.html to it. */
const addressOf = (name) => new URL(name === "index.html" ? "./" : name, scope).href;

/** The file that a request is for; null where it is none of this build's, which the network then answers. */
function fileOf(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(scope)) return null;
  const build = url.searchParams.get("v");
  if (build !== null && build !== site.build) return null;
  const path = (url.origin + url.pathname).slice(scope.length);
  const name = path === "" ? "index.html" : path;
  return Object.hasOwn(site.files, name) ? name : null;
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The response anew if its bytes are this build's, without the traces of how it was sent; null otherwise. */
async function checked(name, response) {
  const bytes = await response.arrayBuffer();
  if (await sha256(bytes) !== site.files[name]) return null;
  const headers = new Headers(response.headers);
  for (const header of ["content-encoding", "content-length", "transfer-encoding"]) headers.delete(header);
  return new Response(bytes, { headers });
}

/** The caches of this folder's other builds. */
async function otherCaches() {
  return (await caches.keys()).filter((name) => name.startsWith(ours) && name !== cacheName);
}

/** The server has another build's file, or none, where this build's should be. */
class OtherBuild extends Error {}

/** A file of this build: from another build's cache where it is the same there, else from the server. */
async function obtain(name) {
  for (const other of await otherCaches()) {
    const kept = await (await caches.open(other)).match(addressOf(name));
    const same = kept && await checked(name, kept);
    if (same) return same;
  }
  const url = new URL(addressOf(name));
  url.searchParams.set("v", site.build);
  // The digest tells whether the browser's own cache will do, which spares a second download of what the page has just loaded.
  for (const cache of ["force-cache", "reload"]) {
    const response = await fetch(url, { cache, credentials: "same-origin" });
    const same = response.ok && await checked(name, response);
    if (same) return same;
  }
  throw new OtherBuild(`${name} on the server is not of the build ${site.build}`);
}

/** Adds those of the files to the build's cache that it lacks. */
async function keep(names) {
  const cache = await caches.open(cacheName);
  const add = async (name) => {
    if (!await cache.match(addressOf(name))) await cache.put(addressOf(name), await obtain(name));
  };
  await Promise.all(names.map(add));
}

/** The parts that another build keeps, because they were used. */
async function partsInUse() {
  const parts = new Set();
  for (const name of await otherCaches()) {
    for (const request of await (await caches.open(name)).keys()) {
      const part = partOf(request.url.slice(scope.length));
      if (part !== null) parts.add(part);
    }
  }
  return [...parts];
}

const firstVisit = () => namesOf(null);
const keepPartsInUse = async () => keep((await partsInUse()).flatMap(namesOf));

async function install() {
  if (site.build === "") throw new Error("this site was not stamped by its build step");
  try {
    await keep(firstVisit());
    await keepPartsInUse();
  } catch (error) {
    await caches.delete(cacheName);
    throw error;
  }
}

async function activate() {
  // What was first used since the installation; without a connection it is loaded again when it is next used with one.
  await keepPartsInUse().catch((error) => console.warn(error));
  for (const name of await otherCaches()) await caches.delete(name);
  // So that the page of a first visit is served from here too, and a part that it uses is kept.
  await self.clients.claim();
}

async function answer(name) {
  const cache = await caches.open(cacheName);
  const find = () => cache.match(addressOf(name));
  const kept = await find();
  if (kept) return kept;
  try {
    await keep(partOf(name) === null ? [name] : namesOf(partOf(name)));
    return await find();
  } catch (error) {
    console.warn(error);
    if (partOf(name) !== null || !(error instanceof OtherBuild)) return Response.error();
    // The browser has lost a file that cannot be had any more: the next visit is the server's, as a whole.
    await caches.delete(cacheName);
    return name === "index.html" ? fetch(addressOf(name), { cache: "no-cache" }) : Response.error();
  }
}

/** Whether everything of a first visit is kept. */
async function isComplete() {
  if (!await caches.has(cacheName)) return false;
  const kept = new Set((await (await caches.open(cacheName)).keys()).map((request) => request.url));
  return firstVisit().every((name) => kept.has(addressOf(name)));
}

/** Takes over from the build in force, if no other tab would have it taken away from under its work. */
async function takeOver() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.filter((client) => client.url.startsWith(scope)).length > 1) {
    return { refused: "The studio is open in another tab or window as well. Close it there first: its work would be lost." };
  }
  try {
    await keepPartsInUse();
  } catch {
    return { refused: "The new version could not be loaded as a whole. Check the connection to the server of this page, then try again." };
  }
  await self.skipWaiting();
  return {};
}

/** What the page asks (www/offline.js). */
const questions = {
  status: async () => ({ build: site.build, complete: await isComplete() }),
  // A part that was loaded before this worker was there.
  used: async ({ part }) => { await keep(namesOf(part)); return {}; },
  takeOver,
};

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const name = fileOf(event.request);
  if (name !== null) event.respondWith(answer(name));
});
self.addEventListener("message", (event) => {
  const port = event.ports[0];
  const question = Object.hasOwn(questions, event.data?.ask) ? questions[event.data.ask] : null;
  if (!port || !question) return;
  event.waitUntil(question(event.data).then((reply) => port.postMessage(reply), (error) => port.postMessage({ failed: String(error) })));
});
