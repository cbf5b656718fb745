// A training step and a forward pass of the studio and of TensorFlow.js, beside each other in one run, in Chromium.
//   node benches/peers.mjs [rounds]
// Needs dist/, the end-to-end tests' node_modules and ../shared/peers; installs TensorFlow.js into a folder of the system's temporary one.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { open, root, start } from '../tests/e2e/studio.mjs';

const rounds = Number(process.argv[2] ?? 2);
const versions = ['@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0', '@tensorflow/tfjs-backend-webgpu@4.22.0', 'playwright-core@1.58.0'];
const shapes = [
  { batch: 128, widths: [20, 504], tasks: 5, steps: { cpu: 60, webgpu: 10 } },
  { batch: 256, widths: [6, 99, 242, 110, 768, 768, 768, 1024, 18, 1024, 18], tasks: 44, steps: { cpu: 8, webgpu: 2 } },
];
const folder = path.join(os.tmpdir(), 'm3h-peers');
if (!fs.existsSync(path.join(folder, 'node_modules/playwright-core'))) {
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, ...versions], { stdio: 'inherit' });
}
const peer = (backend) => execFileSync('node', [path.join(root, '../shared/peers/run.mjs'), backend], { cwd: folder }).toString().trim();

const ours = async (device) => {
  const studio = await start();
  const session = await open(studio, `?device=${device}`);
  const lines = [];
  for (const { batch, widths, tasks, steps } of shapes) {
    const told = await session.page.evaluate((options) => m3h.benchmark(options), { batch, widths, tasks, steps: steps[device] });
    lines.push(`studio ${told.device.kind} B=${batch} in=${widths.reduce((a, b) => a + b)} T=${tasks} first ${told.first_step_ms.toFixed(0)} ms `
      + `step ${told.step_ms.toFixed(1)} ms (${told.training_samples_per_second.toFixed(0)} samples/s) forward ${told.forward_ms.toFixed(1)} ms `
      + `(${told.forward_samples_per_second.toFixed(0)} samples/s)`);
  }
  await session.close();
  await studio.stop();
  return lines.join('\n');
};

for (let round = 1; round <= rounds; round += 1) {
  console.log(`round ${round}`);
  for (const [device, backend] of [['cpu', 'wasm'], ['webgpu', 'webgpu']]) {
    console.log(await ours(device));
    console.log(peer(backend));
  }
}
