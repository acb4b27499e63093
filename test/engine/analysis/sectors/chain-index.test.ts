import fc from 'fast-check';
import t from 'tap';
import { ExternalBook } from '../../../../src/engine/analysis/external-book.js';
import { ChainIndex } from '../../../../src/engine/analysis/sectors/chain-index.js';
import { Coin } from '../../../../src/engine/analysis/sectors/coin.js';
import { SectorModel } from '../../../../src/engine/analysis/sectors/sector-model.js';
import { assetOf, MarketPlayer, sectorOf, walk } from './market-player.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2024, 0, 1);

function coinAt(number: number, base: string, price: number, time: number): Coin {
  const coin = new Coin(assetOf(number, base, 1));
  coin.price = price;
  coin.pricedAt = time;
  return coin;
}

function suppliesOf(supplies: Readonly<Record<string, number>>, asOf: number): ExternalBook {
  const book = new ExternalBook();
  book.setCoins(
    Object.entries(supplies).map(([base, circulatingSupply]) => ({
      base,
      circulatingSupply,
      marketCap: null,
      totalVolume: null,
      rank: null,
      asOf,
    })),
  );
  return book;
}

function move(coin: Coin, price: number, time: number): void {
  coin.price = price;
  coin.pricedAt = time;
}

t.test('an index of known supplies moves as the market cap of its coins', async (t) => {
  const a = coinAt(0, 'A', 10, START);
  const b = coinAt(1, 'B', 2, START);
  const index = new ChainIndex();
  const external = suppliesOf({ A: 100, B: 1500 }, START);
  t.equal(index.advance([a, b], external, START), 1000);
  t.equal(index.weighting, 'market_cap');
  move(a, 11, START + HOUR);
  move(b, 3, START + HOUR);
  const wanted = (1000 * (11 * 100 + 3 * 1500)) / (10 * 100 + 2 * 1500);
  t.ok(Math.abs(index.advance([a, b], external, START + HOUR) - wanted) < 1e-9);
});

t.test(
  'one supply that is not known makes all weights those of volume, or equal without volume',
  async (t) => {
    const a = coinAt(0, 'A', 10, START);
    const b = coinAt(1, 'B', 2, START);
    const index = new ChainIndex();
    index.advance([a, b], suppliesOf({ A: 100 }, START), START);
    t.equal(index.weighting, 'equal');
    move(a, 20, START + 1);
    t.equal(index.advance([a, b], new ExternalBook(), START + 1), 1500, 'half of it has doubled');
  },
);

t.test('an index without a coin that has a price has no value, and goes on where it was', async (t) => {
  const index = new ChainIndex();
  const external = new ExternalBook();
  t.ok(Number.isNaN(index.advance([], external, START)));
  const a = coinAt(0, 'A', 10, START);
  index.advance([a], external, START);
  move(a, 20, START + HOUR);
  t.equal(index.advance([a], external, START + HOUR), 2000);
  t.ok(Number.isNaN(index.advance([], external, START + 2 * HOUR)), 'its coins are gone');
  const b = coinAt(1, 'B', 7, START + 3 * HOUR);
  t.equal(index.advance([b], external, START + 3 * HOUR), 2000);
});

t.test('a coin whose last close is older than a day takes no part', async (t) => {
  const a = coinAt(0, 'A', 10, START);
  const b = coinAt(1, 'B', 10, START);
  const index = new ChainIndex();
  index.advance([a, b], new ExternalBook(), START);
  move(a, 10, START + DAY + 1);
  index.advance([a, b], new ExternalBook(), START + DAY + 1);
  t.same(index.coins, [a]);
});

t.test('other members, weights and days never move an index by themselves', async (t) => {
  const step = fc.record({
    members: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    later: fc.integer({ min: 1, max: 30 }),
    supplies: fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 4, maxLength: 4 }),
    prices: fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 4, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 20 }), (steps) => {
      const coins = ['A', 'B', 'C', 'D'].map((base, i) => coinAt(i, base, 1, START));
      const index = new ChainIndex();
      let time = START;
      for (const { members, later, supplies, prices } of steps) {
        time += later * HOUR;
        const external = suppliesOf(
          Object.fromEntries(supplies.map((one, i) => [coins[i]?.asset.base, one])),
          time,
        );
        for (const [i, coin] of coins.entries()) move(coin, prices[i] ?? 1, time);
        const held = index.coins.length === 0 ? 1000 : index.worth((coin) => coin.price);
        const chosen = members.map((i) => coins[i] ?? coinAt(i, 'A', 1, time));
        const value = index.advance(chosen, external, time);
        const worth = index.worth((coin) => coin.price);
        // Just before and just behind the link it is worth the same.
        if (Math.abs(value / held - 1) > 1e-9 || Math.abs(worth / value - 1) > 1e-9) return false;
      }
      return true;
    }),
    { numRuns: 200 },
  );
  t.pass();
});

t.test('assets that come and go leave the index of a model where it was', async (t) => {
  const all = [assetOf(0, 'BTC', 1), assetOf(1, 'ETH', 2), assetOf(2, 'SOL', 2)];
  const player = new MarketPlayer('1h', all, [sectorOf(1, 'Gold'), sectorOf(2, 'Platforms')]);
  const record = new Map(all.map(({ asset }) => [asset, walk(asset + 1, START, HOUR, 100, 10 ** asset)]));
  const model = new SectorModel();
  const closes: number[] = [];
  player.play(record, START + 100 * HOUR, (frame) => {
    if (frame.timeframe !== 3) return;
    if (frame.time === START + 30 * HOUR) player.market.setAssets(all.slice(0, 2));
    if (frame.time === START + 60 * HOUR) player.market.setAssets(all);
    const row = model.closed(frame, null)?.history.find(({ sectorId }) => sectorId === 2);
    if (row !== undefined) closes.push((row.technicalIndicators.index as { close: number }).close);
  });
  t.equal(closes.length, 99, 'all but the first hour, whose beginning was not seen');
  const rises = closes.slice(1).map((close, i) => Math.abs(Math.log(close / (closes[i] ?? 1))));
  t.ok(Math.max(...rises) <= 1 / 40 + 1e-9, 'no step is larger than one of a coin');
});
