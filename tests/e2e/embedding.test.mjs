// The studio in other pages: in a frame of a portal's origin, as an element of the studio's own, and a hostile page that gets nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { serve } from '../../scripts/server.mjs';
import { root, smallCohort, start, until } from './studio.mjs';

const portalFiles = path.join(root, 'tests/e2e/portal');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };

/** A portal's own server, with a strict policy of its own; `frames` is whom it may hold in a frame. Its pages get the client from the studio's build. */
function servePortal(frames, ancestors = '') {
  const server = http.createServer(({ url }, response) => {
    const name = path.basename(new URL(url, 'http://localhost').pathname);
    const file = path.join(name === 'm3h-frame.js' ? path.join(root, 'dist') : portalFiles, name);
    if (name === 'favicon.ico') return response.writeHead(204).end();
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': types[path.extname(file)], 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
      'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; frame-src ${frames()}; base-uri 'none'; form-action 'none'; frame-ancestors 'self' ${ancestors}`,
    });
    return response.end(fs.readFileSync(file));
  });
  return new Promise((started) => { server.listen(0, '127.0.0.1', () => started(server)); });
}

const originOf = (server) => `http://127.0.0.1:${server.address().port}`;
const study = { format: 'm3h-study/1', name: 'Two outcomes', tasks: [{ name: 'Death', kind: 'binary', column: 'died_in_hospital', positive: '1' },
  { name: 'Stay', kind: 'regression', column: 'length_of_stay' }] };

/** A copy of the site whose host allows `portals`; with pages of a portal of the same origin in its folder `portal`. */
function siteFor(portals) {
  const site = fs.mkdtempSync(path.join(os.tmpdir(), 'm3h-site-'));
  process.on('exit', () => fs.rmSync(site, { recursive: true, force: true }));
  fs.cpSync(path.join(root, 'dist'), site, { recursive: true });
  const index = path.join(site, 'index.html');
  const page = fs.readFileSync(index, 'utf8').replace('name="m3h-portals" content=""', `name="m3h-portals" content="${portals.join(' ')}"`);
  assert.match(page, /name="m3h-portals" content="http/);
  fs.writeFileSync(index, page);
  fs.mkdirSync(path.join(site, 'portal'));
  for (const name of fs.readdirSync(portalFiles)) fs.copyFileSync(path.join(portalFiles, name), path.join(site, 'portal', name));
  fs.writeFileSync(path.join(site, 'portal/study.json'), JSON.stringify(study));
  return site;
}

let studio;
let browser;
let portal;
let hostile;
let strict;
let open;
let naive;
before(async () => {
  const frames = () => ["'self'", ...[strict, open, hostile].map(originOf)].join(' ');
  portal = await servePortal(frames);
  hostile = await servePortal(() => '*', '*');
  // One studio as it should be served, and one whose server forgets to say who may hold it in a frame.
  const site = siteFor([originOf(portal)]);
  strict = await serve(site, 0, '/m3h/', [originOf(portal)]);
  open = await serve(site, 0, '/m3h/', [originOf(portal), originOf(hostile)]);
  // One whose host allows the hostile page: what it tries is then heard, so that silence elsewhere means something.
  naive = await serve(siteFor([originOf(hostile)]), 0, '/m3h/', [originOf(hostile)]);
  studio = await start('/', []);
  ({ browser } = studio);
});
after(async () => {
  await studio.stop();
  for (const server of [portal, hostile, strict, open, naive]) { server.close(); server.closeAllConnections(); }
});

/** A page, its errors, and every request of it and its frames. */
async function visit(address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const errors = [];
  const requests = [];
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(String(error)));
  context.on('request', (request) => requests.push({ method: request.method(), url: request.url(), body: request.postData() }));
  await page.goto(address);
  return { page, context, errors, requests };
}

const picture = async (page, name) => {
  if (process.env.M3H_SCREENSHOTS) await page.screenshot({ path: path.join(process.env.M3H_SCREENSHOTS, `${name}.png`) });
};

/** All requests were GETs of static files of these servers, without a body. */
function onlyStatic(requests, servers) {
  for (const { method, url, body } of requests) {
    assert.ok(/^(blob|data):/.test(url) || servers.map(originOf).includes(new URL(url).origin), url);
    assert.deepEqual([method, body], ['GET', null], url);
  }
}

