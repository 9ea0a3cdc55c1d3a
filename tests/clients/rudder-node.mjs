import Analytics from '@rudderstack/rudder-sdk-node';
import { gateway, run } from './client.mjs';

const analytics = new Analytics('wk_web', { dataPlaneUrl: gateway, flushAt: 4, flushInterval: 50, retryCount: 30, logLevel: 'error' });

const sent = (call) => new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));

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
process.exit(0);
