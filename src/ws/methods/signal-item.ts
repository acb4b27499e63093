import type { z } from 'zod';
import { type signalItem as schema, signalColumns } from '../../api/signals.js';
import type { SignalRecord } from '../../store/repositories/signals.js';
import type { StoredAnalyses } from '../ports.js';
import { columnsOf, mapIn, withMissing } from './analyses.js';

type Signal = z.input<typeof schema>;
type Columns = Pick<Signal, keyof typeof signalColumns>;
const COLUMNS = Object.keys(signalColumns);

/** Says whether prices of a data source are made up or replayed. */
export function isSimulatedSource({ dataSource }: Pick<StoredAnalyses, 'dataSource'>): boolean {
  return dataSource === 'demo' || dataSource === 'replay' || dataSource.endsWith('-simulated');
}

/** Gives a signal as it is answered, and as snapshots of `signals` channels have it. */
export function signalItem(signal: SignalRecord, stored: Pick<StoredAnalyses, 'dataSource'>): Signal {
  const item = columnsOf<Columns>(signal, COLUMNS);
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
