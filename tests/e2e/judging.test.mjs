// Together or alone, thresholds, and models as files, in the built site on the CPU.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { choose, folder, open, opened, smallCohort, start } from './studio.mjs';

let studio;
before(async () => { studio = await start(); });
after(async () => { await studio?.stop(); });

test('each task alone in further workers: compare, stop, go on, to the same figures as in one go', { timeout: 300_000 }, async () => {
  const page = await open(studio);
  const results = await page.page.evaluate(async () => {
    await m3h.openDemo('ward', { patients: 300, tasks: 4 });
    const study = await m3h.study();
    study.training.epochs = 6;
    study.model.members = 1;
    await m3h.setStudy(study);
    return m3h.train();
  });
  assert.equal(results.tasks.length, 4);
  await page.page.goto(`${studio.address}?device=cpu#results`);
  const first = await page.page.evaluate(async () => {
    const told = [];
    const comparison = await m3h.compareSingleTask((progress) => told.push(progress));
    return { comparison, told, workers: navigator.hardwareConcurrency };
  });
  const { comparison } = first;
  assert.equal(comparison.finished, 4);
  for (const task of comparison.tasks) {
    assert.ok(Number.isFinite(task.multitask) && Number.isFinite(task.single), task.name);
    assert.ok(Math.abs(task.multitask - task.single - task.difference.value) < 1e-12, task.name);
    assert.ok(task.difference.low <= task.difference.value && task.difference.value <= task.difference.high, task.name);
    const own = results.tasks.find((other) => other.name === task.name);
    assert.ok(Math.abs(own.metrics[own.score].value - task.multitask) < 1e-9, `${task.name} has the score of the results`);
  }
  assert.ok(comparison.mean.low <= comparison.mean.value && comparison.mean.value <= comparison.mean.high);
  assert.ok(first.told.length > 0 && first.told.every(({ done, label }) => done >= 0 && done <= 1 && label), 'progress is told');
  if (first.workers > 1) assert.ok(first.told.some(({ label }) => /at a time/.test(label)), `several at a time: ${first.told.map((t) => t.label)}`);

  // The page shows it.
  await page.page.getByRole('main').getByText(comparison.verdict).waitFor();
  await page.picture('together-or-alone');

  // Trained again, stopped after the first task or more, then on: no figure changes.
  const again = await page.page.evaluate(async () => {
    await m3h.train();
    let stopped = 0;
    const part = await m3h.compareSingleTask(() => { }).catch(() => null);
    await m3h.train();
    const running = m3h.compareSingleTask(({ done }) => { if (done > 0.3 && !stopped) { stopped = performance.now(); m3h.stop(); } });
    const outcome = await running.then((value) => value, (error) => String(error));
    const waited = performance.now() - stopped;
    return { part, outcome, waited, stopped, rest: await m3h.compareSingleTask() };
  });
  assert.ok(again.stopped > 0, 'it was stopped on the way');
  assert.ok(again.waited < 1000, `a stop took ${again.waited} ms`);
  if (typeof again.outcome !== 'string') assert.ok(again.outcome.finished < 4 && /Stopped: \d of 4/.test(again.outcome.warnings.join()), JSON.stringify(again.outcome.warnings));
  const figures = (one) => one.tasks.map(({ name, multitask, single }) => ({ name, multitask, single }));
  assert.deepEqual(figures(again.rest), figures(comparison));
  assert.deepEqual(figures(again.part), figures(comparison));

  // Boosted trees come from a worker of their own, which nobody loads before.
  const loaded = () => page.requests.some(({ url }) => url.includes('worker_trees'));
  assert.ok(!loaded(), 'the trees were not loaded yet');
  const trees = await page.page.evaluate(() => m3h.compareTrees());
  assert.ok(loaded(), 'the trees are loaded when asked for');
  assert.equal(trees.against, 'trees');
  assert.equal(trees.finished, 4);
  for (const task of trees.tasks) assert.ok(Number.isFinite(task.single) && task.epochs > 0, `${task.name}: ${task.single} by ${task.epochs} trees`);
  assert.match(trees.warnings.join(), /the model also reads text, image/);
  await page.page.getByRole('radio', { name: /Boosted trees/ }).check();
  await page.page.getByRole('main').getByText(trees.verdict).waitFor();

  // Groups of the test patients.
  await page.page.getByLabel('Groups by').selectOption({ index: 1 });
  await page.page.getByRole('group', { name: 'Within groups' }).waitFor();
  await page.picture('groups');
  await page.check();
  await page.close();
});

