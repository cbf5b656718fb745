// A whole study in Chromium, timed: the ward with many tasks and patients, training, intervals, and each task alone.
//   node benches/whole.mjs [--patients 5000] [--tasks 44] [--device cpu] [--set training.epochs=40 …] [--trees]
// Needs dist/ (./serve or ./test site) and the end-to-end tests' node_modules.
import { open, start } from '../tests/e2e/studio.mjs';

const argument = (name, otherwise) => { const at = process.argv.indexOf(name); return at < 0 ? otherwise : process.argv[at + 1]; };
const patients = Number(argument('--patients', '5000'));
const tasks = Number(argument('--tasks', '44'));
const changes = process.argv.flatMap((word, at) => (process.argv[at - 1] === '--set' ? [word.split(/=(.*)/s)] : []));

const studio = await start();
const session = await open(studio, `?device=${argument('--device', 'cpu')}`);
const { page } = session;
page.setDefaultTimeout(0);
console.log(JSON.stringify(await page.evaluate(() => m3h.device())));
const begun = Date.now();
const elapsed = () => `${((Date.now() - begun) / 60_000).toFixed(1)} min`;
let last = '';
await page.exposeFunction('heard', (line) => { if (line !== last) { last = line; console.log(`  ${elapsed()}: ${line}`); } });
await page.evaluate((options) => m3h.openDemo('ward', options), { patients, tasks });
console.log(`${elapsed()}: opened ${patients} patients, ${tasks} tasks`);
const results = await page.evaluate((changes) => m3h.study().then(async (study) => {
  for (const [where, value] of changes) {
    const keys = where.split('.');
    const key = keys.pop();
    keys.reduce((object, part) => object[part], study)[key] = JSON.parse(value);
  }
  await m3h.setStudy(study);
  return m3h.train(({ epoch, epochs, samples_per_second }) => { if (epoch % 10 === 0) window.heard(`epoch ${epoch} of ${epochs}, ${samples_per_second.toFixed(0)} samples/s`); });
}), changes);
console.log(`${elapsed()}: trained in ${(results.seconds / 60).toFixed(1)} min, best epoch ${results.best_epoch} of ${results.epochs}, ${results.samples_per_second.toFixed(0)} samples/s, ${results.tasks.length} tasks judged`);
const comparison = await page.evaluate(() => m3h.compareSingleTask(({ label }) => window.heard(label.replace(/, about.*/, ''))));
console.log(`${elapsed()}: ${comparison.finished} tasks trained alone (${(comparison.seconds / 60).toFixed(1)} min of training)`);
console.log(comparison.verdict);
for (const { name, difference } of comparison.departments) console.log(`  ${name}: ${difference.value?.toFixed(4)} (${difference.low?.toFixed(4)} to ${difference.high?.toFixed(4)})`);
if (process.argv.includes('--trees')) {
  const trees = await page.evaluate(() => m3h.compareTrees());
  console.log(`${elapsed()}: ${trees.verdict}`);
}
await session.close();
await studio.stop();
