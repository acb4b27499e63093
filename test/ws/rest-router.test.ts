import t from 'tap';
import { type Route, route } from '../../src/api/route.js';
import { RestRouter } from '../../src/ws/rest-router.js';

const ROUTES: readonly Route[] = [
  route('GET /sectors', 'layer2.sectors'),
  route('GET /sectors/{id}', 'layer2.sector'),
  route('GET /sectors/rotation', 'layer2.rotation'),
  route('GET /sectors/{id}/history', 'layer2.sectorHistory'),
  route('DELETE /sectors/{sector}', 'alerts.delete'),
  route('GET /things/{id}', 'signals.get'),
  route('GET /things/all/deep', 'signals.list'),
  route('GET /sectors/rotation/deep/{x}', 'assets.get'),
];
const router = new RestRouter(ROUTES);

/** Gives the methods at an address with what its names stand for. */
function at(path: string): unknown {
  const found = router.find(path);
  return found === null
    ? null
    : Object.fromEntries([...found].map(([http, it]) => [http, [it.route.method, it.names]]));
}

t.test('takes words before names, and names decoded, each by its own route’s name', async (t) => {
  t.same(at('/sectors'), { GET: ['layer2.sectors', {}] });
  t.same(at('/sectors/7'), {
    GET: ['layer2.sector', { id: '7' }],
    DELETE: ['alerts.delete', { sector: '7' }],
  });
  t.same(at('/sectors/rotation'), { GET: ['layer2.rotation', {}] });
  t.same(
    at('/sectors/rotation/history'),
    { GET: ['layer2.sectorHistory', { id: 'rotation' }] },
    'a word that leads nowhere is a name',
  );
  t.same(at('/things/all'), { GET: ['signals.get', { id: 'all' }] }, 'or to nothing that answers');
  t.same(at('/sectors/BTC%2FUSDT/history'), { GET: ['layer2.sectorHistory', { id: 'BTC/USDT' }] });
});

t.test('knows no other address', async (t) => {
  for (const path of [
    '',
    '/',
    '/sectors/',
    '/sectors//history',
    '/sectors/7/',
    '/Sectors',
    '/constructor',
    '/__proto__',
  ]) {
    t.equal(at(path), null, path);
  }
  t.equal(at(`/sectors/${'x'.repeat(1_000)}`), null, 'nor an endless one');
});

t.test('refuses what is not percent-encoded UTF-8', async (t) => {
  for (const path of ['/sectors/%', '/sectors/%zz', '/sectors/%ff']) {
    t.throws(() => at(path), { code: 'bad_message' }, path);
  }
});

t.test('takes an address once', async (t) => {
  t.throws(() => new RestRouter([...ROUTES, route('GET /sectors/{other}', 'assets.get')]), /is there twice/);
});
