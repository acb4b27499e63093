import { TIMEFRAMES, timeframeIndex } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import { Gaps } from '../gaps.js';
import type { Coin } from './coin.js';
import { dollars } from './describe-sector.js';
import type { IndexSlot, SectorIndices } from './sector-indices.js';
import { marketCapOf, sumKnown } from './sector-measures.js';
import type { SectorFigures, SectorHistoryRow } from './sector-rows.js';
import type { SectorView } from './sector-view.js';

const DAY = timeframeIndex('1d');
const WEEK = 7;

/** As the documents show it: names of groups and periods → column. */
const INDICATORS = {
  RSI: columnOf('rsi_14'),
  MACD: { value: columnOf('macd'), signal: columnOf('macd_signal'), histogram: columnOf('macd_hist') },
  SMA: { '20': columnOf('sma_20'), '50': columnOf('sma_50'), '200': columnOf('sma_200') },
  EMA: { '20': columnOf('ema_20'), '50': columnOf('ema_50'), '200': columnOf('ema_200') },
  BB: { upper: columnOf('bb_upper'), middle: columnOf('bb_middle'), lower: columnOf('bb_lower') },
  ATR: columnOf('atr_14'),
  ADX: columnOf('adx_14'),
  MFI: columnOf('mfi_14'),
  OBV: columnOf('obv'),
} as const;

/** Gives the row of a sector's candle that has just closed. */
export function historyRow(
  indices: SectorIndices,
  view: SectorView,
  slot: IndexSlot & { readonly sectorId: number },
): SectorHistoryRow {
  const gaps = new Gaps();
  const { timeframe, candleTime, time, external } = view.frame;
  const { book } = indices.candles;
  const coins = indices.coinsOf(slot);
  const read = (name: string, column: number): number | null =>
    gaps.number(
      name,
      book.value(slot.slot, timeframe, column),
      `${book.count(slot.slot, timeframe)} candles of the index are known: too few`,
    );
  const indicators = Object.fromEntries(
    Object.entries(INDICATORS).map(([name, column]) => [
      name,
      typeof column === 'number'
        ? read(name, column)
        : Object.fromEntries(
            Object.entries(column).map(([part, one]) => [part, read(`${name}.${part}`, one)]),
          ),
    ]),
  );
  const unknown = coins.find((coin) => Number.isNaN(view.supply(coin)));
  const marketCap = dollars(
    gaps,
    'market_cap',
    marketCapOf(view, coins),
    unknown === undefined ? 'a coin has no price' : external.coinReason(unknown.asset.base, time),
  );
  const volume24h = dollars(gaps, 'volume_24h', volumeOf(view, coins), 'no volume is known yet');
  return {
    sectorId: slot.sectorId,
    timeframe: TIMEFRAMES[timeframe] as SectorHistoryRow['timeframe'],
    marketCap,
    volume24h,
    candleTime,
    technicalIndicators: {
      ...indicators,
      index: candle(indices, slot.slot, timeframe, 0),
      weighting: slot.index.weighting,
      covered: slot.index.coins.length,
      members: coins.length,
      missing: gaps.missing,
    },
  };
}

/** Gives what `sectors` is to hold now. Where CoinGecko's category is known, of all its coins; else of those served. */
export function sectorFigures(
  indices: SectorIndices,
  view: SectorView,
  { slot, id, coingeckoId }: SectorIndices['sectors'][number],
): SectorFigures {
  const gaps = new Gaps();
  const { external, time } = view.frame;
  const coins = indices.coins.ofSector(id);
  const category = external.category(coingeckoId, time);
  const isCategory = category !== null && category.marketCap !== null;
  const cap = isCategory ? (category.marketCap as number) : marketCapOf(view, coins);
  const change = isCategory
    ? cap - cap / (1 + (category.marketCapChange24h ?? Number.NaN) / 100)
    : coins.reduce((sum, coin) => sum + view.supply(coin) * view.rise24h(coin), 0);
  const volume = category?.volume24h ?? volumeOf(view, coins);
  const reason = 'neither the category nor every coin is known';
  const sizes = coins.map((coin) => ({
    assetId: coin.asset.assetId,
    cap: view.marketCap(coin),
    volume: view.volume24h(coin),
  }));
  const bySize = sizes.every((one) => one.cap >= 0) ? 'cap' : 'volume';
  const largest = sizes
    .filter((one) => Number.isFinite(one[bySize]))
    .toSorted((a, b) => b[bySize] - a[bySize])
    .slice(0, 3);
  return {
    sectorId: id,
    marketCap: dollars(gaps, 'market_cap', cap, reason),
    marketCapChange24h: dollars(
      gaps,
      'market_cap_change_24h',
      coins.length === 0 && !isCategory ? Number.NaN : change,
      'the market cap of 24 hours ago is not known',
    ),
    volume24h: dollars(gaps, 'volume_24h', volume, 'no volume is known yet'),
    top3CoinsId: gaps.value(
      'top_3_coins_id',
      largest.length === 0 ? null : largest.map(({ assetId }) => assetId),
      'no coin of the sector has a size that is known',
    ),
    metricsDetails: {
      ohlcv_7d: lastDays(indices, slot),
      market_cap_of: isCategory ? 'category' : 'members',
      volume_of: category?.volume24h == null ? 'members' : 'category',
      top_3_by: bySize === 'cap' ? 'market_cap' : 'volume',
      as_of: time,
      missing: gaps.missing,
    },
  };
}

function volumeOf(view: SectorView, coins: readonly Coin[]): number {
  return sumKnown(coins, (coin) => view.volume24h(coin));
}

/** The index' newest closed days, the oldest first. */
function lastDays(indices: SectorIndices, slot: number): readonly object[] {
  const count = Math.min(WEEK, indices.candles.book.count(slot, DAY));
  return Array.from({ length: count }, (_, i) => candle(indices, slot, DAY, count - 1 - i));
}

/** Index points, and US dollars of volume. */
function candle({ candles: { book } }: SectorIndices, slot: number, timeframe: number, back: number): object {
  return {
    time: book.time(slot, timeframe, back),
    open: book.open(slot, timeframe, back),
    high: book.high(slot, timeframe, back),
    low: book.low(slot, timeframe, back),
    close: book.close(slot, timeframe, back),
    volume: book.volume(slot, timeframe, back),
  };
}
