import type { Broker } from '../broker/broker.js';
import { CLOSE_CODES } from '../errors.js';
import type { Publication } from '../events.js';
import type { Logger } from '../logger.js';
import { VERSION } from '../version.js';
import { acceptsPath } from './addresses.js';
import { type ArrivalContext, arrive } from './arrival.js';
import { ChannelSource } from './channel-source.js';
import { ClientAddresses } from './client-address.js';
import { handleMessage } from './commands.js';
import { Connection, type ConnectionContext } from './connection.js';
import { createTransport } from './create-transport.js';
import { EventSource } from './event-source.js';
import { EventWatch, type EventWatchOptions } from './event-watch.js';
import { Framer } from './form.js';
import { httpHandler } from './http.js';
import { Hub } from './hub.js';
import { SessionWatch } from './identity.js';
import { ConnectionLimiter, DEFAULT_LIMITS, type GatewayLimits } from './limits.js';
import { MissedCloses } from './missed-closes.js';
import { PatternWatch } from './pattern-watch.js';
import type { GatewayPorts } from './ports.js';
import type { RequestLog } from './request-log.js';
import { Slices } from './slices.js';
import { StaticFiles } from './static-files.js';
import { count, GatewayStats } from './stats.js';
import { unsubscribeAll } from './subscribe.js';
import type { TlsFiles } from './tls-files.js';
import type {
  Admission,
  DriverInfo,
  Transport,
  TransportChoice,
  TransportHandlers,
  TransportSocket,
  UpgradeAnswer,
  UpgradeRequest,
} from './transport.js';
import { answerUpgrade } from './upgrade.js';

export interface GatewayOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly transport: TransportChoice;
  /** Those not named have `DEFAULT_LIMITS`. */
  readonly limits?: Partial<GatewayLimits>;
  /** Certificate and key; null or absent: none, and the port speaks plain HTTP. */
  readonly tls?: TlsFiles | null;
  /** Compresses large messages to clients that offer it, with the driver `ws`. Default: no. */
  readonly compression?: boolean;
  /** Networks of reverse proxies that are believed who the client is. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Origins of web pages that may connect besides our own; `*` allows all. */
  readonly originAllowList: readonly string[];
  /** Folder of the dashboard; null: no files are served. */
  readonly webRoot: string | null;
  /** How often it is looked whether events were lost unnoticed; see `EventWatchOptions`. */
  readonly eventWatch?: Pick<EventWatchOptions, 'everyMs' | 'graceMs'>;
  /** Takes what may be remembered of requests and queries. */
  readonly requestLog?: RequestLog;
  readonly logger: Logger;
}

/** A running gateway. */
export interface Gateway {
  /** The port that is listened on, never 0. */
  readonly port: number;
  readonly driver: DriverInfo;
  readonly stats: GatewayStats;
  /** Bytes that wait for clients now, all together; walks over all connections. */
  queuedBytes(): number;
  /**
   * Takes no new connections, tells each client where it stands and that the server goes (1001), and cuts who has
   * not left within `deadlineMs`. Then no topic of the broker is held any more.
   */
  close(deadlineMs: number): Promise<void>;
}

/** How long a peer that is closed for cause may take to read what waits for it. */
const CLOSE_GRACE_MS = 5_000;
/** How long an HTTP client may take to send its request. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Starts the gateway. @throws OperatorError if it cannot listen, or a driver that was asked for does not load */
export async function startGateway(
  options: GatewayOptions,
  ports: GatewayPorts,
  broker: Broker<Publication>,
): Promise<Gateway> {
  const { start, driver } = createTransport(options.transport, options.compression);
  const server = new Server(options, ports, await StaticFiles.load(options.webRoot));
  const transport = await start(
    {
      host: options.host,
      port: options.port,
      accepts: acceptsPath,
      maxBodyBytes: server.limits.maxFrameBytes,
      // Somewhat too large messages are ours to refuse, with a reason; only what is far beyond is cut.
      maxMessageBytes: server.limits.maxFrameBytes * 4,
      highMarkBytes: server.limits.highMarkBytes,
      idleTimeoutMs: server.limits.idleTimeoutMs,
      closeGraceMs: CLOSE_GRACE_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      tls: options.tls ?? null,
      compression: options.compression ?? false,
      logger: options.logger,
    },
    server.handlers,
  );
  server.begin(transport, broker);
  return {
    port: transport.port,
    driver,
    stats: server.stats,
    queuedBytes: () => server.queuedBytes(),
    close: (deadlineMs) => server.close(deadlineMs),
  };
}

/** What runs once the transport does. */
interface Running {
  readonly transport: Transport;
  readonly hub: Hub;
  /** What all connections share. */
  readonly shared: ConnectionContext;
  readonly context: ArrivalContext;
  readonly watches: readonly { start(): void; stop(): void }[];
}

