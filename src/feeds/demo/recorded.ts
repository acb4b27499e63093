import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { MINUTE_MS } from '../../timeframe.js';
import {
  BAR_UNIT_MS,
  type Bar,
  type BarUnit,
  type DemoTrade,
  joinBars,
  type Listing,
  type MarketSource,
} from './source.js';

/** One minute of a recording. */
export interface RecordedMinute {
  /** Number since the epoch. */
  readonly minute: number;
  readonly bar: Bar;
  /** Id of the last trade before it. */
  readonly lastIdBefore: number;
}

/** What a recording knows of one pair: its minutes in order, and how to get a minute's trades. */
export interface RecordedMarket {
  readonly listing: Listing;
  /** Ascending, each once; a minute of which nothing is known is left out. Never empty. */
  readonly minutes: readonly RecordedMinute[];
  readonly tradesOf: (row: RecordedMinute) => readonly DemoTrade[];
}

/** Reads a CSV file, gzipped if its name ends so, without its first line; each line as its fields. */
export function readCsv(path: string): string[][] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const lines = text.split('\n').slice(1);
  return lines.filter((line) => line !== '').map((line) => line.trimEnd().split(','));
}

/**
 * Gives ids and names of a pair from its unified symbol, `BTC/USDT`.
 *
 * @throws RangeError if it is no spot symbol
 */
export function splitSymbol(symbol: string): { id: string; base: string; quote: string } {
  const match = /^([A-Z0-9]+)\/([A-Z0-9]+)$/.exec(symbol);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new RangeError(`"${symbol}" is not a spot symbol such as BTC/USDT`);
  return { id: match[1] + match[2], base: match[1], quote: match[2] };
}

/** Recorded markets as a source. Hours and days are rolled up from minutes when first asked for, and kept. */
export class RecordedSource implements MarketSource {
  readonly listings: readonly Listing[];
  readonly start: number;
  readonly end: number;
  readonly hasQuotes = false;
  readonly #markets: readonly RecordedMarket[];
  readonly #rolled: readonly Record<'hour' | 'day', Map<number, Bar | null>>[];

  constructor(markets: readonly RecordedMarket[]) {
    this.#markets = markets;
    this.listings = markets.map(({ listing }) => listing);
    this.#rolled = markets.map(() => ({ hour: new Map(), day: new Map() }));
    const firsts = markets.map(({ minutes }) => minutes[0]?.minute ?? Number.NaN);
    const lasts = markets.map(({ minutes }) => minutes.at(-1)?.minute ?? Number.NaN);
    this.start = Math.min(...firsts) * MINUTE_MS;
    this.end = (Math.max(...lasts) + 1) * MINUTE_MS;
    if (!Number.isFinite(this.end - this.start)) throw new RangeError('a recording without a single row');
  }

  bar(listing: number, unit: BarUnit, index: number): Bar | null {
    if (unit === 'minute') {
      const row = this.#row(listing, index);
      return row?.minute === index ? row.bar : null;
    }
    const known = this.#rolled[listing]?.[unit];
    let bar = known?.get(index);
    if (bar === undefined) {
      const part = unit === 'day' ? 'hour' : 'minute';
      const parts = BAR_UNIT_MS[unit] / BAR_UNIT_MS[part];
      bar = null;
      for (let i = 0; i < parts; i++) bar = joinBars(bar, this.bar(listing, part, index * parts + i));
      known?.set(index, bar);
    }
    return bar;
  }

  trades(listing: number, minute: number): readonly DemoTrade[] {
    const row = this.#row(listing, minute);
    return row?.minute === minute ? this.#market(listing).tradesOf(row) : [];
  }

  lastIdBefore(listing: number, minute: number): number {
    const row = this.#row(listing, minute);
    if (row !== undefined) return row.lastIdBefore;
    const last = this.#market(listing).minutes.at(-1);
    return last === undefined ? 0 : last.lastIdBefore + last.bar.trades;
  }

  minuteOfTrade(listing: number, id: number): number | null {
    const { minutes } = this.#market(listing);
    const at = firstIndex(minutes, (row) => row.lastIdBefore + row.bar.trades >= id);
    const row = minutes[at];
    return row === undefined || id <= row.lastIdBefore ? null : row.minute;
  }

  /** Gives the row of this minute, or the first after it. */
  #row(listing: number, minute: number): RecordedMinute | undefined {
    const { minutes } = this.#market(listing);
    return minutes[firstIndex(minutes, (row) => row.minute >= minute)];
  }

  #market(listing: number): RecordedMarket {
    const market = this.#markets[listing];
    if (market === undefined) throw new RangeError(`no listing ${listing}`);
    return market;
  }
}

/** Gives the first position whose row fulfils a condition that holds from there on; the length if none does. */
function firstIndex(rows: readonly RecordedMinute[], holds: (row: RecordedMinute) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && holds(row)) high = middle;
    else low = middle + 1;
  }
  return low;
}
