import t from 'tap';
import {
  CHANNEL_KINDS,
  channelName,
  isEventChannel,
  isPattern,
  MAX_CHANNEL_LENGTH,
  memberOf,
  parseChannel,
  RATES,
  seriesChannel,
  symbolChannel,
  topicOf,
} from '../src/channels.js';

t.test('a channel is taken apart into kind, symbol, timeframe and rate', async (t) => {
  t.same(parseChannel('ticker:BTC/USDT'), {
    name: 'ticker:BTC/USDT',
    kind: 'ticker',
    symbol: 'BTC/USDT',
    timeframe: null,
    rateMs: 0,
  });
  t.same(parseChannel('candles:BTC/USDT:1m@250ms'), {
    name: 'candles:BTC/USDT:1m',
    kind: 'candles',
    symbol: 'BTC/USDT',
    timeframe: '1m',
    rateMs: 250,
  });
});

t.test('the colon of a derivative belongs to its symbol', async (t) => {
  t.match(parseChannel('trades:BTC/USDT:USDT@1s'), {
    symbol: 'BTC/USDT:USDT',
    timeframe: null,
    rateMs: 1000,
  });
  t.match(parseChannel('candles:BTC/USDT:USDT:1M'), { symbol: 'BTC/USDT:USDT', timeframe: '1M' });
  t.match(parseChannel('indicators:BTC/USD:BTC-240628-70000-C:4h'), {
    symbol: 'BTC/USD:BTC-240628-70000-C',
    timeframe: '4h',
  });
});

t.test('minutes and months are told apart', async (t) => {
  t.match(parseChannel('candles:BTC/USDT:1m'), { timeframe: '1m' });
  t.match(parseChannel('candles:BTC/USDT:1M'), { timeframe: '1M' });
});

const ALL_KINDS = Object.keys(CHANNEL_KINDS).join(', ');
const ALL_RATES = Object.keys(RATES)
  .map((rate) => `@${rate}`)
  .join(', ');
const ALL_TIMEFRAMES = '1m, 5m, 15m, 1h, 4h, 1d, 1w, 1M';

const FAULTS: Readonly<Record<string, string>> = {
  '': `"" is not a channel kind; allowed: ${ALL_KINDS}`,
  'prices:BTC/USDT': `"prices" is not a channel kind; allowed: ${ALL_KINDS}`,
  'toString:BTC/USDT': `"toString" is not a channel kind; allowed: ${ALL_KINDS}`,
  'Ticker:BTC/USDT': `"Ticker" is not a channel kind; allowed: ${ALL_KINDS}`,
  ticker: '"ticker" lacks a symbol; the form is ticker:BTC/USDT',
  'ticker:': '"ticker:" lacks a symbol; the form is ticker:BTC/USDT',
  'trades:@1s': '"trades:@1s" lacks a symbol; the form is trades:BTC/USDT',
  'ticker:BTC/USDT@2s': `"@2s" is not a rate; allowed: ${ALL_RATES}`,
  'ticker:BTC/USDT@': `"@" is not a rate; allowed: ${ALL_RATES}`,
  'ticker:BTC/USDT@constructor': `"@constructor" is not a rate; allowed: ${ALL_RATES}`,
  candles: `"candles" lacks a symbol or timeframe; the form is candles:BTC/USDT:1m with one of ${ALL_TIMEFRAMES}`,
  'candles:1m': `"candles:1m" lacks a symbol or timeframe; the form is candles:BTC/USDT:1m with one of ${ALL_TIMEFRAMES}`,
  'candles::1m': `"candles::1m" lacks a symbol or timeframe; the form is candles:BTC/USDT:1m with one of ${ALL_TIMEFRAMES}`,
  'candles:BTC/USDT': `"candles:BTC/USDT" lacks a symbol or timeframe; the form is candles:BTC/USDT:1m with one of ${ALL_TIMEFRAMES}`,
  metrics: `"metrics" lacks a timeframe; the form is metrics:1h with one of 1m, 5m, 15m, 1h, 4h, 1d, 1w`,
  'metrics:1M': `"metrics:1M" lacks a timeframe; the form is metrics:1h with one of 1m, 5m, 15m, 1h, 4h, 1d, 1w`,
  'metrics:BTC/USDT:1h': `"metrics:BTC/USDT:1h" lacks a timeframe; the form is metrics:1h with one of 1m, 5m, 15m, 1h, 4h, 1d, 1w`,
  'regime:1m': `"regime:1m" lacks a timeframe; the form is regime:1h with one of 1h, 4h, 1d, 1w, 1M`,
  'sectors:': `"sectors:" lacks a sector; the form is sectors, or sectors:DeFi with its name or id`,
  'signals:': `"signals:" lacks a symbol; the form is signals, or signals:BTC/USDT`,
  'signals@1s': `"signals" takes no rate: none of its events is left out`,
  'signals:BTC/USDT@100ms': `"signals" takes no rate: none of its events is left out`,
  'indicators:BTC/USDT:2m': `"indicators:BTC/USDT:2m" lacks a symbol or timeframe; the form is indicators:BTC/USDT:1m with one of ${ALL_TIMEFRAMES}`,
};

for (const [text, fault] of Object.entries(FAULTS)) {
  t.test(`"${text}" is refused with what is wrong and what is allowed`, async (t) => {
    t.same(parseChannel(text), { code: 'unknown_channel', fault });
  });
}

t.test('a name of the greatest length is looked at, a longer one is not repeated', async (t) => {
  const longest = `ticker:${'X'.repeat(MAX_CHANNEL_LENGTH - 7)}`;
  t.equal(longest.length, MAX_CHANNEL_LENGTH);
  t.match(parseChannel(longest), { kind: 'ticker' });
  t.match(parseChannel(`${longest}X`), { fault: 'a channel has at most 120 characters, this has 121' });
  t.match(parseChannel('x'.repeat(1_000_000)), {
    fault: 'a channel has at most 120 characters, this has 1000000',
  });
});

