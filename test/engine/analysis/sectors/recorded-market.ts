import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { readCandleNumbers, sharedData } from '../../../support/recorded.js';
import { assetOf, MarketPlayer, type Record1, sectorOf } from './market-player.js';

export const START = Date.UTC(2022, 0, 1);
const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const COINS = ['BTC', 'ETH', 'SOL', 'BNB'];
export const SECTORS = [
  sectorOf(1, 'Gold'),
  sectorOf(2, 'Platforms'),
  sectorOf(3, 'Exchanges'),
  sectorOf(4, 'Empty'),
];
/** Sector of each coin. */
export const SECTOR_OF = [1, 2, 2, 3];

/** Hours of four spot markets from 2022 on, in which no exchange was out, for so many days. */
export function recordedHours(days: number): Record1 {
  return new Map(
    COINS.map((base, asset) => {
      const path = sharedData(`candles/${base}-USDT_1h.csv.gz`) ?? '';
      const rows: ClosedCandle[] = readCandleNumbers(path, START, START + days * DAY);
      return [asset, rows];
    }),
  );
}

export function recordedPlayer(reversed = false): MarketPlayer {
  const assets = COINS.map((base, asset) => assetOf(asset, base, SECTOR_OF[asset] ?? null));
  return new MarketPlayer('1h', assets, SECTORS, reversed);
}
