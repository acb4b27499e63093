import { type Config, envOf } from '../config.js';
import type { Logger } from '../logger.js';
import { migrate } from '../store/migrate.js';
import type { Pool } from '../store/pool.js';
import { checkRole, openLogins, type RoleUrls } from '../store/roles.js';
import { openDatabase, openPool } from './database.js';
import type { Stopper } from './stopper.js';

/** The database as a running server uses it: nothing of it may change the schema, or see users' rows at large. */
export interface ServerDatabase {
  /** The server's own work: what the engine writes and reads, and what keeps the tables in order. */
  readonly engine: Pool;
  /** Queries of guests and users; the rows of users through `asUser` only. */
  readonly gateway: Pool;
  /** Address of the engine's role, for a connection of its own. */
  readonly engineUrl: string;
  readonly isEmbedded: boolean;
  /** Where it is, fit to be shown. */
  readonly place: string;
  /** Resolves with the reason if an embedded database ends for good without having been asked to. */
  readonly lost: Promise<string>;
}

/**
 * Opens the database, brings its schema up to date as the owner, and leaves the owner's connections for those of the two
 * roles of the server.
 *
 * @throws OperatorError that says what to do
 */
export async function openServerDatabase(
  config: Config,
  logger: Logger,
  stopper: Stopper,
): Promise<ServerDatabase> {
  const owner = await openDatabase(config, logger, stopper);
  await migrate(owner.pool, { onApplied: (name) => logger.info({ migration: name }, 'migrated') });
  const urls = owner.isEmbedded ? await openLogins(owner.pool, owner.url) : configuredUrls(config, owner.url);
  await owner.pool.end();
  const gatewaySize = Math.max(1, Math.floor(config.poolSize * GATEWAY_SHARE));
  const open = async (role: keyof RoleUrls, size: number): Promise<Pool> => {
    const variable = variableOf(config, role);
    const pool = await openPool({ url: urls[role], role, size, logger, variable }, stopper);
    await checkRole(pool, role);
    return pool;
  };
  return {
    engine: await open('cryptopredict_engine', config.poolSize - gatewaySize),
    gateway: await open('cryptopredict_gateway', gatewaySize),
    engineUrl: urls.cryptopredict_engine,
    isEmbedded: owner.isEmbedded,
    place: owner.place,
    lost: owner.lost,
  };
}

/** Of all connections. The engine's work is never to wait for users' queries, nor they for it. */
const GATEWAY_SHARE = 0.4;

/** Gives the variable by which the address of a role was given. */
function variableOf(config: Config, role: keyof RoleUrls): string {
  const key = role === 'cryptopredict_engine' ? 'databaseEngineUrl' : 'databaseGatewayUrl';
  return envOf(config[key] === undefined ? 'databaseUrl' : key);
}

/** Where no login of their own is configured the roles are taken on by the owner's. */
function configuredUrls({ databaseEngineUrl, databaseGatewayUrl }: Config, ownerUrl: string): RoleUrls {
  return {
    cryptopredict_engine: databaseEngineUrl ?? ownerUrl,
    cryptopredict_gateway: databaseGatewayUrl ?? ownerUrl,
  };
}
