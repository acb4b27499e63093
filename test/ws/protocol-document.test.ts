import { readFileSync } from 'node:fs';
import t from 'tap';
import { ANALYSIS_HEAD_FIELDS } from '../../src/analysis-fields.js';
import { channelsDocument } from '../../src/api/channel-document.js';
import { methodsDocument, withMethodTable } from '../../src/api/method-document.js';
import { METHODS } from '../../src/api/methods.js';
import { ROUTES } from '../../src/api/routes.js';
import { dashboardState, portfolioState, watchlistState } from '../../src/api/user-view-shapes.js';
import { CHANNEL_KINDS, RATES } from '../../src/channels.js';
import { CLOSE_CODES, ERROR_CODES, type ErrorCode } from '../../src/errors.js';
import { packageRoot } from '../../src/package-root.js';
import { fieldsOf, OPS, type RowKind, STREAM_PATH, SUBPROTOCOLS } from '../../src/protocol.js';
import { TIMEFRAMES } from '../../src/timeframe.js';
import { DASHBOARD_FIELDS, PORTFOLIO_FIELDS, WATCHLIST_FIELDS } from '../../src/user-view-fields.js';
import { DEFAULT_LIMITS, MAX_BAD_MESSAGES } from '../../src/ws/limits.js';
import { statusOfCode } from '../../src/ws/rest-status.js';

const read = (path: string): string => readFileSync(new URL(path, packageRoot()), 'utf8');
const text = read('PROTOCOL.md');

/** Gives what stands between a heading and the next of its rank or above. */
function section(title: string): string {
  const found = new RegExp(`^(##+) ${title}\\n([\\s\\S]*)`, 'm').exec(text);
  if (found === null) throw new Error(`no section ${title}`);
  const [, rank = '', rest = ''] = found;
  return rest.split(new RegExp(`^##${rank === '##' ? '' : '#?'} `, 'm'))[0] ?? '';
}

/** Gives the cells of the rows of all tables in a text, without heads. */
function rowsIn(part: string): readonly (readonly string[])[] {
  const lines = part.split('\n');
  return lines.flatMap((line, n) => {
    const isRow = line.startsWith('| ') && !(lines[n + 1] ?? '').startsWith('|---');
    return isRow
      ? [
          line
            .split(/(?<!\\)\|/)
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ]
      : [];
  });
}

/** Gives the names in backticks. */
function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

t.test(
  'the tables of methods and channels are those of the schemas; `npm run docs` writes them',
  async (at) => {
    at.equal(read('docs/protocol/METHODS.md'), methodsDocument(METHODS, ROUTES));
    at.equal(read('docs/protocol/CHANNELS.md'), channelsDocument());
    at.equal(text, withMethodTable(text, METHODS));
  },
);

t.test('what users’ channels are said to carry are the fields that they carry', async (at) => {
  at.same(Object.keys(portfolioState.shape), PORTFOLIO_FIELDS);
  at.same(Object.keys(watchlistState.shape), WATCHLIST_FIELDS);
  at.same(Object.keys(dashboardState), DASHBOARD_FIELDS);
});

