import t from 'tap';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { ask, refusal } = site;
const [ada, bob] = [await logIn(site), await logIn(site)];
const HELD = { symbol: 'BTC/USDT', asset_type: 'Crypto Asset', quantity: 0.25, entry_price: 60_000 };

t.test('who has nothing gets an empty portfolio', async (t) => {
  const answer = await ask('portfolios.get', {}, ada.me);
  t.match(answer, { id: null, assets: [], missing: { id: 'nothing was ever put into it' } });
  t.match(await refusal('portfolios.get'), { code: 'unauthenticated' });
});

t.test('a holding comes in, changes and is closed, for its user alone', async (t) => {
  const added = await ask('portfolios.addAsset', { ...HELD, notes: 'cold' }, ada.me);
  t.match(added, {
    ...{ ...HELD, notes: 'cold', leverage_ratio: 1, trade_status: 'open', pnl_realized_usd: 0 },
    ...{ quote_currency: 'USDT', data_source: 'demo', max_allocation_percent: 10 },
  });
  t.same(unexplained(added), []);
  const { id } = added;
  t.match(await ask('portfolios.get', {}, ada.me), { id: Number, assets: [{ id }] });
  t.match(await ask('portfolios.get', {}, bob.me), { id: null, assets: [] });
  t.match(
    await ask('portfolios.updateAsset', { id, stop_loss_price: 50_000, take_profit_price: 90_000 }, ada.me),
    { stop_loss_price: 50_000, take_profit_price: 90_000, notes: 'cold', quantity: 0.25 },
  );
  for (const change of [{ stop_loss_price: 95_000 }, { take_profit_price: 40_000 }]) {
    t.match(await refusal('portfolios.updateAsset', { id, ...change }, ada.me), {
      ...{ code: 'invalid_params', field: 'stop_loss_price', message: /below/ },
    });
  }
  for (const [method, more] of [
    ['portfolios.updateAsset', { notes: 'x' }],
    ['portfolios.closeAsset', { exit_price: 1 }],
  ] as const) {
    t.match(await refusal(method, { id, ...more }, bob.me), { code: 'not_found', field: 'id' }, method);
    t.match(
      await refusal(method, { id: 4_711, ...more }, ada.me),
      { code: 'not_found', field: 'id' },
      method,
    );
  }
  const close = { id, exit_price: 70_000, fees_paid: 10, client_id: 'c1' };
  t.match(await ask('portfolios.closeAsset', close, ada.me), {
    trade: { action_type: 'full_exit', quantity: 0.25, pnl_realized_usd: 2_490, client_id: 'c1' },
    holding: { id, quantity: 0, trade_status: 'closed', exit_price: 70_000, pnl_realized_usd: 2_490 },
    repeated: false,
  });
  t.match(await ask('portfolios.closeAsset', close, ada.me), { repeated: true, holding: { quantity: 0 } });
  t.match(await refusal('portfolios.closeAsset', { id, exit_price: 1 }, ada.me), {
    ...{ code: 'conflict', field: 'id' },
  });
  t.match(await refusal('portfolios.updateAsset', { id, trade_status: 'open' }, ada.me), {
    ...{ code: 'conflict', field: 'trade_status' },
  });
});

t.test('what no holding can be is refused by name', async (t) => {
  for (const [change, field] of [
    [{ symbol: 'BTC/USDX' }, 'symbol'],
    [{ asset_type: 'Bond' }, 'asset_type'],
    [{ quantity: -1 }, 'quantity'],
    [{ quantity: 1e16 }, 'quantity'],
    [{ entry_price: 0 }, 'entry_price'],
    [{ leverage_ratio: 0.5 }, 'leverage_ratio'],
    [{ trade_status: 'closed' }, 'trade_status'],
    [{ max_allocation_percent: 0 }, 'max_allocation_percent'],
    [{ stop_loss_price: 2, take_profit_price: 1 }, 'stop_loss_price'],
    [{ asset_type: 'Short Position', stop_loss_price: 1, take_profit_price: 2 }, 'stop_loss_price'],
    [{ owner: 1 }, 'owner'],
  ] as const) {
    t.match(await refusal('portfolios.addAsset', { ...HELD, ...change }, ada.me), {
      ...{ code: 'invalid_params', field },
    });
  }
});
