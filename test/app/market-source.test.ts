import t from 'tap';
import { marketSource } from '../../src/app/analyses.js';
import { ServedAsset } from '../../src/app/served-asset.js';

function served(base: string, asset: number, simulated: boolean): ServedAsset {
  const dataSource = simulated ? 'demo' : 'kraken';
  const symbol = `${base}/USDT`;
  const market = { exchange: dataSource, symbol, base, quote: 'USDT', amountDecimals: 3, simulated };
  return new ServedAsset(market, asset, asset + 1, dataSource);
}

t.test(
  'what is kept of simulated prices stays apart from what is of real ones, also without Bitcoin',
  async (t) => {
    for (const [simulated, whole, without] of [
      [true, 'demo', 'none-simulated'],
      [false, 'kraken', 'none'],
    ] as const) {
      t.equal(marketSource([served('ETH', 0, simulated), served('BTC', 1, simulated)]), whole);
      t.equal(marketSource([served('ETH', 0, simulated)]), without);
    }
  },
);
