import t from 'tap';
import {
  ANALYSIS_HEAD_FIELDS,
  camelName,
  METRICS_FIELDS,
  mapOf,
  REGIME_FIELDS,
  rowOf,
  SECTOR_FIELDS,
} from '../src/analysis-fields.js';
import { METRICS, REGIMES } from '../src/store/market-records.js';
import { SECTOR_ANALYSES } from '../src/store/sector-records.js';

/** Ids that a client could do nothing with. */
const OURS = ['metrics_snapshot_id', 'ai_model_id'];

const KINDS = [
  ['metrics', METRICS_FIELDS, METRICS, []],
  ['regime', REGIME_FIELDS, REGIMES, []],
  ['sectors', SECTOR_FIELDS, SECTOR_ANALYSES, ['sector']],
] as const;

for (const [kind, fields, table, more] of KINDS) {
  t.test(
    `${kind}: the fields are the columns of ${table.name}, in their order, behind the head`,
    async (t) => {
      const columns = table.columnNames.filter((name) => !OURS.includes(name));
      t.same(fields, [...ANALYSIS_HEAD_FIELDS, ...more, ...columns]);
      t.equal(new Set(fields).size, fields.length, 'each once');
    },
  );

  t.test(`${kind}: a row as it is written has each of its values under its field`, async (t) => {
    const head = { time: 5, state: 'closed', simulated: true, sector: 'DeFi' } as const;
    const record = Object.fromEntries(table.columnNames.map((name, n) => [camelName(name), `${n} ${name}`]));
    const map = mapOf(fields, head, record);
    t.same(Object.keys(map), fields);
    t.match(map, { time: 5, state: 'closed', simulated: true });
    for (const [n, name] of table.columnNames.entries()) {
      if (!OURS.includes(name)) t.equal(map[name], `${n} ${name}`, name);
    }
    t.same(rowOf(fields, head, record), Object.values(map));
  });
}

t.test('what a row lacks is null; zero, false and empty lists stay what they are', async (t) => {
  const head = { time: 0, state: 'forming', simulated: false } as const;
  const row = rowOf(
    ['time', 'state', 'simulated', 'rsi_14', 'vix_index', 'has_anomalies', 'key_levels'],
    head,
    {
      rsi14: 0,
      hasAnomalies: false,
      keyLevels: [],
    },
  );
  t.same(row, [0, 'forming', false, 0, null, false, []]);
});

t.test('names of columns become names of records', async (t) => {
  t.equal(camelName('rsi_14'), 'rsi14');
  t.equal(camelName('performance_24h_pct'), 'performance24hPct');
  t.equal(camelName('btc_eth_correlation_30d'), 'btcEthCorrelation30d');
  t.equal(camelName('total'), 'total');
});
