import type { ConfluenceFactor, SignalKey as DraftKey } from '../engine/analysis/signals/signal.js';
import type { StoredSignal } from '../engine/analysis/signals/signal-model.js';
import type { SignalRow } from '../store/signal-records.js';

/** Gives a row as the model goes on with it; null: it lacks what the model always writes, so it is not of the model. */
export function storedSignal(row: SignalRow): StoredSignal | null {
  const [entryPrice, targetPrice, stopLoss] = [row.entryPrice, row.targetPrice, row.stopLoss].map(numberOf);
  const { optimalEntryTimeframe, monitoringTimeframe, expiresAt, riskLevel, signalStrength } = row;
  if (entryPrice == null || targetPrice == null || stopLoss == null || expiresAt === null) return null;
  if (optimalEntryTimeframe === null || monitoringTimeframe === null) return null;
  if (riskLevel === null || signalStrength === null || row.riskRewardRatio === null) return null;
  const key: DraftKey = {
    assetId: row.assetId,
    timeframe: row.timeframe,
    candleTime: row.candleTime,
    signalType: row.signalType,
  };
  return {
    ...key,
    status: row.status ?? 'active',
    signalOrigin: 'market_opportunity',
    signalQuality: row.signalQuality,
    confidenceScore: row.confidenceScore,
    ...{ entryPrice, targetPrice, stopLoss, riskLevel, signalStrength, expiresAt },
    riskRewardRatio: row.riskRewardRatio,
    marketContext: row.marketContext ?? {},
    sectorContext: row.sectorContext,
    confluenceFactors: (row.confluenceFactors ?? []) as readonly ConfluenceFactor[],
    invalidationCriteria: row.invalidationCriteria,
    riskManagement: row.riskManagement ?? {},
    timeHorizonHours: row.timeHorizonHours ?? 0,
    ...{ optimalEntryTimeframe, monitoringTimeframe },
    confluenceCount: row.confluenceCount ?? 0,
    marketCorrelation: row.marketCorrelation,
    actualEntryPrice: numberOf(row.actualEntryPrice),
    maxFavorableExcursion: numberOf(row.maxFavorableExcursion),
    maxAdverseExcursion: numberOf(row.maxAdverseExcursion),
  };
}

function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}
