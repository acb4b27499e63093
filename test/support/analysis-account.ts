import { analysisBundle } from '../../src/app/analysis-bundle.js';
import type { FrameResult } from '../../src/engine/analysis/look.js';
import type { ExtendedMetrics } from '../../src/engine/analysis/metrics/snapshot.js';
import type { SignalChange, SignalDraft } from '../../src/engine/analysis/signals/signal.js';
import { ColumnAccount } from './column-account.js';

const MODELS = { macro_regime: 1, sector_rotation: 2, asset_selection: 3, signal_timing: 4 };
type Reasons = Readonly<Record<string, unknown>>;
type Heard =
  | { readonly type: 'opened'; readonly draft: SignalDraft }
  | { readonly type: 'changed'; readonly draft: SignalDraft; readonly change: SignalChange };

const ANY = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const UNIT = [0, 1] as const;
const PERCENT = [0, 100] as const;
const POSITIVE = [0, Number.POSITIVE_INFINITY] as const;
const CORRELATION = [-1, 1] as const;

/** Ranges of the entries of `extended_metrics`, as `docs/analysis/metrics.md` has them; null: it is a word. */
const EXTENDED: Readonly<Record<string, readonly [number, number] | null>> = {
  ...{ rsi_7: PERCENT, stochastic_k: PERCENT, stochastic_d: PERCENT, adx: PERCENT, di_plus: PERCENT },
  ...{ di_minus: PERCENT, macd_value: ANY, macd_signal: ANY, macd_histogram: ANY, atr_14: POSITIVE },
  ...{ sma_20: POSITIVE, sma_50: POSITIVE, sma_100: POSITIVE, ema_20: POSITIVE, ema_50: POSITIVE },
  ...{ ema_100: POSITIVE, bollinger_upper: POSITIVE, bollinger_lower: ANY, bollinger_bandwidth: POSITIVE },
  ...{ momentum_score: [-100, 100], consolidation_score: UNIT, sentiment_direction: null },
  ...{ social_sentiment_score: UNIT, twitter_volume: POSITIVE, reddit_volume: POSITIVE },
  ...{ funding_rate_eth: [-0.1, 0.1], open_interest_eth: POSITIVE, liquidations_long_24h: POSITIVE },
  ...{ liquidations_short_24h: POSITIVE, oi_change_24h: [-100, Number.POSITIVE_INFINITY] },
  ...{ funding_rate_trend: [-0.2, 0.2], exchange_netflow_btc: ANY, exchange_netflow_eth: ANY },
  ...{ active_addresses_eth: POSITIVE, whale_to_exchange_volume_btc: POSITIVE },
  ...{ whale_from_exchange_volume_btc: POSITIVE, supply_on_exchanges_btc: POSITIVE },
  ...{ supply_on_exchanges_eth: POSITIVE, tx_volume_btc: POSITIVE, tx_volume_eth: POSITIVE },
  ...{ miner_outflow: POSITIVE, miner_balance_change: ANY, volatility_index: POSITIVE },
  ...{ breadth_advancers_ratio: UNIT, breadth_new_highs_lows_ratio: UNIT, corr_eth_btc_30d: CORRELATION },
  ...{ corr_total2_btc_30d: CORRELATION, btc_epoch_phase: UNIT },
  ...{ seasonality_score: [-100, Number.POSITIVE_INFINITY], regime_volatility_score: UNIT },
};

/** Columns of recommendations that people and desks fill later. */
const DECIDED_LATER: Reasons = {
  user_feedback: 'a user gives it later',
  user_rating: 'a user gives it later',
  outcome_result: 'measured 7 and 30 days later',
  reviewed_by: 'an admin decides later',
  review_notes: 'an admin decides later',
  reviewed_at: 'an admin decides later',
  implemented_at: 'carried out later',
};

/** Keeps account of all that the analyses tell, as rows of their tables. */
export class AnalysisAccount extends ColumnAccount {
  /** Takes in what a look at the market found. */
  looked(result: FrameResult): void {
    const bundle = analysisBundle(result, MODELS, 'test', false);
    const { metrics, regime } = bundle;
    if (metrics !== null) {
      const missing = metrics.dataQualityFlags?.missing_fields as Reasons;
      this.row('metrics_snapshot', metrics, missing);
      this.#extended(metrics.extendedMetrics as ExtendedMetrics, missing);
    }
    if (regime !== null)
      this.row('ai_regime_analysis', regime, regime.validationFlags?.missing_fields as Reasons);
    for (const row of bundle.sectors) this.row('ai_sector_analysis', row, missingOf(row.analysisData));
    for (const { cross, flows } of bundle.crosses) {
      this.row('ai_cross_sector_analysis', cross, missingOf(cross.analysisData));
      for (const flow of flows) this.row('sector_rotation_flows', flow, {});
    }
    for (const row of bundle.watchlists) {
      this.row('ai_watchlist_analysis', row, missingOf(row.analysisData));
      for (const entry of row.assetScores as readonly Reasons[]) this.#score(entry);
    }
    for (const row of bundle.portfolios) this.row('ai_portfolio_analysis', row, missingOf(row.analysisData));
    for (const row of bundle.holdings)
      this.row('ai_portfolio_asset_analysis', row, missingOf(row.analysisData));
    const advice = [...result.tiers, ...result.portfolios.flatMap(({ recommendations }) => recommendations)];
    for (const row of advice) {
      const reasons = { ...DECIDED_LATER, ...missingOf(row.recommendationPayload) };
      this.row('recommendations', { status: 'pending', ...row }, reasons);
    }
  }

  /** Takes in a signal that is given or has ended, as its row is then. */
  heard(heard: Heard): void {
    const { draft } = heard;
    const change = heard.type === 'changed' ? heard.change : null;
    const status = change?.status ?? 'active';
    const unseen = 'no price has been seen since it was given';
    const life: Record<string, string> = {};
    if (change?.signalSuccessful == null)
      life.signal_successful = `it is ${status}: neither price was reached`;
    if (status !== 'invalidated') life.invalidated_at = `it is ${status}`;
    for (const name of ['actual_entry_price', 'max_favorable_excursion', 'max_adverse_excursion']) {
      if (change?.actualEntryPrice == null) life[name] = unseen;
    }
    const invalidatedAt = change?.status === 'invalidated' ? change.time : null;
    const row = { ...draft, ...change, status, invalidatedAt };
    this.row('ai_trading_signals', row, { ...life, ...missingOf(draft.marketContext) });
  }

  #extended(extended: ExtendedMetrics, missing: Reasons): void {
    for (const [category, entries] of Object.entries(extended)) {
      for (const [name, value] of Object.entries(entries as Reasons)) {
        const field = `extended_metrics.${category}.${name}`;
        const range = EXTENDED[name];
        if (range === undefined) throw new Error(`${field} has no documented range`);
        this.entry(`metrics_snapshot.${field}`, value, missing[field], range ?? undefined);
      }
    }
  }

  #score(entry: Reasons): void {
    const missing = entry.missing as Reasons;
    const field = 'ai_watchlist_analysis.asset_scores[]';
    this.entry(`${field}.score`, entry.score, missing.score, UNIT);
    this.entry(`${field}.rank`, entry.rank, missing.rank ?? missing.score, [1, 1_000]);
    const quality = missing.avg_signal_quality;
    this.entry(`${field}.avg_signal_quality`, entry.avg_signal_quality, quality, UNIT);
  }
}

function missingOf(data: unknown): Reasons {
  return ((data as { missing?: Reasons } | null | undefined)?.missing ?? {}) as Reasons;
}
