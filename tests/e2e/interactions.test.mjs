// Task interactions by training models of some of the tasks: plan, stop, go on after a reload, in the built site on the CPU.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
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
      const told = document.body.textContent.match(/(\d+) of 30 trainings/);
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

  // The view: another order shows the same links, larger cells carry numbers, and the names stay in view on a narrow page.
  const links = (part) => page.page.locator(`${part} .chart-drawing [data-link]`).evaluateAll((cells) => cells.map((cell) => cell.dataset.link));
  const asStudied = await links('.tim-map');
  assert.equal(asStudied.length, tasks * tasks);
  await page.page.getByLabel('Order', { exact: true }).selectOption({ label: 'By similarity' });
  await page.page.getByText(/average linkage/).waitFor();
  assert.deepEqual((await links('.tim-map')).sort(), [...asStudied].sort());
  await page.page.locator('.tim-map .chart-drawing [data-link="1,0"]').click();
  const said = page.page.locator('.tim-map [role=status]');
  await said.filter({ hasText: `${gain.tasks[1]} receives from ${gain.tasks[0]}` }).waitFor();
  await page.page.setViewportSize({ width: 360, height: 740 });
  const larger = page.page.getByRole('button', { name: 'Larger cells' });
  for (let step = 0; step < 8 && await larger.isEnabled(); step += 1) { await larger.focus(); await page.page.keyboard.press('Enter'); }
  assert.equal(await larger.getAttribute('aria-disabled'), 'true');
  await page.page.locator('.tim-map .chart-strip-left').waitFor();
  const area = page.page.locator('.tim-map .chart-area');
  await area.evaluate((place) => place.scrollTo(150, 0));
  const [strip, place] = [await page.page.locator('.tim-map .chart-strip-left').boundingBox(), await area.boundingBox()];
  assert.ok(Math.abs(strip.x - place.x) <= 1, `names at ${strip.x}, the map's place at ${place.x}`);
  assert.ok(await page.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page does not scroll sideways');
  await page.page.getByRole('button', { name: 'Fit the map to the page' }).click();
  await page.page.setViewportSize({ width: 1280, height: 900 });

  // The graph has the arrows that were asked for, and all three measures stand side by side with how far each two agree.
  await page.page.getByLabel('Links shown').selectOption({ label: '8' });
  await page.page.waitForFunction(() => document.querySelectorAll('.tim-graph .chart-drawing [data-link]').length <= 8);
  assert.ok((await links('.tim-graph')).every((link) => asStudied.includes(link)));
  assert.equal(await page.page.locator('.tim-measures figure').count(), 3);
  assert.equal(await page.page.locator('.tim-measures tbody tr').count(), 3);

  // A file says how its numbers came about.
  const saved = page.page.waitForEvent('download');
  await page.page.getByRole('button', { name: /^Save the numbers of Task interaction \(occlusion\)/ }).first().click();
  const csv = fs.readFileSync(await (await saved).path(), 'utf8').trim().split('\r\n');
  assert.match(csv[0], /,Measure,Definition,Seeds,M3H Studio version$/);
  assert.equal(csv.length, 1 + tasks * tasks);
  for (const line of csv.slice(1)) assert.match(line, /,occlusion,"?score_s.*,7,\d+\.\d+\.\d+$/);
  await page.check();
  await page.close();
});
