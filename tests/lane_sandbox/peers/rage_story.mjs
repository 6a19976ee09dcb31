// @rage-against-the-pixel/app-store-connect-api, unchanged: TestFlight and provisioning.
import { createRequire } from 'node:module';

const APPLE = 'https://api.appstoreconnect.apple.com';
const sandbox = process.env.PEER_SANDBOX;
const send = globalThis.fetch;
globalThis.fetch = async (input) => {
    if (!input.url.startsWith(APPLE)) throw new Error(`${input.url} is not Apple's`);
    return send(new Request(sandbox + input.url.slice(APPLE.length), input));
};

const { AppStoreConnectClient } = createRequire(process.env.PEER_MODULES)('@rage-against-the-pixel/app-store-connect-api');
const client = new AppStoreConnectClient({
    issuerId: process.env.PEER_ISSUER_ID,
    privateKeyId: process.env.PEER_KEY_ID,
    privateKey: process.env.PEER_PRIVATE_KEY,
});

async function ok(answer) {
    const { data, error, response } = await answer;
    if (error) throw new Error(`${response.status}: ${JSON.stringify(error)}`);
    return data;
}

const told = {};
const api = client.api;
const apps = await ok(api.Apps.appsGetCollection({ query: { 'filter[bundleId]': ['com.example.aurora'], limit: 1, include: ['betaGroups'] } }));
const app = apps.data[0];
told.app = app.attributes.name;
told.groups = apps.included.map((each) => each.attributes.name).sort();
const made = await ok(api.BetaGroups.betaGroupsCreateInstance({
    body: { data: { type: 'betaGroups', attributes: { name: 'Peers' }, relationships: { app: { data: { type: 'apps', id: app.id } } } } },
}));
told.made = made.data.attributes.name;
const tester = await ok(api.BetaTesters.betaTestersCreateInstance({
    body: { data: { type: 'betaTesters', attributes: { email: 'peer@example.com' }, relationships: { betaGroups: { data: [{ type: 'betaGroups', id: made.data.id }] } } } },
}));
const testers = await ok(api.BetaGroups.betaGroupsBetaTestersGetToManyRelated({ path: { id: made.data.id } }));
told.tester = testers.data[0].id === tester.data.id;
await ok(api.BetaGroups.betaGroupsDeleteInstance({ path: { id: made.data.id } }));
const names = [];
let page = await ok(api.Devices.devicesGetCollection({ query: { limit: 1, sort: ['name'] } }));
for (;;) {
    names.push(...page.data.map((each) => each.attributes.name));
    if (!page.links.next) break;
    const cursor = new URL(page.links.next).searchParams.get('cursor');
    told.next = page.links.next.split('?')[0];
    page = await ok(api.Devices.devicesGetCollection({ query: { limit: 1, sort: ['name'], cursor } }));
}
told.devices = names;
const refused = await api.BundleIds.bundleIdsCreateInstance({
    body: { data: { type: 'bundleIds', attributes: { name: 'Aurora', identifier: 'com.example.aurora', platform: 'IOS' } } },
});
told.refused = [refused.response.status, refused.error.errors[0].code];
console.log(JSON.stringify(told));
