import t from 'tap';
import { acceptsPath, addressOf, refusalOf } from '../../src/ws/addresses.js';
import type { User } from '../../src/ws/caller.js';

const USER: User = { id: 42, sessionId: 1, role: 'public', isVerified: true, expiresAt: 0 };
const ADMIN: User = { ...USER, id: 1, role: 'admin' };

const ADDRESSES: Readonly<Record<string, object>> = {
  '/api/v1/ws/dashboard/42': { kind: 'user', channels: ['dashboard'], userId: '42' },
  '/api/v1/ws/signals/42': { kind: 'user', channels: ['signals', 'alerts'], userId: '42' },
  '/api/v1/ws/prices/1,BTC%2FUSDT': { kind: 'prices', ids: '1,BTC%2FUSDT' },
  '/api/v1/ws/prices/BTC/USDT,2': { kind: 'prices', ids: 'BTC/USDT,2' },
  '/api/v1/ws/admin/system-status': { kind: 'admin', channels: ['system-status'] },
  '/api/v1/ws/admin/suggestions': { kind: 'admin', channels: ['recommendations'] },
};

for (const [path, address] of Object.entries(ADDRESSES)) {
  t.test(`${path} is an address`, async (t) => {
    t.same(addressOf(path), address);
    t.ok(acceptsPath(path));
  });
}

t.test('the stream is one that stands for nothing, and everything else is none', async (t) => {
  t.ok(acceptsPath('/v1/stream'));
  t.equal(addressOf('/v1/stream'), null);
  for (const path of [
    ...['/', '/v1/stream/', '/api/v1/ws', '/api/v1/ws/', '/api/v1/ws/prices/', '/api/v1/ws/dashboard/'],
    ...['/api/v1/ws/dashboard/1/2', '/api/v1/ws/admin', '/api/v1/ws/admin/users', '/api/v1/ws/constructor/1'],
  ]) {
    t.notOk(acceptsPath(path), path);
  }
});

t.test('an address is of the user whose id it names, or of admins', async (t) => {
  const refusal = (path: string, user: User): string | null => {
    const address = addressOf(path);
    return address === null ? 'none' : refusalOf(address, user);
  };
  t.equal(refusal('/api/v1/ws/dashboard/42', USER), null);
  t.match(
    refusal('/api/v1/ws/dashboard/42', ADMIN),
    /another user's/,
    'an admin has no other than their own either',
  );
  t.match(refusal('/api/v1/ws/signals/042', USER), /another user's/);
  t.match(refusal('/api/v1/ws/admin/suggestions', USER), /for admins/);
  t.equal(refusal('/api/v1/ws/admin/system-status', ADMIN), null);
  t.equal(refusal('/api/v1/ws/prices/1', USER), null);
});
