import t from 'tap';
import { getRisk, lockRisk, setExposures, updateRisk } from '../../../src/store/repositories/risk.js';
import { openUserSite } from '../../support/user-site.js';

const { engine, as, addUser } = await openUserSite(t);

t.test('a user has limits as soon as one is set or needed', async (t) => {
  const ada = await addUser();
  t.equal(await as(ada, (db) => getRisk(db, ada)), null);
  t.match(
    await as(ada, (db) => updateRisk(db, ada, { maxPortfolioRisk: '0.05', riskRules: { max_open: 3 } })),
    {
      userId: ada,
      maxPositionSize: '1000.00',
      maxPortfolioRisk: '0.05',
      riskRules: { max_open: 3 },
      currentExposure: {},
      riskMetrics: {},
      lastCalculated: null,
    },
  );
  t.match(await as(ada, (db) => updateRisk(db, ada, { maxPositionSize: 2_500 })), {
    maxPositionSize: '2500.00',
    maxPortfolioRisk: '0.05',
  });
  t.match(await as(ada, (db) => getRisk(db, ada)), { maxPositionSize: '2500.00' });
  const bob = await addUser();
  t.match(await as(bob, (db) => lockRisk(db, bob)), { maxPositionSize: '1000.00', maxPortfolioRisk: '0.02' });
  await t.rejects(
    as(bob, (db) => updateRisk(db, bob, {})),
    { name: 'RangeError' },
  );
  await t.rejects(
    as(bob, (db) => updateRisk(db, bob, { maxPortfolioRisk: 1.5 })),
    { code: '23514' },
  );
});

t.test('two who set limits at once make one row', async (t) => {
  const ada = await addUser();
  await Promise.all([
    as(ada, (db) => updateRisk(db, ada, { maxPositionSize: 1 })),
    as(ada, (db) => updateRisk(db, ada, { maxPortfolioRisk: '0.5' })),
  ]);
  t.match(await as(ada, (db) => getRisk(db, ada)), { maxPositionSize: '1.00', maxPortfolioRisk: '0.5' });
});

t.test('nobody reads or sets the limits of another', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  await as(ada, (db) => updateRisk(db, ada, { maxPositionSize: 1 }));
  t.equal(await as(bob, (db) => getRisk(db, ada)), null);
  await t.rejects(
    as(bob, (db) => updateRisk(db, ada, { maxPositionSize: 2 })),
    { code: '42501' },
  );
  t.match(await as(ada, (db) => getRisk(db, ada)), { maxPositionSize: '1.00' });
});

t.test('what the server calculates is set for many users in one statement', async (t) => {
  const [ada, bob, none] = [await addUser(), await addUser(), await addUser()];
  for (const user of [ada, bob]) await as(user, (db) => lockRisk(db, user));
  const exposure = (userId: number): Parameters<typeof setExposures>[1][number] => ({
    userId,
    currentExposure: { total_usd: userId },
    riskMetrics: { var_95: -0.1 },
  });
  t.equal(await setExposures(engine, []), 0);
  t.equal(await setExposures(engine, [ada, bob, none].map(exposure)), 2);
  t.match(await as(bob, (db) => getRisk(db, bob)), {
    currentExposure: { total_usd: bob },
    riskMetrics: { var_95: -0.1 },
    lastCalculated: Number,
  });
});
