import type { ClosedCandle } from './candle-ring.js';
import { columnOf } from './columns.js';
import { SeriesBook } from './series-book.js';
import { SHORTEST_STRUCTURE, StructureBook } from './structure/structure-book.js';

const ATR = columnOf('atr_14');
const RSI = columnOf('rsi_14');
const MEAN_VOLUME = columnOf('volume_sma_20');

/** All that is kept of assets' closed candles: what each candle advances, in one order. */
export class SeriesFeed {
  readonly book = new SeriesBook();
  readonly structures = new StructureBook();

  add(asset: number): void {
    this.book.add(asset);
    this.structures.add(asset);
  }

  remove(asset: number): void {
    this.book.remove(asset);
    this.structures.remove(asset);
  }

  /** @throws RangeError if there is no such asset, or the candle does not follow the newest one */
  push(asset: number, timeframe: number, candle: ClosedCandle): void {
    const { book } = this;
    if (timeframe < SHORTEST_STRUCTURE) {
      book.push(asset, timeframe, candle);
      return;
    }
    // Of the 20 before: a surge must not be measured by itself.
    const meanVolume = book.value(asset, timeframe, MEAN_VOLUME);
    book.push(asset, timeframe, candle);
    const { time, open, high, low, close, volume } = candle;
    this.structures.push(asset, timeframe, {
      ...{ time, open, high, low, close, volume, meanVolume },
      atr: book.value(asset, timeframe, ATR),
      rsi: book.value(asset, timeframe, RSI),
    });
  }
}
