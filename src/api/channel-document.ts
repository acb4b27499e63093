import { z } from 'zod';
import { markdownTable } from '../marked-table.js';
import { alertEvent, notificationEventData } from './event-shapes.js';
import { type JsonSchema, leavesOf } from './json-schema-text.js';
import { recommendationRow } from './recommendations.js';
import { gapEvent, lostEvent, stateEvent, systemStatus } from './system-status.js';
import { dashboardState, portfolioState, watchlistState } from './user-view-shapes.js';

const HEAD = `# Data of channels for users and admins

What the channels that need a login carry. Written by \`npm run docs\` from the schemas that tests hold the server to, and checked
by a test; the channels of the market are in [PROTOCOL.md](../../PROTOCOL.md#fields). \`a.b\` is field \`b\` of map \`a\`, \`a[]\` each
item of list \`a\`. What is null has its reason in the \`missing\` beside it.
`;

/** Title, what it is, and shape of the data of each channel. */
const SHAPES: readonly (readonly [title: string, what: string, shape: z.ZodType])[] = [
  [
    'portfolio',
    'The state, in snapshot and updates. Without a portfolio `portfolio_id` is null.',
    portfolioState,
  ],
  ['watchlist:ID', 'The state, in snapshot and updates.', watchlistState],
  ['dashboard', 'The state, in snapshot and updates.', z.object(dashboardState)],
  ['alerts', 'An update, and each item of a snapshot: an alert fired.', alertEvent],
  [
    'notifications',
    'An update, and each item of a snapshot: a notification. `notifications.read` and `notifications.dismiss` tell nothing here.',
    notificationEventData,
  ],
  [
    'recommendations',
    'An update, and each item of a snapshot: an entry of the review queue, when it is new and when it is decided.',
    recommendationRow,
  ],
  ['system-status', 'The snapshot: how the server stands.', systemStatus],
  [
    'system-status: event `state`',
    'An update: a part, or `server` as a whole, has changed its state.',
    stateEvent,
  ],
  ['system-status: event `gap`', 'An update: data of a feed are missing, or were repaired.', gapEvent],
  ['system-status: event `lost`', 'An update: events of this channel were given up.', lostEvent],
];

/** Gives docs/protocol/CHANNELS.md. */
export function channelsDocument(): string {
  return [HEAD, ...SHAPES.map(sectionOf)].join('\n');
}

function sectionOf([title, what, shape]: (typeof SHAPES)[number]): string {
  const schema = z.toJSONSchema(shape, { io: 'input', reused: 'inline' }) as JsonSchema;
  const rows = leavesOf(schema).map(({ path, type, what: meaning }) => [`\`${path}\``, type, meaning]);
  return `## ${title}\n\n${what}\n\n${markdownTable(['field', 'type', 'what'], rows)}\n`;
}
