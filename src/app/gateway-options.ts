import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import type { Logger } from '../logger.js';
import { packageRoot } from '../package-root.js';
import type { GatewayOptions } from '../ws/server.js';

/** Gives what of the configuration the gateway needs; it serves the page. */
export function gatewayOptions(config: Config, logger: Logger): GatewayOptions {
  return {
    host: config.host,
    port: config.port,
    transport: config.transport,
    limits: {
      maxFrameBytes: config.maxFrameBytes,
      maxSubscriptions: config.maxSubscriptions,
      maxMessagesPerSecond: config.maxMessagesPerSecond,
      maxConnections: config.maxConnections,
      maxConnectionsPerAddress: config.maxConnectionsPerAddress,
    },
    originAllowList: config.allowedOrigins ?? [],
    webRoot: fileURLToPath(new URL('web/', packageRoot())),
    logger,
  };
}
