import { Analytics } from '@segment/analytics-node';
import { gateway, run } from './client.mjs';

const analytics = new Analytics({ writeKey: 'wk_web', host: gateway, flushAt: 4, flushInterval: 50, maxRetries: 30 });

const sent = (call) => new Promise((resolve, reject) => call((error, context) => (error ? reject(error) : resolve(context))));

await run(async (phase) => {
  const properties = { phase };
  await Promise.all([
    sent((done) => analytics.identify({ userId: 'u1', traits: properties }, done)),
    sent((done) => analytics.track({ userId: 'u1', event: 'Order Completed', properties }, done)),
    sent((done) => analytics.page({ userId: 'u1', name: 'Home', properties }, done)),
    sent((done) => analytics.screen({ userId: 'u1', name: 'Main', properties }, done)),
    sent((done) => analytics.group({ userId: 'u1', groupId: 'g1', traits: properties }, done)),
    sent((done) => analytics.alias({ userId: 'u1', previousId: 'old' }, done)),
    sent((done) => analytics.track({ anonymousId: 'a1', event: 'Visited', properties }, done)),
  ]);
});
await analytics.closeAndFlush();
