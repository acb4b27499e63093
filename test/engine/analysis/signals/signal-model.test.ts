import t from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import type { Contexts, RegimeState, SectorState } from '../../../../src/engine/analysis/contexts.js';
import type { SignalDraft } from '../../../../src/engine/analysis/signals/signal.js';
import type { StoredSignal } from '../../../../src/engine/analysis/signals/signal-model.js';
import { SIGNAL_DEFAULTS } from '../../../../src/engine/analysis/signals/signal-options.js';
import { timeframeIndex } from '../../../../src/timeframe.js';
import { type PlayedCandle, SignalMarket } from '../../../support/signal-market.js';
import { closesOf, endOf, walk } from '../../../support/walking-market.js';

const START = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;
const DAYS = 60;
const OPTIONS = { ...SIGNAL_DEFAULTS, minConfidence: 0.55, minStopPct: 0.4, minRiskReward: 1.5 };
const BASES = ['BTC', 'ETH'];
const WALKS: readonly (readonly ClosedCandle[])[] = [
  walk(7, 96 * DAYS, START),
  walk(11, 96 * DAYS, START, 3_000),
];
const PLAYED = closesOf(WALKS);

function market(contexts?: Contexts, sectorId: number | null = null): SignalMarket {
  const made = new SignalMarket(BASES, ['15m', '15m'], OPTIONS, sectorId);
  if (contexts !== undefined) made.contexts = contexts;
  return made;
}

function played(candles: readonly PlayedCandle[], contexts?: Contexts): SignalMarket {
  const made = market(contexts);
  for (const candle of candles) made.play(candle);
  return made;
}

const WHOLE = played(PLAYED);

t.test('it gives signals of both directions, and they end in every way', async (t) => {
  const { opens, events } = WHOLE.sink;
  t.ok(opens.length > 100, `${opens.length} signals`);
  t.same([...new Set(opens.map(({ signalType }) => signalType))].toSorted(), ['long', 'short']);
  t.same([...new Set(opens.map(({ timeframe }) => timeframe))].toSorted(), ['15m', '1h', '4h']);
  const ends = new Set(events.map((event) => (event.type === 'changed' ? event.change.reason : '')));
  for (const reason of ['target reached', 'stop reached', 'its time is over']) t.ok(ends.has(reason), reason);
  t.ok([...ends].some((reason) => reason.includes('structure broke')));
  t.ok([...ends].some((reason) => reason.includes('closed')));
});

t.test('played twice, the same is said, bit for bit', async (t) => {
  t.equal(JSON.stringify(played(PLAYED).sink.events), JSON.stringify(WHOLE.sink.events));
});

t.test('what assets do between each other does not matter', async (t) => {
  // The other one's days are what its correlation is made of.
  const text = (events: readonly unknown[]): string =>
    JSON.stringify(events, (key, value) => (/^market_?[cC]orrelation$/.test(key) ? undefined : value));
  for (const asset of [0, 1]) {
    const alone = played(PLAYED.filter((each) => each.asset === asset)).sink.events;
    const together = WHOLE.sink.events.filter((event) => event.asset === asset);
    t.equal(text(alone), text(together), `${alone.length} events`);
  }
});

t.test('another future does not change the past', async (t) => {
  for (const day of [40.25]) {
    const cut = START + day * DAY;
    const other = WALKS.map((candles) =>
      candles.map((candle) =>
        candle.time < cut
          ? candle
          : { ...candle, high: candle.high * 3, close: candle.close * 2, volume: 9e9 },
      ),
    );
    const changed = played(closesOf(other));
    const known = played(PLAYED.filter((each) => endOf(each) <= cut)).sink.events;
    const past = JSON.stringify(changed.sink.events.slice(0, known.length));
    t.equal(past, JSON.stringify(known), `${known.length} events before day ${day}`);
    t.equal(past, JSON.stringify(WHOLE.sink.events.slice(0, known.length)));
    t.not(
      JSON.stringify(changed.sink.events),
      JSON.stringify(WHOLE.sink.events),
      'the future is another one',
    );
  }
});

