// Open to everyone: axe-core finds nothing on any panel, light and dark, wide and on a phone.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { open, start } from './studio.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let studio;
before(async () => { studio = await start(); });
after(async () => { await studio?.stop(); });

test('axe-core finds nothing on any panel, in either theme, wide and on a phone', { timeout: 400_000 }, async () => {
  const session = await open(studio);
  const { page } = session;
  // Evaluated by the browser's own tools, so that the page's policy stays as strict as it is.
  await page.evaluate(axe);
  const found = [];
  const look = async (where) => {
    const violations = await page.evaluate(async (rules) => {
      const { violations } = await window.axe.run(document, { runOnly: rules });
      // The panels' addresses begin with # as skip links do; scrolled out of sight on a phone they are taken for such.
      const real = ({ id, nodes }) => id !== 'skip-link' || nodes.some((node) => !node.html.includes('data-standing'));
      return violations.filter(real).map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`);
    }, RULES);
    found.push(...violations.map((violation) => `${where}: ${violation}`));
  };
  await look('welcome');
  await page.evaluate(async () => {
    await m3h.openDemo('ward', { patients: 200, tasks: 12 });
    const study = await m3h.study();
    study.training.epochs = 4;
    study.split.folds = 2;
    await m3h.setStudy(study);
    await m3h.train();
    await m3h.ablate();
    await m3h.tim('attention');
    await m3h.tim('occlusion');
    await m3h.predict();
  });
  const sizes = { wide: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };
  for (const panel of ['data', 'tasks', 'train', 'results', 'tim', 'predict']) {
    await page.evaluate((panel) => { location.hash = panel; }, panel);
    await page.locator('main h1').first().waitFor();
    if (panel === 'predict') await page.getByRole('table').first().getByRole('row').nth(1).getByRole('button').first().click();
    if (panel === 'predict') await page.locator('.patient .chart svg').first().waitFor();
    // What is folded is looked at as well.
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      for (const [size, viewport] of Object.entries(sizes)) {
        await page.setViewportSize(viewport);
        await page.waitForTimeout(250);
        await look(`${panel}, ${colorScheme}, ${size}`);
      }
    }
  }
  assert.deepEqual(found, []);
  await session.check();
  await session.close();
});
