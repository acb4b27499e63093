import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import {
  CHANNEL_KINDS,
  type Channel,
  MAX_CHANNEL_LENGTH,
  parseChannel,
  RATES,
  type Rate,
} from '../src/channels.js';
import { TIMEFRAMES } from '../src/timeframe.js';

const coin = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/);
const symbol = fc
  .tuple(coin, coin, fc.option(coin))
  .map(([base, quote, settle]) => (settle === null ? `${base}/${quote}` : `${base}/${quote}:${settle}`));
const sector = fc.stringMatching(/^[A-Za-z0-9 ()&/:-]{1,40}$/);
const rate = fc.option(fc.constantFrom(...(Object.keys(RATES) as Rate[])));
const timeframe = fc.constantFrom(...TIMEFRAMES);

/** Names that are right, with the parts that they are made of. */
const named = fc.oneof(
  fc
    .tuple(fc.constantFrom('ticker' as const, 'trades' as const), symbol)
    .map(([kind, symbol]) => ({ name: `${kind}:${symbol}`, parts: { kind, symbol, timeframe: null } })),
  fc
    .tuple(fc.constantFrom('candles' as const, 'indicators' as const), symbol, timeframe)
    .map(([kind, symbol, timeframe]) => ({
      name: `${kind}:${symbol}:${timeframe}`,
      parts: { kind, symbol, timeframe },
    })),
  fc
    .constantFrom('metrics' as const, 'regime' as const)
    .chain((kind) =>
      fc
        .constantFrom(...CHANNEL_KINDS[kind].timeframes)
        .map((timeframe) => ({ name: `${kind}:${timeframe}`, parts: { kind, timeframe } })),
    ),
  fc.option(sector).map((sector) => ({
    name: sector === null ? 'sectors' : `sectors:${sector}`,
    parts: { kind: 'sectors', sector },
  })),
  fc.option(symbol).map((symbol) => ({
    name: symbol === null ? 'signals' : `signals:${symbol}`,
    parts: { kind: 'signals', symbol, userId: null, readerId: null },
  })),
);

t.test('what is put together comes apart into the same parts', async (t) => {
  fc.assert(
    fc.property(named, rate, ({ name, parts }, rate) => {
      const channel = parseChannel(rate === null ? name : `${name}@${rate}`);
      if ('fault' in channel) return parts.kind === 'signals' && rate !== null;
      const rateMs = rate === null ? 0 : RATES[rate];
      return isDeepStrictEqual(channel, { name, rateMs, ...parts });
    }),
    { numRuns: 500 },
  );
  t.pass('500 names');
});

t.test('any text is either a channel that goes by its canonical name or a fault in words', async () => {
  const pieces = fc.constantFrom(
    'candles',
    'ticker',
    'regime',
    'sectors',
    'signals',
    'alerts',
    ':',
    '/',
    '@',
    '1m',
    '1M',
    '100ms',
    'BTC',
    ' ',
    '\u{1F600}',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (text) => {
      const channel = parseChannel(text);
      if ('fault' in channel)
        return channel.fault.length > 0 && channel.fault.length < 3 * MAX_CHANNEL_LENGTH;
      return (
        channel.name.startsWith(channel.kind) && text.startsWith(channel.name) && again(channel.name, channel)
      );
    }),
    { numRuns: 500 },
  );
});

/** Says whether the canonical name is a channel of its own, and the same one but for the rate. */
function again(name: string, { rateMs, ...channel }: Channel): boolean {
  return isDeepStrictEqual(parseChannel(name), { ...channel, rateMs: 0 });
}