t.test('PROTOCOL.md has each op, channel kind, rate, timeframe and subprotocol, and no other', async (at) => {
  at.same(
    rowsIn(section('Requests and replies'))
      .map(([cell = '']) => namesIn(cell)[0])
      .toSorted(),
    [...OPS].toSorted(),
  );
  const channels = rowsIn(section('Channels').split('### ')[0] ?? '').flatMap(([cell = '']) => namesIn(cell));
  const kinds = channels.map((channel) => channel.split(':')[0]);
  at.same([...new Set(kinds)].toSorted(), Object.keys(CHANNEL_KINDS).toSorted());
  const rates = /^Rates: (.*?):/m.exec(text)?.[1] ?? '';
  at.same(
    namesIn(rates),
    Object.keys(RATES).map((rate) => `@${rate}`),
  );
  const timeframes = /Timeframes: (.*?) \(UTC/s.exec(section('Channels'))?.[1] ?? '';
  at.same(namesIn(timeframes), TIMEFRAMES);
  at.same(
    rowsIn(section('Connecting')).map(([cell = '']) => namesIn(cell)[0]),
    SUBPROTOCOLS,
  );
  at.match(text, STREAM_PATH);
  const types = ['welcome', 'reply', 'snapshot', 'update', 'skipped', 'closing', 'draining'];
  const shown = [...text.matchAll(/"type": "(\w+)"/g)].map(([, type = '']) => type);
  at.same([...new Set(shown)].toSorted(), types.toSorted());
});

t.test(
  'PROTOCOL.md has each error code with its HTTP status, and each close code, and no other',
  async (at) => {
    const codes = rowsIn(section('Errors')).map(([code = '', status]) => [namesIn(code)[0], Number(status)]);
    at.same(
      codes,
      codes.map(([code]) => [code, statusOfCode(code as ErrorCode)]),
    );
    at.same(codes.map(([code]) => code).toSorted(), [...ERROR_CODES].toSorted());
    const closes = rowsIn(section('Closing')).map(([code, , retry]) => [Number(code), retry]);
    const expected = Object.values(CLOSE_CODES).map(({ code, retryMs }) => [code, String(retryMs)]);
    at.same(closes.toSorted(), expected.toSorted());
  },
);

t.test('PROTOCOL.md tells the limits that apply', async (at) => {
  const limits = DEFAULT_LIMITS;
  at.same(
    rowsIn(section('Limits')).map(([, value]) => Number(value)),
    [
      ...[
        limits.maxFrameBytes,
        limits.maxSubscriptions,
        limits.maxMessagesPerSecond,
        limits.maxBytesPerSecond,
      ],
      ...[limits.maxPendingQueries, MAX_BAD_MESSAGES, limits.maxConnections, limits.maxConnectionsPerAddress],
      ...[limits.maxNewConnectionsPerSecond, limits.maxRequestsPerSecond, limits.highMarkBytes],
      ...[limits.maxHeldLossless, limits.idleTimeoutMs],
    ],
  );
  at.match(
    text,
    `"max_frame_bytes": ${limits.maxFrameBytes}, "max_subscriptions": ${limits.maxSubscriptions}`,
  );
  at.match(text, `"max_messages_per_second": ${limits.maxMessagesPerSecond}`);
});

/** What PROTOCOL.md says of a kind's fields: what stands from its name in bold to the next such name. */
function saidOf(kind: string): string {
  const [, rest = ''] = section('Fields').split(new RegExp(`^\\*\\*\`${kind}\`\\*\\*`, 'm'));
  return rest.split(/^\*\*/m)[0] ?? '';
}

for (const kind of ['ticker', 'candles', 'metrics', 'regime', 'sectors'] satisfies RowKind[]) {
  t.test(`PROTOCOL.md has each field of ${kind}, and no other`, async (at) => {
    const said = rowsIn(saidOf(kind)).flatMap(([cell = '']) => namesIn(cell));
    const head: readonly string[] = ANALYSIS_HEAD_FIELDS;
    const isAnalysis = kind !== 'ticker' && kind !== 'candles';
    const fields = fieldsOf(kind, []).filter((field) => !isAnalysis || !head.includes(field));
    at.same(said.toSorted(), [...fields].toSorted());
  });
}

for (const kind of ['trades', 'indicators'] satisfies RowKind[]) {
  t.test(`PROTOCOL.md has each field of ${kind}, in order`, async (at) => {
    const said = namesIn(saidOf(kind));
    const fields = fieldsOf(kind, []);
    at.same(
      said.filter((name) => (fields as readonly string[]).includes(name)).slice(0, fields.length),
      fields,
    );
  });
}

t.test('the statements of the conformance list are numbered without a hole', async (at) => {
  const numbers = [...section('Conformance').matchAll(/^- \*\*C(\d+)\*\* /gm)].map(([, n]) => Number(n));
  at.ok(numbers.length > 50);
  at.same(
    numbers,
    numbers.map((_, index) => index + 1),
  );
});
