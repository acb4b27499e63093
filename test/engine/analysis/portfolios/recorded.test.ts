import t from 'tap';
import { PortfolioModel } from '../../../../src/engine/analysis/portfolios/portfolio-model.js';
import { readRecordedCandles, sharedData } from '../../../support/recorded.js';
import {
  cash,
  contexts,
  DAY,
  HOUR,
  holding,
  MadeMarket,
  NO_SIGNALS,
  portfolio,
  START,
} from './made-market.js';

const files = ['BTC', 'ETH'].map((base) => sharedData(`candles/${base}-USDT_1h.csv.gz`));
const skip = files.includes(null) ? '../shared/data is not there' : false;
/** 200 days from `START` on. */
const HOURS = 200 * 24;

t.test(
  'a real portfolio: beta, Sharpe ratio and drawdown as a plain computation has them',
  { skip },
  async (t) => {
    const [bitcoin = [], ether = []] = files.map((file) => {
      const rows = new Map(readRecordedCandles(file ?? '').map(({ time, close }) => [time, Number(close)]));
      return Array.from({ length: HOURS }, (_, hour) => rows.get(START + hour * HOUR) ?? null);
    });
    const time = START + 200 * DAY;
    const made = new MadeMarket(
      [
        { symbol: 'BTC/USDT', closes: bitcoin },
        { symbol: 'ETH/USDT', closes: ether },
      ],
      time,
    );
    const model = new PortfolioModel();
    const held = [
      holding(0, { quantity: '0.1', entryPrice: '45000' }, 'BTC/USDT'),
      holding(1, { quantity: '2', entryPrice: '2500' }, 'ETH/USDT'),
      cash(),
    ];
    model.set([portfolio(held)], made.market);
    const frame = model.analyse(7, made.frame('1d', time), contexts(), '1d', NO_SIGNALS);
    const days = Array.from({ length: 91 }, (_, k) => (109 + k) * 24 + 23);
    const path = days.map((hour) => 0.1 * (bitcoin[hour] ?? 0) + 2 * (ether[hour] ?? 0) + 500);
    const logs = (of: readonly number[]): number[] =>
      of.slice(1).map((one, k) => Math.log(one / (of[k] ?? 0)));
    const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;
    const [own, market] = [logs(path), logs(days.map((hour) => bitcoin[hour] ?? 0))];
    const slope = mean(own.map((one, k) => one * (market[k] ?? 0))) - mean(own) * mean(market);
    const beta = slope / (mean(market.map((one) => one * one)) - mean(market) ** 2);
    const gains = path.slice(1).map((one, k) => one / (path[k] ?? 0) - 1);
    const spread = Math.sqrt(gains.reduce((sum, one) => sum + (one - mean(gains)) ** 2, 0) / 89);
    const falls = path.map((one, k) => 100 * (1 - one / Math.max(...path.slice(0, k + 1))));
    const { analysis, assets } = frame ?? { analysis: null, assets: [] };
    const isNear = (a: number | null | undefined, b: number): boolean =>
      Math.abs((a ?? Number.NaN) - b) < 1e-8;
    t.ok(isNear(analysis?.portfolioBeta, beta), `beta ${beta}`);
    t.ok(isNear(analysis?.sharpeRatio, (mean(gains) / spread) * Math.sqrt(365)));
    t.ok(isNear(analysis?.maxDrawdownPct, Math.max(...falls)));
    t.ok(beta > 0.7 && beta < 1.3, 'Bitcoin, ether and cash move about as Bitcoin does');
    const other = logs(days.map((hour) => ether[hour] ?? 0));
    const [x, y] = [market.map((one) => one - mean(market)), other.map((one) => one - mean(other))];
    const sum = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((total, one, k) => total + one * (b[k] ?? 0), 0);
    const together = sum(x, y) / Math.sqrt(sum(x, x) * sum(y, y));
    t.ok(together > 0.5);
    // With cash, which moves with nothing: 1 − Σ w² − 2 w w ρ over the exposures.
    const worth = [0.1 * (bitcoin.at(-1) ?? 0), 2 * (ether.at(-1) ?? 0), 500];
    const [a = 0, b = 0, c = 0] = worth.map((one) => one / worth.reduce((total, of) => total + of, 0));
    t.ok(isNear(analysis?.diversificationScore, 1 - a * a - b * b - c * c - 2 * a * b * together));
    t.equal(assets.length, 2);
    t.ok(assets.every(({ suggestedSlPrice }) => suggestedSlPrice !== null));
  },
);
