import t from 'tap';
import {
  addPortfolioAsset,
  ensurePortfolio,
  getPortfolio,
  updatePortfolioAsset,
} from '../../../src/store/repositories/portfolios.js';
import { openUserSite, untilBlocked } from '../../support/user-site.js';

const { owner, as, addUser, addAssets } = await openUserSite(t);
const [assetId = 0, otherId = 0] = await addAssets(2);

t.test('a user has one portfolio, however many ask for it at once', async (t) => {
  const ada = await addUser();
  t.equal(await as(ada, (db) => getPortfolio(db, ada)), null);
  let second: Promise<number> = Promise.resolve(0);
  const first = await as(ada, async (db) => {
    const id = await ensurePortfolio(db, ada);
    second = as(ada, (other) => ensurePortfolio(other, ada));
    await untilBlocked(owner, 1);
    return id;
  });
  const ids = [first, await second];
  t.equal(new Set(ids).size, 1);
  t.match(await as(ada, (db) => getPortfolio(db, ada)), {
    id: ids[0],
    userId: ada,
    isPublic: false,
    assets: [],
  });
});

t.test('holdings keep every digit, and come by their place', async (t) => {
  const ada = await addUser();
  const id = await as(ada, (db) => ensurePortfolio(db, ada));
  t.match(
    await as(ada, (db) =>
      addPortfolioAsset(db, ada, id, {
        assetId,
        assetType: 'Short Position',
        quantity: '0.123456789012345678901',
        entryPrice: 1e-8,
        leverageRatio: 2,
        tradeStatus: 'accumulating',
        allocationTargetPercent: '12.5',
        investmentThesis: 'Falls.',
        investmentTimeframe: 'short_term',
        riskCategory: 'aggressive',
        stopLossPrice: '0.00000002',
        takeProfitPrice: '0.000000005',
        notes: 'Mind the funding.',
        sortOrder: 2,
      }),
    ),
    {
      portfolioId: id,
      assetId,
      symbol: 'X1/USDT',
      dataSource: 'binance',
      quoteCurrency: 'USDT',
      assetType: 'Short Position',
      quantity: '0.123456789012345678901',
      entryPrice: '0.00000001',
      exitPrice: null,
      leverageRatio: '2',
      tradeStatus: 'accumulating',
      pnlRealizedUsd: '0.00',
      allocationTargetPercent: '12.5',
      maxAllocationPercent: '10',
      investmentThesis: 'Falls.',
      investmentTimeframe: 'short_term',
      riskCategory: 'aggressive',
      stopLossPrice: '0.00000002',
      takeProfitPrice: '0.000000005',
      notes: 'Mind the funding.',
      sortOrder: 2,
    },
  );
  await as(ada, (db) => addPortfolioAsset(db, ada, id, { assetId: otherId, assetType: 'Crypto Asset' }));
  t.match(await as(ada, (db) => getPortfolio(db, ada)), {
    assets: [
      { assetId: otherId, quantity: '0', entryPrice: null, riskCategory: 'moderate' },
      { assetId, quantity: '0.123456789012345678901' },
    ],
  });
});

t.test('users write in their own portfolio only', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const id = await as(ada, (db) => ensurePortfolio(db, ada));
  const held = await as(ada, (db) => addPortfolioAsset(db, ada, id, { assetId, assetType: 'Crypto Asset' }));
  const holding = held?.id ?? 0;
  t.equal(await as(bob, (db) => addPortfolioAsset(db, bob, id, { assetId, assetType: 'Stablecoin' })), null);
  t.equal(await as(bob, (db) => updatePortfolioAsset(db, bob, holding, { notes: 'x' })), null);
  t.equal(await as(bob, (db) => getPortfolio(db, ada)), null);
  t.equal(await as(ada, (db) => updatePortfolioAsset(db, ada, 4_711, { notes: 'x' })), null);
  t.equal(await updatePortfolioAsset(owner, bob, holding, { notes: 'x' }), null, 'the query says it too');
  const changes = { notes: 'Hold.', tradeStatus: 'exit_plan', maxAllocationPercent: '33.3' } as const;
  t.match(await as(ada, (db) => updatePortfolioAsset(db, ada, holding, changes)), changes);
  t.match(await as(ada, (db) => updatePortfolioAsset(db, ada, holding, { notes: null })), {
    ...changes,
    notes: null,
  });
  await t.rejects(
    as(ada, (db) => updatePortfolioAsset(db, ada, holding, {})),
    { name: 'RangeError' },
  );
  const upsideDown = { stopLossPrice: 2, takeProfitPrice: 1 };
  await t.rejects(
    as(ada, (db) => updatePortfolioAsset(db, ada, holding, upsideDown)),
    { code: '23514' },
  );
});
