// The demo ward through all six panels, as a user goes, on the CPU; the same study on WebGPU; determinism, stop, prediction.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { choose, folder, open, smallCohort, start } from './studio.mjs';

let studio;
before(async () => { studio = await start('/intranet/m3h/'); });
after(() => studio.stop());

const go = async (page, title) => {
  await page.getByRole('navigation', { name: 'Panels' }).getByRole('link', { name: title }).click();
  await page.locator('h1').filter({ hasText: { TIM: 'Task interaction', Tasks: 'Demo ward' }[title] ?? title }).waitFor();
};

test('the demo ward through all six panels, on the CPU', async () => {
  const session = await open(studio);
  const { page } = session;
  assert.deepEqual(await page.evaluate(async () => (await m3h.device()).kind), 'cpu');
  await session.picture('welcome');
  await page.getByRole('button', { name: 'Open the demo ward' }).click();
  await page.getByRole('heading', { name: 'ward', exact: false }).first().waitFor();
  const cohort = await page.evaluate(() => m3h.cohort());
  assert.equal(cohort.samples, 1000);
  assert.deepEqual(cohort.modalities.map((m) => m.name).sort(), ['image', 'series', 'tabular', 'text']);
  assert.ok(cohort.planted.length > 5);
  await session.picture('data');

  await go(page, 'Tasks');
  await session.picture('tasks');
  // Ten epochs are enough for a test; the change goes through the page's own document field's interface.
  const study = await page.evaluate(async () => {
    const study = await m3h.study();
    study.training.epochs = 10;
    return m3h.setStudy(study);
  });
  assert.equal(study.tasks.length, 12);
  assert.deepEqual([...new Set(study.tasks.map((t) => t.kind))].sort(), ['binary', 'clustering', 'multiclass', 'regression']);

  await go(page, 'Train');
  await page.evaluate(() => { window.begun = performance.now(); });
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByRole('button', { name: 'Stop and keep the best' }).waitFor();
  await page.getByText(/Training: epoch [2-9] of 10/).waitFor({ timeout: 180_000 });
  await session.picture('train');
  await page.getByText('Training has ended', { exact: false }).first().waitFor({ state: 'attached', timeout: 300_000 });
  await page.getByRole('link', { name: 'See the results' }).waitFor();
  const longTasks = () => page.evaluate(() => window.longTasks.filter((task) => task.start > window.begun));
  let long = await longTasks();
  // Other work on the machine stretches a task now and then; a page that is slow itself is slow every time.
  for (let again = 0; long.length > 0 && again < 2; again += 1) {
    await page.evaluate(async () => { window.begun = performance.now(); await m3h.train(); });
    long = await longTasks();
  }
  assert.deepEqual(long, [], 'tasks over 50 ms on the main thread in each of three trainings');

  await page.getByRole('link', { name: 'See the results' }).click();
  await page.getByRole('heading', { name: 'Results' }).waitFor();
  await session.picture('results');
  const results = await page.evaluate(() => m3h.results());
  assert.equal(results.device.kind, 'cpu');
  assert.equal(results.tasks.length, 12);
  for (const task of results.tasks) {
    const { value, low, high } = task.metrics[task.score];
    assert.ok(Number.isFinite(value) && low <= value && value <= high, `${task.name}: ${value} (${low} to ${high})`);
  }
  const aurocs = results.tasks.filter((task) => task.kind === 'binary').map((task) => task.metrics.auroc.value);
  assert.ok(aurocs.reduce((sum, value) => sum + value, 0) / aurocs.length > 0.65, `AUROCs ${aurocs}`);

  await page.getByRole('button', { name: 'Compare the modalities' }).click();
  const compared = page.getByRole('table').filter({ hasText: 'With everything' });
  await compared.waitFor({ timeout: 60_000 });
  assert.equal(await compared.getByRole('row').count(), 1 + 12 + 1, 'a head, the tasks and their mean');
  await session.picture('ablation');
  const ablation = await page.evaluate(() => m3h.ablate({ method: 'occlude' }));
  assert.deepEqual(ablation.modalities.map((m) => m.name), ['tabular', 'series', 'text', 'image']);
  await page.getByRole('radio', { name: /Train without it/ }).check();
  await page.getByRole('button', { name: 'Compare the modalities' }).click();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText('Stopped before the first training').waitFor({ timeout: 60_000 });

  await go(page, 'TIM');
  await page.getByRole('img', { name: /Who contributes to whom/ }).or(page.locator('.tim-map svg')).first().waitFor({ timeout: 120_000 });
  await session.picture('tim');
  for (const measure of ['attention', 'occlusion']) {
    const tim = await page.evaluate((name) => m3h.tim(name), measure);
    assert.equal(tim.matrix.length, 12);
    if (measure === 'attention') {
      for (const row of tim.matrix) assert.ok(Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) < 1e-4, 'rows of attention sum to 1');
    } else {
      const ok = tim.matrix.every((row, s) => row.every((value, t) => s === t || value === null || (tim.low[s][t] <= value && value <= tim.high[s][t])));
      assert.ok(ok, 'every link lies in its interval');
    }
  }

  // Other self-exploitation and cross-exploration, by keyboard, without training.
  await page.getByText('Try other self-exploitation').click();
  const alpha = page.getByRole('slider', { name: /Cross-exploration/ });
  await alpha.and(page.locator(':enabled')).waitFor();
  await alpha.press('Home');
  await page.getByRole('slider', { name: /Self-exploitation/ }).press('Home');
  const even = page.locator('.mixing td').filter({ hasText: /\d/ });
  await even.first().waitFor();
  const mixed = await page.evaluate(() => m3h.mix({ alpha: 0, beta: 0 }));
  for (const share of mixed.attention.matrix.flat()) assert.ok(Math.abs(share - 1 / 12) < 1e-5, `a share of ${share}`);
  await session.picture('mixing');
  await page.getByRole('button', { name: 'As trained' }).click();

  await go(page, 'Predict');
  await page.getByRole('button', { name: /test set/i }).first().click();
  await page.getByRole('table').first().waitFor({ timeout: 60_000 });
  await session.picture('predict');

  // One patient: what moved the figures adds up to what the table shows.
  const { told, row } = await page.evaluate(async () => {
    const { rows } = await m3h.predict();
    return { row: rows[0], told: await m3h.explain(rows[0].id) };
  });
  for (const task of told.tasks) {
    const shown = row.tasks[task.name];
    const figure = task.class ? shown.probabilities[task.class] : shown.probability ?? shown.value;
    for (const { start, parts } of [task.modalities, task.tasks]) {
      const sum = parts.reduce((sum, part) => sum + part.value, start);
      assert.ok(Math.abs(sum - figure) < 1e-4 * Math.max(1, Math.abs(figure)), `${task.name}: ${sum} for ${figure}`);
    }
  }
  await page.getByRole('table').first().getByRole('row').nth(1).getByRole('button').first().click();
  await page.getByRole('heading', { name: 'What moved it' }).waitFor({ timeout: 30_000 });
  await page.locator('.patient .chart svg').nth(1).waitFor();
  await session.picture('patient');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: /CSV/ }).first().click();
  assert.match((await download).suggestedFilename(), /\.csv$/);

  await session.check();
  await session.close();
});

