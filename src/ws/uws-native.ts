import { createRequire } from 'node:module';

/**
 * The part of uWebSockets.js that we use. Written down here and not taken from its types: the package is optional,
 * and its types leave out `close` of the app.
 */
export interface NativeSocket {
  send(message: Uint8Array, isBinary: boolean, compress: boolean): number;
  sendFirstFragment(message: Uint8Array, isBinary: boolean, compress: boolean): number;
  sendFragment(message: Uint8Array, compress: boolean): number;
  sendLastFragment(message: Uint8Array, compress: boolean): number;
  getBufferedAmount(): number;
  cork(callback: () => void): void;
  subscribe(topic: string): boolean;
  unsubscribe(topic: string): boolean;
  end(code: number, reason: string): void;
  close(): void;
}

export interface NativeRequest {
  getHeader(name: string): string;
  getUrl(): string;
  /** Undefined without a question mark. */
  getQuery(): string | undefined;
  getCaseSensitiveMethod(): string;
  /** Names in lower case. */
  forEach(callback: (name: string, value: string) => void): void;
}

export interface NativeResponse {
  writeStatus(status: string): NativeResponse;
  writeHeader(name: string, value: string): NativeResponse;
  end(body: Uint8Array | string, closeConnection: boolean): void;
  /** Cuts the connection; calls `onAborted`. */
  close(): void;
  endWithoutBody(length: number, closeConnection: boolean): void;
  onAborted(callback: () => void): void;
  /** Call it before the handler returns. The chunk is valid during the callback only. */
  onData(callback: (chunk: ArrayBuffer, isLast: boolean) => void): void;
  cork(callback: () => void): void;
  getRemoteAddressAsText(): ArrayBuffer;
  upgrade(data: object, key: string, protocol: string, extensions: string, context: unknown): void;
}

export interface NativeBehavior<S> {
  maxPayloadLength: number;
  maxBackpressure: number;
  idleTimeout: number;
  sendPingsAutomatically: boolean;
  compression: number;
  upgrade(response: NativeResponse, request: NativeRequest, context: unknown): void;
  open(socket: S): void;
  message(socket: S, data: ArrayBuffer, isBinary: boolean): void;
  ping?(socket: S, data: ArrayBuffer): void;
  pong?(socket: S, data: ArrayBuffer): void;
  drain(socket: S): void;
  close(socket: S, code: number): void;
}

export interface NativeApp<S> {
  ws(path: string, behavior: NativeBehavior<S>): NativeApp<S>;
  any(path: string, handler: (response: NativeResponse, request: NativeRequest) => void): NativeApp<S>;
  listen(host: string, port: number, exclusive: number, callback: (token: object | false) => void): void;
  publish(topic: string, message: Uint8Array, isBinary: boolean, compress: boolean): boolean;
  close(): void;
}

export interface NativeModule {
  App<S>(): NativeApp<S>;
  /** Speaks TLS 1.2 and newer. Throws if it cannot use the files. */
  SSLApp<S>(files: { cert_file_name: string; key_file_name: string }): NativeApp<S>;
  us_listen_socket_close(token: object): void;
  us_socket_local_port(token: object): number;
}

/**
 * Loads the native binary for this Node, platform and processor, or says in words why there is none. The package's
 * entry is never imported: it would fall back to a JavaScript imitation that lacks what we need.
 */
export function loadUws(): { readonly native: NativeModule } | { readonly why: string } {
  const { platform, arch } = process;
  const abi = process.versions.modules;
  const require = createRequire(import.meta.url);
  const file = `uws_${platform}_${arch}_${abi}.node`;
  let found: string | null = null;
  // The republished package keeps its binaries in a folder, the official one at its root.
  for (const path of [`uWebSockets.js/binaries/${file}`, `uWebSockets.js/${file}`]) {
    try {
      found = require.resolve(path);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  if (found === null) {
    return {
      why: `no native uWebSockets.js for Node ${process.versions.node} (ABI ${abi}) on ${platform} ${arch}`,
    };
  }
  try {
    return { native: require(found) as NativeModule };
  } catch (error) {
    return { why: `native uWebSockets.js does not load here: ${(error as Error).message.split('\n')[0]}` };
  }
}
