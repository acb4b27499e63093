import t from 'tap';
import type { NewExecution, RiskCheck } from '../../../src/store/action-records.js';
import {
  addPortfolioAsset,
  ensurePortfolio,
  getPortfolio,
} from '../../../src/store/repositories/portfolios.js';
import { updateRisk } from '../../../src/store/repositories/risk.js';
import { executeSignal, listExecutions } from '../../../src/store/repositories/signal-executions.js';
import { insertSignals } from '../../../src/store/repositories/signals.js';
import { listTrades } from '../../../src/store/repositories/trades.js';
import { makeModel, signal } from '../../support/signals.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, as, addUser, addAssets } = await openUserSite(t);
const [assetId = 0] = await addAssets(1);
const modelId = await makeModel(owner);
let signals = 0;

/** Makes an active signal. */
async function addSignal(): Promise<number> {
  const candleTime = Date.UTC(2024, 0, 1) + ++signals * 60_000;
  const prices = { entryPrice: 100, stopLoss: 90, targetPrice: 130 };
  await insertSignals(owner, [signal(modelId, { assetId, candleTime, channels: [], ...prices })]);
  const { rows } = await owner.query<{ id: number }>('SELECT max(id) AS id FROM ai_trading_signals');
  return rows[0]?.id ?? 0;
}

const NO_LIMIT: RiskCheck = () => ({ risk_confirmation: true });

async function execute(
  userId: number,
  signalId: number,
  request: Partial<NewExecution> = {},
  check = NO_LIMIT,
): ReturnType<typeof executeSignal> {
  const base = { signalId, positionSize: '0.5', executionType: 'manual' } as const;
  return as(userId, (db) => executeSignal(db, userId, { ...base, ...request }, check));
}

t.test('a signal is executed, pending without a price and filled with one', async (t) => {
  const ada = await addUser();
  const [first, second] = [await addSignal(), await addSignal()];
  t.match(await execute(ada, first, { portfolioPercentage: '5.2' }), {
    outcome: 'executed',
    execution: {
      signalId: first,
      symbol: 'X1/USDT',
      signalType: 'long',
      executionPrice: null,
      positionSize: '0.5',
      portfolioPercentage: '5.2',
      executionType: 'manual',
      status: 'pending',
      executionDetails: { risk_confirmation: true },
      executedAt: Number,
    },
  });
  t.match(
    await execute(ada, second, { executionPrice: '100.000000000000000001', executionType: 'automatic' }),
    {
      execution: { status: 'filled', executionPrice: '100.000000000000000001', executionType: 'automatic' },
    },
  );
});

t.test('a user executes a signal once, however many requests come at once', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const id = await addSignal();
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => execute(ada, id)));
  t.equal(outcomes.filter(({ outcome }) => outcome === 'executed').length, 1);
  t.equal(outcomes.filter(({ outcome }) => outcome === 'conflict').length, 4);
  t.match(await execute(bob, id), { outcome: 'executed' }, 'others may');
  await owner.query(`UPDATE signal_executions SET status = 'cancelled' WHERE user_id = $1`, [ada]);
  t.match(await execute(ada, id), { outcome: 'executed' }, 'again when it was cancelled');
});

t.test('a signal that is over is not executed', async (t) => {
  const ada = await addUser();
  const [cancelled, expired, done] = [await addSignal(), await addSignal(), await addSignal()];
  await execute(ada, done);
  await owner.query(`UPDATE ai_trading_signals SET status = 'cancelled' WHERE id IN ($1, $2)`, [
    cancelled,
    done,
  ]);
  await owner.query(`UPDATE ai_trading_signals SET expires_at = now() - interval '1 s' WHERE id = $1`, [
    expired,
  ]);
  t.same(await execute(ada, cancelled), { outcome: 'not_active' });
  t.same(await execute(ada, expired), { outcome: 'not_active' });
  t.same(await execute(ada, done), { outcome: 'conflict' }, 'one that was done is told so');
  t.same(await execute(ada, 4_711), { outcome: 'not_found' });
});