test('without chance in the network, CPU and WebGPU learn the same', async () => {
  const run = async (device) => {
    const session = await open(studio, `?device=${device}`);
    const results = await session.page.evaluate(async () => {
      await m3h.openDemo('ward', { patients: 120, tasks: 5 });
      const study = await m3h.study();
      Object.assign(study.model, { dropout: 0, input_dropout: 0, modality_dropout: 0 });
      Object.assign(study.training, { epochs: 3, batch: 32 });
      // Clusters are set by distances that rounding can turn; what is compared are the losses of the others.
      study.tasks = study.tasks.filter((task) => task.kind !== 'clustering');
      await m3h.setStudy(study);
      const results = await m3h.train();
      return { ...results, tim: await m3h.tim('attention'), rows: (await m3h.predict()).rows };
    });
    await session.check();
    await session.close();
    return results;
  };
  const [cpu, gpu] = [await run('cpu'), await run('webgpu')];
  assert.equal(cpu.device.kind, 'cpu');
  assert.equal(gpu.device.kind, 'webgpu', gpu.device.reason);
  const close = (a, b, tolerance, what) => assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a)), `${what}: ${a} on the CPU, ${b} on WebGPU`);
  assert.equal(cpu.history.length, gpu.history.length);
  cpu.history.forEach((epoch, index) => close(epoch.loss, gpu.history[index].loss, 5e-3, `loss of epoch ${epoch.epoch}`));
  cpu.tim.matrix.forEach((row, s) => row.forEach((value, t) => close(value, gpu.tim.matrix[s][t], 5e-3, `attention ${s}, ${t}`)));
  const risk = (row) => Object.values(row.tasks).filter((task) => task.kind === 'binary').map((task) => task.probability);
  cpu.rows.forEach((row, index) => risk(row).forEach((value, task) => close(value, risk(gpu.rows[index])[task], 2e-2, `risk of ${row.id}`)));
});

