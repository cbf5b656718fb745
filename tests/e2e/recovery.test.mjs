// The engine may die: a worker that traps, a device that is lost or answers no more. The same training goes on on the CPU from its last epoch.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { choose, folder, open, opened, smallCohort, start } from './studio.mjs';

let studio;
before(async () => { studio = await start(); });
after(async () => { await studio?.stop(); });

/** Trains, and does `harm` to the engine's worker once the epoch has ended. */
async function train(page, epoch, harm) {
  let done = false;
  await page.exposeFunction('harmEngine', async () => {
    if (done) return;
    done = true;
    const worker = page.workers().find((worker) => /worker_(cpu|gpu)_loader/.test(worker.url()));
    await worker.evaluate(harm);
  });
  return page.evaluate((epoch) => m3h.train((now) => { if (now.epoch === epoch) window.harmEngine(); }), epoch);
}

test('a worker that traps: cohort and study are opened again, and the weights are those of an uninterrupted training', { timeout: 240_000 }, async () => {
  const cohort = folder('clinic', smallCohort(240));
  const prepared = async () => {
    const session = await open(studio);
    await choose(session.page, cohort);
    await opened(session.page);
    await session.page.evaluate(async () => {
      const study = await m3h.study();
      Object.assign(study.training, { epochs: 150, patience: 150, batch: 32 });
      study.model.members = 2;
      await m3h.setStudy(study);
    });
    return session;
  };
  const whole = await prepared();
  const expected = await whole.page.evaluate(() => m3h.train());
  const expectedRows = await whole.page.evaluate(async () => (await m3h.predict()).rows);
  await whole.close();

  const session = await prepared();
  await session.page.goto(`${studio.address}?device=cpu#train`);
  const results = await train(session.page, 5, () => { setTimeout(() => { throw new Error('forced by the test'); }); });
  assert.match(results.warnings.join(), /interrupted after epoch \d+ and went on from there, to the same weights/);
  assert.deepEqual(results.history, expected.history);
  assert.deepEqual(results.tasks, expected.tasks);
  assert.equal(results.best_epoch, expected.best_epoch);
  assert.deepEqual(await session.page.evaluate(async () => (await m3h.predict()).rows), expectedRows, 'every prediction is the same, to the last digit');
  assert.equal((await session.page.evaluate(() => m3h.cohort())).samples, 240);
  // The page says what happened, and asks for nothing.
  assert.equal(await session.page.getByText('The engine is not running').count(), 0);
  await session.close();
});

const HARM = {
  'a lost device': () => {
    const create = GPUDevice.prototype.createCommandEncoder;
    GPUDevice.prototype.createCommandEncoder = function (...options) { this.destroy(); return create.apply(this, options); };
  },
  'a shader that fails': () => {
    const create = GPUDevice.prototype.createShaderModule;
    const fail = (device) => create.call(device, { code: 'this is no shader' });
    const submit = GPUQueue.prototype.submit;
    let device;
    const encoder = GPUDevice.prototype.createCommandEncoder;
    GPUDevice.prototype.createCommandEncoder = function (...options) { device = this; return encoder.apply(this, options); };
    GPUQueue.prototype.submit = function (...work) { if (device) { const own = device; device = null; fail(own); } return submit.apply(this, work); };
  },
};

test('WebGPU may die: each time the same training goes on on the CPU', { timeout: 900_000 }, async () => {
  // A software adapter takes its time to start: two of the ways to die, the trap being the test above.
  for (const [name, harm] of Object.entries(HARM)) {
    const session = await open(studio, '?device=webgpu');
    assert.equal((await session.page.evaluate(() => m3h.device())).kind, 'webgpu');
    await session.page.evaluate(async () => {
      await m3h.openDemo('ward', { patients: 80, tasks: 2 });
      const study = await m3h.study();
      study.inputs.image = false;
      Object.assign(study.training, { epochs: 9, patience: 9, batch: 32 });
      study.model.members = 1;
      await m3h.setStudy(study);
    });
    await session.page.evaluate(() => { location.hash = 'train'; });
    const results = await train(session.page, 1, harm);
    assert.equal(results.device.kind, 'cpu', name);
    assert.equal(results.history.length, 9, name);
    assert.match(results.warnings.join(), /began on WebGPU, was interrupted after epoch [1-8] and went on from there on the CPU/, name);
    assert.equal((await session.page.evaluate(() => m3h.device())).kind, 'cpu', name);
    assert.equal((await session.page.evaluate(() => m3h.predict())).rows.length, 16, name);
    await session.page.getByText(/Training goes on from epoch [1-8] on the CPU/).waitFor();
    await session.picture(`recovered-${name.replaceAll(' ', '-')}`);
    await session.close();
  }
});
