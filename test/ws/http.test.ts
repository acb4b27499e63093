import { symlinkSync } from 'node:fs';
import t from 'tap';
import { ask } from '../support/ask.js';
import { DRIVERS, gatewaySite } from './gateway-site.js';

for (const transport of DRIVERS) {
  t.test(`${transport}: health, readiness with its reason, and metrics`, async (at) => {
    const { gateway, readiness } = await gatewaySite(at, { transport });
    const get = (path: string) => ask(gateway.port, 'GET', path);
    at.equal((await get('/healthz')).status, 200);
    at.equal((await get('/readyz')).status, 200);
    readiness.reason = 'the feed of binance is down';
    const notReady = await get('/readyz');
    at.equal(notReady.status, 503);
    at.match(JSON.parse(notReady.body.toString()), { reason: 'the feed of binance is down' });
    at.equal((await get('/healthz')).status, 200, 'alive all the same');
    const metrics = await get('/metrics');
    at.match(metrics.headers['content-type'], /text\/plain; version=0\.0\.4/);
    at.equal(metrics.body.toString(), 'metric 1\n');
    at.equal((await get('/v1/stream')).status, 426);
    const post = await ask(gateway.port, 'POST', '/healthz');
    at.equal(post.status, 405);
    at.equal(post.headers.allow, 'GET, HEAD');
  });

  t.test(`${transport}: serves the page's files and the chart library, and nothing else`, async (at) => {
    const folder = at.testdir({
      'secret.txt': 'secret',
      web: {
        'index.html': '<p>page',
        'app.js': 'x',
        '.hidden.js': 'h',
        'notes.md': 'n',
        sub: { 'a.css': 'c' },
      },
    });
    const webRoot = `${folder}/web`;
    symlinkSync(`${folder}/secret.txt`, `${webRoot}/link.txt`);
    const { gateway } = await gatewaySite(at, { transport, webRoot });
    const get = (path: string, headers = {}) => ask(gateway.port, 'GET', path, headers);
    const page = await get('/');
    at.match(page, { status: 200, body: Buffer.from('<p>page') });
    at.match(page.headers, {
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    at.equal((await get('/', { 'if-none-match': page.headers.etag ?? '' })).status, 304);
    at.equal((await get('/', { 'if-none-match': '"other"' })).status, 200);
    at.match((await get('/app.js?v=1')).headers['content-type'], /javascript/);
    at.equal((await get('/sub/a.css')).status, 200);
    at.match((await get('/vendor/lightweight-charts.js')).body.toString(), /createChart/);
    const head = await ask(gateway.port, 'HEAD', '/app.js');
    at.same([head.status, head.headers['content-length'], head.body.length], [200, '1', 0]);
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '//secret.txt',
      '/sub/../../secret.txt',
      '/link.txt',
      '/.hidden.js',
      '/notes.md',
      '/sub',
      '/package.json',
    ]) {
      at.equal((await get(path)).status, 404, path);
    }
  });
}

t.test('a folder of files that is missing is an error at the start', async (at) => {
  await at.rejects(gatewaySite(at, { webRoot: `${at.testdir({})}/none` }), /ENOENT/);
});