test('the same seed gives the same result to the last digit, another seed another one', async () => {
  const session = await open(studio);
  const run = (seed) => session.page.evaluate(async (seed) => {
    await m3h.openDemo('ward', { patients: 200, tasks: 6 });
    const study = await m3h.study();
    Object.assign(study, { seed });
    study.training.epochs = 4;
    await m3h.setStudy(study);
    const { history, tasks } = await m3h.train();
    return { history, tasks, predictions: await m3h.predict() };
  }, seed);
  const [one, two, other] = [await run(5), await run(5), await run(6)];
  assert.deepEqual(one, two);
  assert.notDeepEqual(one.history, other.history);
  await session.check();
  await session.close();
});

for (const device of ['cpu', 'webgpu']) {
  test(`stop ends training within a second and keeps a model (${device})`, async () => {
    const session = await open(studio, `?device=${device}`);
    const stopped = await session.page.evaluate(async () => {
      await m3h.openDemo('ward', { patients: 600 });
      const study = await m3h.study();
      Object.assign(study.training, { epochs: 500, patience: 500 });
      await m3h.setStudy(study);
      let epochs = 0;
      const training = m3h.train(() => { epochs += 1; });
      const begun = performance.now();
      // After the first epoch, or in the first where the device is slow.
      while (epochs < 1 && performance.now() - begun < 20_000) await new Promise((ok) => setTimeout(ok, 50));
      const asked = performance.now();
      await m3h.stop();
      const told = performance.now() - asked;
      const results = await training;
      return { told, all: performance.now() - asked, ended: results.ended, tasks: results.tasks.length };
    });
    console.log(`${device}: training stopped after ${stopped.told.toFixed(0)} ms, judged after ${stopped.all.toFixed(0)} ms`);
    assert.match(stopped.ended, /Stopped by you/);
    assert.ok(stopped.tasks === 12);
    await session.check();
    await session.close();
  });
}

test('predict on new files, and on files without half of the inputs', async () => {
  const session = await open(studio);
  const { page } = session;
  await choose(page, folder('clinic', smallCohort(160)));
  await page.getByRole('heading', { name: /clinic/ }).first().waitFor();
  await page.evaluate(async () => {
    const study = await m3h.study();
    study.training.epochs = 5;
    await m3h.setStudy(study);
    await m3h.train();
  });
  const rows = await page.evaluate(async () => {
    const file = new File(['id,age\nnew-1,81\nnew-2,\n'], 'patients.csv');
    return (await m3h.predict([file])).rows;
  });
  assert.deepEqual(rows.map((row) => row.id), ['new-1', 'new-2']);
  assert.deepEqual(rows[0].sources, ['tabular']);
  const death = Object.values(rows[0].tasks).find((task) => task.kind === 'binary');
  assert.ok(death.probability > 0 && death.probability < 1);
  await session.check();
  await session.close();
});
