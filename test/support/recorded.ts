import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';

/** One recorded candle; numbers as the text of the file. */
export interface RecordedCandle {
  readonly time: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** One recorded trade; numbers as the text of the file. */
export interface RecordedTrade {
  readonly id: string;
  readonly time: number;
  readonly price: string;
  readonly amount: string;
  readonly isBuyerMaker: boolean;
}

/**
 * Gives the path of a file under `../shared/data`, such as `candles/BTC-USDT-PERP_1m.csv.gz`, or of that folder itself;
 * null if absent, as on a plain clone.
 */
export function sharedData(name = ''): string | null {
  const path = resolve('..', 'shared', 'data', name);
  return existsSync(path) ? path : null;
}

/** Reads a candle file; ascending by time. */
export function readRecordedCandles(path: string): RecordedCandle[] {
  return rowsOf(path).map(([time, open = '', high = '', low = '', close = '', volume = '']) => ({
    time: Number(time),
    open,
    high,
    low,
    close,
    volume,
  }));
}

/** Reads a candle file as numbers, of candles that begin from `from` on and before `to`, ms; ascending by time. */
export function readCandleNumbers(
  path: string,
  from = Number.NEGATIVE_INFINITY,
  to = Number.POSITIVE_INFINITY,
): ClosedCandle[] {
  return readRecordedCandles(path)
    .filter(({ time }) => time >= from && time < to)
    .map(({ time, open, high, low, close, volume }) => ({
      time,
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: Number(volume),
    }));
}

/** Reads trade files one after the other; ids are consecutive. */
export function readRecordedTrades(...paths: readonly string[]): RecordedTrade[] {
  return paths.flatMap(rowsOf).map(([id = '', time, , price = '', amount = '', maker]) => ({
    id,
    time: Number(time),
    price,
    amount,
    isBuyerMaker: maker === '1',
  }));
}

function rowsOf(path: string): string[][] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n');
  return lines.slice(1).map((line) => line.split(','));
}

const MARKETS: Readonly<Record<string, string>> = {
  'BTC/USDT': 'candles/BTC-USDT-PERP_1m.csv.gz',
  'ETH/USDT': 'candles/ETH-USDT-PERP_1m.csv.gz',
  'SOL/USDT': 'candles/SOL-USDT-PERP_1m.csv.gz',
};

/** Three recorded 1m markets by the spot symbols that they are played as; empty if the record is absent. */
export function recordedMarkets(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(MARKETS).flatMap(([symbol, name]) => {
      const path = sharedData(name);
      return path === null ? [] : [[symbol, path]];
    }),
  );
}

/** Options of a test that needs the record: skipped, with the reason, only where it is absent. */
export function skipWithoutRecord(): { skip?: string } {
  return sharedData('README.md') === null
    ? { skip: '../shared/data is absent: nothing recorded to play' }
    : {};
}
