import t from 'tap';
import { listSettings, setSetting } from '../../../src/store/repositories/system-config.js';
import { openUserSite } from '../../support/user-site.js';

const { owner, as, addUser } = await openUserSite(t);
const [admin, ada] = [await addUser('admin'), await addUser()];
const LIMITS = { tier1_max: 30, tier2_max: 200 };

t.test('an admin reads and sets what is theirs to set, and who did is known', async (t) => {
  const before = await as(admin, listSettings);
  t.same(
    before.map(({ key }) => key),
    ['ai_thresholds', 'housekeeping', 'watchlist_limits'],
    'not the name of the database',
  );
  t.match(before[2], { value: { tier1_max: 20, tier2_max: 100 }, updatedBy: null, description: String });
  for (const setting of before) {
    const set = await as(admin, (db) => setSetting(db, setting.key, setting.value, admin));
    t.match(
      set,
      { outcome: 'set', setting: { value: setting.value } },
      `${setting.key} may be set as it came`,
    );
  }
  t.match(await as(admin, (db) => setSetting(db, 'watchlist_limits', LIMITS, admin)), {
    ...{
      outcome: 'set',
      setting: { key: 'watchlist_limits', value: LIMITS, updatedBy: admin, updatedAt: Number },
    },
  });
  t.match((await as(admin, listSettings))[2], { value: LIMITS });
});

t.test('a wrong value is refused with all that is wrong with it, and nothing is set', async (t) => {
  const wrong = [
    ['watchlist_limits', { tier1_max: 0, tier2_max: 1.5, tier3_max: 1 }, 3],
    ['watchlist_limits', { tier1_max: Number.NaN, tier2_max: '5' }, 2],
    ['watchlist_limits', null, 1],
    ['watchlist_limits', [], 1],
    ['ai_thresholds', { suggestion_confidence_min: 1.1 }, 2],
    ['ai_thresholds', 0.5, 1],
    ['housekeeping', { archive_after_months: 1 }, 1],
    ['housekeeping', null, 1],
    ['housekeeping', undefined, 1],
  ] as const;
  const before = await as(admin, listSettings);
  for (const [key, value, count] of wrong) {
    const answer = await as(admin, (db) => setSetting(db, key, value, admin));
    t.equal(answer.outcome === 'invalid' && answer.problems.length, count, `${key} ${JSON.stringify(value)}`);
  }
  t.same(await as(admin, listSettings), before);
});

t.test('nobody sets what is the server’s own, and no user sets anything', async (t) => {
  for (const key of ['database.id', 'no_such', 'constructor', '__proto__']) {
    t.match(await as(admin, (db) => setSetting(db, key, {}, admin)), { outcome: 'not_found' });
  }
  t.same(await as(ada, listSettings), []);
  t.match(await as(ada, (db) => setSetting(db, 'watchlist_limits', LIMITS, ada)), { outcome: 'not_found' });
  await t.rejects(
    as(admin, (db) => setSetting(db, 'watchlist_limits', LIMITS, ada)),
    { code: '42501' },
    'not in the name of another',
  );
  const { rowCount } = await owner.query('SELECT FROM system_config WHERE updated_by = $1', [ada]);
  t.equal(rowCount, 0);
});
