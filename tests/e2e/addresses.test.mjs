// What the page's address can ask for: a demo, a panel, a study of the same origin or of the link itself; and links that are broken.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { choose, folder, open, opened, root, smallCohort, start, until } from './studio.mjs';

const site = fs.mkdtempSync(path.join(os.tmpdir(), 'm3h-site-'));
process.on('exit', () => fs.rmSync(site, { recursive: true, force: true }));
const study = { format: 'm3h-study/1', name: 'Two outcomes', tasks: [{ name: 'Death', kind: 'binary', column: 'died_in_hospital', positive: '1' },
  { name: 'Stay', kind: 'regression', column: 'length_of_stay' }] };
const unfit = { ...study, name: 'Elsewhere', tasks: [{ name: 'Sepsis', kind: 'binary', column: 'sepsis_by_day_3' }] };

let studio;
before(async () => {
  fs.cpSync(path.join(root, 'dist'), site, { recursive: true });
  fs.mkdirSync(path.join(site, 'studies'));
  fs.writeFileSync(path.join(site, 'studies/two outcomes.json'), JSON.stringify(study));
  fs.writeFileSync(path.join(site, 'studies/letter.json'), 'Dear colleague');
  studio = await start('/intranet/m3h/', [], site);
});
after(() => studio.stop());

const alert = (page, pattern) => page.getByRole('alert').filter({ hasText: pattern }).waitFor({ timeout: 60_000 });
const waiting = (page, pattern) => page.locator('.notice', { hasText: pattern }).waitFor({ timeout: 60_000 });
const names = (page) => page.evaluate(async () => (await m3h.study()).tasks.map(({ name }) => name));
const clinic = folder('clinic', smallCohort());
const openSmall = (page) => choose(page, clinic);

test('the demo, its size and a panel by address', async () => {
  const session = await open(studio, '?device=cpu&demo=ward&patients=150&tasks=4&seed=3&panel=tasks');
  const { page } = session;
  const cohort = await opened(page);
  assert.equal(cohort.patients, 150);
  await page.getByRole('heading', { name: 'Demo ward', level: 1 }).waitFor();
  assert.equal((await names(page)).length, 4);
  // The fragment of a panel goes before the query, and works on.
  await page.evaluate(() => { location.hash = 'train'; });
  await page.getByRole('heading', { name: 'Train', exact: true }).waitFor();
  await session.check();
  await session.close();
});

test('a study of the same origin waits for the cohort, then is in force; what does not fit is named', async () => {
  const session = await open(studio, `?device=cpu&study=${encodeURIComponent('studies/two outcomes.json')}`);
  const { page } = session;
  await waiting(page, /The study Two outcomes of the link waits for a cohort/);
  await session.picture('study-waiting');
  await openSmall(page);
  await until(page, () => m3h.study().then(({ name }) => name === 'Two outcomes', () => false));
  assert.deepEqual(await names(page), ['Death', 'Stay']);
  await page.locator('.notice', { hasText: 'of the link' }).waitFor({ state: 'detached' });
  await session.close();
});

test('a link carries the study alone, and brings it to another page', async () => {
  const session = await open(studio, '?device=cpu&panel=tasks', { permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = session;
  await page.evaluate(() => { location.hash = 'data'; });
  await openSmall(page);
  await opened(page);
  await page.evaluate((study) => m3h.setStudy(study), study);
  await page.evaluate(() => { location.hash = 'tasks'; });
  await page.getByRole('button', { name: 'Copy a link with this study' }).click();
  await page.getByText('The link is copied.').waitFor();
  await session.picture('study-link');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/intranet\/m3h\/#study=[\w-]+$/);
  assert.ok(link.length < 2000, `the link has ${link.length} letters`);
  const sent = await page.evaluate(() => m3h.study());
  await session.check();
  await session.close();

  const fragment = new URL(link).hash;
  const other = await open(studio, `?device=cpu${fragment}`);
  await waiting(other.page, /The study Two outcomes of the link waits/);
  await openSmall(other.page);
  await until(other.page, () => m3h.study().then(({ name }) => name === 'Two outcomes', () => false));
  assert.deepEqual(await other.page.evaluate(() => m3h.study()), sent);
  // The fragment never reaches the server.
  assert.ok(studio.asked.every(({ url }) => !url.includes('study=e') && !url.includes(fragment.slice(7, 30))));

  // A link that is opened later does not take the place of the study by itself, and one that does not fit says what is missing.
  const unfitting = Buffer.from(JSON.stringify(unfit)).toString('base64url');
  await other.page.evaluate((text) => { location.hash = `study=${text}`; }, unfitting);
  await waiting(other.page, /The link brings the study Elsewhere/);
  assert.deepEqual(await names(other.page), ['Death', 'Stay']);
  await other.page.getByRole('button', { name: 'Put it in force' }).click();
  await waiting(other.page, /does not fit the open cohort.*sepsis_by_day_3/s);
  await other.page.setViewportSize({ width: 360, height: 740 });
  await other.picture('study-unfit-phone');
  assert.ok(await other.page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  assert.deepEqual(await names(other.page), ['Death', 'Stay'], 'nothing is lost');
  await other.page.getByRole('button', { name: 'Forget it' }).click();
  await other.page.getByRole('button', { name: 'Forget it' }).waitFor({ state: 'detached' });
  await other.check();
  await other.close();
});

test('broken addresses get a sentence, and the page works', async () => {
  for (const [query, pattern] of [
    ['&study=https://example.org/study.json', /lies on another server/],
    ['&study=//example.org/study.json', /lies on another server/],
    ['&study=data:application/json,{}', /lies on another server/],
    ['&study=studies/none.json', /could not be fetched/],
    ['&study=studies/letter.json', /is not a JSON document/],
    ['&demo=hospital', /demo could not be opened/],
    ['&demo=ward&patients=many&tasks=3', /patients=many/],
    ['&panel=cellar', /no panel cellar/],
    ['#study=eJyr', /link's study is broken/],
    ['#study=', /link's study is broken/],
  ]) {
    const session = await open(studio, `?device=cpu${query}`);
    await alert(session.page, pattern);
    assert.deepEqual(await session.page.evaluate(() => window.refused), [], 'the policy was not even asked');
    for (const { url } of session.requests) assert.ok(url.startsWith(studio.address), url);
    if (!query.includes('ward')) await openSmall(session.page);
    assert.ok((await opened(session.page)).samples > 0, query);
    await session.close();
  }
});
