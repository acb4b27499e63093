import t from 'tap';
import { type Candle, type Named, recorded, regimesOf } from './regime-player.js';

const skip = recorded('BTC', '1d').length === 0 ? '../shared is absent: no recorded market data' : false;
const COINS = ['BTC', 'ETH', 'SOL', 'BNB'];
const YEAR = 365.25 * 86_400_000;

function share(named: readonly Named[], from: string, to: string, regime: string): number {
  const within = named.filter(({ time }) => time >= Date.parse(from) && time < Date.parse(to));
  return within.filter((each) => each.regime === regime).length / within.length;
}

function changes(named: readonly Named[]): readonly Named[] {
  return named.filter(({ regime }, i) => i > 0 && named[i - 1]?.regime !== regime);
}

function percent(value: number): string {
  return `${(value * 100).toFixed(0)} %`;
}

t.test('on recorded BTC days the markets that everyone knows carry their names', { skip }, async (t) => {
  const named = regimesOf('1d', recorded('BTC', '1d'));
  const known = [
    { name: 'Bull', from: '2020-10-01', to: '2021-04-15', least: 0.9 },
    { name: 'Bear', from: '2021-05-12', to: '2021-07-21', least: 0.7 },
    { name: 'Bull', from: '2021-08-01', to: '2021-11-11', least: 0.7 },
    { name: 'Bear', from: '2021-11-11', to: '2022-11-22', least: 0.55 },
    { name: 'Bull', from: '2023-01-01', to: '2025-01-21', least: 0.55 },
  ];
  for (const { name, from, to, least } of known) {
    const found = share(named, from, to, name);
    t.ok(found >= least, `${from} to ${to} is ${name} on ${percent(found)} of its days`);
    const opposite = share(named, from, to, name === 'Bull' ? 'Bear' : 'Bull');
    t.ok(opposite < found / 2, `and the opposite on ${percent(opposite)}`);
  }
  const first = Date.parse('2020-11-01');
  t.ok((named[0]?.time ?? first) < first, 'named from the thirtieth day on');
});

t.test('the daily regime changes at most twelve times in any year, on four coins', { skip }, async (t) => {
  for (const coin of COINS) {
    const named = regimesOf('1d', recorded(coin, '1d'));
    const turns = changes(named);
    const [first, last] = [named[0] as Named, named.at(-1) as Named];
    let most = 0;
    for (const { time } of turns) {
      most = Math.max(most, turns.filter((turn) => turn.time > time - YEAR && turn.time <= time).length);
    }
    const perYear = turns.length / ((last.time - first.time) / YEAR);
    t.ok(perYear <= 12, `${coin}: ${perYear.toFixed(1)} a year`);
    t.ok(most <= 12, `${coin}: at most ${most} in any 365 days`);
  }
});

t.test(
  'a server that starts anew with the history that is kept names the same regime',
  { skip },
  async (t) => {
    const candles = recorded('BTC', '1d');
    const full = new Map(regimesOf('1d', candles).map(({ time, regime }) => [time, regime]));
    let days = 0;
    let same = 0;
    for (let end = 620; end <= candles.length; end += 90) {
      for (const { time, regime } of regimesOf('1d', candles.slice(end - 400, end)).slice(-100)) {
        days += 1;
        if (full.get(time) === regime) same += 1;
      }
    }
    t.ok(same / days >= 0.99, `${percent(same / days)} of ${days} days, from 400 candles each`);
  },
);

t.test('no future alters what a day was named', { skip }, async (t) => {
  const candles = recorded('BTC', '1d').slice(0, 700);
  const turned = candles.map((candle, i): Candle => {
    if (i < 500) return candle;
    const pivot = candles[499] as Candle;
    const mirror = (price: number) => (pivot.close * pivot.close) / price;
    return {
      ...candle,
      open: mirror(candle.open),
      high: mirror(candle.low),
      low: mirror(candle.high),
      close: mirror(candle.close),
      volume: candle.volume * 3,
    };
  });
  const [a, b] = [regimesOf('1d', candles), regimesOf('1d', turned)];
  const until = candles[500]?.time as number;
  const past = (named: readonly Named[]) => named.filter(({ time }) => time < until);
  t.same(past(a), past(b));
  t.notSame(a, b, 'the other future has other names');
});
