import t from 'tap';
import { addWatchlistAsset } from '../../../src/store/repositories/watchlist-assets.js';
import { createWatchlist } from '../../../src/store/repositories/watchlists.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { analysis, ask, pages, refusal, owner, as, assetIds, addUser, addAssets } = site;
const admin = await addUser('admin');
const [btc = 0, eth = 0] = assetIds;
const lists = await pages('watchlists.list', {});
const tier = Number(lists[0]?.id);
await owner.query('DELETE FROM watchlist_assets WHERE watchlist_id = $1', [tier]);
const [elsewhere = 0] = await addAssets(1);
for (const assetId of [btc, eth, elsewhere]) {
  await as(admin, (db) => addWatchlistAsset(db, null, tier, { assetId }, admin));
}

t.test('guests read the default lists, page by page, and of nobody else', async (t) => {
  const ada = await addUser();
  const made = await as(ada, (db) => createWatchlist(db, ada, { name: 'Mine' }, 10));
  const items = await pages('watchlists.list', { limit: 1 });
  t.match(items, [
    { id: tier, name: 'Tier 1', type: 'default', current_items: 2, max_items: Number, last_updated: Number },
    { name: 'Tier 2' },
  ]);
  t.equal(items.length, 2);
  const own = made.outcome === 'created' ? made.watchlist.id : 0;
  t.match(await refusal('watchlists.get', { id: own }), { code: 'not_found', field: 'id' });
});

t.test('a list has the assets that are served here, with their newest scores', async (t) => {
  const cold = await ask('watchlists.get', { id: tier });
  t.match(cold, {
    outlook: null,
    missing: { outlook: 'the list is not analysed yet' },
    items: [
      { asset_id: btc, score: null, missing: { score: 'the list is not analysed yet' } },
      { asset_id: eth },
    ],
  });
  t.same(unexplained(cold.items), []);
  analysis.watchlists.set(tier, {
    time: 5_000,
    ai_watchlist_outlook: 'Bullish',
    ai_confidence_score: 0.75,
    asset_scores: [
      {
        asset_id: btc,
        score: 0.8,
        rank: 1,
        signal_count: 2,
        avg_signal_quality: 0.9,
        components: { momentum: {} },
      },
      {
        asset_id: eth,
        score: null,
        rank: null,
        signal_count: 0,
        missing: { score: 'it has no candles of 1d' },
      },
    ],
  });
  analysis.assets.set('BTC/USDT', { current_analysis: { ai_confidence: 0.89, risk_level: 'low' } });
  analysis.assets.set('ETH/USDT', { current_analysis: {}, missing: { risk_level: 'it is late' } });
  const answer = await ask('watchlists.get', { id: tier });
  t.match(answer, {
    id: tier,
    outlook: 'Bullish',
    confidence: 0.75,
    items: [
      {
        asset_id: btc,
        symbol: 'BTC/USDT',
        score: 0.8,
        rank: 1,
        ai_confidence: 0.89,
        risk_level: 'low',
        last_analysis: 5_000,
      },
      { asset_id: eth, score: null, missing: { score: 'it has no candles of 1d', risk_level: 'it is late' } },
    ],
  });
  t.equal((answer.items as unknown[]).length, 2, 'of other data sources none');
  t.same(unexplained(answer.items), []);
});

t.test('the analysis of an asset is that of the analyses, marked as what its prices are', async (t) => {
  const found = {
    current_analysis: { score: 0.7 },
    performance_metrics: {},
    recommendation: 'buy',
    missing: {},
  };
  analysis.assets.set('DOGE/USDT', found);
  t.same(await ask('assets.analysis', { symbol: 'DOGE/USDT' }), {
    ...found,
    symbol: 'DOGE/USDT',
    simulated: true,
  });
});
