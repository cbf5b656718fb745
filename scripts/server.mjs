// Serves a folder of static files on this machine only, with the headers of a strict policy. No dependency.
//   node scripts/server.mjs dist 8080
import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { pathToFileURL } from 'node:url';

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.wasm': 'application/wasm',
  '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.webmanifest': 'application/manifest+json', '.ico': 'image/x-icon',
};

export const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; manifest-src 'self'; connect-src 'self'; style-src 'self'; "
  + "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'";

/**
 * Starts a server for `folder`; `prefix` is the path it stands under, for example `/intranet/m3h/`. Only pages of its own origin and of those in `portals`
 * may hold it in a frame.
 */
export function serve(folder, port = 0, prefix = '/', portals = []) {
  const ancestors = ["'self'", ...portals].join(' ');
  const root = path.resolve(folder);
  const packed = new Map();
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (!['GET', 'HEAD'].includes(request.method)) return response.writeHead(405, { allow: 'GET, HEAD' }).end();
    if (!pathname.startsWith(prefix)) return response.writeHead(404).end();
    let name = decodeURIComponent(pathname.slice(prefix.length)) || 'index.html';
    const file = path.join(root, name);
    if (!file.startsWith(root + path.sep) || !fs.existsSync(file) || !fs.statSync(file).isFile()) return response.writeHead(404).end();
    const type = types[path.extname(file)] ?? 'application/octet-stream';
    const headers = {
      'content-type': type, 'content-security-policy': `${policy}; frame-ancestors ${ancestors}`, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin', 'cache-control': 'no-cache', vary: 'accept-encoding',
    };
    let body = fs.readFileSync(file);
    if (/gzip/.test(request.headers['accept-encoding'] ?? '') && !/png|ico/.test(type)) {
      const stamp = `${file}:${fs.statSync(file).mtimeMs}`;
      if (!packed.has(stamp)) packed.set(stamp, zlib.gzipSync(body, { level: 9 }));
      body = packed.get(stamp);
      headers['content-encoding'] = 'gzip';
    }
    headers['content-length'] = body.length;
    response.writeHead(200, headers);
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  return new Promise((started, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => started(server));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder = 'dist', port = '8080'] = process.argv.slice(2);
  serve(folder, Number(port)).then(
    (server) => console.log(`\nM3H Studio is served at http://127.0.0.1:${server.address().port}/  (Ctrl+C ends it)`),
    (error) => { console.error(error.code === 'EADDRINUSE' ? `Port ${port} is taken. Give another one: ./serve 8090` : String(error)); process.exit(1); },
  );
}
