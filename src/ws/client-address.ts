import { BlockList, isIP, isIPv6 } from 'node:net';
import { canonicalAddress } from '../network-address.js';
import type { Headers } from './transport.js';

/** Who is at the other end of a request, and as what they address us. */
export interface RequestOrigin {
  /** Canonical address of the client; the peer's own text if that is none. */
  readonly address: string;
  /** Host that the client asked for, with its port; null: it named none. */
  readonly host: string | null;
}

/** An address behind a proxy may stand with its port, in brackets if it is IPv6. */
const WITH_PORT = /^\[([^\]]+)\](?::\d{1,5})?$|^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/;
/** Entries of `X-Forwarded-For` that are looked at: more proxies in a row nobody has. */
const MAX_HOPS = 20;

/**
 * Finds the client behind trusted proxies: of `X-Forwarded-For` the right-most address that is no proxy of ours, since
 * what stands left of it anybody can write. Of a peer that is no trusted proxy such headers mean nothing.
 */
export class ClientAddresses {
  readonly #trusted = new BlockList();

  /** @param trusted networks, `10.0.0.0/8`, or addresses. @throws Error if one is neither */
  constructor(trusted: readonly string[]) {
    for (const text of trusted) {
      const [address = '', bits] = text.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  /** Gives who asks. @param peer text of the address that the connection comes from, in any form */
  of(peer: string, headers: Headers): RequestOrigin {
    let address = canonicalAddress(peer) ?? peer;
    const host = headers.host ?? null;
    if (!this.#isTrusted(address)) return { address, host };
    const hops = (headers['x-forwarded-for'] ?? '').split(',').slice(-MAX_HOPS);
    while (hops.length > 0 && this.#isTrusted(address)) {
      const hop = addressIn(hops.pop()?.trim() ?? '');
      if (hop === null) break;
      address = hop;
    }
    // The last proxy's word: of several values its own is the last.
    const forwarded = headers['x-forwarded-host']?.split(',').at(-1)?.trim() ?? '';
    return { address, host: forwarded === '' ? host : forwarded };
  }

  #isTrusted(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

function addressIn(hop: string): string | null {
  const match = WITH_PORT.exec(hop);
  return canonicalAddress(match?.[1] ?? match?.[2] ?? hop);
}
