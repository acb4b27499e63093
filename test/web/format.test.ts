import t from 'tap';
import { packageRoot } from '../../src/package-root.js';

interface FormatModule {
  decimalsOf(prices: readonly number[]): number;
  price(value: number | null, decimals: number): string;
  volume(value: number | null): string;
  percent(value: number | null): string;
  utc(ms: number): string;
}

const format = (await import(new URL('web/format.js', packageRoot()).href)) as FormatModule;

t.test('shows prices with the decimals that they have', async (t) => {
  t.equal(format.decimalsOf([]), 2);
  t.equal(format.decimalsOf([100, 99.5]), 2);
  t.equal(format.decimalsOf([0.00001234, 1]), 8);
  t.equal(format.decimalsOf([0.1 + 0.2]), 2, 'rounding noise is no decimal');
  t.equal(format.price(1234.5, 2), '1,234.50');
});

t.test('shows what is not known as such, never as a number', async (t) => {
  t.equal(format.price(null, 2), '–');
  t.equal(format.volume(null), '–');
  t.match(format.percent(null), 'not known');
});

t.test('shows the direction of a change in words that need no colour, and times in UTC', async (t) => {
  t.equal(format.percent(1.236), '▲ +1.24 % in 24 h');
  t.equal(format.percent(-0.5), '▼ −0.50 % in 24 h');
  t.equal(format.percent(0), '0.00 % in 24 h');
  t.equal(format.utc(Date.UTC(2024, 1, 29, 23, 59)), '2024-02-29 23:59');
});
