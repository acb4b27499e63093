import fc from 'fast-check';
import t from 'tap';
import { GroupSite, groupStep } from './group-site.js';

for (const isSharing of [false, true]) {
  const how = isSharing ? 'sent to many at once' : 'sent to each by itself';
  t.test(
    `${how}: whatever is lost, and whoever is cut off, each closed candle is told as one update, in order, then the newest`,
    async (at) => {
      let cuts = 0;
      let shares = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(groupStep, { minLength: 10, maxLength: 60, size: 'max' }),
          async (steps) => {
            const site = new GroupSite(isSharing);
            // Enough of them that what they are sent can be shared.
            if (isSharing) for (let n = 0; n < 10; n++) await site.come(n % 2 === 1 ? '@1s' : '');
            for (const s of steps) await site.do(s);
            await site.settle();
            cuts += site.cuts;
            shares += site.shares;
            for (const client of site.clients) {
              const fault = client.fault(site.closes, site.newest);
              if (fault !== '') throw new Error(`${client.subscription.text}: ${fault}`);
            }
            site.end();
            if (site.stats.subscriptions !== 0)
              throw new Error(`${site.stats.subscriptions} subscriptions left`);
          },
        ),
        { numRuns: 400 },
      );
      at.ok(cuts > 300, `${cuts} cuts`);
      at.equal(shares > 1_000, isSharing, `${shares} frames were shared`);
    },
  );
}
