import t from 'tap';
import { transaction } from '../../../src/store/pool.js';
import { logIn } from '../../support/logged-in.js';
import { type Answer, openMethodSite, unexplained } from '../../support/method-site.js';
import { untilBlocked } from '../../support/user-site.js';
import { NOW } from '../gateway-site.js';

const site = await openMethodSite(t);
const { ask, refusal, owner, market } = site;
const [ada, bob] = [await logIn(site), await logIn(site)];

async function hold(who = ada, more: Record<string, unknown> = {}): Promise<number> {
  const asset = { symbol: 'BTC/USDT', asset_type: 'Long Position', ...more };
  return Number((await ask('portfolios.addAsset', asset, who.me)).id);
}

function trade(holding: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  const base = { action_type: 'buy', asset_price: 100, quantity: 2, timeframe: '1h' };
  return { portfolio_asset_id: holding, ...base, ...more };
}

/** @throws what it was refused with */
function answerOf(settled: PromiseSettledResult<Answer>): Answer {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

t.test('a trade moves its holding, with the profit of what is sold', async (t) => {
  const id = await hold();
  const bought = await ask('trades.record', trade(id, { notes: 'first' }), ada.me);
  t.match(bought, {
    trade: {
      portfolio_asset_id: id,
      symbol: 'BTC/USDT',
      quantity: 2,
      action_source: 'manual',
      notes: 'first',
    },
    holding: { id, quantity: 2, entry_price: 100, pnl_realized_usd: 0 },
    repeated: false,
  });
  t.same(unexplained(bought), []);
  const sold = { action_type: 'sell', asset_price: 110, quantity: 0.5, fees_paid: 1 };
  t.match(await ask('trades.record', trade(id, sold), ada.me), {
    trade: { pnl_realized_usd: 4 },
    holding: { quantity: 1.5, pnl_realized_usd: 4 },
  });
  const stop = { action_type: 'modify_sl', quantity: undefined, stop_loss: 90 };
  t.match(await ask('trades.record', trade(id, stop), ada.me), { holding: { stop_loss_price: 90 } });
  t.match(await ask('trades.list', { portfolio_asset_id: id, limit: 1 }, ada.me), {
    ...{ items: [{ action_type: 'modify_sl' }], next_cursor: String },
  });
  t.match(await refusal('trades.list'), { code: 'unauthenticated' });
  t.match(await ask('trades.list', { symbol: 'ETH/USDT' }, ada.me), { items: [] });
  t.same((await ask('trades.list', {}, bob.me)).items, []);
});

t.test('sent again under its name a trade is recorded once, also when both come at once', async (t) => {
  const id = await hold();
  const named = trade(id, { client_id: 'order-1' });
  // All three are on their way before the first can end.
  const answers = await transaction(owner, async (db) => {
    await db.query('SELECT FROM portfolio_assets WHERE id = $1 FOR UPDATE', [id]);
    const asked = [1, 2, 3].map(() => ask('trades.record', named, ada.me));
    await untilBlocked(owner, 3);
    return { asked: Promise.allSettled(asked) };
  }).then(({ asked }) => asked.then((all) => all.map(answerOf)));
  t.equal(answers.filter(({ repeated }) => repeated === false).length, 1);
  t.equal(new Set(answers.map(({ trade }) => (trade as { id: number }).id)).size, 1);
  for (const answer of answers) t.match(answer, { holding: { id, quantity: 2 } });
  const { rows } = await owner.query('SELECT FROM trade_actions WHERE portfolio_asset_id = $1', [id]);
  t.equal(rows.length, 1);
  const other = await refusal('trades.record', { ...named, quantity: 3 }, ada.me);
  t.match(other, { code: 'conflict', field: 'client_id' });
  const elsewhere = await refusal('trades.record', { ...named, portfolio_asset_id: await hold() }, ada.me);
  t.match(elsewhere, { code: 'conflict', field: 'client_id' }, 'of one user, whatever the holding');
  t.match(await ask('trades.record', { ...named, portfolio_asset_id: await hold(bob) }, bob.me), {
    repeated: false,
  });
  await ask('trades.record', trade(id), ada.me);
  t.match(
    await ask('trades.record', trade(id), ada.me),
    { holding: { quantity: 6 } },
    'without one each counts',
  );
});

t.test('a stop that is sent under the name of another one is refused, and not taken for set', async (t) => {
  const id = await hold();
  const moves = [
    { action_type: 'modify_sl', stop_loss: 90, quantity: undefined, client_id: 'stop-1' },
    { action_type: 'modify_tp', take_profit: 130, quantity: undefined, client_id: 'target-1' },
  ];
  for (const [n, level] of [
    ['stop_loss', 'stop_loss_price'] as const,
    ['take_profit', 'take_profit_price'] as const,
  ].entries()) {
    const [param, column] = level;
    const move = JSON.parse(JSON.stringify(trade(id, moves[n])));
    await ask('trades.record', move, ada.me);
    t.match(await ask('trades.record', move, ada.me), { repeated: true, holding: { [column]: move[param] } });
    const other = await refusal('trades.record', { ...move, [param]: move[param] + 5 }, ada.me);
    t.match(other, { code: 'conflict', field: 'client_id' }, param);
  }
});

t.test('of two that sell at once no more goes than there is', async (t) => {
  const id = await hold();
  await ask('trades.record', trade(id), ada.me);
  const sell = trade(id, { action_type: 'sell', quantity: 1.5 });
  const both = await Promise.all([1, 2].map(() => refusal('trades.record', sell, ada.me)));
  t.match(
    both.filter((one) => one !== null),
    [{ code: 'conflict', field: 'quantity' }],
  );
  t.match(await ask('portfolios.closeAsset', { id, exit_price: 120 }, ada.me), {
    trade: { action_type: 'full_exit', quantity: 0.5 },
    holding: { quantity: 0, trade_status: 'closed', exit_price: 120 },
  });
  t.match(await refusal('trades.record', trade(id), ada.me), {
    code: 'conflict',
    field: 'portfolio_asset_id',
  });
});

t.test('what an action needs or does not take is said by name', async (t) => {
  const id = await hold();
  for (const [change, field] of [
    [{ quantity: undefined }, 'quantity'],
    [{ quantity: 0 }, 'quantity'],
    [{ action_type: 'full_exit' }, 'quantity'],
    [{ action_type: 'modify_sl', quantity: undefined }, 'stop_loss'],
    [{ action_type: 'modify_tp', quantity: undefined }, 'take_profit'],
    [{ asset_price: 0 }, 'asset_price'],
    [{ asset_price: Number.POSITIVE_INFINITY }, 'asset_price'],
    [{ action_type: 'hodl' }, 'action_type'],
    [{ timeframe: '1w' }, 'timeframe'],
    [{ confidence_level: 11 }, 'confidence_level'],
    [{ client_id: 'a b' }, 'client_id'],
    [{ ai_signal_id: 1 }, 'ai_signal_id'],
    [{ ai_signal_id: 4_711, action_source: 'ai_signal' }, 'ai_signal_id'],
  ] as const) {
    const given = Object.fromEntries(
      Object.entries(trade(id, change)).filter(([, value]) => value !== undefined),
    );
    t.match(await refusal('trades.record', given, ada.me), { code: 'invalid_params', field }, field);
  }
  const short = await hold(ada, { asset_type: 'Short Position' });
  t.match(await refusal('trades.record', trade(short, { action_type: 'partial_sell' }), ada.me), {
    ...{ code: 'invalid_params', field: 'action_type' },
  });
  t.match(await refusal('trades.record', trade(id), bob.me), {
    code: 'not_found',
    field: 'portfolio_asset_id',
  });
});

t.test('a profit in another currency needs what that is worth', async (t) => {
  const id = await hold();
  await owner.query(
    `UPDATE assets SET quote_currency = 'ETH' WHERE symbol = 'BTC/USDT' AND data_source = 'demo'`,
  );
  t.teardown(() =>
    owner.query(
      `UPDATE assets SET quote_currency = 'USDT' WHERE symbol = 'BTC/USDT' AND data_source = 'demo'`,
    ),
  );
  t.match(await refusal('trades.record', trade(id), ada.me), {
    ...{ code: 'invalid_params', field: 'usd_per_quote', message: /ETH/ },
  });
  market.change('ticker:ETH/USDT', [NOW, 2_000, ...Array(10).fill(null)]);
  await ask('trades.record', trade(id, { asset_price: 10 }), ada.me);
  const sell = { action_type: 'sell', asset_price: 11, quantity: 1 };
  t.match(await ask('trades.record', trade(id, sell), ada.me), { trade: { pnl_realized_usd: 2_000 } });
  const told = { ...sell, usd_per_quote: 1_500 };
  t.match(await ask('trades.record', trade(id, told), ada.me), { trade: { pnl_realized_usd: 1_500 } });
});

t.test('sums that no column holds are refused, and leave the holding as it was', async (t) => {
  const id = await hold(ada, { quantity: 1e15, entry_price: 1 });
  const sell = { action_type: 'sell', asset_price: 1e12, quantity: 1e15, usd_per_quote: 1e6 };
  t.match(await refusal('trades.record', trade(id, sell), ada.me), {
    ...{ code: 'invalid_params', field: 'asset_price' },
  });
  t.match(await ask('trades.record', trade(id, { ...sell, asset_price: 2, usd_per_quote: 1 }), ada.me), {
    holding: { quantity: 0, pnl_realized_usd: 1e15 },
  });
});
