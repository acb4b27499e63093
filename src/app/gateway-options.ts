import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import type { Logger } from '../logger.js';
import { packageRoot } from '../package-root.js';
import type { GatewayOptions } from '../ws/server.js';
import { loadTls, type TlsFiles } from '../ws/tls-files.js';

/** Gives what of the configuration the gateway needs; it serves the page. @throws OperatorError if a file of TLS is not right */
export function gatewayOptions(config: Config, logger: Logger): GatewayOptions {
  return {
    host: config.host,
    port: config.port,
    transport: config.transport,
    limits: {
      maxFrameBytes: config.maxFrameBytes,
      maxSubscriptions: config.maxSubscriptions,
      maxMessagesPerSecond: config.maxMessagesPerSecond,
      maxBytesPerSecond: config.maxBytesPerSecond,
      maxConnections: config.maxConnections,
      maxConnectionsPerAddress: config.maxConnectionsPerAddress,
      maxNewConnectionsPerSecond: config.maxNewConnectionsPerSecond,
      maxRequestsPerSecond: config.maxRequestsPerSecond,
    },
    tls: tlsOf(config),
    compression: config.compression,
    trustedProxies: config.trustedProxies ?? [],
    originAllowList: config.allowedOrigins ?? [],
    webRoot: fileURLToPath(new URL('web/', packageRoot())),
    logger,
  };
}

/** Gives the origin that clients reach the gateway at, `https://127.0.0.1:8080`. */
export function gatewayUrl(config: Config, port: number): string {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `${config.tlsCert === undefined ? 'http' : 'https'}://${host}:${port}`;
}

function tlsOf({ tlsCert, tlsKey }: Config): TlsFiles | null {
  return tlsCert === undefined || tlsKey === undefined ? null : loadTls(tlsCert, tlsKey);
}
