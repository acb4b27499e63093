import { Analysis, type AnalysisSink } from '../../src/engine/analysis/analysis.js';
import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';
import type { FrameResult } from '../../src/engine/analysis/look.js';
import type { AnalysisAsset, AnalysisSector } from '../../src/engine/analysis/market.js';
import type { SignalChange, SignalDraft } from '../../src/engine/analysis/signals/signal.js';
import type { SignalOptions } from '../../src/engine/analysis/signals/signal-options.js';
import { bucketEnd, type Timeframe, timeframeIndex } from '../../src/timeframe.js';
import { readCandleNumbers, sharedData } from './recorded.js';

/** A candle that closes, as it is played. */
export interface PlayedClose {
  readonly asset: number;
  readonly timeframe: Timeframe;
  readonly candle: ClosedCandle;
}

/** What the sink heard. */
export type Heard =
  | { readonly type: 'looked'; readonly result: FrameResult }
  | { readonly type: 'opened'; readonly draft: SignalDraft }
  | { readonly type: 'changed'; readonly draft: SignalDraft; readonly change: SignalChange };

export const SECTORS: readonly AnalysisSector[] = [
  { id: 1, name: 'Bitcoin', coingeckoId: 'bitcoin' },
  { id: 2, name: 'Ethereum & Smart Contracts', coingeckoId: 'smart-contract-platform' },
  { id: 3, name: 'Layer 1 Blockchains', coingeckoId: 'layer-1' },
  { id: 4, name: 'Payments', coingeckoId: 'payment-solutions' },
];
const SECTOR_OF: Readonly<Record<string, number>> = { BTC: 1, ETH: 2, XRP: 4, LTC: 4, BCH: 4, XLM: 4 };

/** Assets in dollars, numbered in their order; rows in `assets` are 100 further on. */
export function analysed(bases: readonly string[]): readonly AnalysisAsset[] {
  return bases.map((base, asset) => ({
    ...{ asset, assetId: asset + 100, symbol: `${base}/USDT`, base, quote: 'USDT' },
    ...{ sectorId: SECTOR_OF[base] ?? 3, simulated: false },
  }));
}

/** The analyses by themselves, fed with closed candles, and all that they tell. */
export class AnalysisRun {
  readonly heard: Heard[] = [];
  readonly analysis: Analysis;
  /** Called after each frame. */
  onLooked: (result: FrameResult) => void = () => undefined;

  /** @param keep false: frames are told to `onLooked` only */
  constructor(bases: readonly string[], signals: Partial<SignalOptions> = {}, keep = true) {
    const sink: AnalysisSink = {
      looked: (result) => {
        if (keep) this.heard.push({ type: 'looked', result });
        this.onLooked(result);
      },
      opened: (_asset, draft) => this.heard.push({ type: 'opened', draft }),
      changed: (_asset, draft, change) => this.heard.push({ type: 'changed', draft, change }),
    };
    this.analysis = new Analysis({ sink, signals, forming: () => null });
    this.analysis.setMarket(analysed(bases), SECTORS);
  }

  /** Takes closes in as history, and goes live. */
  begin(history: readonly PlayedClose[]): this {
    const { analysis } = this;
    for (const { asset, timeframe, candle } of history)
      analysis.seed(asset, timeframeIndex(timeframe), [candle]);
    for (const { asset } of analysis.market.assets) analysis.goLive(asset);
    analysis.settle();
    analysis.drain();
    return this;
  }

  /** Plays closes in their order; prices are told by candles of `prices`. `step`: called after each close. */
  play(closes: readonly PlayedClose[], prices: Timeframe, step = () => this.analysis.drain()): this {
    for (const { asset, timeframe, candle } of closes) {
      const end = bucketEnd(timeframe, candle.time);
      if (timeframe === prices) this.analysis.ranged(asset, candle, end, true);
      this.analysis.closed(asset, timeframeIndex(timeframe), { ...candle, exchangeTime: end, coverage: 1 });
      step();
    }
    this.analysis.drain();
    return this;
  }

  /** Signals and what became of them, in order. */
  get signals(): readonly Heard[] {
    return this.heard.filter(({ type }) => type !== 'looked');
  }
}

/** Orders closes as they come to pass: by end, then by timeframe, then by asset. */
export function inOrderOfClose(closes: readonly PlayedClose[]): readonly PlayedClose[] {
  return closes
    .map((close) => ({ close, end: bucketEnd(close.timeframe, close.candle.time) }))
    .toSorted(
      (a, b) =>
        a.end - b.end ||
        timeframeIndex(a.close.timeframe) - timeframeIndex(b.close.timeframe) ||
        a.close.asset - b.close.asset,
    )
    .map(({ close }) => close);
}

/** Gives recorded closes of spot markets or perpetuals within a range, ms; null: the recorded data are not there. */
export function recordedCloses(
  bases: readonly string[],
  timeframes: readonly Timeframe[],
  {
    suffix = '',
    from = 0,
    to = Number.POSITIVE_INFINITY,
  }: { suffix?: string; from?: number; to?: number } = {},
): readonly PlayedClose[] | null {
  if (sharedData() === null) return null;
  return inOrderOfClose(
    bases.flatMap((base, asset) =>
      timeframes.flatMap((timeframe) => {
        const path = sharedData(`candles/${base}-USDT${suffix}_${timeframe}.csv.gz`);
        if (path === null) return [];
        return readCandleNumbers(path, from)
          .filter(({ time }) => bucketEnd(timeframe, time) <= to)
          .map((candle) => ({ asset, timeframe, candle }));
      }),
    ),
  );
}
