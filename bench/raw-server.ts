import { STREAM_PATH } from '../src/protocol.js';
import { loadUws, type NativeApp, type NativeSocket } from '../src/ws/uws-native.js';

/** Starts uWebSockets.js alone: every client is subscribed to the topic `bench`. @throws Error where it does not load */
export async function listenRaw(): Promise<{ app: NativeApp<NativeSocket>; port: number }> {
  const loaded = loadUws();
  if (!('native' in loaded)) throw new Error(loaded.why);
  const { native } = loaded;
  const app = native.App<NativeSocket>();
  app.ws(STREAM_PATH, {
    maxPayloadLength: 65_536,
    maxBackpressure: 0,
    idleTimeout: 120,
    sendPingsAutomatically: true,
    compression: 0,
    upgrade: (response, request, context) =>
      response.upgrade({}, request.getHeader('sec-websocket-key'), '', '', context),
    open: (socket) => socket.subscribe('bench'),
    message: () => undefined,
    drain: () => undefined,
    close: () => undefined,
  });
  const port = await new Promise<number>((resolve) => {
    app.listen('127.0.0.1', 0, 1, (token) =>
      resolve(token === false ? 0 : native.us_socket_local_port(token)),
    );
  });
  return { app, port };
}