t.test('each signal obeys what the table asks of it', async (t) => {
  for (const signal of WHOLE.sink.opens) {
    const { entryPrice, stopLoss, targetPrice, signalType, confidenceScore, confluenceFactors } = signal;
    if (signalType === 'long') t.ok(stopLoss < entryPrice && entryPrice < targetPrice);
    else t.ok(stopLoss > entryPrice && entryPrice > targetPrice);
    t.ok(stopLoss > 0 && targetPrice > 0);
    t.ok(signal.riskRewardRatio >= OPTIONS.minRiskReward - 1e-6);
    t.ok(confidenceScore >= OPTIONS.minConfidence && confidenceScore <= 1);
    const sum = confluenceFactors.reduce((total, { contribution }) => total + contribution, 0);
    t.ok(Math.abs(sum - confidenceScore) < 1e-9, 'the factors add up to the confidence');
    t.ok(signal.expiresAt > signal.candleTime);
    t.ok(Number.isInteger(signal.timeHorizonHours) && signal.timeHorizonHours > 0);
    t.ok(signal.confluenceCount > 0 && signal.confluenceCount <= confluenceFactors.length);
    t.ok(signal.invalidationCriteria.some(({ condition }) => condition.startsWith('structure_break')));
    for (const { level } of signal.invalidationCriteria) {
      if (level !== null) t.ok((level - stopLoss) * (entryPrice - level) > 0, 'between stop and entry');
    }
    const { max_position_size_pct: size, stop_distance_pct: distance } = signal.riskManagement;
    t.ok(Number(size) > 0 && Number(size) <= 20);
    t.ok(
      (Number(size) / 100) * Number(distance) <= OPTIONS.riskPerTradePct,
      'no more is risked than is said',
    );
  }
});

t.test('every column is filled, or says why it is not', async (t) => {
  for (const signal of WHOLE.sink.opens) {
    const missing = Object(signal.marketContext.missing);
    t.equal(missing.user_id, 'the signal is for everybody');
    for (const [field, value] of Object.entries(signal)) {
      t.not(value, undefined, field);
      const name = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      if (value === null) t.type(missing[name], 'string', name);
    }
    for (const [field, value] of Object.entries(signal.marketContext)) {
      if (value === null) t.type(missing[field], 'string', field);
    }
  }
});

t.test(
  'there is one of an asset, timeframe and direction at a time, and none within its cooldown',
  async (t) => {
    const live = new Set<string>();
    const newest = new Map<string, number>();
    const cooldown = { '15m': 12 * 15, '1h': 12 * 60, '4h': 6 * 240, '1d': 5 * 1440 };
    for (const event of WHOLE.sink.events) {
      const { assetId, timeframe, signalType, candleTime } = event.signal;
      const key = `${assetId} ${timeframe} ${signalType}`;
      if (event.type === 'changed') {
        t.ok(live.delete(key), 'what ends was live');
        continue;
      }
      t.notOk(live.has(key), 'none was live');
      const opposite = signalType === 'long' ? 'short' : 'long';
      t.notOk(live.has(`${assetId} ${timeframe} ${opposite}`), 'nor one the other way');
      const minutes = (candleTime - (newest.get(key) ?? -Infinity)) / 60_000;
      t.ok(minutes >= cooldown[timeframe as '15m'], `${minutes} minutes after the last one`);
      live.add(key);
      newest.set(key, candleTime);
    }
  },
);

