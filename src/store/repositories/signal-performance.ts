import type { Timeframe } from '../../timeframe.js';
import { Conditions, timeAt } from '../conditions.js';
import type { MarketRegime } from '../market-records.js';
import type { Queryable } from '../pool.js';
import type { RiskLevel } from '../signal-records.js';
import { JOINS } from './signals.js';

export interface PerformanceQuery {
  readonly dataSource: string;
  /** Signals of candles from then on, ms. */
  readonly from: number;
  readonly timeframe?: Timeframe;
  /** Name of the model. */
  readonly model?: string;
  readonly assetId?: number;
}

/** What became of signals. What cannot be said without any is null. */
export interface SignalFigures {
  readonly signals: number;
  readonly active: number;
  /** Of which it is known whether they were successful. */
  readonly judged: number;
  readonly successful: number;
  /** 0–1 of those judged. */
  readonly successRate: number | null;
  readonly meanConfidence: number | null;
  readonly meanRiskReward: number | null;
  /** Percent of the entry price, how far the price went the signal's way and against it; both from 0 up as a rule. */
  readonly meanFavorablePct: number | null;
  readonly meanAdversePct: number | null;
}

export interface SignalPerformance {
  readonly total: SignalFigures;
  /** Name and version as `name version`. */
  readonly byModel: readonly (SignalFigures & { readonly model: string })[];
  readonly byTimeframe: readonly (SignalFigures & { readonly timeframe: Timeframe })[];
  readonly byRiskLevel: readonly (SignalFigures & { readonly riskLevel: RiskLevel | null })[];
  /** Of the regime that the signal itself tells of, else that of the newest analysis of its snapshot; null: neither. */
  readonly byRegime: readonly (SignalFigures & { readonly regime: MarketRegime | null })[];
}

interface PerformanceRow extends SignalFigures {
  /** One bit per column that is not grouped by. */
  readonly grouping: number;
  readonly model: string;
  readonly timeframe: Timeframe;
  readonly riskLevel: RiskLevel | null;
  readonly regime: MarketRegime | null;
}

const MOVE = (price: string): string =>
  `(${price} - coalesce(s.actual_entry_price, s.entry_price)) / coalesce(s.actual_entry_price, s.entry_price) * 100
   * CASE s.signal_type WHEN 'long' THEN 1 ELSE -1 END`;

/** What a model writes into a context is its own affair: what is no regime is passed over. */
const REGIME = `coalesce(
  (SELECT e FROM unnest(enum_range(NULL::market_regime)) AS e WHERE e::text = s.market_context ->> 'regime'),
  r.current_regime)`;

/** Gives what became of signals, in all and by model, timeframe, risk level and regime, in one pass. */
export async function signalPerformance(
  database: Queryable,
  query: PerformanceQuery,
): Promise<SignalPerformance> {
  const where = new Conditions()
    .add(query.dataSource, (place) => `a.data_source = ${place}`)
    .add(query.from, (place) => `s.candle_time >= ${timeAt(place)}`)
    .add(query.timeframe, (place) => `s.timeframe = ${place}`)
    .add(query.model, (place) => `m.name = ${place}`)
    .add(query.assetId, (place) => `s.asset_id = ${place}`);
  const { rows } = await database.query<PerformanceRow>(
    `SELECT grouping(model, timeframe, risk_level, regime) AS grouping, model, timeframe,
       risk_level AS "riskLevel", regime,
       count(*) AS signals,
       count(*) FILTER (WHERE status = 'active') AS active,
       count(is_successful) AS judged,
       count(*) FILTER (WHERE is_successful) AS successful,
       avg(CASE WHEN is_successful THEN 1.0 WHEN NOT is_successful THEN 0 END)::float8 AS "successRate",
       avg(confidence_score)::float8 AS "meanConfidence",
       avg(risk_reward_ratio)::float8 AS "meanRiskReward",
       avg(favorable)::float8 AS "meanFavorablePct",
       avg(adverse)::float8 AS "meanAdversePct"
     FROM (
       SELECT m.name || ' ' || m.version AS model, s.timeframe, s.risk_level, ${REGIME} AS regime, s.status,
         s.signal_successful AS is_successful, s.confidence_score, s.risk_reward_ratio,
         ${MOVE('s.max_favorable_excursion')} AS favorable, -(${MOVE('s.max_adverse_excursion')}) AS adverse
       FROM ai_trading_signals s ${JOINS}
       LEFT JOIN LATERAL (
         SELECT current_regime FROM ai_regime_analysis
         WHERE metrics_snapshot_id = s.metrics_snapshot_id AND data_source <> 'backtest'
         ORDER BY analysis_time DESC, id DESC LIMIT 1
       ) r ON true
       WHERE ${where.sql()}
     ) AS judged
     GROUP BY GROUPING SETS ((), (model), (timeframe), (risk_level), (regime))
     ORDER BY model, timeframe, risk_level, regime`,
    where.values,
  );
  const groups = new Map(
    [0b0111, 0b1011, 0b1101, 0b1110, 0b1111].map((bits) => [bits, [] as PerformanceRow[]]),
  );
  for (const row of rows) groups.get(row.grouping)?.push(row);
  const of = <T>(bits: number, toGroup: (row: PerformanceRow, figures: SignalFigures) => T): readonly T[] =>
    (groups.get(bits) ?? []).map((row) => {
      const { grouping, model, timeframe, riskLevel, regime, ...figures } = row;
      return toGroup(row, figures);
    });
  const [total] = of(0b1111, (_, figures) => figures);
  if (total === undefined) throw new Error('an aggregate without groups gave no row');
  return {
    total,
    byModel: of(0b0111, ({ model }, figures) => ({ model, ...figures })),
    byTimeframe: of(0b1011, ({ timeframe }, figures) => ({ timeframe, ...figures })),
    byRiskLevel: of(0b1101, ({ riskLevel }, figures) => ({ riskLevel, ...figures })),
    byRegime: of(0b1110, ({ regime }, figures) => ({ regime, ...figures })),
  };
}
