import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';
import { type Timeframe, timeframeIndex } from '../../src/timeframe.js';
import { readRecordedCandles, sharedData } from '../../test/support/recorded.js';
import { inOrder, type PlayedCandle, rollUpCandles } from '../../test/support/signal-market.js';

/** Recorded candles of some markets, ready to be played. */
export interface Recording {
  readonly name: string;
  readonly bases: readonly string[];
  /** By asset: the candles that tell what the price did. */
  readonly finest: readonly Timeframe[];
  readonly candles: readonly PlayedCandle[];
}

/** @throws Error if the record is absent */
function read(file: string): readonly ClosedCandle[] {
  const path = sharedData(`candles/${file}.csv.gz`);
  if (path === null) throw new Error(`${file} is absent: the report needs the recorded candles`);
  return readRecordedCandles(path).map(({ time, open, high, low, close, volume }) => ({
    time,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume),
  }));
}

function played(
  asset: number,
  timeframe: Timeframe,
  candles: readonly ClosedCandle[],
): readonly PlayedCandle[] {
  return candles.map((candle) => ({ asset, timeframe: timeframeIndex(timeframe), candle }));
}

/** Five years of four spot markets: 1h, 4h, 1d and 1w as recorded; 15m of BNB, the only one there is. */
export function spotRecording(): Recording {
  const bases = ['BTC', 'ETH', 'SOL', 'BNB'];
  const candles = bases.flatMap((base, asset) =>
    (['15m', '1h', '4h', '1d', '1w'] as const)
      .filter((timeframe) => timeframe !== '15m' || base === 'BNB')
      .flatMap((timeframe) => played(asset, timeframe, read(`${base}-USDT_${timeframe}`))),
  );
  return { name: 'spot', bases, finest: ['1h', '1h', '1h', '15m'], candles: inOrder(candles) };
}

/** Thirty days of twelve perpetuals: 1m as recorded, longer ones added up. */
export function perpetualRecording(): Recording {
  const bases = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'ADA', 'AVAX', 'BCH', 'LINK', 'LTC', 'SUI', 'XLM'];
  const candles = bases.flatMap((base, asset) => {
    const minutes = read(`${base}-USDT-PERP_1m`);
    return [
      ...played(asset, '1m', minutes),
      ...(['15m', '1h', '4h', '1d'] as const).flatMap((timeframe) =>
        // The first one may lack its beginning.
        played(asset, timeframe, rollUpCandles(minutes, '1m', timeframe).slice(1)),
      ),
    ];
  });
  return { name: 'perpetuals', bases, finest: bases.map(() => '1m' as const), candles: inOrder(candles) };
}
