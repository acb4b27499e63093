import { rm } from 'node:fs/promises';
import t from 'tap';
import { userStore } from '../../src/app/user-store.js';
import { keyText } from '../../src/engine/analysis/signals/signal.js';
import { SIGNAL_PACE, type SignalTimeframe } from '../../src/engine/analysis/signals/signal-options.js';
import { bucketStart, FIXED_TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '../../src/timeframe.js';
import { callMethod, type MethodContext } from '../../src/ws/methods/registry.js';
import { AnalysesSite, COINS, type Coin, makeDataDir, makeWorlds } from '../support/analyses-site.js';
import { createTestDatabase } from '../support/database.js';
import { logIn } from '../support/logged-in.js';
import { buy, makePortfolio } from '../support/made-portfolio.js';
import { openTcpGate } from '../support/tcp-gate.js';
import { assertSignalsTold } from '../support/told-signals.js';
import { until } from '../support/until.js';
import { makeUser } from './live-site.js';

t.setTimeout(120_000);
const database = await createTestDatabase();
t.teardown(() => database.drop());
const dataDir = await makeDataDir();
t.teardown(() => rm(dataDir, { recursive: true, force: true }));
const { pool: owner, url } = database;
const gateway = await database.connect({ role: 'cryptopredict_gateway' });
const { me } = await logIn({ engine: owner, addUser: () => makeAdmin() }, 'admin');
const admin = { ...me, users: userStore(gateway, 'binance') } as MethodContext;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Monday that begins a month: all timeframes close there. */
const BOUNDARY = Date.UTC(2024, 6, 1);
const BEGIN = BOUNDARY - 3 * HOUR;
/** When the first process ends, a minute later, when the next begins and ends, and when the last one begins. */
const STOPPED = BOUNDARY + 30 * MINUTE;
const AGAIN = BOUNDARY + 52 * MINUTE;
const STOPPED_AGAIN = BOUNDARY + 2 * HOUR;
const AT_LAST = BOUNDARY + 3 * HOUR;
const worlds = makeWorlds();

interface SignalRow {
  readonly id: number;
  readonly symbol: string;
  readonly timeframe: SignalTimeframe;
  readonly candle_time: number;
  readonly signal_type: string;
  readonly status: string;
  readonly favorable: number | null;
  readonly adverse: number | null;
}

async function makeAdmin(): Promise<number> {
  const id = await makeUser(owner, 'admin');
  await owner.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [id]);
  return id;
}

async function read<T>(sql: string, values: readonly unknown[] = []): Promise<readonly T[]> {
  return (await owner.query(sql, [...values])).rows as T[];
}

function readSignals(): Promise<readonly SignalRow[]> {
  return read(
    `SELECT s.id, a.symbol, s.timeframe, s.candle_time, s.signal_type, s.status,
       s.max_favorable_excursion::float8 AS favorable, s.max_adverse_excursion::float8 AS adverse
     FROM ai_trading_signals s JOIN assets a ON a.id = s.asset_id ORDER BY s.id`,
  );
}

function idsOfActive(signals: readonly SignalRow[]): readonly number[] {
  return signals.filter(({ status }) => status === 'active').map(({ id }) => id);
}

/** Has the models ask for so much confidence of signals, as an admin does. */
async function ask(site: AnalysesSite, confidence: number): Promise<void> {
  const params = { ai_thresholds: { signal_confidence_min: confidence } };
  await callMethod(admin, 'admin.setConfig', params);
  await until('the setting is known', () => {
    const known = site.tables.settings.get('ai_thresholds')?.value as typeof params.ai_thresholds | undefined;
    return known?.signal_confidence_min === confidence;
  });
}

/** How many candles of a timeframe end after `from` and by `to`. */
function closes(timeframe: Timeframe, from: number, to: number): number {
  let count = 0;
  for (let time = from + MINUTE; time <= to; time += MINUTE) {
    if (bucketStart(timeframe, time) === time) count += 1;
  }
  return count;
}

