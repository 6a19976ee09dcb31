// @expo/apple-utils, unchanged: widget key, password, code, trust, session, teams. What a person would type is typed.
import { PassThrough } from 'node:stream';
import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';

const sandbox = process.env.PEER_SANDBOX;
const alive = setInterval(() => {}, 1000); // the keyboard is no handle that keeps Node waiting
const [email, password, ...wrong] = process.argv.slice(2);
const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode() { return keys; } });
Object.defineProperty(process, 'stdin', { value: keys });

async function newest() {
    const { messages } = await (await fetch(`${sandbox}/_sandbox/messages`)).json();
    return messages.filter((each) => each.account === email).at(-1)?.code;
}

// Each prompt is answered once, when it is on the screen.
let open = null;
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...rest) => {
    process.stderr.write(text);
    const shown = stripVTControlCharacters(String(text));
    const [, asked] = shown.match(/^\? (.+)/m) ?? [];
    if (/^✔/m.test(shown)) open = null;
    else if (asked && !open) {
        open = asked;
        newest().then((code) => keys.write(asked.includes('digit code') ? `${wrong.pop() ?? code}\r` : '\r'));
    }
    rest.findLast((each) => typeof each === 'function')?.();
    return true;
};

const { Auth, Session, getRequestClient } = createRequire(process.env.PEER_MODULES)('@expo/apple-utils');
const client = getRequestClient();
const { adapter } = client.defaults;
client.defaults.adapter = async (config) => {
    const url = new URL(config.url, config.baseURL);
    if (!url.host.endsWith('.apple.com')) throw new Error(`${url} is not Apple's`);
    const headers = { ...config.headers, Host: url.host };
    const answered = await adapter({ ...config, baseURL: undefined, url: sandbox + url.pathname + url.search, headers });
    return { ...answered, config };
};

const told = {};
const state = await Auth.loginWithUserCredentialsAsync({ username: email, password });
told.who = state.session.user.emailAddress;
told.provider = state.session.provider.name;
told.team = state.context.teamId;
const providers = Session.getAvailableSessionProviders();
told.providers = providers.map((each) => each.name);
const other = providers.find((each) => each.name !== told.provider);
if (other) told.switched = (await Session.setSessionProviderIdAsync(other.providerId)).provider.name;
told.restored = (await Auth.loginWithCookiesAsync({ cookies: state.cookies })).session.user.emailAddress;
write(`${JSON.stringify(told)}\n`);
process.exit(0);
