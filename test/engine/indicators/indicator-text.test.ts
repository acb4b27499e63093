import t from 'tap';
import { parseIndicators } from '../../../src/engine/indicators/indicator-text.js';
import { DEFAULT_INDICATORS } from '../../../src/engine/indicators/registry.js';

t.test('default is the built-in set, and more is added to it', async (t) => {
  t.same(parseIndicators('default'), DEFAULT_INDICATORS);
  t.same(parseIndicators(' default , rsi:9 '), [...DEFAULT_INDICATORS, { name: 'rsi', period: 9 }]);
});

const READ: Readonly<Record<string, readonly object[]>> = {
  'sma:34': [{ name: 'sma', period: 34 }],
  'rsi:9,sma:34': [
    { name: 'rsi', period: 9 },
    { name: 'sma', period: 34 },
  ],
  'macd:5/35/5': [{ name: 'macd', fast: 5, slow: 35, signal: 5 }],
  'macd:5/35': [{ name: 'macd', fast: 5, slow: 35 }],
  'macd:signal=3': [{ name: 'macd', signal: 3 }],
  'macd:5/signal=3/slow=30': [{ name: 'macd', fast: 5, signal: 3, slow: 30 }],
  'bb:50/2.5': [{ name: 'bb', period: 50, width: 2.5 }],
  'bb:width=1.5': [{ name: 'bb', width: 1.5 }],
  'bb: period = 30 / width = 3': [{ name: 'bb', period: 30, width: 3 }],
  bb: [{ name: 'bb' }],
};
for (const [text, specs] of Object.entries(READ)) {
  t.test(`reads "${text}"`, async (t) => {
    t.same(parseIndicators(text), specs);
  });
}

const REFUSED: Readonly<Record<string, RegExp>> = {
  '': /^an item is empty; allowed: default, sma, ema, rsi, /,
  'rsi:9,,sma:3': /^an item is empty/,
  'rsj:9': /^"rsj:9": there is no indicator "rsj"; allowed: default, sma, /,
  'RSI:9': /^"RSI:9": there is no indicator "RSI"/,
  'rsi:x': /^"rsi:x": period "x" is not a number; allowed: rsi:period \(whole 2–\d+(, default \d+)?\)$/,
  'rsi:': /^"rsi:": period "" is not a number/,
  'rsi:0x10': /is not a number/,
  'rsi:1': /^"rsi:1": rsi: period is 1; allowed: a whole number from 2 to \d+$/,
  'rsi:9.5': /^"rsi:9\.5": rsi: period is 9\.5; allowed: a whole number/,
  'rsi:9/10': /^"rsi:9\/10": too many parameters \(2\); allowed: rsi:period/,
  'obv:3': /^"obv:3": too many parameters \(1\); allowed: obv alone, it has no parameters$/,
  sma: /^"sma": period is missing; allowed: sma:period \(whole 2–\d+\)$/,
  'rsi:9:10': /there is more than one colon/,
  'rsi:length=9': /^"rsi:length=9": there is no parameter "length"; allowed: rsi:period/,
  'rsi:name=9': /there is no parameter "name"/,
  'rsi:9/period=10': /period is given twice/,
  'macd:35/5': /^"macd:35\/5": macd: /,
  'default,rsi:14': /^"rsi:14": rsi_14 is configured already; leave it out$/,
  'default,default': /^"default": sma_20 is configured already; leave it out$/,
  'sma:3,sma:3': /^"sma:3": sma_3 is configured already; leave it out$/,
};
for (const [text, says] of Object.entries(REFUSED)) {
  t.test(`refuses "${text}" and says what is allowed`, async (t) => {
    t.throws(() => parseIndicators(text), { name: 'RangeError', message: says });
  });
}