class Server {
  readonly stats = new GatewayStats();
  readonly limits: GatewayLimits;
  readonly handlers: TransportHandlers;
  private readonly connections = new Map<TransportSocket, Connection>();
  private readonly limiter: ConnectionLimiter;
  private readonly channels: ChannelSource;
  private readonly addresses: ClientAddresses;
  private readonly slices = new Slices();
  /** What goes on after a connection is gone. */
  private readonly endings = new Set<Promise<void>>();
  private running: Running | null = null;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly options: GatewayOptions,
    private readonly ports: GatewayPorts,
    files: StaticFiles,
  ) {
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.limiter = new ConnectionLimiter(this.limits);
    this.channels = new ChannelSource(ports);
    this.addresses = new ClientAddresses(options.trustedProxies ?? []);
    this.handlers = {
      upgrade: (request) => this.upgrade(request),
      open: (socket, admission) => this.open(socket, admission),
      message: (socket, data, isBinary) => this.message(socket, data, isBinary),
      control: (socket, byteLength) => this.connections.get(socket)?.control(byteLength),
      congested: (socket, queuedBytes) => this.connections.get(socket)?.congested(queuedBytes),
      drained: (socket) => this.connections.get(socket)?.drained(),
      close: (socket, code) => this.gone(socket, code),
      http: httpHandler({
        ...{ ports, files, addresses: this.addresses, limiter: this.limiter, limits: this.limits },
        ...{ originAllowList: options.originAllowList, requestLog: options.requestLog ?? null },
        ...{ logger: options.logger, isDraining: () => this.closing !== null },
      }),
    };
  }

  begin(transport: Transport, broker: Broker<Publication>): void {
    const framer = new Framer(transport, this.ports.epoch);
    const { ports, channels, slices, stats } = this;
    const { logger } = this.options;
    const events = new EventSource(ports);
    const source = {
      channels,
      events,
      closes: new MissedCloses(ports),
      epoch: ports.epoch,
    };
    const hub = new Hub(broker, source, framer, stats, logger);
    const everybody = (): Iterable<Connection> => this.connections.values();
    const context = { hub, channels, slices, limits: this.limits, ports, logger };
    const watched = () => hub.watched();
    const watches = [
      new PatternWatch(context, everybody),
      new EventWatch({ watched, reader: events, stats, logger, ...this.options.eventWatch }),
    ];
    const sessions =
      ports.accounts === null ? [] : [new SessionWatch(ports.accounts, everybody, context, logger)];
    const shared = { framer, limits: this.limits, stats, epoch: ports.epoch, now: Date.now };
    this.running = { transport, hub, shared, context, watches: [...watches, ...sessions] };
    for (const watch of this.running.watches) watch.start();
  }

  queuedBytes(): number {
    let sum = 0;
    for (const socket of this.connections.keys()) sum += socket.queuedBytes;
    return sum;
  }

  close(deadlineMs: number): Promise<void> {
    this.closing ??= this.drain(deadlineMs);
    return this.closing;
  }

  private async drain(deadlineMs: number): Promise<void> {
    const { transport, hub, watches } = this.started();
    transport.stopListening();
    for (const watch of watches) watch.stop();
    hub.flush();
    for (const connection of this.connections.values()) {
      connection.release();
      const retryMs = CLOSE_CODES.shutdown.retryMs;
      connection.send({ type: 'draining', positions: connection.positions(), retry_ms: retryMs });
      connection.bye('shutdown', 'the server shuts down');
    }
    await transport.close(deadlineMs);
    await Promise.all(this.endings);
    await hub.close();
  }

  private upgrade(request: UpgradeRequest): UpgradeAnswer {
    if (this.closing !== null) return { accept: false, status: 503, reason: 'shutting down\n' };
    const origin = this.addresses.of(request.address, request.headers);
    const answer = answerUpgrade(request, origin, this.options.originAllowList);
    if (!answer.accept || this.limiter.mayOpen(origin.address, Date.now())) return answer;
    return {
      accept: false,
      status: 429,
      reason: 'too many new connections from this address; wait some seconds\n',
    };
  }

  private open(socket: TransportSocket, admission: Admission): void {
    const { address, agent } = admission;
    const { context, shared } = this.started();
    const { stats, limits } = this;
    stats.connections += 1;
    stats.connectionsTotal += 1;
    const connection = new Connection(socket, { user: null, address, agent }, shared);
    this.connections.set(socket, connection);
    const refusal = this.limiter.add(socket.address);
    if (refusal !== null) {
      connection.bye('full', refusal);
      return;
    }
    connection.send({
      type: 'welcome',
      server: `cryptopredict/${VERSION}`,
      epoch: this.ports.epoch,
      time: Date.now(),
      limits: {
        max_frame_bytes: limits.maxFrameBytes,
        max_subscriptions: limits.maxSubscriptions,
        max_messages_per_second: limits.maxMessagesPerSecond,
      },
      simulated: this.ports.readiness.simulated,
    });
    void arrive(context, connection, admission);
  }

  private message(socket: TransportSocket, data: Uint8Array, isBinary: boolean): void {
    const connection = this.connections.get(socket);
    if (connection === undefined) return;
    const { limits, stats, ports } = this;
    const { hub } = this.started();
    const { channels, slices } = this;
    const { logger, requestLog = null } = this.options;
    const methods = { ...ports, caller: connection.caller };
    const context = { hub, channels, slices, methods, requestLog, limits, stats, logger, now: Date.now };
    handleMessage(context, connection, data, isBinary);
  }

  private gone(socket: TransportSocket, code: number): void {
    const connection = this.connections.get(socket);
    if (connection === undefined) return;
    connection.gone();
    this.connections.delete(socket);
    this.limiter.remove(socket.address);
    this.stats.connections -= 1;
    count(this.stats.closes, code);
    const ending = unsubscribeAll(this.started().context, connection).finally(() =>
      this.endings.delete(ending),
    );
    this.endings.add(ending);
    this.options.logger.debug({ address: socket.address, code }, 'connection closed');
  }

  private started(): Running {
    if (this.running === null) throw new Error('a socket before the transport has started');
    return this.running;
  }
}
