import { z } from 'zod';
import { type Command, option } from './option.js';
import { integer, list, networks, yesOrNo } from './option-values.js';

const CLIENTS: readonly Command[] = ['serve', 'replay'];

/** The options of the gateway's defences, in the order of `--help`: who may come, and how much one may do. */
export const GATEWAY_OPTIONS = {
  allowedOrigins: option({
    placeholder: 'list',
    help: 'origins of web pages that may connect besides our own, comma-separated; * allows all',
    ...list(/^(\*|https?:\/\/[^\s/]+)$/, 'comma-separated origins such as https://example.org, or *'),
    commands: CLIENTS,
  }),
  tlsCert: option({
    placeholder: 'file',
    help: 'certificate with its chain, PEM: the port then speaks https and wss alone; with --tls-key',
    allowed: 'a path',
    schema: z.string().min(1),
    commands: ['serve', 'doctor', 'replay'],
  }),
  tlsKey: option({
    placeholder: 'file',
    help: 'private key of --tls-cert, PEM, without a passphrase',
    allowed: 'a path',
    schema: z.string().min(1),
    commands: ['serve', 'doctor', 'replay'],
  }),
  compression: option({
    placeholder: 'yes|no',
    help: 'compresses messages of 1 kB and more to clients that offer permessage-deflate; only the driver ws can, which auto then takes',
    default: 'no',
    ...yesOrNo,
    commands: [...CLIENTS, 'doctor'],
  }),
  trustedProxies: option({
    placeholder: 'list',
    help: 'addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Host are believed, comma-separated',
    ...networks,
    commands: CLIENTS,
  }),
  maxConnections: option({
    placeholder: 'n',
    help: 'WebSocket connections at most',
    default: '10000',
    ...integer(1, 1_000_000),
    commands: CLIENTS,
  }),
  maxConnectionsPerAddress: option({
    placeholder: 'n',
    help: 'WebSocket connections from one address at most; loopback is not counted',
    default: '100',
    ...integer(1, 1_000_000),
    commands: CLIENTS,
  }),
  maxNewConnectionsPerSecond: option({
    placeholder: 'n',
    help: 'new WebSocket connections a second from one address, ten times that in a burst; loopback is not counted',
    default: '10',
    ...integer(1, 1_000_000),
    commands: CLIENTS,
  }),
  maxRequestsPerSecond: option({
    placeholder: 'n',
    help: 'HTTP requests a second from one address, twice that in a burst; loopback is not counted',
    default: '50',
    ...integer(1, 1_000_000),
    commands: CLIENTS,
  }),
  maxSubscriptions: option({
    placeholder: 'n',
    help: 'channels that one connection may subscribe to',
    default: '1000',
    ...integer(1, 100_000),
    commands: CLIENTS,
  }),
  maxMessagesPerSecond: option({
    placeholder: 'n',
    help: 'messages a second that one connection may send, twice that in a burst; pings count',
    default: '50',
    ...integer(1, 100_000),
    commands: CLIENTS,
  }),
  maxBytesPerSecond: option({
    placeholder: 'bytes',
    help: 'bytes of messages a second that one connection may send, four times that in a burst',
    default: '262144',
    ...integer(1_024, 1_000_000_000),
    commands: CLIENTS,
  }),
  maxFrameBytes: option({
    placeholder: 'bytes',
    help: 'size of one message from a client at most',
    default: '65536',
    ...integer(1_024, 16_777_216),
    commands: CLIENTS,
  }),
} as const;

/** Those without a value unless one is given. */
export type OptionalGatewayOption = 'allowedOrigins' | 'tlsCert' | 'tlsKey' | 'trustedProxies';
