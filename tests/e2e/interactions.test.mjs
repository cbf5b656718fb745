// Task interactions by training models of some of the tasks: plan, stop, go on after a reload, in the built site on the CPU.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { choose, folder, open, opened, smallCohort, start } from './studio.mjs';

let studio;
before(async () => { studio = await start(); });
after(async () => { await studio?.stop(); });

test('gain and Shapley values: a plan, a stop, and after a reload the finished trainings are still there', { timeout: 300_000 }, async () => {
  const page = await open(studio);
  const cohort = folder('clinic', smallCohort(160));
  const prepare = async () => {
    await choose(page.page, cohort);
    await opened(page.page);
    return page.page.evaluate(async () => {
      const study = await m3h.study();
      study.training.epochs = 60;
      study.training.patience = 60;
      study.model.members = 1;
      study.tasks.push({ name: 'Woman', kind: 'binary', column: 'sex', positive: 'F' });
      study.inputs.tabular = ['age'];
      await m3h.setStudy(study);
      await m3h.train();
      return { plan: await m3h.timPlan('gain'), tasks: study.tasks.length };
    });
  };
  const { plan, tasks } = await prepare();
  assert.equal(tasks, 4);
  assert.equal(plan.trainings, 3 * (4 + 6));
  assert.equal(plan.finished, 0);

  // In the panel: what it costs, start, stop.
  await page.page.goto(`${studio.address}?device=cpu#tim`);
  await page.page.getByRole('radio', { name: /Gain/ }).check();
  await page.page.getByText(/30 trainings to go/).waitFor();
  await page.picture('gain-plan');
  // Pressed in the page as soon as four are told, since many cores may end all thirty while a click travels from here.
  await page.page.evaluate(() => {
    const look = () => {
      const told = document.body.textContent.match(/\b(\d+) of 30 trainings/);
      const stop = [...document.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Stop');
      if (told && Number(told[1]) >= 4 && stop) {
        observer.disconnect();
        window.pressedStop = performance.now();
        stop.click();
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await page.page.getByRole('button', { name: 'Train and measure' }).click();
  await page.page.getByRole('button', { name: 'Go on' }).waitFor();
  const waited = await page.page.evaluate(() => performance.now() - window.pressedStop);
  assert.ok(waited < 1500, `a stop took ${waited} ms`);
  await page.picture('gain-stopped');

  // Another visit: the same cohort, study and seed, trained again.
  await page.page.reload();
  await page.page.waitForFunction(() => window.m3h);
  await page.page.evaluate(() => m3h.ready);
  await page.page.evaluate(() => { location.hash = 'data'; });
  const again = await prepare();
  assert.equal(again.plan.fingerprint, plan.fingerprint);
  assert.ok(again.plan.finished >= 4 && again.plan.finished < 30, `${again.plan.finished} are finished`);
  const { gain, told, shapley, kept } = await page.page.evaluate(async () => {
    const told = [];
    const gain = await m3h.tim('gain', { onProgress: ({ label }) => told.push(label) });
    const shapley = await m3h.tim('shapley', { repeats: 1 });
    const kept = Object.entries(localStorage).filter(([key]) => key.startsWith('m3h-tim-'));
    return { gain, told, shapley, kept };
  });
  assert.equal(gain.trainings, 30);
  assert.deepEqual(gain.warnings, []);
  assert.ok(told.some((label) => /of 30 trainings, \d+ at a time/.test(label)), told.join());
  for (const measure of [gain, shapley]) {
    assert.match(measure.definition, /ours/);
    assert.deepEqual(measure.groups.flat().sort(), [...measure.tasks].sort(), 'every task is in one group');
    measure.matrix.forEach((row, receiving) => row.forEach((value, contributing) => {
      assert.equal(value === null, receiving === contributing, `${measure.measure} ${receiving} ${contributing}`);
    }));
  }
  assert.deepEqual(gain.seeds, [7, 8, 9]);
  assert.ok(gain.low[0][1] <= gain.matrix[0][1] && gain.matrix[0][1] <= gain.high[0][1]);
  // Kept are scores, and no patient.
  assert.equal(kept.length, 1);
  const trainings = JSON.parse(kept[0][1]);
  assert.ok(trainings.length >= 30);
  for (const training of trainings) assert.deepEqual(Object.keys(training).sort(), ['repeat', 'scores', 'tasks']);

  // The panel shows the map, the links in words and the table.
  await page.page.goto(`${studio.address}?device=cpu#tim`);
  await page.page.getByRole('radio', { name: /Gain/ }).check();
  await page.page.locator('.tim-map svg').first().waitFor();
  await page.picture('gain');
  await page.page.getByRole('radio', { name: /Shapley/ }).check();
  await page.page.locator('.tim-map svg').first().waitFor();
  await page.page.getByRole('radio', { name: /Occlusion/ }).check();
  await page.page.locator('.tim-map svg').first().waitFor();
  await page.page.getByRole('heading', { name: 'What to train together' }).waitFor();
  // Whether such advice is good: a model of each group beside the one of all tasks.
  const compared = await page.page.evaluate(async () => {
    const { tasks } = await m3h.study();
    const [one, two, ...others] = tasks.map((task) => task.name);
    return m3h.compareGroups([[one, two], others]);
  });
  assert.equal(compared.finished, 4);
  assert.equal(compared.groups.length, 2);
  for (const task of compared.tasks) assert.ok(Math.abs(task.multitask - task.single - task.difference.value) < 1e-12, task.name);
  await page.check();
  await page.close();
});
