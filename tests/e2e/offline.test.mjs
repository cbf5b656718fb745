// The studio without its server: what a visit keeps, what is kept when it is used, and how a new build comes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { stamp } from '../../scripts/stamp.mjs';
import { open, root, start, until } from './studio.mjs';

const PREFIX = '/intranet/m3h/';
const WEBGPU = ['--enable-unsafe-webgpu'];

/** A copy of the built site in a folder of its own. */
function copyOfSite() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'm3h-site-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  fs.cpSync(path.join(root, 'dist'), folder, { recursive: true });
  return folder;
}

async function visit(studio, query = '?device=cpu') {
  const session = await open(studio, query, { serviceWorkers: 'allow' });
  session.page.setDefaultTimeout(120_000);
  return session;
}

const kept = (page) => page.getByRole('contentinfo').getByText('Kept for use offline.').waitFor({ timeout: 120_000 });
const build = (page) => page.locator('meta[name=m3h-build]').getAttribute('content');
const files = (page) => page.evaluate(async () => {
  const names = await caches.keys();
  const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return { names, files: requests.flat().map(({ url }) => new URL(url).pathname.split('/').pop()) };
});
const hasFile = (page, name) => until(page, async (name) => Boolean(await caches.match(new URL(name, location.href))), name);

async function reload(page) {
  await page.reload();
  await page.waitForFunction(() => window.m3h, null, { timeout: 120_000 });
  await page.evaluate(() => m3h.ready);
}

/** Trains a small ward for two epochs; or a larger one until it is told to stop. */
const train = (page, endless = false) => page.evaluate(async (endless) => {
  await m3h.openDemo('ward', { patients: endless ? 1000 : 150, tasks: 4 });
  const study = await m3h.study();
  Object.assign(study.training, endless ? { epochs: 1000, patience: 1000 } : { epochs: 2 });
  await m3h.setStudy(study);
  return m3h.train();
}, endless);

/** Everything that has reached the server is a GET of the site's own files. */
function assertPrivate(studio) {
  assert.ok(studio.asked.length > 3);
  for (const { method, url } of studio.asked) {
    assert.equal(method, 'GET', url);
    const name = new URL(url, studio.origin).pathname.slice(PREFIX.length) || 'index.html';
    assert.ok(fs.existsSync(path.join(root, 'dist', name)), `${url} is no file of the site`);
  }
}

test('after one visit everything works without the server, and nothing but the site is kept', async (t) => {
  const studio = await start(PREFIX);
  t.after(() => studio.stop());
  const session = await visit(studio);
  const { page } = session;
  await kept(page);
  assert.ok(studio.asked.filter(({ url }) => url.includes('worker_cpu_bg.wasm')).length <= 1, 'the visit downloads nothing twice');
  await studio.stopServer();
  await page.goto(`${studio.address}?device=cpu&demo=ward&patients=150&tasks=4`);
  await page.waitForFunction(() => window.m3h);
  await page.getByRole('heading', { name: 'Demo ward' }).first().waitFor({ timeout: 120_000 });
  const results = await train(page);
  assert.equal(results.tasks.length, 4);
  const { rows } = await page.evaluate(() => m3h.predict([new File(['id,age\nnew,81\n'], 'patients.csv')]));
  assert.equal(rows.length, 1);
  await kept(page);
  const { names, files: cached } = await files(page);
  assert.equal(names.length, 1, 'one build is kept');
  for (const name of cached) assert.ok(name === '' || fs.existsSync(path.join(root, 'dist', name)), `${name} is no file of the site`);
  assert.ok(!cached.some((name) => /worker_(gpu|trees)/.test(name)), 'parts that were not used are not kept');
  await session.picture('offline');
  await session.check();
  assertPrivate(studio);
  await session.close();
});

test('a part that is loaded for its use only is kept from then on', async (t) => {
  const studio = await start(PREFIX);
  t.after(() => studio.stop());
  const session = await visit(studio);
  const { page } = session;
  await kept(page);
  await studio.stopServer();
  await train(page);
  const trees = () => page.evaluate(() => m3h.compareTrees().then(({ against }) => against, (error) => error.message));
  assert.match(await trees(), /boosted trees could not be loaded\. It is kept for use offline once it has been used with a connection/);
  await studio.startServer();
  assert.equal(await trees(), 'trees');
  await studio.stopServer();
  await reload(page);
  await train(page);
  assert.equal(await trees(), 'trees');
  assertPrivate(studio);
  await session.close();
});

test('the GPU\'s worker, which is loaded before a first visit\'s service worker is there, is kept as well', async (t) => {
  const studio = await start(PREFIX);
  t.after(() => studio.stop());
  const gpu = await visit(studio, '?device=webgpu');
  await kept(gpu.page);
  await hasFile(gpu.page, 'worker_gpu_bg.wasm');
  await studio.stopServer();
  await reload(gpu.page);
  assert.equal(await gpu.page.evaluate(async () => (await m3h.device()).kind), 'webgpu');
  await gpu.check();
  assertPrivate(studio);
  await gpu.close();
});

