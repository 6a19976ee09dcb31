// @expo/apple-utils, unchanged, at the web doors: what EAS does for a new app, with a session and no key.
import { createRequire } from 'node:module';

const sandbox = process.env.PEER_SANDBOX;
const [email, password] = process.argv.slice(2);
const apple = createRequire(process.env.PEER_MODULES)('@expo/apple-utils');
const { App, Auth, BundleId, CapabilityType, CapabilityTypeOption, Certificate, CertificateType, Device, Profile } = apple;
const client = apple.getRequestClient();
const { adapter } = client.defaults;
client.defaults.adapter = async (config) => {
    const url = new URL(config.url, config.baseURL);
    if (!url.host.endsWith('.apple.com')) throw new Error(`${url} is not Apple's`);
    const headers = { ...config.headers, Host: url.host };
    const answered = await adapter({ ...config, baseURL: undefined, url: sandbox + url.pathname + url.search, headers });
    return { ...answered, config };
};
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text) => process.stderr.write(text);

const told = {};
const { context } = await Auth.loginWithUserCredentialsAsync({ username: email, password });
const bundle = await BundleId.createAsync(context, { name: 'Peers', platform: 'IOS', identifier: 'com.example.peers' });
await bundle.updateBundleIdCapabilityAsync([
    { capabilityType: CapabilityType.PUSH_NOTIFICATIONS, option: CapabilityTypeOption.ON },
    { capabilityType: CapabilityType.ICLOUD, option: CapabilityTypeOption.ON },
]);
const capabilities = await bundle.getBundleIdCapabilitiesAsync();
told.capabilities = capabilities.map((each) => each.attributes.capabilityType ?? each.id.split('_').slice(1).join('_')).sort();
told.found = (await BundleId.findAsync(context, { identifier: 'com.example.peers' })).id === bundle.id;
try {
    await BundleId.createAsync(context, { name: 'Peers', platform: 'IOS', identifier: 'com.example.solaris' });
} catch (error) {
    told.taken = /not available/.test(error.message);
}

const made = await App.createAsync(context, { name: 'Peers of Apple', bundleId: 'com.example.peers', primaryLocale: 'en-US' });
told.app = made.attributes.name;
told.listed = (await App.findAsync(context, { bundleId: 'com.example.peers' })).id === made.id;
told.version = (await made.getEditAppStoreVersionAsync({ platform: 'IOS' })).attributes.versionString;
try {
    await App.createAsync(context, { name: 'Solaris', bundleId: 'com.example.borealis', primaryLocale: 'en-US' });
} catch (error) {
    told.refused = /already being used/.test(error.message);
}

const { certificate, certificateP12 } = await apple.createCertificateAndP12Async(context, { certificateType: CertificateType.IOS_DISTRIBUTION });
told.p12 = certificateP12.length > 1000;
await Device.createAsync(context, { name: 'Peer', udid: '00008130-00123456789ABCDE', platform: 'IOS' });
const devices = await Device.getAllIOSProfileDevicesAsync(context);
told.devices = devices.length;
const profile = await Profile.createAsync(context, {
    bundleId: bundle.id, certificates: [certificate.id], devices: devices.map((each) => each.id), name: 'Peers', profileType: 'IOS_APP_ADHOC',
});
told.profile = profile.attributes.profileState;
told.again = (await profile.regenerateAsync()).attributes.profileState;
await Certificate.deleteAsync(context, { id: certificate.id });
told.certificates = (await Certificate.getAsync(context)).length;
write(`${JSON.stringify(told)}\n`);
process.exit(0);