t.test('it goes on after a restart exactly as if it had not stopped', async (t) => {
  const cut = START + 45 * DAY;
  const before = PLAYED.filter((each) => endOf(each) <= cut);
  const after = PLAYED.filter((each) => endOf(each) > cut);
  const first = played(before);
  t.ok(first.model.live().length > 0, `${first.model.live().length} are live`);
  const stored = new Map<string, StoredSignal>();
  for (const event of first.sink.events) {
    const key = JSON.stringify([event.signal.assetId, event.signal.timeframe, event.signal.candleTime]);
    const none = { actualEntryPrice: null, maxFavorableExcursion: null, maxAdverseExcursion: null };
    if (event.type === 'opened') stored.set(key, { ...event.signal, ...none, status: 'active' });
    else stored.set(key, { ...event.signal, ...event.change });
  }
  for (const { draft, actualEntryPrice, maxFavorableExcursion, maxAdverseExcursion } of first.model.live()) {
    const key = JSON.stringify([draft.assetId, draft.timeframe, draft.candleTime]);
    const seen = { actualEntryPrice, maxFavorableExcursion, maxAdverseExcursion };
    stored.set(key, { ...draft, ...seen, status: 'active' });
  }
  const second = market();
  for (const candle of before) second.play(candle, true);
  for (const asset of [0, 1]) {
    // As text in between, as a database has it.
    const rows = [...stored.values()].filter(({ assetId }) => assetId === 100 + asset);
    second.model.restore(asset, JSON.parse(JSON.stringify(rows)));
  }
  t.equal(second.sink.events.length, 0, 'nothing is said twice');
  for (const candle of after) second.play(candle);
  const rest = WHOLE.sink.events.slice(first.sink.events.length);
  // Where an expired one was left is not remembered; all else is.
  t.equal(JSON.stringify(second.sink.events), JSON.stringify(rest), `${rest.length} events`);
});

t.test('a signal that ended before a restart counts for the cooldown', async (t) => {
  const [first] = WHOLE.sink.opens;
  if (first === undefined) throw new Error('there is one');
  const asset = first.assetId - 100;
  const until = (end: number): readonly PlayedCandle[] =>
    PLAYED.filter((each) => each.asset === asset && endOf(each) <= end);
  const given = (stored: readonly StoredSignal[]): number => {
    const made = market();
    const end = first.expiresAt - first.timeHorizonHours * 3_600_000;
    const candles = until(end);
    const at = candles.findIndex(
      ({ timeframe, candle }) =>
        timeframe === timeframeIndex(first.timeframe) && candle.time === first.candleTime,
    );
    for (const candle of candles.slice(0, at)) made.play(candle, true);
    made.model.restore(asset, stored);
    for (const candle of candles.slice(at, at + 1)) made.play(candle);
    return made.sink.opens.length;
  };
  const none = { actualEntryPrice: null, maxFavorableExcursion: null, maxAdverseExcursion: null };
  const ended: StoredSignal = { ...first, ...none, status: 'expired' };
  const before = (candles: number): StoredSignal => ({
    ...ended,
    candleTime: first.candleTime - candles * 900_000,
  });
  t.equal(first.timeframe, '15m');
  t.equal(given([]), 1);
  t.equal(given([before(11)]), 0, 'eleven candles are too few');
  t.equal(given([before(12)]), 1);
});

t.test('nothing is given while it is withheld, and goes on when all reasons are released', async (t) => {
  const made = market();
  made.model.withhold(0, 'a gap is open');
  made.model.withhold(0, 'coverage is 0.5');
  made.model.release(0, 'a gap is open');
  t.same(made.model.withheld(0), ['coverage is 0.5']);
  const half = Math.floor(PLAYED.length / 2);
  for (const candle of PLAYED.slice(0, half)) made.play(candle);
  t.equal(made.sink.events.filter(({ asset }) => asset === 0).length, 0);
  t.ok(made.sink.events.length > 0, 'the other asset goes on');
  made.model.release(0, 'coverage is 0.5');
  t.same(made.model.withheld(0), []);
  for (const candle of PLAYED.slice(half)) made.play(candle);
  t.ok(made.sink.events.filter(({ asset }) => asset === 0).length > 0);
});

t.test('signals are withdrawn and cancelled by their key, once', async (t) => {
  const made = market();
  for (const candle of PLAYED) if (made.model.live().length < 3) made.play(candle);
  const live = made.model.live();
  const [one, other] = live.map(({ draft }) => draft) as [SignalDraft, SignalDraft];
  made.sink.events.length = 0;
  t.ok(made.model.withdraw(one, 'its candle was revised', 5));
  t.notOk(made.model.withdraw(one, 'its candle was revised', 5), 'it has ended');
  t.ok(made.model.cancel(other, 'an admin said so', 6));
  t.match(made.sink.events, [
    { signal: one, change: { status: 'invalidated', reason: 'its candle was revised', time: 5 } },
    { signal: other, change: { status: 'cancelled', signalSuccessful: null } },
  ]);
  t.equal(made.model.live().length, live.length - 2);
  t.equal(made.model.liveOf(0).length + made.model.liveOf(1).length, live.length - 2);
});