test('a model is exported, opened in a new page and predicts the same; a broken file changes nothing', async () => {
  const page = await open(studio);
  await choose(page.page, folder('clinic', smallCohort(160)));
  await opened(page.page);
  const exported = await page.page.evaluate(async () => {
    const study = await m3h.study();
    study.training.epochs = 4;
    await m3h.setStudy(study);
    await m3h.train();
    const blob = await m3h.exportModel();
    const text = 'id,age,sex\nnew1,30,F\nnew2,81,M\nnew3,,M\n';
    const told = await m3h.predict([new File([text], 'patients.csv')]);
    return { bytes: [...new Uint8Array(await blob.arrayBuffer())], told, text, names: study.tasks.map(({ name }) => name) };
  });
  const { names } = exported;
  // By the button as well. (The order of the metadata is not fixed, so the bytes differ, their number does not.)
  await page.page.goto(`${studio.address}?device=cpu#results`);
  const [download] = await Promise.all([
    page.page.waitForEvent('download'),
    page.page.getByRole('button', { name: 'Export the model' }).click(),
  ]);
  const file = await download.path();
  assert.equal(fs.statSync(file).size, exported.bytes.length);
  assert.match(download.suggestedFilename(), /\.safetensors$/);
  // Choosing a threshold by keyboard.
  const slider = page.page.getByRole('slider').first();
  const before = await slider.getAttribute('aria-valuetext');
  await slider.focus();
  for (let press = 0; press < 10; press += 1) await page.page.keyboard.press('ArrowLeft');
  assert.notEqual(await slider.getAttribute('aria-valuetext'), before);
  await page.picture('task-page');
  // The report holds no patient, and opens without asking for anything.
  const report = await page.page.evaluate(async () => ({ html: await m3h.report(), json: JSON.parse(await m3h.report('json')) }));
  assert.deepEqual(report.json.results.tasks.map(({ name }) => name), names);
  assert.ok(report.json.model_card.not_for.length > 2);
  for (const text of [report.html, JSON.stringify(report.json)]) assert.ok(!/\bp\d{1,3}\b/.test(text), 'an identifier of a patient');
  const alone = await studio.browser.newPage();
  const asked = [];
  alone.on('request', ({ url }) => asked.push(url));
  await alone.goto(`file://${path.join(folder('report', { 'report.html': report.html }), 'report.html')}`);
  assert.equal(await alone.getByRole('heading', { name: 'Model card' }).count(), 1);
  assert.ok(await alone.locator('svg').count() > 4, 'its charts are in it');
  assert.equal(asked.length, 1);
  await alone.close();
  await page.check();
  await page.close();

  const other = await open(studio);
  await other.page.goto(`${studio.address}?device=cpu#predict`);
  await other.page.getByLabel('Model to open').setInputFiles({ name: 'model.safetensors', mimeType: 'application/octet-stream', buffer: Buffer.from(exported.bytes) });
  await other.page.waitForFunction(() => m3h.results().then(() => true, () => false));
  const outcome = await other.page.evaluate(async ({ bytes, text }) => {
    const predict = () => m3h.predict([new File([text], 'patients.csv')]);
    const told = await predict();
    const refusals = [];
    const flipped = Uint8Array.from(bytes);
    flipped[flipped.length - 5] ^= 1;
    for (const broken of [Uint8Array.from(bytes.slice(0, 5000)), flipped, new Uint8Array(40)]) {
      refusals.push(await m3h.importModel(new Blob([broken])).then(() => 'taken', (error) => error.message));
    }
    return { told, refusals, after: await predict(), tim: await m3h.tim('attention').catch((error) => error.message) };
  }, exported);
  assert.deepEqual(outcome.told.rows, exported.told.rows);
  assert.deepEqual(outcome.after.rows, exported.told.rows);
  assert.match(outcome.refusals[0], /cut short/);
  assert.match(outcome.refusals[1], /checksum/);
  assert.match(outcome.refusals[2], /cannot be read as a model/);
  assert.match(outcome.tim, /opened from a file/);
  await other.picture('model-opened');
  await other.check();
  await other.close();
});
