import type { BrokerStatus } from '../../broker/broker.js';
import type { Gateway } from '../../ws/server.js';
import { Grown, Rate } from './rate.js';
import { DEGRADED, DOWN, faultIf, type Probe, reading } from './reading.js';

/** Bytes that wait for clients are counted this often, ms: it is a walk over all of them. */
const COUNT_MS = 5_000;
/** Memory that may wait for clients before it is told. */
const MANY_BYTES = 512 * 2 ** 20;
/** Close code of a client that was too slow. */
const TOO_SLOW = 4408;
/** A loss on the way to other processes is told for so long, ms. */
const HOLD_MS = 60_000;

/** Looks at the clients. @param maxConnections beyond which the gateway takes none */
export function gatewayProbe(gateway: Pick<Gateway, 'stats' | 'queuedBytes'>, maxConnections: number): Probe {
  const { stats } = gateway;
  const bytes = new Rate();
  const messages = new Rate();
  const incoming = new Rate();
  let queued = 0;
  let countedAt = Number.NEGATIVE_INFINITY;
  return {
    name: 'gateway',
    weight: 0.9,
    read(now) {
      if (now - countedAt >= COUNT_MS) {
        queued = gateway.queuedBytes();
        countedAt = now;
      }
      const closes = [...stats.closes].map(([code, count]) => [`closes_${code}`, count] as const);
      return reading(
        {
          clients: stats.connections,
          subscriptions: stats.subscriptions,
          bytes_out_per_second: bytes.read(stats.bytesOut, now),
          messages_out_per_second: messages.read(stats.messagesOut, now),
          messages_in_per_second: incoming.read(stats.messagesIn, now),
          queued_bytes: queued,
          skipped_updates: stats.skipped,
          slow_clients_closed: stats.closes.get(TOO_SLOW) ?? 0,
          error_replies: [...stats.errors.values()].reduce((sum, count) => sum + count, 0),
          ...Object.fromEntries(closes),
        },
        [
          faultIf(stats.connections >= maxConnections, 0.3, `all ${maxConnections} connections are taken`),
          faultIf(queued > MANY_BYTES, DEGRADED, `${Math.round(queued / 2 ** 20)} MiB wait for clients`),
        ],
      );
    },
  };
}

/** Looks at what carries events to the gateway, or gateways. */
export function brokerProbe(broker: { status(): BrokerStatus }): Probe {
  const rate = new Rate();
  const dropping = new Grown(HOLD_MS);
  return {
    name: 'broker',
    weight: 1,
    read(now) {
      const { driver, connected, published, delivered, dropped, reconnects } = broker.status();
      return reading(
        {
          driver,
          connected,
          published_per_second: rate.read(published, now),
          delivered,
          dropped,
          reconnects,
        },
        [
          faultIf(!connected, DOWN, `${driver} is not connected`),
          faultIf(dropping.read(dropped, now), DEGRADED, 'messages were dropped while it was away'),
        ],
      );
    },
  };
}
