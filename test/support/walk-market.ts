import { z } from 'zod';
import { METRICS_FIELDS, mapOf, REGIME_FIELDS, SECTOR_FIELDS } from '../../src/analysis-fields.js';
import type { StatusMap } from '../../src/api/system-status.js';
import { dashboardState, portfolioState, watchlistState } from '../../src/api/user-view-shapes.js';
import { DASHBOARD_FIELDS, PORTFOLIO_FIELDS, WATCHLIST_FIELDS } from '../../src/user-view-fields.js';
import type { SystemStatus, UserViews } from '../../src/ws/ports.js';
import { NOW, SYMBOLS, tickerRow } from '../ws/gateway-site.js';
import { regime, snapshot } from './analyses.js';
import type { MethodSite } from './method-site.js';
import { sampleOf } from './schema-sample.js';

const PROBABILITIES = { Bull: 0.6, Bear: 0.4, Sideways: 0, Transition: 0, Accumulation: 0, Distribution: 0 };
const HEAD = { time: NOW, state: 'forming', simulated: true } as const;

/** Has a site's market and analyses say something of all that may be asked of them. */
export function fillViews({ analysis, market }: Pick<MethodSite, 'analysis' | 'market'>): void {
  for (const timeframe of ['1h', '4h', '1d']) {
    analysis.regimes.set(timeframe, mapOf(REGIME_FIELDS, HEAD, regime(1, 1)));
    analysis.metricsRows.set(
      timeframe,
      mapOf(METRICS_FIELDS, HEAD, snapshot({ btcPriceUsd: 50_000.5, gold: 2_400.5 })),
    );
  }
  analysis.forecasts.set('7 1d', {
    ...{ time: NOW, state: 'closed', simulated: true, current_regime: 'Bull' },
    ...{ probabilities: PROBABILITIES, statistics: { completed_spells: 3 } },
  });
  analysis.sectorRows = analysis.sectorList.map(({ id, name }) =>
    mapOf(
      SECTOR_FIELDS,
      { ...HEAD, sector: name },
      { sectorId: id, timeframe: '1d', analysisTime: NOW, analysisData: { rank: id, momentum: 0.1 } },
    ),
  );
  analysis.rotationRow = {
    ...HEAD,
    flows: [],
    timeframe: '1d',
    sector_rotation_flows: {},
    analysis_data: {},
  };
  for (const symbol of SYMBOLS) analysis.assets.set(symbol, ASSET);
  market.change('ticker:BTC/USDT', tickerRow(100));
  market.change('indicators:BTC/USDT:1h', [
    ...[NOW, false, 'forming', 'built', 0.5, 30, true, NOW + 5, NOW + 8],
    ...[61_000.5, null],
  ]);
}

/** What is known of an asset. */
const ASSET = {
  current_analysis: {
    ...{ timeframe: '1d', time: NOW, is_forming: true, price: 1.5, score: 0.7, rank: 1, ranked_assets: 2 },
    ...{ components: { momentum: { value: 0.5, weight: 1, contribution: 0.5 } }, outlook: 'Neutral' },
    ...{ ai_confidence: 0.5, risk_level: 'low', technical_indicators: { rsi_14: null }, active_signals: [7] },
    ...{ sentiment_score: null, sector_correlation: null, signal_agreement: null },
  },
  performance_metrics: null,
  recommendation: 'buy',
  missing: { performance_metrics: 'no price is known yet' },
};

/** A server of which nothing is wrong. */
export const FINE: StatusMap = {
  ...{ time: NOW, state: 'ok', score: 1, reason: null, since: NOW, simulated: true, uptime_seconds: 1 },
  parts: [],
};

/** Stands for the look at the server. */
export const fineStatus: SystemStatus = { current: () => FINE, onChange: () => () => undefined };

/** Stands for the live states of users: all is there, and empty. */
export const emptyViews: UserViews = {
  async state({ kind }) {
    const [fields, schema] = {
      portfolio: [PORTFOLIO_FIELDS, portfolioState] as const,
      watchlist: [WATCHLIST_FIELDS, watchlistState] as const,
      dashboard: [DASHBOARD_FIELDS, z.object(dashboardState)] as const,
    }[kind];
    const sample = sampleOf(schema) as Readonly<Record<string, unknown>>;
    return { offset: 1, time: NOW, row: fields.map((field) => sample[field] ?? null) };
  },
};
