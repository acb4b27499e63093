import t from 'tap';
import { addWatchlistAsset } from '../../../src/store/repositories/watchlist-assets.js';
import { createWatchlist } from '../../../src/store/repositories/watchlists.js';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { analysis, ask, pages, refusal, owner, as, assetIds, addUser, addAssets } = site;
const admin = await addUser('admin');
const [btc = 0, eth = 0] = assetIds;
await owner.query(`UPDATE watchlists SET description = NULL WHERE name = 'Tier 1'`);
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
  t.same(unexplained(items), []);
  const own = made.outcome === 'created' ? made.watchlist.id : 0;
  t.match(await refusal('watchlists.get', { id: own }), { code: 'not_found', field: 'id' });
});

t.test('a user reads lists of their own beside the default ones, and no other', async (t) => {
  const [ada, bob] = [await logIn(site), await logIn(site)];
  const { id } = await ask('watchlists.create', { name: 'Ours', sort_order: 9 }, ada.me);
  await ask('watchlists.addAsset', { watchlist_id: id, symbol: 'ETH/USDT' }, ada.me);
  const first = await ask('watchlists.list', { limit: 2 }, ada.me);
  const rest = await ask('watchlists.list', { cursor: first.next_cursor }, ada.me);
  t.match(
    [...(first.items as unknown[]), ...(rest.items as unknown[])],
    [{ name: 'Tier 1' }, { name: 'Tier 2' }, { id, name: 'Ours', type: 'personal', current_items: 1 }],
  );
  t.match(await ask('watchlists.get', { id }, ada.me), { id, items: [{ symbol: 'ETH/USDT' }] });
  t.match(await refusal('watchlists.get', { id }, bob.me), { code: 'not_found', field: 'id' });
  t.equal(((await ask('watchlists.list', {}, bob.me)).items as unknown[]).length, 2);
  t.match(await refusal('watchlists.list', { cursor: 'x' }, bob.me), {
    ...{ code: 'invalid_params', field: 'cursor' },
  });
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
  t.same(unexplained(cold), []);
  analysis.watchlists.set(tier, {
    watchlist_id: tier,
    time: '2024-03-11T00:00:00.000Z',
    outlook: 'Bullish',
    direction: 0.75,
    state: 'forming',
    scores: [
      { asset_id: btc, score: 0.8, rank: 1 },
      { asset_id: eth, score: null, rank: null, missing: { score: 'it has no candles of 1d' } },
    ],
  });
  analysis.assets.set('BTC/USDT', {
    current_analysis: {
      ai_confidence: 0.89,
      risk_level: 'low',
      components: { momentum: {} },
      active_signals: [7],
    },
  });
  analysis.assets.set('ETH/USDT', { current_analysis: {}, missing: { risk_level: 'it is late' } });
  const answer = await ask('watchlists.get', { id: tier });
  t.match(answer, {
    id: tier,
    outlook: 'Bullish',
    direction: 0.75,
    last_analysis: Date.UTC(2024, 2, 11),
    state: 'forming',
    items: [
      {
        asset_id: btc,
        symbol: 'BTC/USDT',
        score: 0.8,
        rank: 1,
        ai_confidence: 0.89,
        risk_level: 'low',
        active_signals: [7],
        last_analysis: Date.UTC(2024, 2, 11),
      },
      { asset_id: eth, score: null, missing: { score: 'it has no candles of 1d', risk_level: 'it is late' } },
    ],
  });
  t.equal((answer.items as unknown[]).length, 2, 'of other data sources none');
  t.same(unexplained(answer), []);
});

t.test('the analysis of an asset is that of the analyses, marked as what its prices are', async (t) => {
  const found = {
    current_analysis: {
      timeframe: '1d',
      time: 1,
      is_forming: true,
      price: 1.5,
      score: 0.7,
      rank: 1,
      ranked_assets: 2,
      components: { momentum: { value: 0.5, weight: 1, contribution: 0.5 } },
      outlook: 'Neutral',
      ai_confidence: 0.5,
      risk_level: 'low',
      technical_indicators: { rsi_14: null },
      sentiment_score: null,
      sector_correlation: null,
      signal_agreement: null,
      active_signals: [7],
    },
    performance_metrics: null,
    recommendation: 'buy',
    missing: { performance_metrics: 'no price is known yet' },
  };
  analysis.assets.set('DOGE/USDT', found);
  t.same(await ask('assets.analysis', { symbol: 'DOGE/USDT' }), {
    ...found,
    symbol: 'DOGE/USDT',
    simulated: true,
  });
});
