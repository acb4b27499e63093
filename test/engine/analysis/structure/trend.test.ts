import t from 'tap';
import { draw, structureOf } from './drawn.js';

t.test('higher highs and higher lows are a trend up', async (t) => {
  const structure = structureOf(draw([100, 110, 105, 115, 110, 120, 115, 125, 120, 130]));
  t.equal(structure.trend, 'up');
  t.equal(structure.trendStrength, 1, 'the newest six swings say so');
});

t.test('lower highs and lower lows are a trend down', async (t) => {
  const structure = structureOf(draw([130, 120, 125, 115, 120, 110, 115, 105, 110, 100]));
  t.equal(structure.trend, 'down');
  t.equal(structure.trendStrength, 1);
});

t.test('swings at the same heights are a range, and so is a triangle', async (t) => {
  const range = structureOf(draw([100, 110, 100, 110, 100, 110, 100, 110, 100, 110]));
  t.equal(range.trend, 'range');
  t.equal(range.trendStrength, 1);
  const triangle = structureOf(draw([100, 120, 102, 118, 104, 116, 106, 114]));
  t.equal(triangle.trend, 'range', 'lower highs and higher lows');
});

t.test('a difference of a tenth of an ATR is none', async (t) => {
  t.equal(structureOf(draw([100, 110, 105, 110.1, 105.1, 108])).trend, 'range');
  t.equal(structureOf(draw([100, 110, 105, 110.2, 105.2, 108])).trend, 'up');
});

t.test('a trend that has just begun is weak', async (t) => {
  const structure = structureOf(draw([100, 110, 105, 115, 110, 115]));
  t.equal(structure.trend, 'up');
  t.equal(structure.trendStrength, 2 / 6, 'two of six swings');
});

t.test('without swings there is a range of no strength', async (t) => {
  const structure = structureOf(draw([100, 101]));
  t.equal(structure.trend, 'range');
  t.equal(structure.trendStrength, 0);
});
