// A frozen encoder that the user brings: from its files in the page to an input of the study. The real MiniLM where ./test fetched it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { open, opened, root, start } from './studio.mjs';

let studio;
before(async () => { studio = await start('/'); });
after(() => studio.stop());

const modelFiles = (folder) => ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => path.join(folder, name));
const tiny = path.join(root, 'tests/fixtures/pretrained/tiny');

test('a language model is dropped, its vectors are an input, and training reads them', async () => {
  const session = await open(studio, '?device=cpu&demo=ward&patients=120&tasks=3');
  const { page } = session;
  await opened(page);
  const input = page.getByLabel('Files of the model', { exact: true });
  await input.setInputFiles(modelFiles(tiny).slice(1));
  await page.getByText('Nothing was encoded').first().waitFor();
  await page.getByText('is missing: choose it as well', { exact: false }).first().waitFor();
  assert.equal((await page.evaluate(() => m3h.cohort())).modalities.length, 4);

  await input.setInputFiles(modelFiles(tiny));
  await page.getByText('Notes by BERT of 2 layers', { exact: true }).first().waitFor();
  await session.picture('encoder');
  const study = await page.evaluate(async () => {
    const study = await m3h.study();
    study.training.epochs = 2;
    return m3h.setStudy(study);
  });
  assert.deepEqual(study.inputs.embeddings, ['text: BERT of 2 layers']);
  const results = await page.evaluate(() => m3h.train());
  assert.ok(results.sources.includes('text: BERT of 2 layers'));
  await session.check();
  await session.close();
});

const real = path.join(process.env.M3H_PRETRAINED ?? path.join(os.homedir(), '.cache/m3h-studio/pretrained'), 'minilm');

test('MiniLM reads the notes of the ward, and a stop leaves the cohort as it was', { skip: !fs.existsSync(path.join(real, 'version')) && 'nobody fetched MiniLM: ./test native does' }, async () => {
  const session = await open(studio, '?device=cpu&demo=ward&patients=60&tasks=2');
  const { page } = session;
  await opened(page);
  const input = page.getByLabel('Files of the model', { exact: true });
  await input.setInputFiles(modelFiles(real));
  await page.getByRole('button', { name: 'Stop encoding' }).click();
  await page.getByText('Encoding was stopped').first().waitFor();
  assert.equal((await page.evaluate(() => m3h.cohort())).modalities.length, 4);

  await input.setInputFiles(modelFiles(real));
  await page.getByText(/Encoding notes by BERT of 6 layers: [1-9]\d* of \d+, [\d.]+ a second/).first().waitFor({ timeout: 120_000 });
  await session.picture('encoding');
  await page.getByText('Notes by BERT of 6 layers', { exact: true }).first().waitFor({ timeout: 240_000 });
  await session.check();
  await session.close();
});
