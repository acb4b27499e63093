import t from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { SectorModel } from '../../../../src/engine/analysis/sectors/sector-model.js';
import type { SectorClose, SectorHistoryRow } from '../../../../src/engine/analysis/sectors/sector-rows.js';
import { timeframeIndex } from '../../../../src/timeframe.js';
import { readCandleNumbers, sharedData, skipWithoutRecord } from '../../../support/recorded.js';
import { assetOf, MarketPlayer, sectorOf, walk } from './market-player.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A day boundary from which on all twelve are recorded. */
const BEGIN = Date.UTC(2025, 4, 10);
const HOURLY = timeframeIndex('1h');

const SECTOR_OF = new Map([
  ['BTC', 1],
  ['ETH', 2],
  ['ADA', 3],
  ['AVAX', 3],
  ['BNB', 3],
  ['SOL', 3],
  ['SUI', 3],
  ['BCH', 4],
  ['LTC', 4],
  ['XLM', 4],
  ['XRP', 4],
  ['LINK', 5],
]);
const SUPPLIES = new Map([
  ['BCH', 19.9e6],
  ['LTC', 76e6],
  ['XLM', 31e9],
  ['XRP', 59e9],
]);

function perpetuals(days: number): Map<number, ClosedCandle[]> {
  return new Map(
    [...SECTOR_OF.keys()].map((base, asset) => {
      const path = sharedData(`candles/${base}-USDT-PERP_1m.csv.gz`) ?? '';
      return [asset, readCandleNumbers(path, BEGIN, BEGIN + days * DAY)];
    }),
  );
}

function perpetualPlayer(): MarketPlayer {
  const assets = [...SECTOR_OF].map(([base, sectorId], asset) => assetOf(asset, base, sectorId));
  const sectors = ['Gold', 'Contracts', 'Chains', 'Payments', 'Oracles'].map((name, i) =>
    sectorOf(i + 1, name),
  );
  const player = new MarketPlayer('1m', assets, sectors);
  player.external.setCoins(
    [...SUPPLIES].map(([base, circulatingSupply]) => ({
      base,
      circulatingSupply,
      marketCap: null,
      totalVolume: null,
      rank: null,
      asOf: BEGIN,
    })),
  );
  return player;
}

const levelOf = (row: SectorHistoryRow): Readonly<Record<string, number>> =>
  row.technicalIndicators.index as Readonly<Record<string, number>>;

