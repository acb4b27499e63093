import { messageOf, RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import { addressOf, channelsOf, refusalOf } from './addresses.js';
import type { Connection } from './connection.js';
import { identify } from './identity.js';
import type { GatewayPorts } from './ports.js';
import { type SubscribeContext, subscribe } from './subscribe.js';
import type { Admission } from './transport.js';

/** How long who uses an address that needs a login may take to log in, ms. */
const LOGIN_MS = 10_000;

/** What arriving works with. */
export interface ArrivalContext extends SubscribeContext {
  readonly ports: Pick<GatewayPorts, 'accounts' | 'market'>;
  readonly logger: Logger;
}

/**
 * Does what a client's upgrade asks for beside connecting: logs in who brought a token, and subscribes to what the address
 * stands for. To that there is no reply; what is wrong with it comes as one with `id` null.
 */
export async function arrive(
  context: ArrivalContext,
  connection: Connection,
  { path, token }: Pick<Admission, 'path' | 'token'>,
): Promise<void> {
  const address = addressOf(path);
  try {
    if (token !== null && !(await logIn(context, connection, token))) return;
    if (address === null) return;
    if (address.kind !== 'prices') {
      const user = connection.caller.user ?? (await loggedIn(connection));
      if (user === null) {
        connection.bye(
          'sessionEnded',
          'this address needs a login, by the header Authorization or the op auth',
        );
        return;
      }
      const refusal = refusalOf(address, user);
      if (refusal !== null) {
        connection.bye('forbidden', refusal);
        return;
      }
    }
    const channels = channelsOf(address, context.ports.market);
    await subscribe(context, connection, { channels }, () => undefined);
  } catch (error) {
    if (error instanceof RequestError) {
      connection.refuse(null, 'subscribe', { code: error.code, message: error.message });
      return;
    }
    context.logger.error({ path, error: messageOf(error) }, 'arrival failed');
    connection.refuse(null, 'subscribe', {
      code: 'internal',
      message: 'the server failed; it has been logged',
    });
  }
}

/** Gives false if the connection was sent away. */
async function logIn(context: ArrivalContext, connection: Connection, token: string): Promise<boolean> {
  try {
    await identify(context, context.ports.accounts, connection, token);
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    connection.bye('sessionEnded', error.message);
    return false;
  }
}

/** Resolves when somebody has logged in; null: nobody has in time, or the connection is gone. */
async function loggedIn(connection: Connection): Promise<Connection['caller']['user']> {
  await connection.whenIdentified(LOGIN_MS);
  return connection.isClosed ? null : connection.caller.user;
}