/** The frame of the page whose address is right. */
async function frameOf(page, isRight) {
  const end = Date.now() + 120_000;
  for (;;) {
    const frame = page.frames().find((each) => isRight(each.url()));
    if (frame) return frame;
    assert.ok(Date.now() < end, `no such frame: ${page.frames().map((each) => each.url())}`);
    await new Promise((done) => { setTimeout(done, 50); });
  }
}
const panels = (place) => place.locator('nav.rail a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
const studioAddress = (server) => `${originOf(server)}/m3h/`;

test('a portal of another origin opens, trains and hears through the frame, and shows two panels to look at', async () => {
  const { page, context, errors, requests } = await visit(`${originOf(portal)}/frame.html?studio=${encodeURIComponent(studioAddress(strict))}`);
  await page.evaluate(() => m3h.ready);
  const frame = await frameOf(page, (url) => url.startsWith(studioAddress(strict)));
  assert.equal(await page.evaluate(() => m3h.version), await frame.evaluate(() => window.m3h.version));

  // The methods are those of window.m3h, no more and no fewer.
  const [methods, offered] = [await frame.evaluate(() => Object.keys(window.m3h).sort()),
    await page.evaluate(() => Object.getOwnPropertyNames(Object.getPrototypeOf(m3h)).filter((name) => !['constructor', 'disconnect'].includes(name)).sort())];
  assert.deepEqual(offered, methods);

  assert.deepEqual(await panels(frame), ['#results', '#tim']);
  assert.equal(await frame.locator('m3h-studio').getAttribute('data-theme'), 'dark');
  assert.equal(await frame.locator('.brand-mark').evaluate((mark) => getComputedStyle(mark).color), 'rgb(250, 150, 220)');
  assert.equal(await frame.evaluate(() => document.documentElement.style.getPropertyValue('--m3h-radius')), '', 'what is no length is not taken');
  assert.equal(await frame.locator('fieldset.switch').count(), 0, 'the theme is not the user\'s to choose');
  await frame.getByText('No patients are open yet.').waitFor();
  await frame.evaluate(() => { location.hash = 'data'; });
  assert.equal(await frame.getByRole('heading', { level: 1 }).textContent(), 'Results');
  assert.equal(await frame.locator('main button').count(), 0, 'nothing can be opened');

  const cohort = await page.evaluate((csv) => m3h.openFiles([new File([csv], 'patients.csv')]), smallCohort(200)['patients.csv']);
  assert.equal(cohort.samples, 200);
  await page.evaluate(async (study) => m3h.setStudy({ ...study, training: { epochs: 2 } }), study);
  const results = await page.evaluate(() => m3h.train());
  assert.equal(results.epochs, 2);
  await page.waitForFunction(() => heard.results.length === 1 && heard.progress.length === 2);
  const heard = await page.evaluate(() => window.heard);
  assert.deepEqual(heard.cohort, [cohort]);
  assert.deepEqual(heard.progress.map(({ epoch }) => epoch), [1, 2]);
  assert.deepEqual(heard.results, [results]);
  assert.doesNotMatch(JSON.stringify(heard), /"p\d+"/, 'no patient is told of');
  assert.match(await page.evaluate(() => m3h.report('json')), /Two outcomes/);
  assert.ok(await page.evaluate(async () => (await m3h.exportModel()) instanceof Blob));

  await picture(page, 'embedded-frame');
  // What a person can do: look, not train, open or change.
  await frame.getByRole('heading', { name: 'Results', level: 1 }).waitFor();
  await frame.getByRole('button', { name: 'Save the report' }).waitFor();
  assert.equal(await frame.getByRole('heading', { name: 'Trained again' }).count(), 0, 'what was not computed is not shown');
  for (const name of [/^Train/, /^Open/, /study/, /^Compare/]) assert.equal(await frame.locator('main').getByRole('button', { name }).count(), 0, String(name));
  assert.equal(await frame.locator('input[type=file]').count(), 0);
  await frame.locator('nav.rail a[href="#tim"]').click();
  await frame.getByRole('heading', { name: 'Task interaction', level: 1 }).waitFor();

  // Errors are sentences; what is no call is refused.
  await assert.rejects(page.evaluate(() => m3h.openDemo('hospital')), /hospital/);
  await assert.rejects(page.evaluate(() => m3h.train(() => {})), /listen to the event/);
  const refused = await page.evaluate(async (origin) => {
    const answers = [];
    const target = document.querySelector('iframe').contentWindow;
    addEventListener('message', ({ data }) => { if (String(data.id).startsWith('odd')) answers.push(data); });
    const odd = [['constructor', []], ['__proto__', []], ['toString', []], ['loaded', []], ['remove', []], ['study', 'x'], ['study', { length: 0 }], ['study', [1, 2, 3]], [['study'], []], [undefined, []]];
    odd.forEach(([method, args], at) => target.postMessage({ m3h: 1, id: `odd ${at}`, method, args }, origin));
    for (const silent of [{ m3h: 1, method: 'version' }, { m3h: 2, id: 'odd silent', method: 'version' }, null, 'odd', { m3h: 1, id: { odd: 1 }, method: 'version' }]) target.postMessage(silent, origin);
    await m3h.version;
    return { wanted: odd.length, answers };
  }, originOf(strict));
  assert.equal(refused.answers.length, refused.wanted);
  for (const { ok, error } of refused.answers) assert.ok(ok === false && /no such method|array|two arguments/.test(error), error);

  assert.deepEqual(errors, []);
  onlyStatic(requests, [portal, strict]);
  await context.close();
});

test('a portal of the same origin holds the element: panels, theme, study and colours are its own', async () => {
  const { page, context, errors, requests } = await visit(`${studioAddress(strict)}portal/element.html`);
  await page.evaluate(() => customElements.whenDefined('m3h-studio').then(() => document.querySelector('m3h-studio').loaded).then((studio) => studio.ready));
  const element = page.locator('m3h-studio');
  assert.deepEqual(await panels(page), ['#tim', '#results', '#train']);
  await page.getByRole('heading', { name: 'TIM', level: 1 }).waitFor();
  assert.equal(await page.title(), 'Portal with an element', 'the title is the portal\'s');
  assert.equal(await page.getByRole('link', { name: 'Open your files' }).count(), 0);

  const look = () => element.evaluate((studio) => ({
    accent: getComputedStyle(studio.querySelector('.brand-mark')).color, font: getComputedStyle(studio).fontFamily, scheme: getComputedStyle(studio).colorScheme,
    height: getComputedStyle(studio).minHeight, heading: getComputedStyle(document.querySelector('body > h1')).color,
  }));
  assert.deepEqual(await look(), { accent: 'rgb(250, 150, 220)', font: 'Georgia, serif', scheme: 'dark', height: '320px', heading: 'rgb(0, 0, 0)' });
  await element.evaluate((studio) => studio.setAttribute('theme', 'light'));
  assert.equal((await look()).accent, 'rgb(120, 0, 80)');
  assert.equal((await look()).scheme, 'light');

  const small = smallCohort(200)['patients.csv'];
  await element.evaluate((studio, csv) => studio.openFiles([new File([csv], 'patients.csv')]), small);
  assert.equal((await element.evaluate((studio) => studio.study())).name, 'Two outcomes', 'the attribute\'s study is in force');
  await element.evaluate((studio, study) => studio.setStudy({ ...study, training: { epochs: 2 } }), study);
  const results = await element.evaluate((studio) => studio.train());
  await page.waitForFunction(() => heard.results.length === 1 && heard.progress.length === 2);
  const heard = await page.evaluate(() => window.heard);
  assert.deepEqual([heard.cohort.length, heard.progress.map(({ epoch }) => epoch), heard.results], [1, [1, 2], [results]]);

  // By keyboard, and on a phone.
  await page.locator('nav.rail a[href="#results"]').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Results', level: 1 }).waitFor();
  // In a narrow column of a wide page it is as on a phone: the panels above, nothing cut off.
  const columns = () => element.evaluate((studio) => getComputedStyle(studio.querySelector('.frame')).gridTemplateColumns.split(' ').length);
  assert.equal(await columns(), 2);
  await element.evaluate((studio) => { studio.style.width = '24rem'; });
  assert.equal(await columns(), 1);
  assert.ok(await element.evaluate((studio) => studio.scrollWidth <= studio.clientWidth));
  await picture(page, 'embedded-column');
  await element.evaluate((studio) => { studio.style.width = ''; });
  await picture(page, 'embedded-element');
  await page.setViewportSize({ width: 360, height: 740 });
  await picture(page, 'embedded-phone');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  assert.deepEqual(errors, []);
  onlyStatic(requests, [strict]);
  await context.close();
});

test('a hostile page gets nothing, whether it frames the studio or opens it', async () => {
  // Where the server names who may hold it in a frame, there is no studio to attack.
  const { page, context, requests } = await visit(`${originOf(hostile)}/hostile.html`);
  await page.evaluate((address) => { document.querySelector('iframe').src = address; }, `${studioAddress(strict)}?device=cpu&portal=${encodeURIComponent(originOf(hostile))}`);
  await until(page, () => document.querySelector('iframe').contentDocument === null);
  assert.ok(page.frames().every((frame) => !frame.url().startsWith(studioAddress(strict))), 'the frame was refused');

  const untouched = async (place, what) => {
    assert.deepEqual(await page.evaluate(() => window.got), [], what);
    assert.equal(await place.evaluate(() => m3h.cohort().then(() => 'open', () => 'none')), 'none', what);
    assert.equal(await place.evaluate(() => ({}).polluted), undefined, what);
    assert.equal(await place.evaluate(() => typeof window.m3h.openDemo), 'function', what);
  };
  // Where the server forgets it, the address alone opens nothing: not naming itself, not the portal, not both, not what stands for any origin.
  const framed = async (server, named) => {
    const address = `${studioAddress(server)}?device=cpu${named.map((origin) => `&portal=${encodeURIComponent(origin)}`).join('')}#results`;
    await page.evaluate((address) => { document.querySelector('iframe').src = address; }, address);
    const frame = await frameOf(page, (url) => url === address);
    await frame.waitForFunction(() => window.m3h);
    await frame.evaluate(() => m3h.ready);
    await page.evaluate((portal) => attack(frames[0], portal), originOf(portal));
    // A message that is posted after all others arrives after them.
    await frame.evaluate(() => { window.end = new Promise((done) => { addEventListener('message', ({ data }) => { if (data === 'end') done(); }); }); });
    await page.evaluate(() => frames[0].postMessage('end', '*'));
    await frame.evaluate(() => window.end);
    // And one that the frame posts now arrives after any answer to them.
    await frame.evaluate(() => parent.postMessage('all were heard', '*'));
    await until(page, () => {
      const at = window.got.findIndex(({ data }) => data === 'all were heard');
      return at >= 0 && window.got.splice(at, 1);
    });
    return frame;
  };
  await untouched(await framed(open, []), 'framed without a portal');
  assert.ok(requests.every(({ url }) => !url.includes('bridge.js')), 'without a portal no interface is even loaded');
  for (const named of [[originOf(hostile)], [originOf(portal)], [originOf(hostile), originOf(portal)], ['*'], ['null'], ['__proto__']]) {
    await untouched(await framed(open, named), `framed with ${named}`);
  }
  // As in a browser that does not say who frames a page: the interface is there for the portal, and the hostile page's messages reach it.
  let listening = 0;
  await context.route(/bridge\.js/, async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    assert.match(text, /location\.ancestorOrigins\?\.\[0\]/);
    await route.fulfill({ response, body: text.replace('location.ancestorOrigins?.[0]', 'undefined') });
    listening += 1;
  });
  await untouched(await framed(open, [originOf(hostile), originOf(portal)]), 'framed where the interface listens');
  assert.equal(listening, 1);
  await context.unroute(/bridge\.js/);

  // A window that it opens is no page in a frame: the portal is right, and the opener is not the parent.
  const [popup] = await Promise.all([context.waitForEvent('page'),
    page.evaluate((address) => { window.opened = window.open(address); }, `${studioAddress(open)}?device=cpu&portal=${encodeURIComponent(originOf(hostile))}&portal=${encodeURIComponent(originOf(portal))}`)]);
  await popup.waitForFunction(() => window.m3h);
  await popup.evaluate(() => m3h.ready);
  await page.evaluate((portal) => attack(window.opened, portal), originOf(portal));
  await untouched(popup, 'opened');

  // The same tries, where the host allows them: so they are real. Calls are answered, tricks are refused, and what is no call is not heard.
  const frame = await framed(naive, [originOf(hostile)]);
  await until(page, () => [1, '2'].every((id) => window.got.some(({ data }) => data?.id === id && data.ok)));
  const answers = (await page.evaluate(() => window.got)).filter(({ data }) => data?.id !== undefined).map(({ data }) => data);
  for (const { id, ok } of answers) assert.ok(!ok || [1, '2', 3].includes(id), `${id} was answered`);
  for (const id of [10, 11, null, undefined]) assert.ok(answers.every((answer) => answer.id !== id), String(id));
  assert.equal(await frame.evaluate(() => ({}).polluted), undefined);
  await context.close();
});

test('frames beside the studio get nothing, be they foreign or of the portal\'s own origin', async () => {
  const { page, context } = await visit(`${originOf(portal)}/frame.html?studio=${encodeURIComponent(studioAddress(strict))}`);
  await page.evaluate(() => m3h.ready);
  const frame = await frameOf(page, (url) => url.startsWith(studioAddress(strict)));
  for (const server of [hostile, portal]) {
    const address = `${originOf(server)}/hostile.html`;
    await page.evaluate((address) => {
      const beside = document.createElement('iframe');
      beside.src = address;
      document.body.append(beside);
    }, address);
    const sibling = await frameOf(page, (url) => url === address);
    await sibling.waitForFunction(() => window.attack);
    await sibling.evaluate((portal) => attack(parent.frames[0], portal), originOf(portal));
    // The portal's own call is answered after whatever they have asked.
    await assert.rejects(page.evaluate(() => m3h.cohort()), /./);
    assert.deepEqual(await sibling.evaluate(() => window.got), [], address);
    assert.equal(await frame.evaluate(() => m3h.cohort().then(() => 'open', () => 'none')), 'none');
  }
  await context.close();
});
