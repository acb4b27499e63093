import fc from 'fast-check';
import t from 'tap';
import type { LoggedIn } from '../../src/ws/sign-in.js';
import { type AccountSite, ORIGIN, openAccountSite, PASSWORD } from '../support/account-site.js';

/** A pair of tokens as the model has it: which log-in it is of, and what became of it. */
interface Pair {
  readonly loggedIn: LoggedIn;
  readonly family: number;
  state: 'live' | 'rotated';
}

/** What anybody may do, with any tokens that were ever given out. */
type Step =
  | { readonly what: 'login' }
  | { readonly what: 'refresh' | 'logout' | 'revokeOthers' | 'use'; readonly pair: number }
  | { readonly what: 'revoke'; readonly pair: number; readonly other: number }
  | { readonly what: 'refreshAtOnce'; readonly pair: number };

const index = fc.nat({ max: 1_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant('login' as const) }),
  fc.record({
    what: fc.constantFrom(
      'refresh' as const,
      'refresh' as const,
      'use' as const,
      'logout' as const,
      'revokeOthers' as const,
    ),
    pair: index,
  }),
  fc.record({ what: fc.constant('revoke' as const), pair: index, other: index }),
  fc.record({ what: fc.constant('refreshAtOnce' as const), pair: index }),
);

let users = 0;

/** Does the steps, and holds what each gives against a model: families of pairs, each ended or not. */
async function play(site: AccountSite, steps: readonly Step[]): Promise<void> {
  const email = `user${++users}@example.org`;
  const credentials = { email, password: PASSWORD };
  const pairs: Pair[] = [{ loggedIn: await site.join(email), family: 0, state: 'live' }];
  const ended = new Set<number>();
  let families = 1;
  const isLive = (pair: Pair): boolean => pair.state === 'live' && !ended.has(pair.family);
  const pick = (n: number): Pair => pairs[n % pairs.length] as Pair;
  const take = async (pair: Pair): Promise<boolean> => {
    const loggedIn = await site.signIn.refresh(pair.loggedIn.refreshToken, ORIGIN).catch(() => null);
    if (loggedIn !== null) pairs.push({ loggedIn, family: pair.family, state: 'live' });
    return loggedIn !== null;
  };
  const expect = (is: unknown, wanted: unknown, what: Step): void => {
    if (is !== wanted) throw new Error(`${JSON.stringify(what)} gave ${String(is)}, not ${String(wanted)}`);
  };
  for (const now of steps) {
    if (now.what === 'login') {
      pairs.push({
        loggedIn: await site.signIn.login(credentials, ORIGIN),
        family: families++,
        state: 'live',
      });
      continue;
    }
    const pair = pick(now.pair);
    const wasLive = isLive(pair);
    if (now.what === 'refresh') {
      expect(await take(pair), wasLive, now);
      if (wasLive) pair.state = 'rotated';
      else if (pair.state === 'rotated') ended.add(pair.family);
    } else if (now.what === 'refreshAtOnce') {
      const won = (await Promise.all([take(pair), take(pair), take(pair)])).filter(Boolean).length;
      expect(won, wasLive ? 1 : 0, now);
      if (wasLive) pair.state = 'rotated';
      if (pair.state === 'rotated') ended.add(pair.family);
    } else {
      const user = await site.who(pair.loggedIn);
      expect(user !== null, wasLive, now);
      if (user === null) continue;
      if (now.what === 'logout') {
        await site.signIn.logout(user, ORIGIN);
        ended.add(pair.family);
      } else if (now.what === 'revokeOthers') {
        await site.signIn.revoke(user, 'others', ORIGIN);
        for (const other of pairs) if (other.family !== pair.family) ended.add(other.family);
      } else if (now.what === 'revoke') {
        const other = pick(now.other);
        const hadEnded = ended.has(other.family);
        const gone = await site.signIn.revoke(user, other.loggedIn.session.id, ORIGIN).catch(() => 0);
        expect(gone, hadEnded ? 0 : 1, now);
        ended.add(other.family);
      }
    }
  }
  const holding = await site.accounts.holding(pairs.map(({ loggedIn }) => loggedIn.session.id));
  for (const pair of pairs) {
    const user = await site.who(pair.loggedIn);
    if ((user !== null) !== isLive(pair))
      throw new Error(`a token of log-in ${pair.family} is ${user === null ? 'dead' : 'alive'}`);
    // A connection holds as long as its log-in does.
    if (holding.has(pair.loggedIn.session.id) === ended.has(pair.family)) {
      throw new Error(`log-in ${pair.family} is ${ended.has(pair.family) ? 'held' : 'not held'}`);
    }
  }
}

t.test('after any log-ins, refreshes, reuses and revocations the right tokens are alive', async (t) => {
  const site = await openAccountSite(t);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), (steps) => play(site, steps)),
    { numRuns: 40 },
  );
});
