import { TIMEFRAME_COUNT, timeframeIndex } from '../../../timeframe.js';
import type { Structures } from '../frame.js';
import { SeriesStructure } from './series-structure.js';
import type { Structure, StructureInput } from './structure.js';

/** Shorter candles are noise: no structure is kept of them. */
export const SHORTEST_STRUCTURE = timeframeIndex('15m');

/** Structures of all analysed series, of 15m and longer. */
export class StructureBook implements Structures {
  readonly #structures: (SeriesStructure | undefined)[] = [];

  /** Makes the structures of an asset, without any candle. */
  add(asset: number): void {
    for (let timeframe = SHORTEST_STRUCTURE; timeframe < TIMEFRAME_COUNT; timeframe++) {
      this.#structures[asset * TIMEFRAME_COUNT + timeframe] = new SeriesStructure();
    }
  }

  remove(asset: number): void {
    for (let timeframe = SHORTEST_STRUCTURE; timeframe < TIMEFRAME_COUNT; timeframe++) {
      this.#structures[asset * TIMEFRAME_COUNT + timeframe] = undefined;
    }
  }

  /**
   * Takes in a closed candle; one of a timeframe that is shorter than 15m is passed over.
   *
   * @throws RangeError if there is no such asset, or the candle does not follow the newest one
   */
  push(asset: number, timeframe: number, input: StructureInput): void {
    if (timeframe < SHORTEST_STRUCTURE) return;
    const structure = this.#structures[asset * TIMEFRAME_COUNT + timeframe];
    if (structure === undefined) throw new RangeError(`asset ${asset} is not analysed`);
    structure.push(input);
  }

  of(asset: number, timeframe: number): Structure | null {
    if (timeframe < SHORTEST_STRUCTURE) return null;
    return this.#structures[asset * TIMEFRAME_COUNT + timeframe] ?? null;
  }
}
