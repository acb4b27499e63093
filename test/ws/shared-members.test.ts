import t from 'tap';
import { codecOf } from '../../src/ws/codec.js';
import { type Receiver, Subscription } from '../../src/ws/group.js';
import { SharedMembers } from '../../src/ws/shared-members.js';
import { GatewayStats } from '../../src/ws/stats.js';
import type { AudienceMembers, Frame, TransportSocket } from '../../src/ws/transport.js';
import { channel } from './gateway-site.js';

const TEXT = 'ticker:BTC/USDT';

/** An audience that writes down what it is told. */
function site() {
  const told: string[] = [];
  const stats = new GatewayStats();
  const members: AudienceMembers[] = [];
  const shared = new SharedMembers(
    {
      audience: (list) => {
        members.push(list);
        return {
          add: ({ address }) => told.push(`+${address}`),
          remove: ({ address }) => told.push(`-${address}`),
          send: ({ bytes }) => told.push(Buffer.from(bytes).toString()),
        };
      },
    },
    stats,
  );
  const visited = (): string[] => {
    const addresses: string[] = [];
    members[0]?.each(({ address }) => addresses.push(address));
    return addresses;
  };
  return { told, stats, shared, visited };
}

function subscription(address: string, offset: number, isFree = true): Subscription {
  const socket: TransportSocket = {
    ...{ address, subprotocol: null, isOpen: true, queuedBytes: 0 },
    send: () => undefined,
    close: () => undefined,
    terminate: () => undefined,
  };
  const receiver: Receiver = {
    freeSocket: () => (isFree ? socket : null),
    deliver: () => undefined,
    tellSkipped: () => undefined,
  };
  const made = new Subscription(receiver, TEXT, channel(TEXT), { codec: codecOf(null), rows: false });
  made.offset = offset;
  return made;
}

const frame = (text: string): Frame => ({ bytes: Buffer.from(text), isBinary: false });

t.test('takes who stands where all do and keeps up, and nobody else', async (at) => {
  const { told, shared } = site();
  const behind = subscription('behind', 5);
  behind.isBehind = true;
  at.same(
    [
      shared.take(subscription('a', 5)),
      shared.take(subscription('b', 5)),
      shared.take(subscription('older', 4)),
      shared.take(subscription('newer', 6)),
      shared.take(subscription('busy', 5, false)),
      shared.take(behind),
    ],
    [true, true, false, false, false, false],
  );
  at.same(told, ['+a', '+b']);
  at.equal(shared.size, 2);
});

t.test('who is given up stands where all of them stood, and gets nothing more', async (at) => {
  const { told, shared, stats, visited } = site();
  const members = ['a', 'b', 'c'].map((address) => subscription(address, 5));
  for (const member of members) shared.take(member);
  shared.send(6, frame('six'));
  const [a] = members;
  if (a === undefined) throw new Error('there is no first one');
  shared.giveUp(a);
  shared.send(7, frame('seven'));
  at.same([a.offset, a.sharedSocket, shared.offset], [6, null, 7]);
  at.same(visited().sort(), ['b', 'c']);
  at.same(told.slice(3), ['six', '-a', 'seven']);
  at.same([stats.messagesOut, stats.bytesOut], [5, 3 * 3 + 2 * 5], 'each that got one counts');
  at.notOk(shared.take(a), 'it has missed one');
  at.same(
    [...shared.dissolve()].map(({ offset }) => offset),
    [7, 7],
  );
  at.equal(shared.size, 0);
  at.ok(shared.take(a), 'the first of them may stand anywhere');
});

t.test('gives nobody to a driver that gains nothing by it', async (at) => {
  const shared = new SharedMembers({ audience: () => null }, new GatewayStats());
  at.notOk(shared.isPossible);
  at.notOk(shared.take(subscription('a', 1)));
});
