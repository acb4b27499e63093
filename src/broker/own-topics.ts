import type { Broker } from './broker.js';

/**
 * Gives a broker on which processes have only some topics in common: the others stay in each process. So processes that
 * publish different things under one name, such as figures of the market that each makes of the symbols it serves, do not
 * hear each other, and what a process tells its own clients needs nobody else. Closing it closes both.
 *
 * @param shared carries what all processes have in common
 * @param own carries the rest, within this process
 * @param isShared says which topics are common
 */
export function withOwnTopics<T>(
  shared: Broker<T>,
  own: Broker<T>,
  isShared: (topic: string) => boolean,
): Broker<T> {
  const of = (topic: string): Broker<T> => (isShared(topic) ? shared : own);
  return {
    publish: (topic, message) => of(topic).publish(topic, message),
    wanted: (topic) => of(topic).wanted(topic),
    *wantedTopics() {
      yield* own.wantedTopics();
      yield* shared.wantedTopics();
    },
    subscribe: (topic, listener) => of(topic).subscribe(topic, listener),
    unsubscribe: (topic) => of(topic).unsubscribe(topic),
    onReconnect(callback) {
      shared.onReconnect(callback);
      own.onReconnect(callback);
    },
    status() {
      const [far, near] = [shared.status(), own.status()];
      return {
        driver: far.driver,
        connected: far.connected && near.connected,
        published: far.published + near.published,
        delivered: far.delivered + near.delivered,
        dropped: far.dropped + near.dropped,
        reconnects: far.reconnects + near.reconnects,
      };
    },
    async close() {
      await Promise.all([shared.close(), own.close()]);
    },
  };
}