t.test('twelve perpetuals by the minute', { ...skipWithoutRecord() }, async (t) => {
  const days = 1;
  const hours = 5;
  const record = perpetuals(days);
  const player = perpetualPlayer();
  const model = new SectorModel();
  const minutes: SectorHistoryRow[] = [];
  const hourly: SectorHistoryRow[] = [];
  let last: SectorClose | null = null;
  player.play(record, BEGIN + hours * HOUR, (frame) => {
    if (frame.timeframe === HOURLY) last = model.closed(frame, null);
    const rows = frame.timeframe === HOURLY ? (last?.history ?? []) : model.advance(frame);
    if (frame.timeframe === 0) minutes.push(...rows.filter(({ sectorId }) => sectorId === 4));
    if (frame.timeframe === HOURLY) hourly.push(...rows.filter(({ sectorId }) => sectorId === 4));
  });
  const payments = [...SECTOR_OF.keys()].flatMap((base, asset) =>
    SECTOR_OF.get(base) === 4 ? [{ base, asset }] : [],
  );
  const cap = (minute: number): number =>
    payments.reduce(
      (sum, { base, asset }) => sum + (SUPPLIES.get(base) ?? 0) * (record.get(asset)?.[minute]?.close ?? 0),
      0,
    );

  t.test('an index of known supplies follows their market cap, minute by minute', async (t) => {
    t.equal(minutes.length, hours * 60 - 1);
    const worst = minutes.map((row, i) =>
      Math.abs((levelOf(row).close ?? 0) / ((1000 * cap(i + 1)) / cap(0)) - 1),
    );
    t.ok(Math.max(...worst) < 1e-9);
    t.equal(minutes[0]?.technicalIndicators.weighting, 'market_cap');
    const caps = minutes.map((row, i) => Math.abs((row.marketCap ?? 0) / cap(i + 1) - 1));
    t.ok(Math.max(...caps) < 1e-9, 'and the row has it');
  });

  t.test('the candle of an hour is made of its minutes', async (t) => {
    const levels = minutes.map((row) => levelOf(row).close ?? 0);
    t.equal(hourly.length, hours - 1);
    for (const [i, row] of hourly.entries()) {
      // The level at its beginning, and those of its sixty minutes; the first minute of all has no row.
      const within = levels.slice((i + 1) * 60 - 2, (i + 2) * 60 - 1);
      const { open, high, low, close } = levelOf(row);
      t.same([open, high, low, close], [within[0], Math.max(...within), Math.min(...within), within.at(-1)]);
      const volume = payments.reduce((sum, { asset }) => {
        const rows = record.get(asset)?.slice((i + 1) * 60, (i + 2) * 60) ?? [];
        return sum + (rows.at(-1)?.close ?? 0) * rows.reduce((all, one) => all + one.volume, 0);
      }, 0);
      t.ok(Math.abs((levelOf(row).volume ?? 0) / volume - 1) < 1e-9, 'close × volume of its coins');
    }
  });

  t.test('what is not known has the reason of its source', async (t) => {
    const row = last?.frames[0]?.sectors.find(({ sectorId }) => sectorId === 3);
    const missing = row?.analysisData.missing as Readonly<Record<string, string>>;
    t.match(missing.sector_market_cap, /the supply of 5 of 5 coins is not known; the source global_market/);
    t.match(row?.analysisData.volume_incomplete, { length: 5 }, 'a day of volume is not known yet');
    const figures = last?.figures.find(({ sectorId }) => sectorId === 4);
    t.equal(figures?.top3CoinsId?.[0], 110, 'XRP is the largest payment coin');
    t.ok(Math.abs((figures?.marketCap ?? 0) / cap(hours * 60 - 1) - 1) < 1e-9);
  });
});

t.test(
  'a frame that waited for a straggler reads nothing of the minutes that closed meanwhile',
  async (t) => {
    const start = Date.UTC(2024, 0, 1);
    const assets = [assetOf(0, 'BTC', 1), assetOf(1, 'ETH', 2)];
    const record = new Map(assets.map(({ asset }) => [asset, walk(asset + 1, start, MINUTE, 130, 100)]));
    const sectors = [sectorOf(1, 'Gold'), sectorOf(2, 'Contracts')];
    const said = (isLate: boolean): string => {
      const player = new MarketPlayer('1m', assets, sectors);
      const model = new SectorModel();
      let found = '';
      const hour = start + 2 * HOUR;
      player.play(record, start + 122 * MINUTE, (frame) => {
        if (frame.timeframe === HOURLY && frame.time === hour && isLate) return;
        const close = model.closed(frame, null);
        if (frame.time === hour && frame.timeframe === HOURLY) found = JSON.stringify(close);
      });
      return isLate ? JSON.stringify(model.closed(player.frame(HOURLY, hour), null)) : found;
    };
    t.equal(said(true), said(false));
    t.ok(said(false).includes('"period":"1h"'));
  },
);

t.test('a coin that is late keeps its last price and is named', async (t) => {
  const start = Date.UTC(2024, 0, 1);
  const assets = [assetOf(0, 'BTC', 1), assetOf(1, 'ETH', 2), assetOf(2, 'SOL', 2)];
  const rows = assets.map(({ asset }) => walk(asset + 1, start, HOUR, 30, 100));
  const record = new Map(rows.map((one, asset) => [asset, asset === 2 ? one.slice(0, 28) : one]));
  const player = new MarketPlayer('1h', assets, [sectorOf(1, 'Gold'), sectorOf(2, 'Contracts')]);
  const model = new SectorModel();
  let last: SectorClose | null = null;
  player.play(record, start + 30 * HOUR, (frame) => {
    if (frame.timeframe === HOURLY) last = model.closed(frame, null);
  });
  const row = (last as SectorClose | null)?.frames[0]?.sectors[1];
  t.same(row?.analysisData.late, ['SOL/USDT']);
  t.match(row?.analysisData.index, { covered: 2, members: 2 });
});

