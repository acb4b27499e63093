import t from 'tap';
import { SignalIds } from '../../../src/app/signal-ids.js';
import { insertSignals, type NewSignal } from '../../../src/store/repositories/signals.js';
import { PORTFOLIO_FIELDS } from '../../../src/user-view-fields.js';
import type { UserViews } from '../../../src/ws/ports.js';
import { type LoggedIn, logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';
import { makeModel, signal } from '../../support/signals.js';
import { NOW } from '../gateway-site.js';

const site = await openMethodSite(t);
const { ask, refusal, owner, market, assetIds, addAssets } = site;
const [bob, root] = [await logIn(site), await logIn(site, 'admin')];
const modelId = await makeModel(owner);
const [btc = 0] = assetIds;
let made = 0;

/** Gives the id of a new active signal: long at 100, with a stop at 90. */
async function addSignal(different: Partial<NewSignal> = {}): Promise<number> {
  const candleTime = Date.UTC(2024, 0, 1) + ++made * 60_000;
  const prices = { entryPrice: 100, stopLoss: 90, targetPrice: 130, riskLevel: 'medium' } as const;
  const channels = ['signals', 'signals:BTC/USDT'];
  await insertSignals(owner, [
    signal(modelId, { assetId: btc, candleTime, channels, ...prices, ...different }),
  ]);
  const { rows } = await owner.query<{ id: number }>('SELECT max(id) AS id FROM ai_trading_signals');
  return rows[0]?.id ?? 0;
}

/** A user whose position may be 1,000 USD, and lose 2 % of the portfolio with others. */
function trader(): Promise<LoggedIn> {
  return logIn(site);
}

function request(id: number, different: Record<string, unknown> = {}): Record<string, unknown> {
  const base = {
    position_size: 2,
    portfolio_percentage: 10,
    execution_type: 'manual',
    risk_confirmation: true,
  };
  return { id, ...base, ...different };
}

t.beforeEach(() => {
  market.change('ticker:BTC/USDT', [NOW, 100, ...Array(10).fill(null)]);
});

t.test('a signal is executed within the limits, and says what they were held against', async (t) => {
  const ada = await trader();
  const [first, second] = [await addSignal(), await addSignal()];
  const done = await ask('signals.execute', request(first), ada.me);
  t.match(done, {
    ...{ signal_id: first, symbol: 'BTC/USDT', signal_type: 'long', position_size: 2, status: 'pending' },
    ...{ execution_price: null, portfolio_percentage: 10, execution_type: 'manual' },
    execution_details: {
      ...{ risk_confirmation: true, price: 100, value_usd: 200, percentage: 10, open_risk_share: 0 },
      ...{ max_position_size: 1_000, max_portfolio_risk: 0.02, portfolio_value_usd: null },
    },
  });
  t.same(unexplained(done, ['execution_details']), []);
  const filled = await ask(
    'signals.execute',
    request(second, { execution_price: 96, position_size: 1, portfolio_percentage: 3.2 }),
    ada.me,
  );
  t.match(filled, { execution_price: 96, status: 'filled', execution_details: { value_usd: 96 } });
  const shares = filled.execution_details as { risk_share: number; open_risk_share: number };
  t.same(
    [shares.risk_share.toFixed(12), shares.open_risk_share.toFixed(12)],
    ['0.002000000000', '0.010000000000'],
  );
  const list = await ask('signals.executions', { limit: 1 }, ada.me);
  t.match(list, { items: [{ signal_id: second }], next_cursor: String });
  t.match(await ask('signals.executions', { cursor: list.next_cursor }, ada.me), {
    ...{ items: [{ signal_id: first }], next_cursor: null },
  });
  t.same((await ask('signals.executions', {}, bob.me)).items, []);
  const { rows } = await owner.query('SELECT action, entity_id FROM user_activities WHERE user_id = $1', [
    ada.id,
  ]);
  t.match(rows, [{ action: 'execute', entity_id: first }, { entity_id: second }]);
});

t.test('each limit refuses by name, with the limit in the message, and nothing is written', async (t) => {
  const ada = await trader();
  const [id, noStop, risky] = [
    await addSignal(),
    await addSignal({ stopLoss: null }),
    await addSignal({ riskLevel: 'extreme' }),
  ];
  const check = async (params: Record<string, unknown>, field: string, message: RegExp): Promise<void> => {
    t.match(await refusal('signals.execute', params, ada.me), { code: 'conflict', field, message });
  };
  await check(request(id, { position_size: 11 }), 'position_size', /1100\.00 USD; .*1000\.00 USD/);
  await check(request(id, { portfolio_percentage: 21 }), 'position_size', /2\.1 %.* 2 %/);
  await check(request(noStop), 'id', /no stop/);
  await check(request(id, { execution_price: 90 }), 'id', /reached the stop/);
  await ask('risk.update', { risk_rules: { max_risk_level: 'medium', allow_automatic: false } }, ada.me);
  await check(request(risky), 'id', /extreme; .*medium/);
  await check(request(id, { execution_type: 'automatic' }), 'execution_type', /allow_automatic/);
  await ask('risk.update', { risk_rules: { max_open_executions: 0 } }, ada.me);
  await check(request(id), 'id', /max_open_executions is 0/);
  await ask('risk.update', { risk_rules: {}, max_portfolio_risk: 0 }, ada.me);
  await check(request(id), 'position_size', /max_portfolio_risk is 0 %/);
  t.same((await ask('signals.executions', {}, ada.me)).items, []);
});

t.test('of executions at once no more fit in than the limit has room for', async (t) => {
  const ada = await trader();
  // Each loses 1 % of the portfolio at its stop, and 2 % is the limit.
  const ids = [await addSignal(), await addSignal(), await addSignal(), await addSignal()];
  const outcomes = await Promise.all(ids.map((id) => refusal('signals.execute', request(id), ada.me)));
  t.match(
    outcomes.filter((one) => one !== null),
    [{ code: 'conflict', field: 'position_size' }, { code: 'conflict' }],
  );
  const { items } = await ask('signals.executions', {}, ada.me);
  t.equal((items as unknown[]).length, 2);
  const [{ signal_id: ended } = { signal_id: 0 }] = items as { signal_id: number }[];
  await ask('signals.cancel', { id: ended, reason: 'room' }, root.me);
  const left = ids.filter((id) => !(items as { signal_id: number }[]).some((one) => one.signal_id === id));
  await ask('signals.execute', request(left[0] ?? 0), ada.me);
});

t.test('one signal is executed once, however many requests come at once', async (t) => {
  const ada = await trader();
  const id = await addSignal();
  const small = request(id, { portfolio_percentage: 1 });
  const outcomes = await Promise.all([1, 2, 3].map(() => refusal('signals.execute', small, ada.me)));
  t.match(
    outcomes.filter((one) => one !== null),
    [{ code: 'conflict', field: 'id', message: /already/ }, { code: 'conflict' }],
  );
});

t.test('a portfolio whose value is known counts more than what is said of it', async (t) => {
  const ada = await trader();
  const id = await addSignal();
  const views = (value: number | null): { userViews: UserViews } => ({
    userViews: {
      state: async () => ({
        ...{ offset: 1, time: NOW },
        row: PORTFOLIO_FIELDS.map((field) => (field === 'total_value_usd' ? value : null)),
      }),
    },
  });
  // 200 USD of 500 USD are 40 %, of which a tenth is lost: 4 %.
  const poor = { ...ada.me, ...views(500) };
  t.match(await refusal('signals.execute', request(id), poor), { code: 'conflict', message: /loses 4 %/ });
  const { portfolio_percentage: _, ...unsaid } = request(id);
  t.match(await refusal('signals.execute', unsaid, ada.me), {
    ...{ code: 'invalid_params', field: 'portfolio_percentage' },
  });
  t.match(await refusal('signals.execute', unsaid, { ...ada.me, ...views(0) }), { code: 'conflict' });
  t.match(await ask('signals.execute', unsaid, { ...ada.me, ...views(10_000) }), {
    ...{ portfolio_percentage: null, execution_details: { portfolio_value_usd: 10_000, percentage: 2 } },
  });
});

t.test('what is not confirmed, not known, not there or over is not executed', async (t) => {
  const ada = await trader();
  const [id, over] = [await addSignal(), await addSignal({ expiresAt: Date.UTC(2024, 5, 1) })];
  const [elsewhere = 0] = await addAssets(1);
  const foreign = await addSignal({ assetId: elsewhere });
  const mine = await addSignal({ userId: bob.id });
  t.match(await refusal('signals.execute', request(id, { risk_confirmation: false }), ada.me), {
    ...{ code: 'invalid_params', field: 'risk_confirmation' },
  });
  for (const field of ['position_size', 'execution_type', 'risk_confirmation', 'id']) {
    const { [field]: _, ...rest } = request(id);
    t.match(await refusal('signals.execute', rest, ada.me), { code: 'invalid_params', field }, field);
  }
  t.match(await refusal('signals.execute', request(over), ada.me), { code: 'conflict', field: 'id' });
  for (const unseen of [foreign, mine, 4_711_000]) {
    t.match(await refusal('signals.execute', request(unseen), ada.me), { code: 'not_found', field: 'id' });
  }
  market.states.delete('ticker:BTC/USDT');
  t.match(await refusal('signals.execute', request(id), ada.me), { code: 'unavailable', message: /price/ });
  t.match(await refusal('signals.execute', request(id)), { code: 'unauthenticated' });
});

t.test('a price that nothing confirms any more is none to hold limits against', async (t) => {
  const ada = await trader();
  const id = await addSignal();
  const other = await addSignal();
  const old = NOW - 5 * 60_000 - 1_000;
  market.change('ticker:BTC/USDT', [old, 100, ...Array(10).fill(null)]);
  const simulated = { execution_details: { price: 100 } };
  t.match(await ask('signals.execute', request(other, { position_size: 1 }), ada.me), simulated);
  market.isSimulated = () => false;
  t.match(await refusal('signals.execute', request(id), ada.me), {
    ...{ code: 'unavailable', message: /price of BTC\/USDT is not current: the newest is of 20/ },
  });
  t.equal(((await ask('signals.executions', {}, ada.me)).items as unknown[]).length, 1);
  // Nobody traded, and the minutes closed all the same.
  market.recent = [[NOW - 120_000]];
  t.teardown(() => {
    market.recent = [];
    market.isSimulated = () => true;
  });
  t.match(await ask('signals.execute', request(id), ada.me), { execution_details: { price: 100 } });
});

t.test('an admin ends a signal once, and everybody is told', async (t) => {
  const id = await addSignal();
  const params = { id, reason: 'bad data' };
  t.match(await refusal('signals.cancel', params, bob.me), { code: 'forbidden' });
  t.match(await refusal('signals.cancel', { id }, root.me), { code: 'invalid_params', field: 'reason' });
  const outcomes = await Promise.all([1, 2].map(() => refusal('signals.cancel', params, root.me)));
  t.match(
    outcomes.filter((one) => one !== null),
    [{ code: 'conflict', field: 'id' }],
  );
  t.match(await refusal('signals.cancel', { ...params, id: 4_711_000 }, root.me), {
    ...{ code: 'not_found', field: 'id' },
  });
  const { rows } = await owner.query(
    `SELECT channel, data FROM outbox WHERE data ->> 'reason' = 'bad data' ORDER BY id`,
  );
  t.match(rows, [
    { channel: 'signals', data: { id, status: 'cancelled', former_status: 'active' } },
    { channel: 'signals:BTC/USDT', data: { id } },
  ]);
  t.equal(rows.length, 2);
  const { rows: acts } = await owner.query(
    `SELECT user_id, session_id, user_agent FROM user_activities WHERE action = 'cancel' AND entity_id = $1`,
    [id],
  );
  t.match(acts, [{ user_id: root.id, session_id: root.me.caller?.user?.sessionId, user_agent: 'test/1' }]);
  const { rows: events } = await owner.query<{ data: unknown }>(
    `SELECT data FROM outbox WHERE channel = 'signals' AND (data ->> 'id')::bigint = $1 ORDER BY id`,
    [id],
  );
  const ids = new SignalIds(modelId);
  const heard = events.map(({ data }) => ids.heard(data));
  t.match(heard, [null, { key: { assetId: btc, signalType: 'long' }, reason: 'bad data' }]);
  t.match(await ask('signals.cancel', { id: await addSignal(), reason: 'x' }, root.me), {
    ...{ symbol: 'BTC/USDT', status: 'cancelled', reason: 'x' },
  });
});
