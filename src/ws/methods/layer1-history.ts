import type { z } from 'zod';
import { ANALYSIS_HEAD_FIELDS, METRICS_FIELDS } from '../../analysis-fields.js';
import { historyFigures, type LAYER1_METHODS, type metricsItem as metricsSchema } from '../../api/layer1.js';
import { RequestError } from '../../errors.js';
import type { MetricsRecord, RegimeRecord } from '../../store/market-records.js';
import { DAY_MS, FIXED_TIMEFRAME_MS } from '../../timeframe.js';
import {
  ask,
  coldReason,
  columnsOf,
  fieldsIn,
  marketTime,
  NO_REASON,
  reasonsOf,
  storedOf,
  withMissing,
} from './analyses.js';
import type { Handlers, MethodContext } from './handler.js';
import { regimeReasons, regimeSummary } from './layer1-regime.js';
import { isSimulatedSource } from './signal-item.js';

type Methods = typeof LAYER1_METHODS;
type Metrics = z.input<Methods['layer1.metrics']['result']>;
type MetricsItem = z.input<typeof metricsSchema>;
type Head = (typeof ANALYSIS_HEAD_FIELDS)[number];
type Point = z.input<Methods['layer1.history']['result']>['items'][number];

const METRICS_COLUMNS = METRICS_FIELDS.filter(
  (field) => !ANALYSIS_HEAD_FIELDS.some((head) => head === field),
);
const SHOWN_METRICS = Object.keys(historyFigures);
const MOST_POINTS = 500;

export const layer1HistoryHandlers: Pick<Handlers<Methods>, 'layer1.metrics' | 'layer1.history'> = {
  'layer1.metrics': async ({ timeframe, from, to, limit, cursor }, context) => {
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

  'layer1.history': async ({ days, interval }, context) => {
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
    const items = joined(metrics, regimes);
    return {
      days,
      interval,
      items,
      next_cursor: null,
      missing: items.length === 0 ? { items: nothingStored(interval, days) } : {},
      simulated: isSimulatedSource(stored),
    };
  },
};

const LATER_PAGE = { current: null, missing: { current: 'it stands on the first page' } };

function current(
  context: MethodContext,
  timeframe: Metrics['timeframe'],
): Pick<Metrics, 'current' | 'missing'> {
  const row = context.analysis?.metrics(timeframe) ?? null;
  if (row === null) return { current: null, missing: { current: coldReason(context) } };
  const item = fieldsIn<Omit<MetricsItem, 'missing'>>(row, METRICS_FIELDS);
  return { current: withMissing(item, reasonsOf(row)), missing: {} };
}

function metricsItem(record: MetricsRecord, simulated: boolean): MetricsItem {
  const item = columnsOf<Omit<MetricsItem, Head | 'missing'>>(record, METRICS_COLUMNS);
  const head = { time: record.snapshotTime, state: 'closed', simulated } as const;
  return withMissing({ ...head, ...item }, reasonsOf({ ...item }));
}

function nothingStored(interval: string, days: number): string {
  return `nothing of the last ${days} days is stored yet: where BTC is served, a point is made at the close of each ${interval}`;
}

function joined(metrics: readonly MetricsRecord[], regimes: readonly RegimeRecord[]): Point[] {
  const byTime = new Map<number, { metrics?: MetricsRecord; regime?: RegimeRecord }>();
  for (const record of metrics) byTime.set(record.snapshotTime, { metrics: record });
  for (const record of regimes) {
    byTime.set(record.analysisTime, { ...byTime.get(record.analysisTime), regime: record });
  }
  return [...byTime]
    .toSorted(([a], [b]) => a - b)
    .map(([time, { metrics: snapshot, regime }]) => {
      const figures = columnsOf<Pick<Point, keyof typeof historyFigures>>(snapshot ?? {}, SHOWN_METRICS);
      const row = columnsOf(regime ?? {}, REGIME_COLUMNS);
      const { recommended_exposure, last_updated, ...summary } = regimeSummary(row);
      const noRegime = 'no regime was stored of this time';
      const reasons = {
        ...(regime === undefined
          ? Object.fromEntries(Object.keys(summary).map((field) => [field, noRegime]))
          : regimeReasons(row)),
        ...reasonsOf(columnsOf(snapshot ?? {}, ['data_quality_flags'])),
      };
      const noSnapshot = snapshot === undefined ? 'no snapshot was stored of this time' : NO_REASON;
      return withMissing({ time, ...summary, ...figures }, reasons, noSnapshot);
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