t.test('of a coin one market counts, in dollars, the one liked best', async (t) => {
  const start = Date.UTC(2024, 0, 1);
  const assets = [
    assetOf(0, 'BTC', 1, 'USDC'),
    assetOf(1, 'BTC', 1, 'USDT'),
    assetOf(2, 'ETH', 1, 'BTC'),
    assetOf(3, 'SOL', null),
  ];
  const record = new Map(assets.map(({ asset }) => [asset, walk(asset + 1, start, HOUR, 3, 10 ** asset)]));
  const player = new MarketPlayer('1h', assets, [sectorOf(1, 'Gold')]);
  const model = new SectorModel();
  let last: SectorClose | null = null;
  player.play(record, start + 3 * HOUR, (frame) => {
    if (frame.timeframe === HOURLY) last = model.closed(frame, null);
  });
  const close = last as SectorClose | null;
  t.same(close?.figures[0]?.top3CoinsId, [101], 'BTC/USDT');
  const traded = record.get(1)?.reduce((sum, one) => sum + one.close * one.volume, 0) ?? 0;
  t.ok(Math.abs((close?.figures[0]?.volume24h ?? 0) / traded - 1) < 1e-9);
  t.ok((close?.frames[0]?.sectors[0]?.sectorDominancePct ?? 100) < 100, 'SOL is in the market all the same');
});

t.test('a dollar has its sector, and is no part of the market that others are compared with', async (t) => {
  const start = Date.UTC(2024, 0, 1);
  const assets = [assetOf(0, 'BTC', 1), assetOf(1, 'USDC', 2)];
  const record = new Map(assets.map(({ asset }) => [asset, walk(asset + 1, start, HOUR, 60, 1)]));
  const player = new MarketPlayer('1h', assets, [sectorOf(1, 'Gold'), sectorOf(2, 'Stablecoins')]);
  const model = new SectorModel();
  let last: SectorClose | null = null;
  player.play(record, start + 60 * HOUR, (frame) => {
    if (frame.timeframe === HOURLY) last = model.closed(frame, null);
  });
  const rows = (last as SectorClose | null)?.frames[0]?.sectors;
  t.equal(rows?.[0]?.relativeStrengthScore, 0.5, 'Bitcoin alone is the market');
  t.not(rows?.[1]?.relativeStrengthScore, 0.5);
  const shares = (rows?.[0]?.sectorDominancePct ?? 0) + (rows?.[1]?.sectorDominancePct ?? 0);
  t.ok(Math.abs(shares - 100) < 1e-9, 'what is traded of it counts');
});

t.test('what is made of simulated prices says so, also of a sector without coins', async (t) => {
  const start = Date.UTC(2024, 0, 1);
  const sectors = [sectorOf(1, 'Gold'), sectorOf(2, 'Empty')];
  for (const simulated of [true, false]) {
    const player = new MarketPlayer('1h', [{ ...assetOf(0, 'BTC', 1), simulated }], sectors);
    const model = new SectorModel();
    let last: SectorClose | null = null;
    player.play(new Map([[0, walk(1, start, HOUR, 30, 100)]]), start + 30 * HOUR, (frame) => {
      if (frame.timeframe === HOURLY) last = model.closed(frame, null);
    });
    const rows = (last as SectorClose | null)?.frames[0]?.sectors ?? [];
    t.same(
      rows.map(({ analysisData }) => analysisData.simulated),
      [simulated, simulated],
    );
  }
});
