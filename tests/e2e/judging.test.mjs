// Together or alone, thresholds, and models as files, in the built site on the CPU.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { choose, folder, open, opened, smallCohort, start, until } from './studio.mjs';

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
  await until(other.page, () => m3h.results().then(() => true, () => false));
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

test('coded diagnoses become labels, the catalogue offers them, and every patient is predicted out of fold', { timeout: 300_000 }, async () => {
  const page = await open(studio);
  let patients = 'id,age,pulse\n';
  let diagnoses = 'id,icd_code,icd_version\n';
  for (let row = 0; row < 200; row += 1) {
    const ill = (row * 37) % 100 < 30;
    patients += `p${row},${40 + ((row * 13) % 40)},${70 + ((row * 7) % 20) + (ill ? 15 : 0)}\n`;
    diagnoses += ill ? `p${row},J18.9,10\n` : `p${row},I10,10\n`;
    if (row % 10 === 3) diagnoses += `p${row},428.0,9\n`;
    if (row === 5 || row === 6) diagnoses += `p${row},K85.9,10\n`;
  }
  await choose(page.page, folder('coded', { 'patients.csv': patients, 'diagnoses.csv': diagnoses }));
  const cohort = await opened(page.page);
  assert.ok(cohort.warnings.some((text) => /labels of 40 diagnoses of the catalogue were made from 2?\d\d codes of 200 samples/.test(text)), cohort.warnings.join('\n'));
  const study = await page.page.evaluate(() => m3h.study());
  assert.deepEqual(study.tasks.map(({ name, department }) => [name, department]), [['Pneumonia', 'Pulmonology'], ['Heart failure', 'Cardiology'], ['Phenotype', null]]
    .map(([name, department]) => [name, department ?? undefined]));

  // The catalogue by keyboard: search, prevalence, what is too rare; remove a task and add it again.
  await page.page.goto(`${studio.address}?device=cpu#tasks`);
  await page.page.getByText(/The catalogue: 40 diagnoses/).click();
  const search = page.page.getByLabel('Search by name, department or code');
  await search.fill('k85');
  const offers = page.page.locator('.offers .task');
  assert.equal(await offers.count(), 1);
  assert.match(await offers.innerText(), /Pancreatitis[\s\S]*Too rare to learn[\s\S]*1.0 % of 200: 2 cases/);
  await search.fill('cardiology failure');
  assert.match(await offers.innerText(), /Heart failure[\s\S]*in the study/);
  await page.picture('catalogue');
  await page.page.getByRole('button', { name: 'Remove Heart failure' }).click();
  await page.page.getByRole('button', { name: 'Add Heart failure' }).focus();
  await page.page.keyboard.press('Enter');
  await until(page.page, async () => (await m3h.study()).tasks.some(({ name }) => name === 'Heart failure'));
  await search.fill('zzz');
  await page.page.getByText('Nothing in the catalogue is called so.').waitFor();
  await search.fill('');
  await page.picture('catalogue-all');

  // Folds, chosen in the panel.
  await page.page.getByLabel('Test patients', { exact: true }).selectOption('folds');
  await page.page.getByLabel('Folds', { exact: true }).fill('4');
  await page.page.getByLabel('Folds', { exact: true }).press('Enter');
  await until(page.page, async () => (await m3h.study()).split.folds === 4);
  const { results, folds, told, stopped } = await page.page.evaluate(async () => {
    const study = await m3h.study();
    study.training.epochs = 8;
    study.model.members = 1;
    await m3h.setStudy(study);
    const results = await m3h.train();
    const told = [];
    let asked = 0;
    const stopped = await m3h.repeat({}, ({ label, done }) => {
      told.push(label);
      if (done > 0.2 && !asked) { asked = performance.now(); m3h.stop(); }
    }).then((value) => value.runs.length, (error) => error.message);
    return { results, stopped, folds: await m3h.repeat({ over: 'folds' }), told };
  });
  assert.ok(typeof stopped === 'string' || stopped < 4, `it was stopped on the way: ${stopped}`);
  assert.ok(told.some((label) => /folds trained/.test(label)), told.join());
  assert.equal(folds.runs.length, 4);
  // What a further worker has trained is what this one would have.
  assert.deepEqual(folds.runs[0].scores, results.tasks.map((task) => task.metrics[task.score].value));
  const pneumonia = folds.tasks.find(({ name }) => name === 'Pneumonia');
  assert.equal(pneumonia.labelled, 200);
  assert.ok(pneumonia.pooled.auroc.low < pneumonia.pooled.auroc.value && pneumonia.pooled.auroc.value > 0.8, JSON.stringify(pneumonia.pooled.auroc));
  const rows = await page.page.evaluate(async () => (await m3h.outOfFold()).rows.map(({ id }) => id));
  assert.deepEqual(rows, Array.from({ length: 200 }, (_, row) => `p${row}`));

  await page.page.goto(`${studio.address}?device=cpu#results`);
  const table = page.page.getByRole('group', { name: 'Trained again' });
  await table.getByText('Fold 4').waitFor();
  const [download] = await Promise.all([
    page.page.waitForEvent('download'),
    page.page.getByRole('button', { name: 'Save out-of-fold predictions' }).click(),
  ]);
  assert.equal(fs.readFileSync(await download.path(), 'utf8').trim().split('\n').length, 201);
  await page.picture('trained-again');
  await page.page.getByRole('radio', { name: /From other seeds/ }).check();
  await page.page.getByRole('button', { name: 'Train from further seeds' }).click();
  await table.getByText('Seed 11').waitFor();

  // What other losses change.
  const losses = await page.page.evaluate(() => m3h.compareLosses());
  assert.deepEqual(losses.own, { imbalance: 'none', balance: 'equal' });
  assert.equal(losses.others.length, 3);
  for (const other of losses.others) {
    assert.ok(Number.isFinite(other.mean.value) && other.mean.low <= other.mean.high, JSON.stringify(other.mean));
    assert.ok(Number.isFinite(other.brier[0].value));
  }
  await page.page.getByRole('group', { name: 'Other losses' }).getByText('Focal loss').waitFor();
  await page.check();
  await page.close();
});
