import t from 'tap';
import { transaction } from '../../../src/store/pool.js';
import {
  createSession,
  findSession,
  listSessions,
  revokeAllSessions,
  revokeSession,
  rotateSession,
} from '../../../src/store/repositories/sessions.js';
import { updateUser } from '../../../src/store/repositories/users.js';
import type { NewSession, SessionRecord, TokenPair } from '../../../src/store/user-records.js';
import { openUserSite, readAll, untilBlocked } from '../../support/user-site.js';

const site = await openUserSite(t);

let tokens = 0;

function newTokens(): TokenPair {
  const hash = (kind: string): string => `${kind}${++tokens}`.padStart(64, '0');
  return {
    sessionTokenHash: hash('a'),
    refreshTokenHash: hash('b'),
    sessionTtlMs: 60_000,
    refreshTtlMs: 3_600_000,
  };
}

async function begin(
  userId: number,
  change: Partial<NewSession> = {},
): Promise<{ readonly session: SessionRecord; readonly pair: TokenPair }> {
  const pair = { ...newTokens(), ...change };
  const session = await site.inEngine((db) => createSession(db, { userId, ...pair, ...change }));
  if (session === null) throw new Error('no session began');
  return { session, pair };
}

t.test('a token speaks for its user until its time is over', async (t) => {
  const ada = await site.addUser();
  const more = { deviceInfo: { browser: 'Lynx' }, ipAddress: '2001:db8::1' };
  const { session, pair } = await begin(ada, more);
  t.match(session, { userId: ada, ...more, expiresAt: Number, refreshExpiresAt: Number });
  t.match(await findSession(site.engine, pair.sessionTokenHash), {
    sessionId: session.id,
    userId: ada,
    role: 'public',
    isVerified: false,
    expiresAt: session.expiresAt,
  });
  t.equal(await findSession(site.engine, pair.refreshTokenHash), null, 'the other token is not for that');
  t.equal(await findSession(site.engine, newTokens().sessionTokenHash), null);
  const { pair: late } = await begin(ada, { sessionTtlMs: -1 });
  t.equal(await findSession(site.engine, late.sessionTokenHash), null);
});

t.test('notes the use of a session once a minute at most', async (t) => {
  const { session, pair } = await begin(await site.addUser());
  const usedAt = async (): Promise<number> => {
    await findSession(site.engine, pair.sessionTokenHash);
    const { rows } = await site.owner.query<{ at: number }>(
      'SELECT last_used_at AS at FROM user_sessions WHERE id = $1',
      [session.id],
    );
    return rows[0]?.at ?? 0;
  };
  t.equal(await usedAt(), session.lastUsedAt);
  await site.owner.query(`UPDATE user_sessions SET last_used_at = now() - interval '2 minutes'`);
  t.ok((await usedAt()) >= session.lastUsedAt);
});

t.test('whoever is switched off or deleted has no session', async (t) => {
  const [admin, ada, bob] = [await site.addUser('admin'), await site.addUser(), await site.addUser()];
  const of = [await begin(ada), await begin(bob)];
  await site.as(admin, (db) => updateUser(db, ada, { isActive: false }));
  await site.as(admin, (db) => updateUser(db, bob, { isDeleted: true }));
  for (const { pair, session } of of) {
    t.equal(await findSession(site.engine, pair.sessionTokenHash), null);
    t.match(await site.inEngine((db) => rotateSession(db, pair.refreshTokenHash, newTokens())), {
      outcome: 'unknown',
    });
    t.equal(await site.inEngine((db) => createSession(db, { userId: session.userId, ...newTokens() })), null);
  }
});

t.test('a refresh token is taken for a new pair, and the old pair ends', async (t) => {
  const ada = await site.addUser();
  const { session, pair } = await begin(ada, { ipAddress: '192.0.2.1' });
  const next = newTokens();
  const rotation = await site.inEngine((db) => rotateSession(db, pair.refreshTokenHash, next));
  t.match(rotation, {
    outcome: 'rotated',
    session: { userId: ada, familyId: session.familyId, ipAddress: '192.0.2.1' },
  });
  t.equal(await findSession(site.engine, pair.sessionTokenHash), null);
  t.match(await findSession(site.engine, next.sessionTokenHash), { userId: ada });
  for (const hash of [newTokens().refreshTokenHash, pair.sessionTokenHash]) {
    t.same(await site.inEngine((db) => rotateSession(db, hash, newTokens())), { outcome: 'unknown' });
  }
  const { pair: late } = await begin(ada, { refreshTtlMs: -1 });
  t.same(await site.inEngine((db) => rotateSession(db, late.refreshTokenHash, newTokens())), {
    outcome: 'unknown',
  });
  t.match(await findSession(site.engine, next.sessionTokenHash), { userId: ada }, 'and others go on');
});

