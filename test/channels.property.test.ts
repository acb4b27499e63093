import fc from 'fast-check';
import t from 'tap';
import {
  CHANNEL_KINDS,
  type ChannelKind,
  channelName,
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
const kind = fc.constantFrom(...(Object.keys(CHANNEL_KINDS) as ChannelKind[]));
const rate = fc.option(fc.constantFrom(...(Object.keys(RATES) as Rate[])));

t.test('what is put together comes apart into the same parts', async () => {
  fc.assert(
    fc.property(kind, symbol, fc.constantFrom(...TIMEFRAMES), rate, (kind, symbol, timeframe, rate) => {
      const name = CHANNEL_KINDS[kind].timeframe
        ? channelName(kind, symbol, timeframe)
        : channelName(kind, symbol);
      const channel = parseChannel(rate === null ? name : `${name}@${rate}`);
      if ('fault' in channel) return false;
      return (
        channel.name === name &&
        channel.kind === kind &&
        channel.symbol === symbol &&
        channel.timeframe === (CHANNEL_KINDS[kind].timeframe ? timeframe : null) &&
        channel.rateMs === (rate === null ? 0 : RATES[rate])
      );
    }),
  );
});

t.test('any text is either a channel that goes by its canonical name or a fault in words', async () => {
  const pieces = fc.constantFrom(
    'candles',
    'ticker',
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
      const { kind, symbol, timeframe, name } = channel;
      return (
        symbol !== '' && name === channelName(kind, symbol, timeframe ?? undefined) && text.startsWith(name)
      );
    }),
    { numRuns: 500 },
  );
});
