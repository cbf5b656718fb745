// How many notes and images a second the frozen encoders read in the built site, on the demo ward: opening the files included.
//   node benches/encoders.mjs [DEVICES [PATIENTS]]        DEVICES: cpu, webgpu or both with a comma (default cpu); needs dist/ and the weights that ./test native fetches
import os from 'node:os';
import path from 'node:path';
import { open, opened, start } from '../tests/e2e/studio.mjs';

const folder = process.env.M3H_PRETRAINED ?? path.join(os.homedir(), '.cache/m3h-studio/pretrained');
const models = {
  text: ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => path.join(folder, 'minilm', name)),
  image: [path.join(folder, 'efficientnet-lite0/model.safetensors')],
};
const patients = Number(process.argv[3] ?? 100);
const studio = await start('/');
for (const device of (process.argv[2] ?? 'cpu').split(',')) {
  const session = await open(studio, `?device=${device}&demo=ward&patients=${patients}&tasks=3`);
  const { page } = session;
  await opened(page);
  page.setDefaultTimeout(0);
  for (const [modality, files] of Object.entries(models)) {
    const items = (await page.evaluate(() => m3h.cohort())).modalities.find(({ name }) => name === modality).items;
    const begun = Date.now();
    await page.getByLabel('Files of the model', { exact: true }).setInputFiles(files);
    await page.getByText(modality === 'text' ? /^Notes by BERT/ : /^Images by EfficientNet/).first().waitFor();
    const seconds = (Date.now() - begun) / 1000;
    console.log(`${device}: ${items} of ${modality} in ${seconds.toFixed(1)} s, ${(items / seconds).toFixed(1)} a second`);
  }
  await session.check();
  await session.close();
}
await studio.stop();
