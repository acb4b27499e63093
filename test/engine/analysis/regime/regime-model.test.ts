import t from 'tap';
import { columnOf } from '../../../../src/engine/analysis/columns.js';
import type { RegimeState } from '../../../../src/engine/analysis/contexts.js';
import { FormingReader } from '../../../../src/engine/analysis/forming-reader.js';
import { type Candle, RegimePlayer, randomCandles } from './regime-player.js';

const DAILY = 5;
const DAY = 86_400_000;
const METRICS = { cryptoMarketBreadth: 62, btcDominance: 54 };

t.test('durations are those of plain counting', async (t) => {
  const player = new RegimePlayer();
  const seen: { readonly regime: string; readonly end: number }[] = [];
  for (const [i, candle] of randomCandles(1000, 19).entries()) {
    const row = i % 20 === 0 ? player.close('1d', candle) : player.follow('1d', candle);
    const state = player.model.newest(DAILY);
    if (state === null) continue;
    const end = candle.time + DAY;
    seen.push({ regime: state.regime, end });
    const start = seen.findLastIndex(({ regime }) => regime !== state.regime) + 1;
    if (state.since !== seen[start]?.end) t.fail(`since ${state.since}`);
    const days = start === 0 ? null : (end - state.since) / DAY;
    if (row && row.regimeDurationDays !== days) t.fail(`${row.regimeDurationDays} days, not ${days}`);
  }
  const starts = seen.flatMap(({ regime }, i) => (i > 0 && seen[i - 1]?.regime !== regime ? [i] : []));
  const last = starts.at(-1) as number;
  const spells = starts.slice(0, -1).map((start, i) => ({
    regime: seen[start]?.regime,
    candles: (starts[i + 1] as number) - start,
  }));
  const statistics = player.model.statistics(DAILY) as Record<string, unknown>;
  const own = spells.filter(({ regime }) => regime === seen[last]?.regime).map(({ candles }) => candles);
  t.equal(statistics.completed_spells, own.length);
  t.ok(own.length >= 3, `${own.length} spells`);
  const sorted = own.toSorted((a, b) => a - b);
  const middle =
    (sorted[Math.floor((own.length - 1) / 2)] as number) +
    (sorted[Math.ceil((own.length - 1) / 2)] as number);
  t.equal(statistics.typical_duration_days, middle / 2);
});

t.test('a forming candle that closes as it stands gives the same row, and keeps nothing', async (t) => {
  const player = new RegimePlayer();
  const candles = randomCandles(470, 77);
  const [atr, rsi] = [columnOf('atr_14'), columnOf('rsi_14')];
  for (const [i, candle] of candles.entries()) {
    if (i < 440) {
      player.close('1d', candle, METRICS);
      continue;
    }
    const forming = new FormingReader(player.book, (_, timeframe) => (timeframe === DAILY ? candle : null));
    // The structure is of closed candles; here it has this one, as it has when the frame of the close is computed.
    const before = candles.slice(i - 20, i).reduce((sum, { volume }) => sum + volume, 0) / 20;
    const values = {
      atr: forming.value(0, DAILY, atr),
      rsi: forming.value(0, DAILY, rsi),
      meanVolume: before,
    };
    player.structures.push(0, DAILY, { ...candle, ...values });
    const state = player.model.newest(DAILY);
    const statistics = JSON.stringify(player.model.statistics(DAILY));
    const live = player.model.live(player.frame('1d', candle.time, forming), METRICS);
    t.same(player.model.newest(DAILY), state);
    t.equal(JSON.stringify(player.model.statistics(DAILY)), statistics);
    player.book.push(0, DAILY, candle);
    const closed = player.model.closed(player.frame('1d', candle.time), METRICS);
    t.ok(closed !== null);
    t.equal(JSON.stringify(live), JSON.stringify(closed), 'bit for bit');
  }
});

