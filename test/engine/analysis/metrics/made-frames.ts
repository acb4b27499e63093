import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { ExternalBook, type ExternalName } from '../../../../src/engine/analysis/external-book.js';
import { FormingReader } from '../../../../src/engine/analysis/forming-reader.js';
import type { Frame } from '../../../../src/engine/analysis/frame.js';
import { AnalysisMarket } from '../../../../src/engine/analysis/market.js';
import { SeriesBook } from '../../../../src/engine/analysis/series-book.js';
import {
  bucketEnd,
  bucketStart,
  TIMEFRAMES,
  type Timeframe,
  timeframeIndex,
} from '../../../../src/timeframe.js';
import { readCandleNumbers, sharedData } from '../../../support/recorded.js';

/** A market that is fed candle by candle, and looked at. */
export class MadeMarket {
  readonly book = new SeriesBook();
  readonly market = new AnalysisMarket();
  readonly external = new ExternalBook();

  /** @param symbols the first one is asset 0 */
  constructor(symbols: readonly string[], simulated = false) {
    const assets = symbols.map((symbol, asset) => {
      const [base = '', quote = ''] = symbol.split('/');
      return { asset, assetId: asset + 1, symbol, base, quote, sectorId: null, simulated };
    });
    this.market.setAssets(assets);
    for (const { asset } of assets) this.book.add(asset);
  }

  /** Closes a candle. */
  push(asset: number, timeframe: Timeframe, candle: ClosedCandle): void {
    this.book.push(asset, timeframeIndex(timeframe), candle);
  }

  /** The market at the close of the candle that begins at `candleTime`. */
  frame(timeframe: Timeframe, candleTime: number): Frame {
    return {
      timeframe: timeframeIndex(timeframe),
      time: bucketEnd(timeframe, candleTime),
      candleTime,
      isForming: false,
      market: this.market,
      series: this.book,
      structures: { of: () => null },
      external: this.external,
    };
  }

  /** The same with the candles that form, as of `time`. */
  forming(
    timeframe: Timeframe,
    time: number,
    candle: (asset: number, timeframe: Timeframe) => ClosedCandle | null,
  ): Frame {
    const series = new FormingReader(this.book, (asset, index) => candle(asset, TIMEFRAMES[index] ?? '1m'));
    return {
      ...this.frame(timeframe, bucketStart(timeframe, time - 1)),
      time,
      isForming: true,
      series,
    };
  }

  /** Brings a figure that is known at `asOf`. */
  read(name: ExternalName, value: number, asOf: number, receivedAt = asOf): void {
    this.external.set({ name, value, asOf, receivedAt, provider: 'test', simulated: false });
  }
}

/** A figure of each kind, as a quiet day would bring it. */
export const FIGURES: Readonly<Record<ExternalName, number>> = {
  fear_greed_index: 54,
  google_trends_score: 31,
  funding_rate_btc: 0.0001,
  funding_rate_eth: 0.00008,
  open_interest_btc: 91_000,
  open_interest_eth: 2_100_000,
  total_market_cap: 2.3e12,
  total_volume_24h: 8.05e10,
  btc_dominance: 54.5,
  eth_dominance: 13.25,
  usdt_dominance: 5.5,
  sp500: 5_800,
  gold: 2_650,
  dxy: 103.5,
  vix: 19,
  us_10y: 4.1,
  whale_netflow_24h: -1_250.5,
  active_addresses_btc: 812_345,
  active_addresses_eth: 501_222,
  exchange_netflow_btc: -800,
  exchange_netflow_eth: 12_000,
  whale_to_exchange_volume_btc: 5_000,
  whale_from_exchange_volume_btc: 6_250.5,
  supply_on_exchanges_btc: 2_400_000,
  supply_on_exchanges_eth: 9_900_000,
  tx_volume_btc: 400_000,
  tx_volume_eth: 1_500_000,
  miner_outflow: 900,
  miner_balance_change: -120,
};

/** Reads recorded candles as numbers; the name as in `BTC-USDT_1h`. Empty where the record is absent. */
export function recorded(name: string): readonly ClosedCandle[] {
  const path = sharedData(`candles/${name}.csv.gz`);
  if (path === null) return [];
  return readCandleNumbers(path);
}

/** A candle that closes, of one asset and timeframe. */
export interface Close {
  readonly asset: number;
  readonly timeframe: Timeframe;
  readonly candle: ClosedCandle;
}

/**
 * Puts candles of many series into the order in which they close: by their ends, then shorter timeframes first.
 */
export function inOrder(
  series: readonly { asset: number; timeframe: Timeframe; candles: readonly ClosedCandle[] }[],
): readonly Close[] {
  return series
    .flatMap(({ asset, timeframe, candles }) => candles.map((candle) => ({ asset, timeframe, candle })))
    .map((close) => ({
      close,
      end: bucketEnd(close.timeframe, close.candle.time),
      place: timeframeIndex(close.timeframe) * 1_000 + close.asset,
    }))
    .toSorted((a, b) => a.end - b.end || a.place - b.place)
    .map(({ close }) => close);
}
