import t from 'tap';
import { RecommendationDesk } from '../../../src/app/recommendation-desk.js';
import { createLogger } from '../../../src/logger.js';
import { recommendationItem } from '../../../src/store/repositories/recommendation-item.js';
import { insertRecommendations } from '../../../src/store/repositories/recommendations.js';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { ask, refusal, owner, inEngine, assetIds } = site;
const [ada, root] = [await logIn(site), await logIn(site, 'admin')];
const { rows: tiers } = await owner.query<{ id: number }>(
  'SELECT id FROM watchlists WHERE user_id IS NULL ORDER BY sort_order',
);
const [tier1 = 0, tier2 = 0] = tiers.map(({ id }) => id);
await owner.query('DELETE FROM watchlist_assets');

let proposed = 0;

type Given = Parameters<typeof insertRecommendations>[1][number];

/** Gives the id of a new recommendation to put BTC/USDT into Tier 2. */
async function propose(different: Partial<Given> = {}): Promise<number> {
  const recommendation: Given = {
    ...{ recommendationType: 'add', targetEntityType: 'watchlist', targetEntityId: tier2 },
    ...{ recommendationTitle: 'Add BTC/USDT to Tier 2', confidenceScore: 0.92, aiLayer: 3 },
    recommendationPayload: {
      ...{ action: 'add', asset_id: assetIds[0], symbol: 'BTC/USDT', to_watchlist: { id: tier2 } },
      ...{ time: new Date().toISOString(), tier_watchlist_ids: [tier1, tier2] },
    },
    ...different,
  };
  const dedupKey = `tier:add:${++proposed}`;
  const [row] = await inEngine((db) => insertRecommendations(db, [{ ...recommendation, dedupKey }]));
  return row?.id ?? 0;
}

/** What the channel of the admins was told of one. */
async function told(id: number): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await owner.query<{ data: Record<string, unknown> }>(
    `SELECT data FROM outbox WHERE channel = 'recommendations' AND (data ->> 'id')::bigint = $1 ORDER BY "offset"`,
    [id],
  );
  return rows.map(({ data }) => data);
}

t.test('admins see the queue and what became of it; users do not', async (t) => {
  const low = await propose({ priorityLevel: 'low' });
  const urgent = await propose({ priorityLevel: 'urgent' });
  const queue = await ask('recommendations.queue', {}, root.me);
  t.match(queue, {
    items: [
      {
        ...{
          id: urgent,
          asset_id: assetIds[0],
          symbol: 'BTC/USDT',
          suggestion_type: 'add',
          status: 'pending',
        },
        ...{ confidence_score: 0.92, priority: 'urgent', target_entity_id: tier2, suggested_at: Number },
        ai_reasoning: { action: 'add' },
      },
      { id: low },
    ],
  });
  t.same(unexplained(queue.items, ['ai_reasoning']), []);
  t.match(await ask('recommendations.queue', { priority: 'low', days: 3 }, root.me), {
    items: [{ id: low }],
  });
  t.match(await ask('recommendations.list', { status: 'pending', limit: 1 }, root.me), {
    ...{ items: [{ id: urgent }], next_cursor: String },
  });
  for (const method of ['recommendations.queue', 'recommendations.list']) {
    t.match(await refusal(method, {}, ada.me), { code: 'forbidden' }, method);
    t.match(
      await refusal(method, { status: 'x', priority: 'x' }, root.me),
      { code: 'invalid_params' },
      method,
    );
  }
});

