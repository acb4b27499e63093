import type { SignalRecord } from '../../store/repositories/signals.js';
import type { StoredAnalyses } from '../ports.js';
import { columnsOf, type Item, mapIn, withMissing } from './analyses.js';

const COLUMNS = [
  'id',
  'symbol',
  'asset_id',
  'ai_model_id',
  'model_name',
  'model_version',
  'user_id',
  'metrics_snapshot_id',
  'watchlist_analysis_id',
  'portfolio_analysis_id',
  'timeframe',
  'candle_time',
  'signal_type',
  'signal_origin',
  'signal_quality',
  'signal_strength',
  'confidence_score',
  'entry_price',
  'target_price',
  'stop_loss',
  'risk_level',
  'risk_reward_ratio',
  'time_horizon_hours',
  'optimal_entry_timeframe',
  'monitoring_timeframe',
  'confluence_count',
  'confluence_factors',
  'invalidation_criteria',
  'risk_management',
  'market_correlation',
  'market_context',
  'sector_context',
  'status',
  'actual_entry_price',
  'max_favorable_excursion',
  'max_adverse_excursion',
  'signal_successful',
  'expires_at',
  'invalidated_at',
  'created_at',
] as const;

/** Says whether prices of a data source are made up or replayed. */
export function isSimulatedSource({ dataSource }: Pick<StoredAnalyses, 'dataSource'>): boolean {
  return dataSource === 'demo' || dataSource === 'replay' || dataSource.endsWith('-simulated');
}

/** Gives a signal as it is answered, and as snapshots of `signals` channels have it. */
export function signalItem(signal: SignalRecord, stored: Pick<StoredAnalyses, 'dataSource'>): Item {
  const item = columnsOf(signal, COLUMNS);
  const isActive = signal.status === 'active';
  const reasons = {
    ...LIFE,
    signal_successful: isActive ? 'it is still active' : 'nobody could tell what came first',
    ...(mapIn(signal.marketContext, 'missing') as Record<string, string>),
  };
  return {
    ...withMissing(item, reasons, 'the model gave none'),
    generated_at: signal.createdAt,
    simulated: isSimulatedSource(stored),
  };
}

/** Why what a signal's life brings can be null. */
const LIFE: Readonly<Record<string, string>> = {
  user_id: "it is everybody's",
  metrics_snapshot_id: 'it names no snapshot',
  watchlist_analysis_id: 'it was not made for a watchlist',
  portfolio_analysis_id: 'it was not made for a portfolio',
  actual_entry_price: 'the price has not reached its entry, or was not seen since',
  max_favorable_excursion: 'the price was not seen since its entry',
  max_adverse_excursion: 'the price was not seen since its entry',
  expires_at: 'it does not expire by itself',
  invalidated_at: 'it was not invalidated',
};
