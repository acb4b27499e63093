import { z } from 'zod';
import { METRICS_FIELDS } from '../../analysis-fields.js';
import { CHANNEL_KINDS } from '../../channels.js';
import { RequestError } from '../../errors.js';
import type { MetricsRecord, RegimeRecord } from '../../store/market-records.js';
import { DAY_MS, FIXED_TIMEFRAME_MS } from '../../timeframe.js';
import {
  ask,
  coldReason,
  columnsOf,
  type Item,
  marketTime,
  NO_REASON,
  reasonsOf,
  storedOf,
  withMissing,
} from './analyses.js';
import { regimeReasons, regimeSummary } from './layer1-regime.js';
import { cursorParam, limitParam, timeParam } from './params.js';
import type { Method, MethodContext } from './registry.js';
import { isSimulatedSource } from './signal-item.js';

const HEAD = ['time', 'state', 'simulated'];
const METRICS_COLUMNS = METRICS_FIELDS.filter((field) => !HEAD.includes(field));
const SHOWN_METRICS = [
  'btc_price_usd',
  'rsi_14',
  'fear_greed_index',
  'btc_dominance',
  'eth_dominance',
  'total',
  'crypto_market_breadth',
  'momentum_index',
];

const metricsParams = z.strictObject({
  timeframe: z.enum(CHANNEL_KINDS.metrics.timeframes),
  /** Inclusive. */
  from: timeParam.optional(),
  /** Exclusive. */
  to: timeParam.optional(),
  limit: limitParam,
  cursor: cursorParam.optional(),
});

/** Snapshots of the market: those of closes, the newest first, and on the first page the one that forms. */
export const layer1Metrics: Method<typeof metricsParams> = {
  name: 'layer1.metrics',
  params: metricsParams,
  async handle({ timeframe, from, to, limit, cursor }, context) {
    const stored = storedOf(context);
    if (from !== undefined && to !== undefined && from >= to) {
      throw new RequestError('invalid_params', 'from: has to be before to', 'from');
    }
    const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const page = await ask(
      stored.metrics({ timeframe, ...range, limit, ...(cursor === undefined ? {} : { cursor }) }),
    );
    const simulated = isSimulatedSource(stored);
    return {
      timeframe,
      ...(cursor === undefined ? current(context, timeframe) : LATER_PAGE),
      items: page.items.map((record) => metricsItem(record, simulated)),
      next_cursor: page.nextCursor,
    };
  },
};

const LATER_PAGE = { current: null, missing: { current: 'it stands on the first page' } };

function current(context: MethodContext, timeframe: (typeof CHANNEL_KINDS.metrics.timeframes)[number]): Item {
  const row = context.analysis?.metrics(timeframe) ?? null;
  return row === null
    ? { current: null, missing: { current: coldReason(context) } }
    : { current: withMissing({ ...row }, reasonsOf(row)), missing: {} };
}

function metricsItem(record: MetricsRecord, simulated: boolean): Item {
  const item = columnsOf(record, METRICS_COLUMNS);
  const head = { time: record.snapshotTime, state: 'closed', simulated };
  return withMissing({ ...head, ...item }, reasonsOf(item));
}

const INTERVALS = ['1h', '4h', '1d', '1w'] as const;
const MOST_POINTS = 500;

const historyParams = z.strictObject({
  days: z.int().min(1).max(3_650).default(30),
  interval: z.enum(INTERVALS).default('1d'),
});

/** Regime and main figures of the market over time, one of each interval, the oldest first. */
export const layer1History: Method<typeof historyParams> = {
  name: 'layer1.history',
  params: historyParams,
  async handle({ days, interval }, context) {
    const stored = storedOf(context);
    const bucketMs = FIXED_TIMEFRAME_MS[interval];
    const most = Math.floor((MOST_POINTS * bucketMs) / DAY_MS);
    if (days > most) {
      throw new RequestError('invalid_params', `days: at most ${most} with interval ${interval}`, 'days');
    }
    // An analysis is dated at the end of its candle, which begins the next bucket: the range ends just behind it.
    const to = marketTime(context) + 1;
    const range = { timeframe: interval, from: to - days * DAY_MS, to, bucketMs };
    const [metrics, regimes] = await Promise.all([stored.metricsHistory(range), stored.regimeHistory(range)]);
    return {
      days,
      interval,
      items: joined(metrics, regimes),
      next_cursor: null,
      simulated: isSimulatedSource(stored),
    };
  },
};

function joined(metrics: readonly MetricsRecord[], regimes: readonly RegimeRecord[]): readonly Item[] {
  const byTime = new Map<number, { metrics?: MetricsRecord; regime?: RegimeRecord }>();
  for (const record of metrics) byTime.set(record.snapshotTime, { metrics: record });
  for (const record of regimes) {
    byTime.set(record.analysisTime, { ...byTime.get(record.analysisTime), regime: record });
  }
  return [...byTime]
    .toSorted(([a], [b]) => a - b)
    .map(([time, { metrics: snapshot, regime }]) => {
      const figures = columnsOf(snapshot ?? {}, [...SHOWN_METRICS, 'data_quality_flags']);
      const row = columnsOf(regime ?? {}, REGIME_COLUMNS);
      const { recommended_exposure, last_updated, ...summary } = regimeSummary(row);
      const { data_quality_flags, ...shown } = figures;
      const noRegime = 'no regime was stored of this time';
      const reasons = {
        ...(regime === undefined
          ? Object.fromEntries(Object.keys(summary).map((field) => [field, noRegime]))
          : regimeReasons(row)),
        ...reasonsOf(figures),
      };
      const noSnapshot = snapshot === undefined ? 'no snapshot was stored of this time' : NO_REASON;
      return withMissing({ time, ...summary, ...shown }, reasons, noSnapshot);
    });
}

const REGIME_COLUMNS = [
  'current_regime',
  'regime_confidence',
  'volatility_regime_score',
  'trend_strength_score',
  'analysis_time',
  'validation_flags',
];