t.test('what an admin approves is told, carried out by the desk, and told again', async (t) => {
  const id = await propose();
  const params = { id, decision: 'approve', review_notes: 'strong' };
  t.match(await refusal('recommendations.review', params, ada.me), { code: 'forbidden' });
  const reviewed = await ask('recommendations.review', params, root.me);
  t.match(reviewed, { id, status: 'approved', reviewed_by: root.id, review_notes: 'strong' });
  t.match(await refusal('recommendations.review', params, root.me), { code: 'conflict', field: 'id' });
  const desk = new RecommendationDesk({ ...site, logger: createLogger({ level: 'silent', format: 'json' }) });
  t.match(await desk.turn(Date.now()), { implemented: 1, refused: 0 });
  t.match(await told(id), [{ status: 'pending' }, { status: 'approved' }, { status: 'implemented' }]);
  const { items } = await ask('recommendations.list', { status: 'implemented' }, root.me);
  t.same((await told(id)).at(-1), (items as unknown[])[0], 'as lists have it');
  const { rows } = await owner.query('SELECT asset_id FROM watchlist_assets WHERE watchlist_id = $1', [
    tier2,
  ]);
  t.same(rows, [{ asset_id: assetIds[0] }]);
  const { rows: acts } = await owner.query(
    `SELECT action, details FROM user_activities WHERE entity_type = 'recommendation' AND entity_id = $1`,
    [id],
  );
  t.match(acts, [{ action: 'approve', details: { review_notes: 'strong' } }]);
  t.equal(acts.length, 1, 'a refused review leaves no trace');
});

t.test('a review may send it to another default list, and to no other', async (t) => {
  const id = await propose();
  const params = { id, decision: 'approve', review_notes: 'better there' };
  const { id: own } = await ask('watchlists.create', { name: 'Mine' }, root.me);
  for (const target of [own, 4_711, 3_000_000_000]) {
    t.match(
      await refusal(
        'recommendations.review',
        { ...params, target: { type: 'watchlist', id: target } },
        root.me,
      ),
      { code: 'invalid_params', field: 'target.id' },
    );
  }
  t.match(
    await ask('recommendations.review', { ...params, target: { type: 'watchlist', id: tier1 } }, root.me),
    { target_entity_id: tier1 },
  );
});

t.test('what is rejected, unknown, over or without notes', async (t) => {
  const [id, over] = [await propose(), await propose({ expiresAt: Date.now() - 1 })];
  const no = { decision: 'reject', review_notes: 'weak' };
  t.match(await ask('recommendations.review', { id, ...no }, root.me), { status: 'rejected' });
  t.match(await told(id), [{ status: 'pending' }, { status: 'rejected', review_notes: 'weak' }]);
  t.match(await refusal('recommendations.review', { id: over, ...no }, root.me), { code: 'conflict' });
  t.match(await refusal('recommendations.review', { id: 4_711, ...no }, root.me), { code: 'not_found' });
  t.match(await refusal('recommendations.review', { id, decision: 'maybe', review_notes: 'x' }, root.me), {
    ...{ code: 'invalid_params', field: 'decision' },
  });
  t.match(await refusal('recommendations.review', { id, decision: 'reject' }, root.me), {
    ...{ code: 'invalid_params', field: 'review_notes' },
  });
});

t.test('users rate what was recommended to them, and nothing else', async (t) => {
  const [mine, others] = [await propose({ userId: ada.id }), await propose()];
  const rating = { user_rating: 4, user_feedback: 'useful' };
  t.match(await ask('recommendations.feedback', { id: mine, ...rating }, ada.me), { id: mine, ...rating });
  t.match(await ask('recommendations.feedback', { id: mine, user_rating: 2 }, ada.me), {
    ...{ user_rating: 2, user_feedback: 'useful' },
  });
  for (const id of [others, 4_711]) {
    t.match(await refusal('recommendations.feedback', { id, ...rating }, ada.me), {
      ...{ code: 'not_found', field: 'id' },
    });
  }
  t.match(await refusal('recommendations.feedback', { id: mine, user_rating: 6 }, ada.me), {
    ...{ code: 'invalid_params', field: 'user_rating' },
  });
});

t.test('an entry without a payload says what it does not know', async (t) => {
  const [row] = await inEngine((db) => insertRecommendations(db, [{ recommendationType: 'learning' }]));
  t.ok(row);
  if (row === undefined) return;
  t.match(recommendationItem(row), { asset_id: null, symbol: null, missing: { symbol: /no single asset/ } });
});
