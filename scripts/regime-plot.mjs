// Draws the regimes of recorded BTC days into docs/regime-btc-1d.svg: what the model named each day at its close, knowing
// nothing of later ones.
//   node scripts/regime-plot.mjs [build folder]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const build = process.argv[2] ?? 'dist';
const record = join(root, '../shared/data/candles/BTC-USDT_1d.csv.gz');

const DAY = 86_400_000;
const DAILY = 5;
const [WIDTH, HEIGHT] = [1200, 520];
const PLOT = { left: 70, right: 1185, top: 56, bottom: 478 };
/** Told apart by people who do not see red from green as well. */
const COLOURS = {
  Bull: '#7bc29a',
  Bear: '#e88a8a',
  Sideways: '#d9dde3',
  Transition: '#f0c36d',
  Accumulation: '#8fb8e8',
  Distribution: '#c5a3dd',
};

function load(path) {
  return import(pathToFileURL(join(root, build, 'src/engine/analysis', path)).href);
}

function readCandles() {
  const lines = gunzipSync(readFileSync(record)).toString().trim().split('\n').slice(1);
  return lines.map((line) => {
    const [time, open, high, low, close, volume] = line.split(',').map(Number);
    return { time, open, high, low, close, volume };
  });
}

/** Gives what the model named each day. */
async function play(candles) {
  const [{ SeriesBook }, { StructureBook }, { ExternalBook }, { AnalysisMarket }, { RegimeModel }, columns] =
    await Promise.all([
      load('series-book.js'),
      load('structure/structure-book.js'),
      load('external-book.js'),
      load('market.js'),
      load('regime/regime-model.js'),
      load('columns.js'),
    ]);
  const [atr, rsi] = [columns.columnOf('atr_14'), columns.columnOf('rsi_14')];
  const [series, structures, external] = [new SeriesBook(), new StructureBook(), new ExternalBook()];
  const [market, model] = [new AnalysisMarket(), new RegimeModel()];
  const asset = { asset: 0, assetId: 0, symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', sectorId: null };
  market.setAssets([{ ...asset, simulated: false }]);
  series.add(0);
  structures.add(0);
  return candles.flatMap((candle, i) => {
    const before = candles.slice(Math.max(0, i - 20), i);
    const meanVolume =
      before.length < 20 ? Number.NaN : before.reduce((sum, { volume }) => sum + volume, 0) / 20;
    series.push(0, DAILY, candle);
    const values = { atr: series.value(0, DAILY, atr), rsi: series.value(0, DAILY, rsi), meanVolume };
    structures.push(0, DAILY, { ...candle, ...values });
    model.follow({
      timeframe: DAILY,
      time: candle.time + DAY,
      candleTime: candle.time,
      isForming: false,
      market,
      series,
      structures,
      external,
    });
    const state = model.newest(DAILY);
    return state === null ? [] : [{ time: candle.time, close: candle.close, regime: state.regime }];
  });
}

function draw(days) {
  const [first, last] = [days[0].time, days.at(-1).time + DAY];
  const closes = days.map(({ close }) => close);
  const [low, high] = [Math.min(...closes) / 1.1, Math.max(...closes) * 1.1];
  const x = (time) => (PLOT.left + ((time - first) / (last - first)) * (PLOT.right - PLOT.left)).toFixed(1);
  const y = (price) =>
    (PLOT.bottom - (Math.log(price / low) / Math.log(high / low)) * (PLOT.bottom - PLOT.top)).toFixed(1);
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${PLOT.left}" y="22" font-size="15" font-weight="bold">BTC/USDT, days: regime as named at each close</text>`,
  ];
  let from = 0;
  for (let i = 1; i <= days.length; i++) {
    if (i < days.length && days[i].regime === days[from].regime) continue;
    const [left, right] = [x(days[from].time), x(i < days.length ? days[i].time : last)];
    const title = `${days[from].regime} since ${day(days[from].time)}`;
    out.push(
      `<rect x="${left}" y="${PLOT.top}" width="${(right - left).toFixed(1)}" height="${PLOT.bottom - PLOT.top}" fill="${COLOURS[days[from].regime]}"><title>${title}</title></rect>`,
    );
    from = i;
  }
  for (const price of [5e3, 1e4, 2e4, 4e4, 8e4, 16e4].filter((each) => each > low && each < high)) {
    out.push(
      `<path d="M${PLOT.left} ${y(price)}H${PLOT.right}" stroke="#fff" stroke-opacity=".7"/>`,
      `<text x="${PLOT.left - 8}" y="${y(price)}" dy=".35em" text-anchor="end">${price.toLocaleString('en')}</text>`,
    );
  }
  for (let year = 2000; year < 2100; year++) {
    for (const month of [0, 6]) {
      const time = Date.UTC(year, month, 1);
      if (time < first || time > last) continue;
      out.push(
        `<path d="M${x(time)} ${PLOT.top}V${PLOT.bottom + 5}" stroke="#000" stroke-opacity=".18"/>`,
        `<text x="${x(time)}" y="${PLOT.bottom + 20}" text-anchor="middle">${year}-${month === 0 ? '01' : '07'}</text>`,
      );
    }
  }
  const path = days.map(({ time, close }, i) => `${i === 0 ? 'M' : 'L'}${x(time)} ${y(close)}`).join('');
  out.push(`<path d="${path}" fill="none" stroke="#111" stroke-width="1.3" stroke-linejoin="round"/>`);
  let at = PLOT.left;
  for (const [name, colour] of Object.entries(COLOURS)) {
    const share = days.filter(({ regime }) => regime === name).length / days.length;
    const label = `${name} ${(share * 100).toFixed(0)} %`;
    out.push(
      `<rect x="${at}" y="33" width="14" height="14" fill="${colour}" stroke="#888" stroke-width=".5"/>`,
      `<text x="${at + 19}" y="45">${label}</text>`,
    );
    at += 45 + label.length * 7.4;
  }
  const changes = days.filter(({ regime }, i) => i > 0 && days[i - 1].regime !== regime).length;
  const years = (last - first) / DAY / 365.25;
  out.push(
    `<text x="${PLOT.right}" y="22" text-anchor="end">${changes} changes in ${years.toFixed(1)} years: ${(changes / years).toFixed(1)} a year</text>`,
    `<text x="${PLOT.left}" y="${HEIGHT - 6}" font-size="11" fill="#555">${day(first)} to ${day(last - DAY)}, US dollars, logarithmic. Without breadth and sentiment, which the record does not hold.</text>`,
    '</svg>',
  );
  return `${out.join('\n')}\n`;
}

function day(time) {
  return new Date(time).toISOString().slice(0, 10);
}

if (existsSync(record)) {
  writeFileSync(join(root, 'docs/regime-btc-1d.svg'), draw(await play(readCandles())));
} else {
  process.stderr.write('no recorded candles: docs/regime-btc-1d.svg stays as it is\n');
}
