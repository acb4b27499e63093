import t from 'tap';
import { type Route, route } from '../../src/api/route.js';
import { RestRouter } from '../../src/ws/rest-router.js';

const ROUTES: readonly Route[] = [
  route('GET /sectors', 'a'),
  route('GET /sectors/{id}', 'b'),
  route('GET /sectors/rotation', 'c'),
  route('GET /sectors/{id}/history', 'd'),
  route('DELETE /sectors/{sector}', 'e'),
  route('GET /sectors/rotation/deep/{x}', 'f'),
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
  t.same(at('/sectors'), { GET: ['a', {}] });
  t.same(at('/sectors/7'), { GET: ['b', { id: '7' }], DELETE: ['e', { sector: '7' }] });
  t.same(at('/sectors/rotation'), { GET: ['c', {}] });
  t.same(
    at('/sectors/rotation/history'),
    { GET: ['d', { id: 'rotation' }] },
    'a word that leads nowhere is a name',
  );
  t.same(at('/sectors/BTC%2FUSDT/history'), { GET: ['d', { id: 'BTC/USDT' }] });
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
  t.throws(() => new RestRouter([...ROUTES, route('GET /sectors/{other}', 'x')]), /is there twice/);
});
