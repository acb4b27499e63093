import type { Broker, Listener } from './broker.js';

/** Begins the far side's name of a topic that one process has for itself; no topic of ours begins with it. */
const OWN = '~';

/**
 * Gives a broker on which a process has all topics for itself but those that are shared: processes that publish different
 * things under one name, such as figures of the market that each makes of the symbols it serves, do not hear each other.
 * Everything else is as on `broker`; closing it closes that one.
 *
 * @param owner names this process; no other one's name, and without a colon
 * @param isShared says which topics all processes have in common
 */
export function withOwnTopics<T>(
  broker: Broker<T>,
  owner: string,
  isShared: (topic: string) => boolean,
): Broker<T> {
  const prefix = `${OWN}${owner}:`;
  const farName = (topic: string): string => (isShared(topic) ? topic : prefix + topic);
  return {
    publish: (topic, message) => broker.publish(farName(topic), message),
    wanted: (topic) => broker.wanted(farName(topic)),
    *wantedTopics() {
      for (const name of broker.wantedTopics()) {
        if (name.startsWith(prefix)) yield name.slice(prefix.length);
        else if (!name.startsWith(OWN)) yield name;
      }
    },
    subscribe(topic, listener: Listener<T>) {
      return broker.subscribe(farName(topic), (message) => listener(message, topic));
    },
    unsubscribe: (topic) => broker.unsubscribe(farName(topic)),
    onReconnect: (callback) => broker.onReconnect(callback),
    status: () => broker.status(),
    close: () => broker.close(),
  };
}
