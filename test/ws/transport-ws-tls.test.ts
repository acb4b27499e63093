import t from 'tap';
import { createWsTransport } from '../../src/ws/transport-ws.js';
import { transportContract } from '../contracts/transport.js';
import { testTls } from '../support/tls.js';

transportContract(t, createWsTransport, 200, testTls());
