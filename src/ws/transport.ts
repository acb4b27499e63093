import type { Logger } from '../logger.js';
import type { TlsFiles } from './tls-files.js';

/** Drivers that exist; `auto` takes `uws` where its native binary loads, else `ws`. */
export const TRANSPORTS = ['auto', 'uws', 'ws'] as const;
export type TransportChoice = (typeof TRANSPORTS)[number];

/** Which driver runs, and why it and not the other, in words for an operator. */
export interface DriverInfo {
  readonly name: 'uws' | 'ws';
  readonly why: string;
}

/** One WebSocket message made ready to be sent to any number of sockets of the transport that made it. */
export interface Frame {
  /** In the driver's own form: with `ws` header and payload, with `uws` the payload alone. Never changed again. */
  readonly bytes: Uint8Array;
  readonly isBinary: boolean;
}

/** What an HTTP client asked for; copied, so that it outlives the handler. */
export interface HttpRequest {
  /** In capitals. */
  readonly method: string;
  /** As sent, not decoded, without the query. */
  readonly path: string;
  /** After `?`, not decoded; empty if there is none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Headers;
  /** Text of the peer's address; a proxy's, where there is one. */
  readonly address: string;
  /** Empty if there is none. */
  readonly body: Uint8Array;
}

/** Headers of a request by their names in lower case; of one that came twice the values, separated by commas. */
export type Headers = Readonly<Record<string, string>>;

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent for GET; for HEAD only its length is told. */
  readonly body: Uint8Array;
}

/** A client asks to become a WebSocket, on a path that `TransportOptions.accepts`. */
export interface UpgradeRequest {
  readonly path: string;
  /** After `?`, not decoded; empty if there is none. */
  readonly query: string;
  readonly headers: Headers;
  /** Subprotocols offered, in the client's order; empty if it named none. */
  readonly subprotocols: readonly string[];
  /** Text of the peer's address; a proxy's, where there is one. */
  readonly address: string;
}

/** What is kept of an upgrade until its socket opens. */
export interface Admission {
  readonly path: string;
  /** Text of the client's address; behind a trusted proxy what it says. */
  readonly address: string;
  readonly agent: string | null;
  /** Of the header `Authorization: Bearer`; null: there was none. */
  readonly token: string | null;
}

/** `subprotocol` null: none was offered, so none is named in the answer. */
export type UpgradeAnswer =
  | { readonly accept: true; readonly subprotocol: string | null; readonly admission: Admission }
  | { readonly accept: false; readonly status: number; readonly reason: string };

/** One open WebSocket. After `close` was called or reported, every call is harmless and does nothing. */
export interface TransportSocket {
  /** Text of the client's address, as it was admitted. */
  readonly address: string;
  readonly subprotocol: string | null;
  readonly isOpen: boolean;
  /** Bytes that wait in this process: not written yet, and not yet taken by the kernel. */
  readonly queuedBytes: number;
  /**
   * Queues a frame. What is queued in one turn of the event loop goes out together at its end, or sooner once it
   * reaches `FLUSH_BYTES`. Never drops; the caller bounds the queue by `congested` and `drained`.
   */
  send(frame: Frame): void;
  /**
   * Sends what is queued, then a close frame, then ends. A peer that does not take it within `closeGraceMs` is cut.
   * `reason` has at most 123 bytes.
   */
  close(code: number, reason: string): void;
  /** Cuts the connection now, without a close frame. */
  terminate(): void;
}

/** Sockets that are all sent the same frames, each handed to the driver once. */
export interface Audience {
  /** The socket gets what is sent from now on. Call it while nothing that was given to its `send` waits. */
  add(socket: TransportSocket): void;
  /** It gets nothing of what is sent from now on, and still all that was sent before. */
  remove(socket: TransportSocket): void;
  /**
   * Sends a frame. It goes out before what is given to a member's own `send` later, and
   * may go out before what was given to it in the same turn.
   */
  send(frame: Frame): void;
}

/** Who is in an audience; whoever makes it keeps the list. */
export interface AudienceMembers {
  /** Calls back for each socket; it may be removed meanwhile. */
  each(visit: (socket: TransportSocket) => void): void;
}

/** What the transport tells; all calls are synchronous, from one thread, and must not throw. */
export interface TransportHandlers {
  upgrade(request: UpgradeRequest): UpgradeAnswer;
  open(socket: TransportSocket, admission: Admission): void;
  /** `data` is valid during the call only. */
  message(socket: TransportSocket, data: Uint8Array, isBinary: boolean): void;
  /** A ping or pong came, with so many bytes; a ping's answer is on its way already. */
  control(socket: TransportSocket, byteLength: number): void;
  /** After a write more than `highMarkBytes` wait; called for each such write. */
  congested(socket: TransportSocket, queuedBytes: number): void;
  /** After `congested`: half of `highMarkBytes` or less wait. */
  drained(socket: TransportSocket): void;
  /** Exactly once for each `open`; 1006 if there was no close frame. */
  close(socket: TransportSocket, code: number): void;
  /** Every HTTP request that is no upgrade. A rejection is logged and answered with 500. */
  http(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
}

export interface TransportOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Says which paths may be upgraded. */
  accepts(path: string): boolean;
  /** A request with a larger body is answered with 413. */
  readonly maxBodyBytes: number;
  /** A message larger than this cuts the connection: with 1009 (`ws`) or without a close frame (`uws`). */
  readonly maxMessageBytes: number;
  readonly highMarkBytes: number;
  /** A peer that neither sends nor answers pings for so long is cut. `uws`: 8 s to 960 s. */
  readonly idleTimeoutMs: number;
  readonly closeGraceMs: number;
  /**
   * An HTTP client that has not sent its whole request after so long is cut. `uws` always takes 10 s for the head.
   */
  readonly requestTimeoutMs: number;
  /** Null or absent: plain HTTP and WebSockets; else nothing but TLS, 1.2 or newer. */
  readonly tls?: TlsFiles | null;
  /** Compresses large messages to clients that offer it; absent: never. `uws` cannot. */
  readonly compression?: boolean;
  readonly logger: Logger;
}

/**
 * A socket server: HTTP and one WebSocket path on one port.
 *
 * Promises every driver keeps: frames reach a socket whole and in the order of `send`; a slow or broken peer harms
 * no other; an HTTP request is always answered or its connection closed, and asked for once its body
 * is there.
 */
export interface Transport {
  readonly driver: 'uws' | 'ws';
  /** The port that is listened on, never 0. */
  readonly port: number;
  /** Makes a frame; costs one copy at most, however many sockets get it. `payload` must not change afterwards. */
  frame(payload: Uint8Array, isBinary: boolean): Frame;
  /** Makes an audience; null: with this driver nothing is gained by one. */
  audience(members: AudienceMembers): Audience | null;
  /** Takes no new connections from now on; open ones go on. */
  stopListening(): void;
  /** Stops listening, waits at most `deadlineMs` until all sockets are closed, then cuts the rest. */
  close(deadlineMs: number): Promise<void>;
}

/** Starts a driver. @throws OperatorError if the address cannot be listened on */
export type TransportFactory = (options: TransportOptions, handlers: TransportHandlers) => Promise<Transport>;

/** A socket's queue is written before the turn ends once it holds this many bytes. */
export const FLUSH_BYTES = 65_536;