t.test('a refresh token that comes a second time ends its log-in and no other', async (t) => {
  const ada = await site.addUser();
  const { pair } = await begin(ada);
  const { pair: other } = await begin(ada);
  const second = newTokens();
  const third = newTokens();
  await site.inEngine((db) => rotateSession(db, pair.refreshTokenHash, second));
  await site.inEngine((db) => rotateSession(db, second.refreshTokenHash, third));
  t.same(await site.inEngine((db) => rotateSession(db, pair.refreshTokenHash, newTokens())), {
    outcome: 'reused',
    userId: ada,
  });
  t.equal(await findSession(site.engine, third.sessionTokenHash), null);
  t.same(await site.inEngine((db) => rotateSession(db, third.refreshTokenHash, newTokens())), {
    outcome: 'unknown',
  });
  t.match(await findSession(site.engine, other.sessionTokenHash), { userId: ada });
});

t.test('of refreshes with one token at once one wins, and no pair is left', async (t) => {
  const { pair } = await begin(await site.addUser());
  const next = Array.from({ length: 5 }, newTokens);
  const outcomes = await Promise.all(
    next.map((to) => site.inEngine((db) => rotateSession(db, pair.refreshTokenHash, to))),
  );
  t.equal(outcomes.filter(({ outcome }) => outcome === 'rotated').length, 1);
  t.ok(outcomes.some(({ outcome }) => outcome === 'reused'));
  for (const { sessionTokenHash } of next) t.equal(await findSession(site.engine, sessionTokenHash), null);
});

t.test('revoking waits for a refresh under way and ends what it began', async (t) => {
  const ada = await site.addUser();
  for (const revoke of ['all', 'one', 'reuse'] as const) {
    const { pair: stale } = await begin(ada);
    const first = newTokens();
    const begun = await site.inEngine((db) => rotateSession(db, stale.refreshTokenHash, first));
    const second = newTokens();
    let revoked: Promise<unknown> = Promise.resolve();
    await transaction(site.engine, async (db) => {
      t.match(await rotateSession(db, first.refreshTokenHash, second), { outcome: 'rotated' });
      revoked = site.inEngine((other): Promise<unknown> => {
        if (revoke === 'all') return revokeAllSessions(other, ada, null);
        if (revoke === 'reuse') return rotateSession(other, stale.refreshTokenHash, newTokens());
        return revokeSession(other, ada, begun.outcome === 'rotated' ? begun.session.id : 0);
      });
      await untilBlocked(site.owner, 1);
    });
    await revoked;
    t.equal(await findSession(site.engine, second.sessionTokenHash), null, revoke);
  }
});

t.test('users list and revoke their own log-ins', async (t) => {
  const [ada, bob] = [await site.addUser(), await site.addUser()];
  const mine = [await begin(ada), await begin(ada), await begin(ada)];
  const { session: bobs, pair: bobsPair } = await begin(bob);
  await begin(ada, { refreshTtlMs: -1 });
  const [first, second, third] = mine.map(({ session }) => session.id);
  const list = (): Promise<readonly number[]> =>
    site.as(ada, async (db) =>
      (
        await readAll((cursor) =>
          listSessions(db, ada, { limit: 1, ...(cursor === undefined ? {} : { cursor }) }),
        )
      ).map(({ id }) => id),
    );
  t.same(await list(), [third, second, first]);
  t.notOk(await site.as(ada, (db) => revokeSession(db, ada, bobs.id)), 'not of another user');
  t.notOk(await site.as(ada, (db) => revokeSession(db, ada, 4_711)));
  t.ok(await site.as(ada, (db) => revokeSession(db, ada, second ?? 0)));
  t.notOk(await site.as(ada, (db) => revokeSession(db, ada, second ?? 0)), 'not twice');
  t.same(await list(), [third, first]);
  await begin(ada);
  t.equal(await site.as(ada, (db) => revokeAllSessions(db, ada, first ?? 0)), 3, 'one of them was over');
  t.same(await list(), [first]);
  t.match(await findSession(site.engine, bobsPair.sessionTokenHash), { userId: bob });
});
