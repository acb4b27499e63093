import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { packageRoot } from '../src/package-root.js';
import { sqlColumns } from './support/sql-columns.js';

const read = (path: string): string => readFileSync(new URL(path, packageRoot()), 'utf8');
const OVERVIEW = 'docs/ANALYSIS.md';
const PAGES = readdirSync(new URL('docs/analysis/', packageRoot()))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/analysis/${name}`);

/** The page, or pages, that say what each column of a table is. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  metrics_snapshot: ['docs/analysis/metrics.md'],
  ai_regime_analysis: ['docs/analysis/regime.md'],
  ai_sector_analysis: ['docs/analysis/sectors.md'],
  ai_cross_sector_analysis: ['docs/analysis/sectors.md'],
  sector_rotation_flows: ['docs/analysis/sectors.md'],
  sector_history: ['docs/analysis/sectors.md'],
  ai_watchlist_analysis: ['docs/analysis/watchlists.md'],
  ai_portfolio_analysis: ['docs/analysis/portfolios.md'],
  ai_portfolio_asset_analysis: ['docs/analysis/portfolios.md'],
  ai_trading_signals: ['docs/analysis/signals.md'],
  recommendations: ['docs/analysis/watchlists.md', 'docs/analysis/portfolios.md'],
};

/** Names that stand in backticks, `a`, `a.b` as well as `{a, b}`. */
function namesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.split(/[^a-z0-9_]+/)));
}

t.test('every column of the analyses is named in its page, or with the keys that all of them have', (t) => {
  const shared = read(OVERVIEW)
    .split(/^## /m)
    .find((part) => part.startsWith('Keys'));
  t.ok(shared, 'there is a section about keys');
  for (const [table, pages] of Object.entries(TABLES)) {
    const named = namesIn([shared ?? '', ...pages.map(read)].join('\n'));
    const missing = sqlColumns(table).filter(({ name }) => !named.has(name));
    t.strictSame(
      missing.map(({ name }) => name),
      [],
      table,
    );
  }
  t.end();
});

t.test('the overview links to every page, and every link of the pages leads somewhere', (t) => {
  const overview = read(OVERVIEW);
  for (const page of PAGES) t.match(overview, `](${page.slice('docs/'.length)})`);
  for (const page of [OVERVIEW, ...PAGES]) {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, path = '']) => path,
    );
    for (const path of links) {
      t.ok(existsSync(new URL(path, new URL(page, packageRoot()))), `${page}: ${path}`);
    }
  }
  t.end();
});

t.test('files and npm scripts that the pages name are there', (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const page of [OVERVIEW, ...PAGES]) {
    const text = read(page);
    for (const [, path = ''] of text.matchAll(/`((?:src|docs|bench|scripts|soak|sql|test)\/[\w./-]*)`/g)) {
      t.ok(existsSync(new URL(path, packageRoot())), `${page}: ${path}`);
    }
    for (const [, script = ''] of text.matchAll(/`npm run ([\w:-]+)/g))
      t.ok(script in scripts, `${page}: ${script}`);
  }
  t.end();
});
