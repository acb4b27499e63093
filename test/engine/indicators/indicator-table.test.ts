import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import {
  firstCandles,
  indicatorTable,
  withIndicatorTable,
} from '../../../src/engine/indicators/indicator-table.js';
import { parseIndicators } from '../../../src/engine/indicators/indicator-text.js';
import { DEFAULT_INDICATORS, KINDS } from '../../../src/engine/indicators/registry.js';
import { packageRoot } from '../../../src/package-root.js';
import { madeMarket } from './made-market.js';

const place = new URL('docs/INDICATORS.md', packageRoot());
const document = readFileSync(place, 'utf8');

/** Gives the cells of a kind's row. */
function cellsOf(name: string): readonly string[] {
  const line = indicatorTable()
    .split('\n')
    .find((row) => row.startsWith(`| \`${name}\` |`));
  return (line ?? '').split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
}

t.test('the table of docs/INDICATORS.md is that of the program; `npm run docs` writes it', async (t) => {
  t.equal(document, withIndicatorTable(document));
});

t.test('each kind has a row that says what it is, in one line of its own', async (t) => {
  t.equal(indicatorTable().split('\n').length, KINDS.length + 2);
  for (const { name, summary } of KINDS) {
    t.equal(cellsOf(name)[4], summary, name);
    t.match(summary, /^\S[^|\n]{10,120}[^.\s]$/, `${name}: one short line`);
  }
  t.equal(new Set(KINDS.map(({ summary }) => summary)).size, KINDS.length, 'no two are the same');
});

t.test('a row tells parameters, columns, first candles and what of it is built in', async (t) => {
  t.same(cellsOf('sma').slice(1, 4), ['`period` (2–10000)', '`sma_20`', '20']);
  t.equal(cellsOf('sma')[5], '`sma:20`, `sma:50`, `sma:100`, `sma:200`');
  t.same(cellsOf('bb').slice(1, 2), ['`period` 20 (3–10000), `width` 2 (decimal, 0.01–100)']);
  t.equal(cellsOf('macd')[3], '34');
  t.equal(cellsOf('adx')[3], '28: `adx_14`; 15: `plus_di_14`, `minus_di_14`');
  t.equal(cellsOf('pivot')[3], 'when the first is confirmed');
  t.same([cellsOf('obv')[1], cellsOf('obv')[3], cellsOf('obv')[5]], ['none', '1', 'yes']);
  t.equal(cellsOf('stddev')[5], 'no');
});

t.test('the first candles are the same in another market, and with other parameters', async (t) => {
  const specs = [...DEFAULT_INDICATORS, ...parseIndicators('stddev:9,macd:5/35/5,ichimoku:7/22/44/30')];
  const candles = [...madeMarket(300)];
  for (const spec of specs) {
    const first = firstCandles(spec);
    const series = new IndicatorSeries([spec]);
    const seen: (number | null)[] = first.map(() => null);
    for (const candle of candles) {
      series.commit(candle);
      for (const column of seen.keys()) {
        if (!Number.isNaN(series.closedValue(column))) seen[column] ??= series.depth;
      }
    }
    if (spec.name === 'pivot') t.same(first, [null, null], 'a steady rise confirms no pivot');
    else t.same(seen, first, series.columns.join());
  }
});

t.test('every configuration that the document shows is accepted', async (t) => {
  const lists = [...document.matchAll(/--indicators ([a-z][^\s`]*)/g)].map(([, list = '']) => list);
  const items = [...document.matchAll(/`([a-z_]+:[a-z0-9/=.]+)`/g)].map(([, item = '']) => item);
  t.ok(lists.length > 1 && items.length > 5);
  for (const text of [...lists, ...items]) t.ok(parseIndicators(text).length > 0, text);
});

t.test('every file that the document links to is there', async (t) => {
  const links = [...document.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
  t.ok(links.length > 0);
  for (const path of links) t.ok(existsSync(new URL(path, place)), path);
});