test('a new build is announced, never forced, never of two halves, and takes the used parts along', async (t) => {
  const site = copyOfSite();
  const next = copyOfSite();
  fs.appendFileSync(path.join(next, 'studio.css'), '\n/* a new build */\n');
  const newer = stamp(next);
  const upload = (names) => names.forEach((name) => fs.copyFileSync(path.join(next, name), path.join(site, name)));
  const studio = await start(PREFIX, WEBGPU, site);
  t.after(() => studio.stop());
  const session = await visit(studio);
  const { page, context } = session;
  await kept(page);
  const older = await build(page);
  assert.notEqual(newer, older);
  await train(page);
  assert.equal(await page.evaluate(async () => (await m3h.compareTrees()).against), 'trees');
  await hasFile(page, 'worker_trees_bg.wasm');
  /** Looks for a new build; whether one is ready then. */
  const look = () => page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update().catch(() => {});
    while (registration.installing) await new Promise((done) => { setTimeout(done, 50); });
    return Boolean(registration.waiting);
  });
  const announced = page.getByText('A new version is ready.');
  const button = page.getByRole('button', { name: 'Use it now' });

  // In the midst of an upload one file is still the old build's.
  upload(fs.readdirSync(next).filter((name) => name !== 'studio.css'));
  assert.equal(await look(), false);
  await reload(page);
  assert.equal(await build(page), older);
  assert.equal(await look(), false);
  assert.equal(await announced.count(), 0);
  assert.equal((await files(page)).names.length, 1, 'nothing is left of the half');
  assert.equal((await train(page)).tasks.length, 4);

  // The rest arrives while a training runs.
  upload(['studio.css']);
  const long = train(page, true);
  await page.waitForFunction(() => document.querySelector('[data-standing].running') !== null);
  await page.evaluate(() => { window.sameVisit = true; });
  assert.equal(await look(), true);
  await announced.waitFor();
  await page.getByText(/Training is running, and a reload would lose it/).waitFor();
  assert.ok(await button.isDisabled());
  await session.picture('newer-while-training');
  await page.evaluate(() => m3h.stop());
  await long;
  await page.waitForFunction(() => !document.querySelector('.newer button').disabled);
  assert.ok(await page.evaluate(() => window.sameVisit), 'nothing has reloaded the page');
  // A reload by itself does not take it either.
  await reload(page);
  assert.equal(await build(page), older);
  await announced.waitFor();
  await session.picture('newer');
  await page.setViewportSize({ width: 360, height: 740 });
  await session.picture('newer-phone');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await session.picture('newer-dark');

  // Another tab may be at work.
  const other = await context.newPage();
  await other.goto(studio.address);
  await button.click();
  await page.getByText(/open in another tab/).waitFor();
  assert.equal(await build(page), older);
  await other.close();

  await button.focus();
  await Promise.all([
    page.waitForFunction((newer) => document.querySelector('meta[name=m3h-build]')?.content === newer, newer, { timeout: 120_000 }),
    page.keyboard.press('Enter'),
  ]);
  await page.waitForFunction(() => window.m3h);
  await kept(page);
  await until(page, async () => (await caches.keys()).length === 1);
  assert.equal(await announced.count(), 0);
  await studio.stopServer();
  await reload(page);
  assert.equal(await build(page), newer);
  await train(page);
  assert.equal(await page.evaluate(async () => (await m3h.compareTrees()).against), 'trees');
  await session.check();
  assertPrivate(studio);
  await session.close();
});

test('where the browser keeps nothing, and on a portal\'s page, the studio works as before', async (t) => {
  const site = copyOfSite();
  fs.writeFileSync(path.join(site, 'portal.html'), '<!doctype html><title>Portal</title><script type="module" src="./boot.js"></script><m3h-studio></m3h-studio>');
  // By http from another machine, browsers have no service workers; and a first visit in the midst of an upload has none that is whole.
  const studio = await start(PREFIX, [...WEBGPU, '--host-resolver-rules=MAP hospital.test 127.0.0.1'], site);
  t.after(() => studio.stop());
  const address = studio.address.replace('127.0.0.1', 'hospital.test');
  const session = await visit({ ...studio, address });
  assert.equal(await session.page.evaluate(() => 'serviceWorker' in navigator), false);
  await session.page.getByText('Not kept for use offline: this browser, window or address does not allow it.').waitFor();
  assert.equal((await train(session.page)).tasks.length, 4);
  await session.close();

  const portal = await visit(studio, 'portal.html?device=cpu');
  await portal.page.evaluate(() => new Promise((done) => { setTimeout(done, 500); }));
  assert.equal(await portal.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
  assert.equal(await portal.page.getByText(/for use offline/).count(), 0);
  await portal.close();

  fs.appendFileSync(path.join(site, 'panels.css'), '\n/* of another build */\n');
  const half = await visit(studio);
  await half.page.getByText(/Not kept for use offline: it could not be loaded as a whole/).waitFor({ timeout: 120_000 });
  assert.equal((await train(half.page)).tasks.length, 4);
  await half.close();
});

test('stamping a stamped site changes nothing, and every change of a file changes the build', () => {
  const site = copyOfSite();
  const bytes = () => Object.fromEntries(fs.readdirSync(site).map((name) => [name, fs.readFileSync(path.join(site, name)).toString('base64')]));
  const before = bytes();
  const first = stamp(site);
  assert.deepEqual(bytes(), before);
  const seen = new Set([first]);
  for (const name of ['index.html', 'worker_cpu_loader.js', 'studio.css', 'sw.js', 'manifest.webmanifest']) {
    fs.appendFileSync(path.join(site, name), '\n');
    seen.add(stamp(site));
  }
  assert.equal(seen.size, 6);
});
