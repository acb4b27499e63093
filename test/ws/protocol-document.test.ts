import { readFileSync } from 'node:fs';
import t from 'tap';
import { CHANNEL_KINDS, RATES } from '../../src/channels.js';
import { CLOSE_CODES, ERROR_CODES } from '../../src/errors.js';
import { fieldsOf, OPS, type RowKind, STREAM_PATH, SUBPROTOCOLS } from '../../src/protocol.js';
import { TIMEFRAMES } from '../../src/timeframe.js';
import { DEFAULT_LIMITS } from '../../src/ws/limits.js';
import { METHOD_NAMES, paramNames } from '../../src/ws/methods/registry.js';

const text = readFileSync('PROTOCOL.md', 'utf8');
const kinds = Object.keys(CHANNEL_KINDS) as (keyof typeof CHANNEL_KINDS)[];
const rowKinds = kinds.filter((kind): kind is RowKind => !CHANNEL_KINDS[kind].scope.includes('events'));

t.test('PROTOCOL.md names all that a client can meet', async (at) => {
  const names = [
    ...OPS,
    ...ERROR_CODES,
    ...METHOD_NAMES,
    ...METHOD_NAMES.flatMap(paramNames),
    ...TIMEFRAMES,
    ...SUBPROTOCOLS,
    ...Object.keys(RATES).map((rate) => `@${rate}`),
    ...kinds,
    ...rowKinds.flatMap((kind) => fieldsOf(kind, [])),
  ];
  for (const name of new Set(names)) at.ok(text.includes(`\`${name}\``), name);
  at.match(text, STREAM_PATH);
});

t.test('PROTOCOL.md shows every channel kind, message type and close code as they are', async (at) => {
  for (const kind of kinds) at.match(text, new RegExp(`^\\| \`${kind}[:\`]`, 'm'), kind);
  const types = ['welcome', 'reply', 'snapshot', 'update', 'skipped', 'closing', 'draining'];
  for (const type of types) at.ok(text.includes(`"type": "${type}"`), type);
  for (const { code, retryMs } of Object.values(CLOSE_CODES)) {
    at.match(text, new RegExp(`^\\| ${code} \\|.*\\| ${retryMs} \\|$`, 'm'), `${code}`);
  }
});

t.test('PROTOCOL.md tells the limits that apply', async (at) => {
  at.match(text, `"max_frame_bytes": ${DEFAULT_LIMITS.maxFrameBytes}`);
  at.match(text, `"max_subscriptions": ${DEFAULT_LIMITS.maxSubscriptions}`);
  at.match(text, `"max_messages_per_second": ${DEFAULT_LIMITS.maxMessagesPerSecond}`);
  at.match(text, `${DEFAULT_LIMITS.maxPendingQueries} queries`);
  at.match(text, `${DEFAULT_LIMITS.highMarkBytes / 1_024} KiB`);
});
