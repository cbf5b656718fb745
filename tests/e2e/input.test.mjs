// Files broken in every way that the importer must answer with a sentence, and a page that is used by keyboard alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { after, before, test } from 'node:test';
import { choose, folder, open, opened, smallCohort, start } from './studio.mjs';

let studio;
before(async () => { studio = await start(); });
after(() => studio.stop());

/** Opens files made in the page; gives the summary's warnings, or the refusal. */
const openTexts = (page, files) => page.evaluate(async (files) => {
  const made = files.map(([name, content]) => new File([content], name));
  try { return { warnings: (await m3h.openFiles(made)).warnings.join('\n') }; } catch (error) { return { refused: error.message }; }
}, Object.entries(files));

test('bad input gets a sentence, and what was open stays', async () => {
  const session = await open(studio);
  const { page } = session;
  await choose(page, folder('clinic', smallCohort()));
  await page.getByRole('heading', { name: /clinic/ }).first().waitFor();
  const before = await page.evaluate(async () => JSON.stringify([await m3h.cohort(), await m3h.study()]));
  const refusals = {
    'no identifier': [{ 'patients.csv': 'weight,colour\n1,red\n2,blue\n' }, /patients\.csv.*(identif|id)/is],
    'an empty file': [{ 'patients.csv': '' }, /patients\.csv.*empty/is],
    'another kind of file': [{ 'letter.docx': 'PK' }, /letter\.docx/],
    'a file that is no gzip': [{ 'patients.csv.gz': 'not packed' }, /patients\.csv\.gz/],
    'only a heading': [{ 'patients.csv': 'id,age\n' }, /patients\.csv/],
  };
  for (const [what, [files, pattern]] of Object.entries(refusals)) {
    const { refused } = await openTexts(page, files);
    assert.match(refused ?? '(opened)', pattern, what);
    assert.match(refused.split('\n')[0], /^[A-Z\w].*\.$/, `${what}: a sentence`);
  }
  assert.equal(await page.evaluate(async () => JSON.stringify([await m3h.cohort(), await m3h.study()])), before);

  const warned = {
    'duplicate identifiers': [{ 'patients.csv': 'id,age\na,1\nb,2\na,3\n' }, /patients\.csv.*repeat the id/is],
    'rows of other patients': [{ 'patients.csv': 'id,age\na,1\nb,2\n', 'series.csv': 'id,hours,variable,value\na,1,hr,80\nz,1,hr,80\n' }, /series\.csv.*1 row/is],
    'broken numbers': [{ 'patients.csv': 'id,age\na,1\nb,2\n', 'series.csv': 'id,hours,variable,value\na,1,hr,8x0\nb,1,hr,80\n' }, /series\.csv.*1 row/is],
    'an image that does not decode': [{ 'patients.csv': 'id,age\na,1\nb,2\n', 'images.csv': 'id,file\na,film.png\n', 'film.png': 'no picture' }, /film\.png|images/is],
  };
  for (const [what, [files, pattern]] of Object.entries(warned)) {
    const { warnings, refused } = await openTexts(page, files);
    assert.match(warnings ?? refused, pattern, what);
  }
  await session.check();
  await session.close();
});

test('a line of a gigabyte is refused in little memory', async () => {
  const session = await open(studio);
  // One gigabyte of one letter, packed to a megabyte.
  const packed = await new Promise((done, fail) => {
    const gzip = zlib.createGzip({ level: 1 });
    const parts = [];
    gzip.on('data', (part) => parts.push(part)).on('end', () => done(Buffer.concat(parts))).on('error', fail);
    const piece = Buffer.alloc(1 << 20, 'x');
    gzip.write('id,age\n');
    let left = 1024;
    const more = () => { while (left > 0) { left -= 1; if (!gzip.write(piece)) { gzip.once('drain', more); return; } } gzip.end(); };
    more();
  });
  const file = folder('long', { 'patients.csv.gz': packed });
  await choose(session.page, [path.join(file, 'patients.csv.gz')]);
  await session.page.getByRole('alert').filter({ hasText: 'patients.csv.gz' }).waitFor({ timeout: 120_000 });
  await session.check();
  await session.close();
});

test('by keyboard alone: open the ward, start training, stop it, read the results', async () => {
  const session = await open(studio, '?device=cpu');
  const { page } = session;
  const focused = () => page.evaluate(() => {
    const at = document.activeElement;
    return `${at.tagName} ${(at.textContent || at.getAttribute('aria-label') || '').trim()}`;
  });
  const tabTo = async (pattern) => {
    for (let press = 0; press < 80; press += 1) {
      await page.keyboard.press('Tab');
      if (pattern.test(await focused())) return;
    }
    assert.fail(`Tab never reaches ${pattern}; it ended on ${await focused()}`);
  };
  await tabTo(/^BUTTON Open the demo ward/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Demo ward' }).waitFor({ timeout: 60_000 });
  await page.getByRole('link', { name: 'Go to the tasks' }).waitFor();
  await page.locator('h1').focus();
  await page.keyboard.press('Shift+Tab');
  while (!/^A .*Train/.test(await focused())) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Train', exact: true }).waitFor();
  assert.match(await focused(), /^H1 Train/, 'a new panel takes the focus to its heading');
  await tabTo(/^BUTTON Start training/);
  await page.keyboard.press('Enter');
  await page.getByText(/Training: epoch [2-9]/).waitFor({ timeout: 120_000 });
  await page.locator('h1').focus();
  await tabTo(/^BUTTON Stop and keep the best/);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'See the results' }).waitFor({ timeout: 60_000 });
  await page.locator('h1').focus();
  await tabTo(/^A See the results/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Results', exact: true }).waitFor();
  await session.check();
  await session.close();
});

test('no panel is wider than a phone of 360 px', async () => {
  const session = await open(studio, '?device=cpu&demo=ward&patients=150&tasks=8', { viewport: { width: 360, height: 740 } });
  const { page } = session;
  await opened(page);
  await page.evaluate(async () => {
    const study = await m3h.study();
    study.training.epochs = 2;
    await m3h.setStudy(study);
    await m3h.train();
    await m3h.tim('occlusion');
    await m3h.predict();
  });
  for (const panel of ['data', 'tasks', 'train', 'results', 'tim', 'predict']) {
    await page.evaluate((panel) => { location.hash = panel; }, panel);
    await page.waitForTimeout(400);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${panel} is ${wide} px wide`);
    await session.picture(`phone-${panel}`);
  }
  await session.check();
  await session.close();
});

test('the device is chosen with a reason: a software adapter is left alone, and what the browser lacks is said', async () => {
  const told = async (query, options) => {
    const session = await open(studio, query, options);
    const device = await session.page.evaluate(() => m3h.device());
    await session.check();
    await session.close();
    return device;
  };
  // Headless Chromium on a machine without a GPU has a software adapter; on one with a GPU that is taken.
  const chosen = await told('');
  assert.match(`${chosen.kind}: ${chosen.reason}`, /^cpu: .*software emulation|^cpu: .*no adapter|^webgpu: A graphics adapter was found/);
  assert.equal((await told('?device=cpu')).kind, 'cpu');
  const without = await start('/', ['--disable-features=WebGPU,WebGPUService', '--disable-blink-features=WebGPU']);
  const session = await open(without, '?device=webgpu');
  const device = await session.page.evaluate(() => m3h.device());
  assert.equal(device.kind, 'cpu');
  assert.match(device.reason, /WebGPU/);
  await session.close();
  await without.stop();
});