t.test('hours over all boundaries: each row once, of its model, source and snapshot', async (t) => {
  const site = await AnalysesSite.start(t, { url, worlds, at: BEGIN, dataDir });
  const { userId, portfolioId } = await makePortfolio(owner);
  await buy(owner, portfolioId, 'BTC/USDT', BEGIN - HOUR, 7.5);
  await owner.query(
    `WITH list AS (INSERT INTO watchlists (name, user_id) VALUES ('Mine', $1) RETURNING id)
     INSERT INTO watchlist_assets (watchlist_id, asset_id)
     SELECT list.id, a.id FROM list, assets a WHERE a.symbol = 'SOL/USDT' AND a.data_source = 'binance'`,
    [userId],
  );
  const { analysis, ids } = site.analyses;
  await until('the portfolio is known', () => (analysis.portfolios.value(portfolioId)?.valueUsd ?? 0) > 0);
  const [btc] = worlds.BTC.candles('1m', BEGIN - MINUTE, BEGIN);
  t.equal(analysis.portfolios.value(portfolioId)?.valueUsd, 2 * (btc?.close ?? 0), 'valued before it trades');

  await ask(site, 0.99);
  await site.play(BEGIN + HOUR);
  t.equal(analysis.signals.live().length, 0, 'nothing is so sure');
  await ask(site, 0.3);
  await site.play(BOUNDARY + 5 * MINUTE);
  // After the day's close: its regime is that of the entry, once the holding is analysed.
  await buy(owner, portfolioId, 'ETH/USDT', BOUNDARY + 10 * MINUTE, 2);
  await site.play(STOPPED);
  await site.storage.writer.flush();

  const series = (table: string, timeframe: string, time: string): string =>
    `SELECT x.${timeframe} AS timeframe, count(*)::int AS n, count(DISTINCT x.${time})::int AS times,
       min(m.name) AS model, count(DISTINCT x.ai_model_id)::int AS models, bool_and(s.data_source = 'binance') AS source,
       bool_and(s.snapshot_time = x.analysis_time) AS same
     FROM ${table} x JOIN metrics_snapshot s ON s.id = x.metrics_snapshot_id JOIN ai_models m ON m.id = x.ai_model_id
     GROUP BY 1 ORDER BY 1`;
  const expectedOf = (model: string, rows: readonly (readonly [string, number, number])[]): unknown =>
    rows.map(([timeframe, n, times]) => ({
      ...{ timeframe, n, times, model, models: 1, source: true, same: true },
    }));

  t.strictSame(
    await read(
      `SELECT timeframe, count(*)::int AS n, bool_and(data_source = 'binance') AS source
       FROM metrics_snapshot GROUP BY 1 ORDER BY 1`,
    ),
    TIMEFRAMES.filter((timeframe) => timeframe !== '1M').map((timeframe) => ({
      ...{ timeframe, n: closes(timeframe, BEGIN, STOPPED), source: true },
    })),
  );
  t.strictSame(
    await read(series('ai_regime_analysis', 'analysis_timeframe', 'analysis_time')),
    expectedOf('macro_regime', [
      ['1h', 3, 3],
      ...(['4h', '1d', '1w', '1M'] as const).map((timeframe) => [timeframe, 1, 1] as const),
    ]),
  );
  const [month] = await read<{ timeframe: string }>(
    `SELECT s.timeframe FROM ai_regime_analysis r JOIN metrics_snapshot s ON s.id = r.metrics_snapshot_id
     WHERE r.analysis_timeframe = '1M'`,
  );
  t.equal(month?.timeframe, '1d', 'a month has the snapshot of its last day');
  const periods = (each: number): readonly (readonly [string, number, number])[] => [
    ...[['1h', 3 * each, 3] as const, ['4h', each, 1] as const],
    ...(['1d', '7d', '30d'] as const).map((period) => [period, each, 1] as const),
  ];
  const sectors = site.looked.at(-1)?.sectors?.history.length ?? 0;
  t.equal(sectors, COINS.length, 'each coin has a sector of its own');
  const [active] = await read<{ n: number }>('SELECT count(*)::int AS n FROM sectors WHERE is_active');
  t.strictSame(
    await read(series('ai_sector_analysis', 'timeframe', 'analysis_time')),
    expectedOf('sector_rotation', periods(active?.n ?? 0)),
  );
  t.strictSame(
    await read(series('ai_cross_sector_analysis', 'timeframe', 'analysis_time')),
    expectedOf('sector_rotation', periods(1)),
  );
  t.strictSame(
    await read(
      `SELECT timeframe, count(*)::int AS n, count(DISTINCT (sector_id, candle_time))::int AS times FROM sector_history
       WHERE data_source = 'binance' GROUP BY 1 ORDER BY 1`,
    ),
    TIMEFRAMES.map((timeframe) => {
      const n = sectors * closes(timeframe, BEGIN, STOPPED);
      return { timeframe, n, times: n };
    }),
  );
  t.strictSame(
    await read(series('ai_watchlist_analysis', 'timeframe', 'analysis_time')),
    expectedOf('asset_selection', [
      ['1h', 2 * 3, 3],
      ['4h', 2, 1],
      ['1d', 2, 1],
    ]),
    "of the default list with our coins and of the user's own; those that are empty have none",
  );
  t.strictSame(
    await read(series('ai_portfolio_analysis', 'timeframe', 'analysis_time')),
    expectedOf('asset_selection', periods(1)),
  );
  const signals = await readSignals();
  t.ok(signals.length >= 4, `${signals.length} signals since less is asked for`);
  await assertSignalsTold(t, owner);
  const live = analysis.signals.live();
  t.ok(live.length > 0);
  await until('all rows are known', () => live.every(({ draft }) => ids.of(keyText(draft)) !== null));
  t.strictSame(live.map(({ draft }) => ids.of(keyText(draft))).toSorted(), idsOfActive(signals));

  // Between two candles of any timeframe by which indices are taken up again.
  await site.play(STOPPED + MINUTE);
  site.analyses.noteExcursions();
  await site.stop();
  t.equal(site.storage.writer.stats.rejected, 0);
  t.equal((await readSignals()).length, signals.length, 'to stop changes nothing');
});

