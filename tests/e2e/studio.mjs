// The built site in Chromium: a server of dist/, one browser, and pages that notice everything they must not do.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve } from '../../scripts/server.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');

/** Where screenshots go, if anywhere. */
const pictures = process.env.M3H_SCREENSHOTS;

/**
 * Starts server and browser; `prefix` is the path that the site stands under, `site` its folder. Without `features`, WebGPU is on.
 * `stopServer` and `startServer` take the network away and give it back; `asked` are the requests that have reached the server.
 */
export async function start(prefix = '/', features = ['--enable-unsafe-webgpu'], site = path.join(root, 'dist')) {
  const asked = [];
  let server = null;
  let port = 0;
  const startServer = async () => {
    server = await serve(site, port, prefix);
    port = server.address().port;
    server.prependListener('request', ({ method, url }) => asked.push({ method, url }));
  };
  const stopServer = () => new Promise((done) => {
    if (!server) { done(); return; }
    server.close(done);
    server.closeAllConnections();
    server = null;
  });
  await startServer();
  const origin = `http://127.0.0.1:${port}`;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', ...features, '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
      '--enable-precise-memory-info'],
  });
  return {
    origin, address: origin + prefix, browser, asked, startServer, stopServer,
    async stop() { await browser.close(); await stopServer(); },
  };
}

/**
 * Opens the studio. What comes back holds the page, every request that was made, and `check()`, which fails where the page did
 * anything but fetch its own static files, broke its policy, or logged an error.
 */
export async function open(studio, query = '?device=cpu', options = {}) {
  // Without a service worker, what a test sees is the server's, and nothing downloads beside what it times; offline.test.mjs is about it.
  const context = await studio.browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: 'block', ...options });
  const page = await context.newPage();
  const requests = [];
  const errors = [];
  context.on('request', (request) => requests.push({ method: request.method(), url: request.url(), body: request.postData() }));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.addInitScript(() => {
    window.refused = [];
    addEventListener('securitypolicyviolation', (event) => window.refused.push(`${event.violatedDirective}: ${event.blockedURI}`));
    window.longTasks = [];
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.longTasks.push({ start: entry.startTime, ms: entry.duration })))
      .observe({ entryTypes: ['longtask'] });
  });
  await page.goto(studio.address + query);
  await page.waitForFunction(() => window.m3h);
  await page.evaluate(() => window.m3h.ready);
  return {
    page, context, requests,
    async check() {
      assert.deepEqual(errors, [], 'errors in the console');
      assert.deepEqual(await page.evaluate(() => window.refused), [], 'the policy was broken');
      assert.ok(requests.length > 3, 'requests are recorded');
      for (const { method, url, body } of requests) {
        const local = url.startsWith('blob:') || url.startsWith('data:');
        assert.ok(local || url.startsWith(studio.address), `a request left the origin: ${url}`);
        assert.equal(method, 'GET', `${method} ${url}`);
        assert.equal(body, null, `${url} carried a body`);
        if (!local) {
          const file = path.join(root, 'dist', decodeURIComponent(new URL(url).pathname.slice(new URL(studio.address).pathname.length)) || 'index.html');
          assert.ok(fs.existsSync(file), `${url} is no static file of the site`);
        }
      }
    },
    async picture(name) { if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true }); },
    async close() { await context.close(); },
  };
}

/** Files in a folder of their own, deleted when the process ends: `{ name: content }` to paths. */
export function folder(name, files) {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'm3h-'));
  process.on('exit', () => fs.rmSync(parent, { recursive: true, force: true }));
  const made = path.join(parent, name);
  fs.mkdirSync(made);
  for (const [file, content] of Object.entries(files)) fs.writeFileSync(path.join(made, file), content);
  return made;
}

/** Chooses files in the page's own input, as a user does; waits until the work is over and gives the notice of a failure, if any. */
export async function choose(page, paths) {
  const label = Array.isArray(paths) ? 'Files to open' : 'Folder to open';
  await page.getByLabel(label, { exact: true }).first().setInputFiles(paths);
}

/** The tests' own small cohort, `rows` patients with a risk that depends on age. */
export function smallCohort(rows = 120) {
  let random = 42;
  const next = () => (random = (random * 1103515245 + 12345) % 2147483648) / 2147483648;
  let patients = 'id,age,sex,died_in_hospital,length_of_stay\n';
  for (let row = 0; row < rows; row += 1) {
    const age = 20 + Math.floor(next() * 70);
    patients += `p${row},${age},${next() < 0.5 ? 'F' : 'M'},${next() < age / 120 ? 1 : 0},${(1 + age / 20 + next()).toFixed(1)}\n`;
  }
  return { 'patients.csv': patients };
}

/** Waits until a function of the page gives, or promises, something true: `waitForFunction` takes a promise itself for true. */
export async function until(page, holds, argument = null, seconds = 120) {
  const end = Date.now() + seconds * 1000;
  while (!await page.evaluate(holds, argument)) {
    assert.ok(Date.now() < end, `not within ${seconds} s: ${holds}`);
    await new Promise((done) => { setTimeout(done, 50); });
  }
}

/** Waits until a cohort and its study are open, and gives the cohort's summary. */
export async function opened(page, seconds = 120) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const summary = await page.evaluate(() => m3h.study().then(() => m3h.cohort(), () => null));
    if (summary) return summary;
    assert.ok(Date.now() < end, `no cohort is open after ${seconds} s`);
    await new Promise((done) => { setTimeout(done, 50); });
  }
}
