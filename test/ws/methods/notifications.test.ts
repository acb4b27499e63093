import t from 'tap';
import { sendNotifications } from '../../../src/store/repositories/notifications.js';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { ask, refusal, inEngine } = site;
const [ada, bob] = [await logIn(site), await logIn(site)];

t.test('users list, read and dismiss their own notifications', async (t) => {
  const titles = ['one', 'two', 'three'];
  await inEngine((db) =>
    sendNotifications(
      db,
      titles.map((title) => ({ userId: ada.id, notificationType: 'alert', title, message: 'm' })),
    ),
  );
  const all = await ask('notifications.list', { limit: 2 }, ada.me);
  t.match(all, { items: [{ title: 'three', status: 'unread', read_at: null }, {}], unread: 3 });
  t.same(unexplained(all, ['next_cursor']), []);
  t.match(await ask('notifications.list', { limit: 2, cursor: all.next_cursor }, ada.me), {
    ...{ items: [{ title: 'one' }], next_cursor: null },
  });
  const [{ id } = { id: 0 }] = all.items as { id: number }[];
  for (const method of ['notifications.read', 'notifications.dismiss']) {
    t.match(await refusal(method, { id }, bob.me), { code: 'not_found', field: 'id' }, method);
    t.match(await refusal(method, { id }), { code: 'unauthenticated' }, method);
    t.match(await refusal(method, { id: 0 }, ada.me), { code: 'invalid_params', field: 'id' }, method);
  }
  t.match(await ask('notifications.read', { id }, ada.me), { id, status: 'read', read_at: Number });
  t.match(await ask('notifications.list', { status: 'read' }, ada.me), { items: [{ id }], unread: 2 });
  t.match(await ask('notifications.dismiss', { id }, ada.me), { id, status: 'dismissed' });
  t.match(await ask('notifications.list', {}, ada.me), { items: [{ title: 'two' }, { title: 'one' }] });
  t.match(await ask('notifications.list', { status: 'dismissed' }, ada.me), { items: [{ id }] });
  t.same((await ask('notifications.list', {}, bob.me)).items, []);
});
