import t from 'tap';
import { type CrossChecked, contradictions } from '../../../../src/engine/analysis/metrics/validation.js';
import { MadeMarket } from './made-frames.js';

const SOUND: CrossChecked = {
  btcDominance: 54.5,
  ethDominance: 13,
  usdtDominance: 5.5,
  total: 2.3e12,
  volume: 8e10,
};
const NOTHING: CrossChecked = {
  btcDominance: null,
  ethDominance: null,
  usdtDominance: null,
  total: null,
  volume: null,
};

function errors(
  figures: CrossChecked,
  different: { close?: number; ofMinute?: number; minute?: number; forming?: boolean } = {},
) {
  const { close = 63_000, ofMinute, minute = 59, forming = false } = different;
  const market = new MadeMarket(['BTC/USDT']);
  market.push(0, '1h', { time: 0, open: 62_500, high: 63_000, low: 62_000, close, volume: 5 });
  if (ofMinute !== undefined) {
    const candle = { open: ofMinute, high: ofMinute, low: ofMinute, close: ofMinute, volume: 1 };
    market.push(0, '1m', { time: minute * 60_000, ...candle });
  }
  return contradictions({ ...market.frame('1h', 0), isForming: forming }, 0, figures);
}

t.test('sound figures contradict nothing, nor do absent ones', async (t) => {
  t.same(errors(SOUND), []);
  t.same(errors(NOTHING), []);
  t.same(errors(SOUND, { ofMinute: 62_900 }), []);
  t.same(errors(SOUND, { ofMinute: 62_000, minute: 58 }), [], 'the minute that ends with the hour is late');
});

t.test('names each contradiction with its numbers', async (t) => {
  t.match(errors({ ...SOUND, ethDominance: 41 }), [/dominances add up to 101 %/]);
  t.match(errors({ ...SOUND, total: 4e12 }), [/say that there are 34603175 BTC/]);
  t.match(errors({ ...SOUND, total: 1e12 }), [/say that there are 8650794 BTC/]);
  t.match(errors({ ...SOUND, volume: 2.4e12 }), [/volume of 24 h, 2400000000000, is more than it is worth/]);
  t.match(errors(SOUND, { close: 63_001 }), [/63001 is not within 62000 to 63000/]);
  t.match(errors(SOUND, { ofMinute: 62_000 }), [/63000 of 1h is 62000 in 1m/]);
  t.same(
    errors(SOUND, { ofMinute: 62_000, forming: true }),
    [],
    'the minute before may well have been elsewhere',
  );
});
