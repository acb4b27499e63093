import t from 'tap';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { ask, refusal, owner } = site;
const [ada, root] = [await logIn(site), await logIn(site, 'admin')];

t.test('users say what they think, and admins answer', async (t) => {
  const said = { feedback_type: 'bug_report', message: 'it is red', context_data: { page: '/' } };
  const made = await ask('feedback.create', said, ada.me);
  t.match(made, { ...said, user_id: ada.id, status: 'new', priority: 'normal', response_message: null });
  t.same(unexplained(made), []);
  const { id } = made;
  t.match(await refusal('feedback.list', {}, ada.me), { code: 'forbidden' });
  t.match(await refusal('feedback.respond', { id, status: 'closed' }, ada.me), { code: 'forbidden' });
  t.match(await ask('feedback.list', { status: 'new', user_id: ada.id }, root.me), { items: [{ id }] });
  t.same((await ask('feedback.list', { priority: 'high' }, root.me)).items, []);
  const answer = { id, status: 'addressed', priority: 'high', response_message: 'now it is green' };
  t.match(await ask('feedback.respond', answer, root.me), { ...answer, reviewed_by: root.id });
  t.match(await ask('feedback.respond', { id, status: 'closed' }, root.me), {
    ...{ status: 'closed', response_message: 'now it is green', priority: 'high' },
  });
  t.match(await refusal('feedback.respond', answer, root.me), { code: 'conflict', field: 'id' });
  t.match(await refusal('feedback.respond', { ...answer, id: 4_711 }, root.me), {
    ...{ code: 'not_found', field: 'id' },
  });
  const { rows } = await owner.query(`SELECT user_id FROM user_activities WHERE action = 'respond'`);
  t.same(rows, [{ user_id: root.id }, { user_id: root.id }]);
});

t.test('what is no feedback is refused by name', async (t) => {
  const said = { feedback_type: 'bug_report', message: 'x' };
  for (const [change, field] of [
    [{ feedback_type: 'praise' }, 'feedback_type'],
    [{ message: '' }, 'message'],
    [{ message: 'a\0b' }, 'message'],
    [{ context_data: { text: 'x'.repeat(17_000) } }, 'context_data'],
    [{ context_data: 'x' }, 'context_data'],
  ] as const) {
    t.match(await refusal('feedback.create', { ...said, ...change }, ada.me), {
      ...{ code: 'invalid_params', field },
    });
  }
});

t.test('twenty wait for an answer at most, however many are sent at once', async (t) => {
  const bob = await logIn(site);
  const said = { feedback_type: 'general_comment', message: 'again' };
  const all = await Promise.all(Array.from({ length: 24 }, () => refusal('feedback.create', said, bob.me)));
  const refused = all.filter((one) => one !== null);
  t.match(refused, [{ code: 'conflict' }, { code: 'conflict' }, { code: 'conflict' }, { code: 'conflict' }]);
  const { items } = await ask('feedback.list', { user_id: bob.id, limit: 50 }, root.me);
  const ids = (items as { id: number }[]).map(({ id }) => id);
  t.equal(ids.length, 20);
  await ask('feedback.respond', { id: ids[0], status: 'closed' }, root.me);
  t.match(await ask('feedback.create', said, bob.me), { status: 'new' });
});