t.test('an asset that is removed is forgotten', async (t) => {
  const made = played(PLAYED.filter((each) => endOf(each) <= START + 20 * DAY));
  made.model.remove(0);
  t.same(made.model.liveOf(0), []);
  const events = made.sink.events.length;
  made.model.ticked(0, 1e-9, START + 21 * DAY);
  t.equal(made.sink.events.length, events, 'nothing more is said of it');
});

const REGIME: Omit<RegimeState, 'time' | 'timeframe'> = {
  regime: 'Bull',
  confidence: 0.9,
  strength: 0.8,
  since: START,
  transitionProbability: null,
  volatility: 0.8,
  riskFactor: 0.5,
};
const SECTOR: SectorState = {
  sectorId: 4,
  name: 'Layer 1 Blockchains',
  time: START,
  rank: 1,
  relativeStrength: 0.9,
  performance24h: 3,
  performance7d: 8,
  outlook: 'Bullish',
  inflow: 0.6,
  outflow: 0.2,
};

t.test('regime and sector take part, and are asked for strictly before the close', async (t) => {
  const asked: number[] = [];
  const turn = START + 40 * DAY;
  const contexts: Contexts = {
    regimeBefore: (timeframe, time) => {
      asked.push(time);
      const regime = time > turn ? 'Bear' : 'Bull';
      return {
        ...REGIME,
        regime,
        time: time - 1,
        timeframe: timeframe === timeframeIndex('4h') ? '4h' : '1d',
      };
    },
    sectorBefore: (sectorId) => ({ ...SECTOR, sectorId }),
  };
  const made = market(contexts, 4);
  for (const candle of PLAYED) made.play(candle);
  const early = made.sink.opens.filter(({ candleTime }) => candleTime < turn - DAY);
  const late = made.sink.opens.filter(({ candleTime }) => candleTime > turn);
  const longs = (all: readonly SignalDraft[]): number =>
    all.filter(({ signalType }) => signalType === 'long').length / all.length;
  t.ok(longs(early) > longs(late), 'more of them go with the market');
  const [signal] = early;
  t.match(signal?.marketContext, { regime: 'Bull', volatility_level: 'high', simulated: false });
  t.match(signal?.sectorContext, { sector: 'Layer 1 Blockchains', sector_rotation: 'inflow', rank: 1 });
  t.match(signal?.riskManagement, { regime_risk_factor: 0.5, risk_per_trade_pct: 0.5 });
  t.ok(
    signal?.confluenceFactors.some(
      ({ factor, score }) => factor === 'sector_strength' && Math.abs(score) === 0.8,
    ),
  );
  const reasons = made.sink.events.map((event) => (event.type === 'changed' ? event.change.reason : ''));
  t.ok(
    reasons.some((reason) => /the (4h|1d) regime turned Bear/.test(reason)),
    'and a turn ends those that it speaks against',
  );
  t.ok(asked.length > 0);
});

t.test('a close whose candle is not there, or of another timeframe, says nothing', async (t) => {
  const made = played(PLAYED.filter((each) => endOf(each) <= START + 20 * DAY));
  const events = made.sink.events.length;
  const { series, structures, contexts, model } = made;
  for (const timeframe of [0, 1, 2, 3, 6, 7]) {
    model.closed(0, timeframe, series, structures, contexts, START + 25 * DAY);
  }
  t.equal(made.sink.events.length, events);
});

t.test('what an admin asks for is asked from then on', async (t) => {
  const made = market();
  made.model.setOptions({ minConfidence: 0.99 });
  for (const candle of PLAYED) if (endOf(candle) <= START + 20 * DAY) made.play(candle);
  t.equal(made.sink.events.length, 0);
});
