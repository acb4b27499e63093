import { MINUTE_MS } from '../../timeframe.js';
import { Generator } from './generator.js';
import { RecordedSource } from './recorded.js';
import { readCandles } from './recorded-candles.js';
import { readTrades } from './recorded-trades.js';
import type { MarketSource } from './source.js';

/** Files by unified symbol, `{'BTC/USDT': 'btc.csv.gz'}`; several files of one symbol follow each other. */
export type RecordedFiles = Readonly<Record<string, string | readonly string[]>>;

/** Where a market comes from: made up (`symbols`: how many pairs), or recorded 1m candles or trades. */
export type SourceOptions =
  | { readonly type: 'generator'; readonly symbols?: number }
  | { readonly type: 'candles'; readonly files: RecordedFiles }
  | { readonly type: 'trades'; readonly files: RecordedFiles };

/**
 * Makes a source. Recorded files are read at once.
 *
 * @throws RangeError for a file that cannot be played or a shift that is no whole number of minutes
 */
export function createSource(options: SourceOptions, seed: number, shiftMs: number): MarketSource {
  if (!Number.isInteger(shiftMs / MINUTE_MS))
    throw new RangeError(`a shift of ${shiftMs} ms is no whole minutes`);
  if (options.type === 'generator') return new Generator({ seed, ...options });
  const read = options.type === 'candles' ? readCandles : readTrades;
  const markets = Object.entries(options.files).map(([symbol, paths]) =>
    read(symbol, typeof paths === 'string' ? [paths] : paths, shiftMs),
  );
  return new RecordedSource(markets);
}