t.test('the limits of risk refuse it, and see what another execution has taken', async (t) => {
  const ada = await addUser();
  await as(ada, (db) => updateRisk(db, ada, { maxPositionSize: 40 }));
  const id = await addSignal();
  const check: RiskCheck = (risk, { entryPrice }) => {
    if (Number(entryPrice) * 0.5 > Number(risk.maxPositionSize)) throw new Error('too large');
    return {};
  };
  await t.rejects(execute(ada, id, {}, check), { message: 'too large' });
  t.same((await as(ada, (db) => listExecutions(db, ada, {}))).items, []);
  await as(ada, (db) => updateRisk(db, ada, { maxPositionSize: 50 }));
  t.match(await execute(ada, id, {}, check), { outcome: 'executed' });

  const seen: unknown[] = [];
  const share: RiskCheck = (_risk, _signal, open) => {
    seen.push(open);
    return { risk_share: 0.25 };
  };
  const [first, over, next] = [await addSignal(), await addSignal(), await addSignal()];
  await execute(ada, first, {}, share);
  await execute(ada, over, {}, share);
  await owner.query(`UPDATE ai_trading_signals SET status = 'executed' WHERE id = $1`, [over]);
  await execute(ada, next, {}, share);
  t.same(seen, [
    { count: 1, riskShare: 0 },
    { count: 2, riskShare: 0.25 },
    { count: 2, riskShare: 0.25 },
  ]);

  // One at a time is in the check: the second looks when the first has been written.
  let inside = 0;
  let most = 0;
  const slow = async (signalId: number): Promise<unknown> =>
    as(ada, async (db) => {
      const result = await executeSignal(
        db,
        ada,
        { signalId, positionSize: 1, executionType: 'manual' },
        () => {
          most = Math.max(most, ++inside);
          return {};
        },
      );
      await db.query('SELECT pg_sleep(0.02)');
      inside--;
      return result;
    });
  await Promise.all([await addSignal(), await addSignal(), await addSignal()].map(slow));
  t.equal(most, 1);
});

t.test('the holding moves with it, or nothing of it is done', async (t) => {
  const ada = await addUser();
  const held = await as(ada, async (db) =>
    addPortfolioAsset(db, ada, await ensurePortfolio(db, ada), { assetId, assetType: 'Long Position' }),
  );
  const id = await addSignal();
  const trade = {
    portfolioAssetId: held?.id ?? 0,
    actionType: 'entry',
    assetPrice: 100,
    quantity: '0.5',
    timeframe: '1h',
    usdPerQuote: 1,
  } as const;
  await t.rejects(execute(ada, id, { executionPrice: 100, trade: { ...trade, portfolioAssetId: 4_711 } }), {
    name: 'ExecutionTradeError',
  });
  t.same((await as(ada, (db) => listExecutions(db, ada, {}))).items, []);
  t.match(await execute(ada, id, { executionPrice: 100, trade }), { outcome: 'executed' });
  t.match(await as(ada, (db) => listTrades(db, ada, {})), {
    items: [{ actionType: 'entry', actionSource: 'ai_signal', aiSignalId: id, quantity: '0.5' }],
  });
  t.match(await as(ada, (db) => getPortfolio(db, ada)), { assets: [{ quantity: '0.5', entryPrice: '100' }] });
});

t.test('users list their own executions, page by page', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const ids: number[] = [];
  for (let n = 0; n < 5; n++) ids.push(await addSignal());
  for (const id of ids) await execute(ada, id);
  await execute(bob, ids[0] ?? 0);
  await owner.query('UPDATE signal_executions SET executed_at = $1', [new Date(1_700_000_000_000)]);
  for (const limit of [1, 2, 5]) {
    const all = await as(ada, (db) =>
      readAll((cursor) => listExecutions(db, ada, { limit, ...(cursor === undefined ? {} : { cursor }) })),
    );
    t.same(
      all.map(({ signalId }) => signalId),
      ids.toReversed(),
    );
  }
  t.same((await as(bob, (db) => listExecutions(db, ada, {}))).items, []);
});
