/**
 * The least that could be done with a trade: read the exchange's stream with `ws` and hand each message, as it is, to
 * uWebSockets.js' `publish`. `argv[2]` is the address of the stream. The limit of `latency.bench.ts`.
 */
import { WebSocket } from 'ws';
import { listenRaw } from './raw-server.js';

const { app, port } = await listenRaw();
const exchange = new WebSocket(process.argv[2] ?? '');
exchange.on('message', (message: Buffer) => app.publish('bench', message, false, false));
exchange.once('open', () => process.send?.({ port }));
process.once('disconnect', () => process.exit());
