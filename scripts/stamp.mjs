// Stamps a built site with an identifier of its bytes, so that files of two builds are never taken for one: in index.html, at the addresses by which
// files load each other (?v=), and in the service worker, with the digest of every file. Stamping again gives the same.
//   node scripts/stamp.mjs dist
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const digest = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/** Names of all files of a folder, relative to it, in one order everywhere; hidden ones are the host's own. */
function filesOf(folder, inside = '') {
  return fs.readdirSync(path.join(folder, inside), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .flatMap((entry) => {
      const name = inside + entry.name;
      return entry.isDirectory() ? filesOf(folder, `${name}/`) : [name];
    })
    .sort();
}

/** What a file looks like in a build, `v` being `?v=…` or nothing: for the files that name others or the build. */
function textStamp(name) {
  if (name === 'index.html') {
    return (text, build, v) => text.replace(/(name="m3h-build" content=")[^"]*/, `$1${build}`)
      .replace(/(src|href)="(\.\/[^"?]+)(\?v=[^"]*)?"/g, `$1="$2${v}"`);
  }
  if (/^worker_\w+_loader\.js$/.test(name)) return (text, build, v) => text.replace(/'(\.\/worker_\w+\.js)(\?v=[^']*)?'/g, `'$1${v}'`);
  if (/^worker_\w+\.js$/.test(name)) return (text, build, v) => text.replace(/'(worker_\w+_bg\.wasm)(\?v=[^']*)?'/g, `'$1${v}'`);
  return null;
}

const siteLine = /^const site = \{.*\};$/m;

/** Stamps the site in `folder` and gives the build's identifier. */
export function stamp(folder) {
  const names = filesOf(folder).filter((name) => name !== 'sw.js');
  const read = (name) => fs.readFileSync(path.join(folder, name));
  const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);
  const worker = read('sw.js').toString();
  if (!siteLine.test(worker)) throw new Error('sw.js has no place for the build');

  // The identifier is of the site without any stamp.
  const bare = names.map((name) => textStamp(name)?.(read(name).toString(), '', '') ?? read(name));
  const build = digest(...names.flatMap((name, at) => [name, bare[at]]), worker.replace(siteLine, '')).slice(0, 12);

  for (const [at, name] of names.entries()) {
    const stamped = textStamp(name)?.(bare[at], build, `?v=${build}`);
    if (stamped !== undefined) write(name, stamped);
  }
  if (!read('index.html').includes(`content="${build}"`)) throw new Error('index.html has no place for the build identifier');
  const files = Object.fromEntries(names.map((name) => [name, digest(read(name))]));
  write('sw.js', worker.replace(siteLine, `const site = ${JSON.stringify({ build, files })};`));
  return build;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(stamp(process.argv[2] ?? 'dist'));
