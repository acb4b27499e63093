import { expectClose, joined, type Peer, query, type Statements, subscribe } from './peer.js';

function ask({ port }: Peer, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, init);
}

/** Statements of "Limits and the end" and "HTTP". */
export const ENDING: Statements = {
  async C53(t, { connect }) {
    const client = await connect();
    const { limits } = await client.wait('welcome', ({ type }) => type === 'welcome');
    const { max_messages_per_second: max } = limits as { max_messages_per_second: number };
    for (let id = 0; id < max * 5; id++) client.send({ id, op: 'ping' });
    await client.wait('rate_limited', ({ error }) => (error as { code?: string })?.code === 'rate_limited');
    t.match(await expectClose(t, client, 4429), { retry_ms: 30_000 });
  },

  async C55(t, peer) {
    const symbol = peer.symbols[0] ?? '';
    const client = await peer.connect();
    const { items } = await query(client, 'assets.list');
    const answer = await ask(peer, '/api/v1/assets');
    t.equal(answer.status, 200);
    const told = (await answer.json()) as { items: { id: number }[] };
    t.same(
      told.items.map(({ id }) => id),
      (items as { id: number }[]).map(({ id }) => id),
    );
    const { me } = await joined(peer);
    const headers = { Authorization: `Bearer ${me.access}` };
    t.match(await (await ask(peer, '/api/v1/users/profile', { headers })).json(), { id: me.id });
    const refused: [string, RequestInit, number, string, string?][] = [
      ['/api/v1/assets?limit=0', {}, 400, 'invalid_params', 'limit'],
      ['/api/v1/assets/NO%2FSUCH', {}, 400, 'invalid_params', 'symbol'],
      ['/api/v1/alerts', {}, 401, 'unauthenticated'],
      ['/api/v1/admin/system-health', { headers }, 403, 'forbidden'],
      ['/api/v1/nothing', {}, 404, 'not_found'],
      ['/api/v1/assets', { method: 'DELETE' }, 405, 'bad_message'],
    ];
    for (const [path, init, status, code, field] of refused) {
      const refusal = await ask(peer, path, init);
      t.equal(refusal.status, status, path);
      t.match(await refusal.json(), {
        error: { code, message: /./, ...(field === undefined ? {} : { field }) },
      });
      if (status === 401) t.match(refusal.headers.get('www-authenticate'), /^Bearer/);
      if (status === 405) t.match(refusal.headers.get('allow'), /GET/);
    }
    t.match(await query(client, 'assets.get', { symbol }), { symbol });
  },

  async C56(t, peer) {
    const path = '/api/v1/openapi.json';
    const first = await ask(peer, path);
    await first.arrayBuffer();
    const etag = first.headers.get('etag') ?? '';
    t.match(etag, /./);
    const again = await ask(peer, path, { headers: { 'If-None-Match': etag } });
    t.equal(again.status, 304);
    t.equal((await again.arrayBuffer()).byteLength, 0);
  },

  async C57(t, peer) {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const answer = await ask(peer, path);
      await answer.arrayBuffer();
      t.ok(answer.status === 200 || (path === '/readyz' && answer.status === 503), path);
    }
  },
};

/** The last statement: `stop` shuts the server down. */
export async function draining(
  t: Parameters<Statements['C54']>[0],
  peer: Peer,
  stop: () => void,
): Promise<void> {
  const client = await peer.connect();
  const channel = `ticker:${peer.symbols[0]}`;
  await subscribe(client, [channel]);
  stop();
  await expectClose(t, client, 1001);
  const [told] = client.of('draining');
  const positions = (told?.positions ?? {}) as Record<string, { epoch: string; offset: number }>;
  const { epoch, offset } = client.of('snapshot')[0] ?? {};
  t.equal(positions[channel]?.epoch, epoch);
  t.ok(Number(positions[channel]?.offset) >= Number(offset));
  t.ok(Number.isInteger(told?.retry_ms));
}
