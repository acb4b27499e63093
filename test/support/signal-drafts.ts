import type { SignalDraft } from '../../src/engine/analysis/signals/signal.js';

export const HOUR = 3_600_000;
/** End of the candle of `draft()`, ms. */
export const OPENED = 1_700_002_800_000;

/** Gives a long signal of asset 100 from 100 to 110 with a stop at 95, of an hour, and what is different in it. */
export function draft(different: Partial<SignalDraft> = {}): SignalDraft {
  return {
    assetId: 100,
    timeframe: '1h',
    candleTime: OPENED - HOUR,
    signalType: 'long',
    signalOrigin: 'market_opportunity',
    signalQuality: 'medium',
    confidenceScore: 0.8,
    entryPrice: 100,
    targetPrice: 110,
    stopLoss: 95,
    riskLevel: 'medium',
    riskRewardRatio: 2,
    marketContext: { regime: 'Bull', missing: {} },
    sectorContext: null,
    confluenceFactors: [],
    invalidationCriteria: [],
    riskManagement: {},
    timeHorizonHours: 48,
    optimalEntryTimeframe: '5m',
    monitoringTimeframe: '15m',
    signalStrength: 'strong',
    confluenceCount: 6,
    marketCorrelation: null,
    expiresAt: OPENED + 48 * HOUR,
    ...different,
  };
}
