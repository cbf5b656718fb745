// The bars of the project on a real cohort, in Chromium: open time, memory, training time and scores, means over seeds.
//   node benches/physionet.mjs [--seeds 1,2,3] [--device cpu] [--folder ../shared/data/physionet2012] [--set model.members=4 …]
// Needs dist/ (./serve or ./test site) and the end-to-end tests' node_modules.
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { choose, open, opened, root, start } from '../tests/e2e/studio.mjs';

const argument = (name, otherwise) => { const at = process.argv.indexOf(name); return at < 0 ? otherwise : process.argv[at + 1]; };
const seeds = argument('--seeds', '1,2,3').split(',').map(Number);
const folder = path.resolve(root, argument('--folder', '../shared/data/physionet2012'));
const changes = process.argv.flatMap((word, at) => (process.argv[at - 1] === '--set' ? [word.split(/=(.*)/s)] : []));

/** Resident memory in MB of the largest renderer process of the browser (page and worker live in one). */
function memory() {
  const lines = execFileSync('ps', ['-eo', 'rss,args']).toString().split('\n').filter((line) => /--type=renderer/.test(line));
  return Math.max(0, ...lines.map((line) => Number.parseInt(line, 10))) / 1024;
}

const studio = await start();
const session = await open(studio, `?device=${argument('--device', 'cpu')}`);
const { page } = session;
page.setDefaultTimeout(0);
console.log(JSON.stringify(await page.evaluate(() => m3h.device())));
const idle = memory();
let most = 0;
const watch = setInterval(() => { most = Math.max(most, memory()); }, 100);
const begun = Date.now();
await choose(page, folder);
const cohort = await opened(page);
const seconds = (Date.now() - begun) / 1000;
clearInterval(watch);
console.log(`opened ${cohort.samples} samples in ${seconds.toFixed(1)} s; the renderer held ${most.toFixed(0)} MB at most (${idle.toFixed(0)} MB before)`);
const all = {};
for (const seed of seeds) {
  const results = await page.evaluate(async ([seed, changes]) => {
    const study = await m3h.study();
    study.seed = seed;
    for (const [where, value] of changes) {
      const keys = where.split('.');
      const last = keys.pop();
      keys.reduce((object, key) => object[key], study)[last] = JSON.parse(value);
    }
    await m3h.setStudy(study);
    return m3h.train();
  }, [seed, changes]);
  const scores = results.tasks.map((task) => {
    const { value } = task.metrics[task.score];
    (all[`${task.name} ${task.score}`] ??= []).push(value);
    return `${task.name} ${value.toFixed(4)}`;
  });
  (all['seconds of training'] ??= []).push(results.seconds);
  console.log(`seed ${seed}: ${results.seconds.toFixed(0)} s, best epoch ${results.best_epoch} of ${results.epochs}, ${results.samples_per_second.toFixed(0)} samples/s; ${scores.join(', ')}; ${memory().toFixed(0)} MB`);
}
for (const [name, values] of Object.entries(all)) {
  console.log(`mean of ${values.length}: ${name} ${(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(4)}`);
}
await session.close();
await studio.stop();