t.test('no future alters a row that was made', async (t) => {
  const past = randomCandles(200, 3);
  const end = past.at(-1) as Candle;
  const futures = [randomCandles(60, 8, { drift: 0.03 }), randomCandles(60, 9, { drift: -0.03 })];
  const rows = futures.map((future) => {
    const player = new RegimePlayer();
    const scale = end.close / 100;
    const after = future.map(({ open, high, low, close, volume }, i) => ({
      time: end.time + (i + 1) * DAY,
      open: open * scale,
      high: high * scale,
      low: low * scale,
      close: close * scale,
      volume,
    }));
    return [...past, ...after].map((candle) => JSON.stringify(player.close('1d', candle)));
  });
  t.same(rows[0]?.slice(0, 200), rows[1]?.slice(0, 200));
  t.not(rows[0]?.at(-1), rows[1]?.at(-1), 'the futures differ');
});

t.test('two plays of the same candles give the same rows, and following gives the same states', async (t) => {
  const candles = randomCandles(300, 12);
  const [a, b, c] = [new RegimePlayer(), new RegimePlayer(), new RegimePlayer()];
  const rowsOf = (player: RegimePlayer) =>
    candles.map((candle) => JSON.stringify(player.close('1d', candle)));
  t.same(rowsOf(a), rowsOf(b));
  for (const candle of candles) c.follow('1d', candle);
  t.same(c.model.newest(DAILY), a.model.newest(DAILY));
  t.equal(JSON.stringify(c.model.statistics(DAILY)), JSON.stringify(a.model.statistics(DAILY)));
});

t.test('other timeframes count as they were strictly before', async (t) => {
  const player = new RegimePlayer();
  const days = randomCandles(60, 21);
  const hour = 3_600_000;
  const first = days[0] as Candle;
  const hours = randomCandles(60, 22).map((candle, i) => ({
    ...candle,
    time: first.time + (59 * 24 + i - 36) * hour,
  }));
  const boundary = first.time + 60 * DAY;
  for (const candle of hours) if (candle.time + hour < boundary) player.follow('1h', candle);
  for (const candle of days.slice(0, -1)) player.follow('1d', candle);
  const atBoundary = hours.find(({ time }) => time + hour === boundary) as Candle;
  const before = player.model.newest(3) as RegimeState;
  player.follow('1h', atBoundary);
  const row = player.close('1d', days.at(-1) as Candle);
  const alignment = row?.timeframeAlignment as Record<string, { confidence: number }>;
  t.equal(
    alignment['1h']?.confidence,
    Number(before.confidence.toPrecision(6)),
    'not the hour that ends with the day',
  );
  t.equal(player.model.before(3, boundary)?.time, boundary - hour);
  t.equal(player.model.newest(3)?.time, boundary);
  t.ok(row?.timeframeConsensusScore !== null);
});

t.test(
  'there is no regime of short candles, without BTC in dollars, or while its candle is late',
  async (t) => {
    const player = new RegimePlayer();
    const candles = randomCandles(60, 2);
    for (const candle of candles) player.push('1d', candle);
    const last = candles.at(-1) as Candle;
    t.equal(player.model.closed(player.frame('15m', last.time), null), null);
    t.equal(
      player.model.closed(player.frame('1d', last.time + DAY), null),
      null,
      'its candle has not closed',
    );
    player.market.setAssets([{ ...player.market.assets[0], quote: 'EUR' } as never]);
    t.equal(player.model.closed(player.frame('1d', last.time), null), null);
    t.equal(player.model.newest(DAILY), null);
    t.equal(player.model.statistics(DAILY), null);
    t.equal(player.model.forecast(DAILY, 5), null);
  },
);

t.test('a forecast is given once thirty candles have followed the regime', async (t) => {
  const player = new RegimePlayer();
  for (const candle of randomCandles(100, 6, { drift: 0.01 })) player.follow('1d', candle);
  t.equal(player.model.newest(DAILY)?.regime, 'Bull', 'a market that rises');
  const chances = player.model.forecast(DAILY, 10);
  t.ok(chances !== null && chances.Bull > 0.5);
  const sum = Object.values(chances ?? {}).reduce((all, chance) => all + chance, 0);
  t.ok(Math.abs(sum - 1) < 1e-9);
});
