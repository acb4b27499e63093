import t from 'tap';
import { createWsTransport } from '../../src/ws/transport-ws.js';
import { transportDefences } from '../contracts/transport-defences.js';

transportDefences(t, createWsTransport, 8_000);
