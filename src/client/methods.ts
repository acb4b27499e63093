import type { MetricsData, SignalData } from '../protocol.js';
import type { Timeframe } from '../timeframe.js';
import type {
  AssetData,
  CandleItem,
  IndicatorValues,
  MetricsTimeframe,
  Page,
  Period,
  RegimeTimeframe,
} from './types.js';

interface Paged {
  /** 1–500, default 50. */
  readonly limit?: number;
  /** `next_cursor` of the page before. */
  readonly cursor?: string;
}

interface CandlesParams extends Paged {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Inclusive, ms. */
  readonly from?: number;
  /** Exclusive, ms. */
  readonly to?: number;
  readonly indicators?: boolean;
}

/** Fields that are documented in PROTOCOL.md; `missing` says why each one that is null is so. */
export type Answer = Readonly<Record<string, unknown>>;

/** Query methods: what they take and what they answer. */
export interface Methods {
  'assets.list': {
    params: Paged & { readonly type?: string; readonly sector?: string; readonly q?: string };
    result: Page<AssetData>;
  };
  'assets.get': { params: { readonly symbol: string }; result: AssetData };
  'assets.analysis': { params: { readonly symbol: string }; result: Answer };
  'candles.list': {
    params: CandlesParams;
    result: Page<CandleItem> & { readonly symbol: string; readonly timeframe: Timeframe };
  };
  'indicators.get': {
    params: { readonly symbol: string; readonly timeframe: Timeframe };
    result: IndicatorValues;
  };
  'layer1.marketRegime': { params: { readonly timeframe?: RegimeTimeframe }; result: Answer };
  'layer1.sentiment': { params: Empty; result: Answer };
  'layer1.dominance': { params: Empty; result: Answer };
  'layer1.indicators': { params: { readonly names?: readonly string[] }; result: Page<Answer> };
  'layer1.metrics': {
    params: Paged & { readonly timeframe: MetricsTimeframe; readonly from?: number; readonly to?: number };
    result: Page<MetricsData> & {
      readonly timeframe: MetricsTimeframe;
      readonly current: MetricsData | null;
    };
  };
  'layer1.history': {
    params: { readonly days?: number; readonly interval?: '1h' | '4h' | '1d' | '1w' };
    result: Page<Answer>;
  };
  /** `horizon`: hours, days or weeks ahead, such as `7d`. */
  'layer1.regimeForecast': { params: { readonly horizon?: string }; result: Answer };
  'layer2.sectors': { params: Paged; result: Page<Answer> };
  'layer2.sector': { params: OfSector; result: Answer };
  'layer2.sectorPerformance': { params: OfSector; result: Answer };
  'layer2.sectorAssets': { params: OfSector & Paged; result: Page<AssetData> };
  'layer2.sectorHistory': {
    params: OfSector & Paged & { readonly days?: number; readonly timeframe?: Timeframe };
    result: Page<Answer>;
  };
  'layer2.rotation': { params: { readonly timeframe?: Period }; result: Answer };
  'layer2.compare': {
    params: { readonly sectors: readonly number[]; readonly timeframe?: Period };
    result: Page<Answer>;
  };
  'watchlists.list': { params: Paged; result: Page<Answer> };
  'watchlists.get': { params: { readonly id: number }; result: Answer };
  'signals.list': {
    params: Paged & {
      readonly status?: SignalData['status'];
      readonly symbol?: string;
      /** 0–1 */
      readonly confidence_min?: number;
    };
    result: Page<SignalData>;
  };
  'signals.get': { params: { readonly id: number }; result: Answer };
  'signals.performance': {
    params: {
      /** How far back. */
      readonly timeframe?: '1d' | '7d' | '30d' | '90d' | '365d';
      readonly model?: string;
      readonly symbol?: string;
      readonly candles?: Timeframe;
    };
    result: Answer;
  };
}
export type Method = keyof Methods;

type Empty = Readonly<Record<string, never>>;

interface OfSector {
  readonly sector_id: number;
}