t.test('a restart goes on: signals live, none is given twice, indices go on', async (t) => {
  const before = await readSignals();
  const gate = await openTcpGate(url);
  t.teardown(() => gate.close());
  const site = await AnalysesSite.start(t, {
    ...{ url, worlds, at: AGAIN, dataDir, engineUrl: gate.url },
  });
  const { analysis, ids } = site.analyses;
  await site.storage.writer.flush();
  const after = await readSignals();
  const live = analysis.signals.live();
  t.strictSame(
    live.map(({ draft }) => ids.of(keyText(draft))).toSorted(),
    idsOfActive(after),
    'those that are active are live',
  );
  for (const { id, favorable, adverse } of before) {
    const now = live.find(({ draft }) => ids.of(keyText(draft)) === id);
    if (now === undefined) continue;
    t.ok((now.maxFavorableExcursion ?? 0) !== 0 || favorable === null, 'it has gone as far as before');
    t.ok((now.maxAdverseExcursion ?? 0) !== 0 || adverse === null);
  }

  // The database goes away for a while.
  gate.shut();
  await site.play(BOUNDARY + HOUR + 20 * MINUTE);
  gate.open();
  await site.play(STOPPED_AGAIN);
  await site.storage.writer.flush();
  t.equal(site.storage.writer.stats.rejected, 0);
  t.ok(site.storage.writer.stats.retries > 0, 'it was away');
  const minutes = await read<{ n: number }>(
    `SELECT count(*)::int AS n FROM metrics_snapshot WHERE timeframe = '1m' AND snapshot_time > to_timestamp($1)`,
    [AGAIN / 1_000],
  );
  t.equal(minutes[0]?.n, (STOPPED_AGAIN - AGAIN) / MINUTE, 'nothing is lost');
  const all = await readSignals();
  for (const one of all) {
    const pause = SIGNAL_PACE[one.timeframe].cooldown * FIXED_TIMEFRAME_MS[one.timeframe];
    const near = all.filter(
      (other) =>
        other.id !== one.id &&
        other.symbol === one.symbol &&
        other.timeframe === one.timeframe &&
        other.signal_type === one.signal_type &&
        Math.abs(other.candle_time - one.candle_time) < pause,
    );
    t.strictSame(near, [], `${one.symbol} ${one.timeframe} ${one.signal_type} keeps its pause`);
  }
  await assertSignalsTold(t, owner);

  // Each sector is one coin: its index moves as the coin does, over the time in which nobody looked too.
  for (const coin of COINS) {
    const rows = await read<{ time: number; close: number }>(
      `SELECT h.candle_time AS "time", (h.technical_indicators #>> '{index,close}')::float8 AS close
       FROM sector_history h JOIN sector_mapping m ON m.sector_id = h.sector_id JOIN assets a ON a.id = m.asset_id
       WHERE a.symbol = $1 AND a.data_source = 'binance' AND h.timeframe = '1m' ORDER BY 1`,
      [`${coin}/USDT`],
    );
    const ratios = rows.map(({ time, close }) => close / priceAt(coin, time));
    const [first = 0] = ratios;
    t.ok(
      ratios.length > 200 && ratios.every((ratio) => Math.abs(ratio / first - 1) < 1e-9),
      `${coin}: ${Math.min(...ratios) / first} to ${Math.max(...ratios) / first}`,
    );
  }
  // The holding that was bought after the day had closed.
  const [entry] = await read<{ regime: string; fees: number }>(
    `SELECT a.analysis_data -> 'entry_analysis' ->> 'regime' AS regime,
       (SELECT (p.analysis_data ->> 'fees_usd')::float8 FROM ai_portfolio_analysis p ORDER BY p.id DESC LIMIT 1) AS fees
     FROM ai_portfolio_asset_analysis a JOIN portfolio_assets h ON h.id = a.portfolio_asset_id
     JOIN assets s ON s.id = h.asset_id WHERE s.symbol = 'ETH/USDT' ORDER BY a.id DESC LIMIT 1`,
  );
  const [daily] = await read<{ regime: string }>(
    `SELECT current_regime AS regime FROM ai_regime_analysis WHERE analysis_timeframe = '1d'`,
  );
  t.strictSame(entry, { regime: daily?.regime, fees: 9.5 });
  await site.stop();
});

t.test('signals whose stop or target was passed while nobody looked end at the start, once', async (t) => {
  const before = (await readSignals()).filter(({ status }) => status === 'active');
  t.ok(before.length > 0);
  // All rise by half: longs are at their targets, shorts at their stops.
  const risen = makeWorlds({ at: STOPPED_AGAIN, factor: 1.5 });
  const site = await AnalysesSite.start(t, { url, worlds: risen, at: AT_LAST, dataDir });
  await site.storage.writer.flush();
  t.equal(site.analyses.analysis.signals.live().length, 0);
  const after = await readSignals();
  t.strictSame(
    after.filter(({ id }) => before.some((one) => one.id === id)).map(({ status }) => status),
    before.map(() => 'executed'),
  );
  await assertSignalsTold(t, owner);
  await site.stop();
  await site.analyses.settle();
  t.equal(
    site.analyses.host.isBusy,
    false,
    'no indices are made by one that was stopped before its history was in',
  );
});

function priceAt(coin: Coin, time: number): number {
  return worlds[coin].candles('1m', time, time + MINUTE)[0]?.close ?? Number.NaN;
}
