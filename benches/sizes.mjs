// What a first visit downloads, gzipped at level 9 as a static host would: node benches/sizes.mjs   (needs dist/)
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { fileURLToPath } from 'node:url';

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), '../dist');
const size = (name) => zlib.gzipSync(fs.readFileSync(path.join(dist, name)), { level: 9 }).length;
const files = fs.readdirSync(dist).sort();
const sum = (chosen) => chosen.reduce((all, name) => all + size(name), 0);
for (const name of files) console.log(`${name.padEnd(24)} ${String(fs.statSync(path.join(dist, name)).size).padStart(10)}  gzipped ${String(size(name)).padStart(9)}`);
const page = files.filter((name) => !name.startsWith('worker_'));
console.log(`the page                 ${(sum(page) / 1e6).toFixed(2)} MB`);
for (const worker of ['worker_cpu', 'worker_gpu']) {
  console.log(`a visit with ${worker}  ${(sum([...page, ...files.filter((name) => name.startsWith(worker))]) / 1e6).toFixed(2)} MB`);
}
