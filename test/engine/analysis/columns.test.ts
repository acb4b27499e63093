import t from 'tap';
import type { AnalysisAccount } from '../../support/analysis-account.js';
import { ALL_DAYS, minutes, playScene, type Scene, spot } from '../../support/analysis-scenes.js';
import { ColumnAccount } from '../../support/column-account.js';
import { LEAST, NEVER, SOURCED } from '../../support/column-bounds.js';
import { skipWithoutRecord } from '../../support/recorded.js';

// Five years of days, four months of four hours, ten days of hours, a day of minutes; all of it is in `soak/columns.ts`.
const SCENES: readonly (readonly [name: string, scene: () => Scene | null])[] = [
  ['days', () => spot('days', ALL_DAYS)],
  ['fours', () => spot('fours', 120)],
  ['hours', () => spot('hours', 10)],
  ['minutes', () => minutes(1, 27)],
];
const TABLES = [
  ...['metrics_snapshot', 'ai_regime_analysis', 'ai_sector_analysis', 'ai_cross_sector_analysis'],
  ...['sector_rotation_flows', 'ai_watchlist_analysis', 'ai_portfolio_analysis'],
  ...['ai_portfolio_asset_analysis', 'ai_trading_signals', 'recommendations'],
];

/** The very first look comes before the sources have brought anything. */
const FIRST = 0.001;

/** Says which fields are filled less than their bounds ask for; `part`: how much of each bound is asked for. */
function tooEmpty(account: AnalysisAccount, place: number, part: number): readonly string[] {
  return [...account.shares].flatMap(([field, share]) => {
    const [table = '', name = ''] = partsOf(field);
    const isNever = NEVER[table]?.includes(name) === true;
    const least = isNever ? 0 : (LEAST[table]?.[name]?.[place] ?? 1);
    return share >= least * part - FIRST ? [] : [`${field}: ${percent(share)} of ${percent(least * part)}`];
  });
}

function partsOf(field: string): readonly [string, string] {
  const dot = field.indexOf('.');
  return [field.slice(0, dot), field.slice(dot + 1)];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Fields of a list that are filled in spite of it. */
function filledOf(account: AnalysisAccount, list: typeof NEVER): readonly string[] {
  return Object.entries(list).flatMap(([table, names]) =>
    names.map((name) => `${table}.${name}`).filter((field) => (account.shares.get(field) ?? 0) > 0),
  );
}

for (const [place, [name, make]] of SCENES.entries()) {
  t.test(
    `with all sources every column of the recorded ${name} is filled or says why not`,
    skipWithoutRecord(),
    (t) => {
      const account = playScene(make() as Scene, true);
      t.strictSame(account.faults, [], 'within the ranges of the database, and null with a reason only');
      t.strictSame(tooEmpty(account, place, 1), [], 'as full as the record allows');
      t.strictSame(filledOf(account, NEVER), [], 'nothing is made up where there is no source');
      for (const table of TABLES) {
        const shares = [...account.shares].filter(([field]) => partsOf(field)[0] === table);
        const rows = Math.max(0, ...shares.map(([field]) => account.counts.get(field) ?? 0));
        t.ok(rows > 0, `${rows} rows of ${table}`);
        const text = shares.map(([field, share]) => `${partsOf(field)[1]} ${percent(share)}`);
        t.comment(`${table}: ${text.join(', ')}`);
      }
      t.end();
    },
  );
}

t.test(
  'without any source what needs one is null and says why, and the rest is there',
  skipWithoutRecord(),
  (t) => {
    for (const [place, scene] of [
      [0, spot('days', 200)],
      [2, spot('hours', 5)],
    ] as const) {
      const account = playScene(scene as Scene, false);
      t.strictSame(account.faults, []);
      t.strictSame(filledOf(account, SOURCED), [], 'nothing is made up');
      t.strictSame(filledOf(account, NEVER), []);
      const isSourced = (line: string): boolean => {
        const [table, name] = partsOf(line.slice(0, line.indexOf(':')));
        return SOURCED[table]?.includes(name) === true;
      };
      // Another part of the record: another share of breakouts and signals.
      t.strictSame(
        tooEmpty(account, place, 0.4).filter((line) => !isSourced(line)),
        [],
      );
    }
    t.end();
  },
);

t.test('the account tells what is out of its range, null without a reason, or not written', (t) => {
  const account = new ColumnAccount();
  const flow = { fromSectorId: 1, toSectorId: 2, score: 0.5 };
  account.row('sector_rotation_flows', flow, {});
  t.strictSame(account.faults, []);
  account.row('sector_rotation_flows', { ...flow, score: 1.01 }, {});
  account.row('sector_rotation_flows', { ...flow, fromSectorId: 1.5 }, {});
  account.row('sector_rotation_flows', { ...flow, score: null }, {});
  account.row('sector_rotation_flows', { ...flow, score: null }, { score: 'nobody knows it' });
  account.row('sector_rotation_flows', { fromSectorId: 1, score: 0 }, {});
  account.row('sector_rotation_flows', flow, { score: 'a reason for what is there' });
  account.entry('x.y', Number.NaN, undefined, [0, 1]);
  t.strictSame(account.faults, [
    'sector_rotation_flows.score = 1.01: score BETWEEN 0 AND 1 (1 times)',
    'sector_rotation_flows.from_sector_id = 1.5: is no integer (1 times)',
    'sector_rotation_flows.score is null without a reason (1 times)',
    'sector_rotation_flows.score is null and must not be (2 times)',
    'sector_rotation_flows.to_sector_id is not written (1 times)',
    'sector_rotation_flows.to_sector_id is null without a reason (1 times)',
    'sector_rotation_flows.to_sector_id is null and must not be (1 times)',
    'sector_rotation_flows.score is filled and has the reason a reason for what is there (1 times)',
    'x.y = NaN is not within 0 … 1 (1 times)',
  ]);
  t.equal(account.shares.get('sector_rotation_flows.score'), 5 / 7);
  t.end();
});