t.test(
  'channels of the market, of sectors and of events have the parts that they need and no others',
  async (t) => {
    t.same(parseChannel('metrics:1m@1s'), {
      name: 'metrics:1m',
      kind: 'metrics',
      timeframe: '1m',
      rateMs: 1000,
    });
    t.same(parseChannel('regime:1M'), { name: 'regime:1M', kind: 'regime', timeframe: '1M', rateMs: 0 });
    t.same(parseChannel('sectors@250ms'), { name: 'sectors', kind: 'sectors', sector: null, rateMs: 250 });
    t.match(parseChannel('sectors:Layer 1 (L1)'), { name: 'sectors:Layer 1 (L1)', sector: 'Layer 1 (L1)' });
    t.match(parseChannel('signals'), {
      name: 'signals',
      kind: 'signals',
      symbol: null,
      userId: null,
      rateMs: 0,
    });
    t.match(parseChannel('signals:BTC/USDT:USDT'), {
      name: 'signals:BTC/USDT:USDT',
      symbol: 'BTC/USDT:USDT',
    });
  },
);

const USER = { id: 42, role: 'public' } as const;
const ADMIN = { id: 1, role: 'admin' } as const;

for (const [kind, { role }] of Object.entries(CHANNEL_KINDS)) {
  if (role === 'guest') continue;
  const text = kind === 'watchlist' ? 'watchlist:7' : kind;
  t.test(`"${kind}" is for ${role}s`, async (t) => {
    t.match(parseChannel(text), { code: 'unauthenticated', fault: /needs a login/ });
    const refusal = { code: 'forbidden', fault: `"${kind}" is for admins` };
    if (role === 'admin') t.same(parseChannel(text, USER), refusal);
    else t.match(parseChannel(text, USER), { kind, userId: 42, rateMs: 0 });
    t.match(parseChannel(text, ADMIN), { kind, name: text });
  });
}

t.test(
  "a user's own channels are topics of their own, those of admins are everybody's of them",
  async (t) => {
    const topic = (text: string, user: typeof USER | typeof ADMIN): string => {
      const channel = parseChannel(text, user);
      return 'fault' in channel ? channel.fault : topicOf(channel);
    };
    t.equal(topic('alerts', USER), 'alerts#42');
    t.equal(topic('portfolio@1s', USER), 'portfolio#42');
    t.equal(topic('watchlist:7', USER), 'watchlist:7', 'of a list there is one state, whoever watches');
    t.equal(topic('system-status', ADMIN), 'system-status');
    t.equal(topic('signals', USER), 'signals');
    t.match(parseChannel('recommendations', ADMIN), { userId: null, readerId: 1 });
  },
);

const OWN_FAULTS: Readonly<Record<string, RegExp>> = {
  watchlist: /lacks the id of a list; the form is watchlist:7/,
  'watchlist:': /lacks the id/,
  'watchlist:0': /lacks the id/,
  'watchlist:1e3': /lacks the id/,
  'watchlist:99999999999': /lacks the id/,
  'portfolio:7': /stands alone/,
  'alerts:BTC/USDT': /stands alone/,
  'alerts@1s': /takes no rate/,
  'system-status@1s': /takes no rate/,
};

for (const [text, fault] of Object.entries(OWN_FAULTS)) {
  t.test(`"${text}" is refused, also to an admin`, async (t) => {
    t.match(parseChannel(text, ADMIN), { code: 'unknown_channel', fault });
  });
}

t.test('a pattern stands for every symbol, and its members keep timeframe and rate', async (t) => {
  const isOne = (text: string): boolean => {
    const channel = parseChannel(text);
    return !('fault' in channel) && isPattern(channel);
  };
  for (const text of ['ticker:*', 'trades:*@1s', 'candles:*:1m', 'indicators:*:1M@250ms'])
    t.ok(isOne(text), text);
  for (const text of ['ticker:A/B', 'candles:*/USDT:1m', 'sectors:*', 'signals']) t.notOk(isOne(text), text);
  t.equal(memberOf('candles:*:1m@1s', 'BTC/USDT:USDT'), 'candles:BTC/USDT:USDT:1m@1s');
  t.equal(memberOf('ticker:*', '$&/X'), 'ticker:$&/X');
  t.match(parseChannel('signals:*'), { code: 'unknown_channel', fault: /"signals" has those of all/ });
});

t.test('what is made of parts is what its name says', async (t) => {
  t.same(symbolChannel('ticker', 'BTC/USDT'), parseChannel('ticker:BTC/USDT'));
  t.same(seriesChannel('candles', 'BTC/USDT:USDT', '4h'), parseChannel('candles:BTC/USDT:USDT:4h'));
});

t.test('only channels of events are event channels', async (t) => {
  const isEvent = (text: string): boolean => {
    const channel = parseChannel(text);
    return !('fault' in channel) && isEventChannel(channel);
  };
  t.ok(isEvent('signals') && isEvent('signals:BTC/USDT'));
  for (const text of ['ticker:A/B', 'candles:A/B:1m', 'metrics:1h', 'sectors', 'sectors:1'])
    t.notOk(isEvent(text), text);
});

t.test('a name is made of its parts', async (t) => {
  t.equal(channelName('ticker', 'BTC/USDT'), 'ticker:BTC/USDT');
  t.equal(channelName('candles', 'BTC/USDT:USDT', '1M'), 'candles:BTC/USDT:USDT:1M');
});
