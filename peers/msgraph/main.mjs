// Microsoft's own libraries at work against a simulated tenant: signs in with
// a secret and with a certificate, pages users, follows delta to the end,
// takes up the deltaLink, batches, reads groups, and goes through calendars.
// Says what it saw as one line of JSON. The tenant is named by environment
// variables.
import { ConfidentialClientApplication } from '@azure/msal-node';
import { BatchRequestContent, BatchResponseContent, Client, PageIterator } from '@microsoft/microsoft-graph-client';
import { calendar } from './calendar.mjs';

const { M365_URL, M365_TENANT, M365_CLIENT, M365_SECRET, M365_KEY, M365_THUMBPRINT } = process.env;
const host = new URL(M365_URL);

function application(credential) {
  return new ConfidentialClientApplication({
    auth: {
      clientId: M365_CLIENT,
      authority: `${M365_URL}/${M365_TENANT}`,
      knownAuthorities: [host.host],
      ...credential,
    },
  });
}

async function token(credential) {
  const result = await application(credential).acquireTokenByClientCredential({
    scopes: ['https://graph.microsoft.com/.default'],
  });
  return result.accessToken;
}

async function failure(f) {
  try {
    await f();
  } catch (e) {
    return { code: e.errorCode ?? e.code, status: e.statusCode, message: e.errorMessage ?? e.message };
  }
  return null;
}

const bearer = await token({ clientSecret: M365_SECRET });
const client = Client.initWithMiddleware({
  authProvider: { getAccessToken: async () => bearer },
  baseUrl: M365_URL,
  defaultVersion: 'v1.0',
  customHosts: new Set([host.hostname]),
});

// everything reads a collection page by page with the library's iterator.
async function everything(first) {
  const items = [];
  const iterator = new PageIterator(client, first, (item) => {
    items.push(item);
    return true;
  });
  await iterator.iterate();
  return { items, deltaLink: iterator.getDeltaLink() };
}

const saw = {};
saw.wrongSecret = await failure(() => token({ clientSecret: 'not-the-secret' }));
saw.certificate = (await token({
  clientCertificate: { thumbprintSha256: M365_THUMBPRINT, privateKey: M365_KEY },
})).split('.').length;

const listed = await everything(await client.api('/users').select('id,displayName,mail').top(40).get());
saw.users = listed.items.length;

const round = await everything(await client.api('/users/delta').select('id,displayName,accountEnabled').get());
saw.delta = round.items.length;
saw.names = round.items.filter((u) => u.displayName).length;
const quiet = await client.api(round.deltaLink).get();
saw.quiet = quiet.value.length;
saw.again = '@odata.deltaLink' in quiet;

const groups = await everything(await client.api('/groups/delta').select('displayName,members').get());
saw.groups = new Set(groups.items.map((g) => g.id)).size;
saw.members = groups.items.reduce((n, g) => n + (g['members@delta'] ?? []).length, 0);

const counted = await client.api('/users').header('ConsistencyLevel', 'eventual').count(true).filter("userType eq 'Guest'").get();
saw.guests = counted['@odata.count'];

const batch = new BatchRequestContent(listed.items.slice(0, 20).map((u, i) => ({
  id: String(i + 1),
  request: new Request(`${M365_URL}/users/${u.id}/mailboxSettings/userPurpose`, { method: 'GET' }),
})));
const responses = new BatchResponseContent(await client.api('/$batch').post(await batch.getContent())).getResponses();
saw.batch = { answers: responses.size, statuses: {} };
for (const r of responses.values()) saw.batch.statuses[r.status] = (saw.batch.statuses[r.status] ?? 0) + 1;

saw.nobody = await failure(() => client.api('/users/00000000-0000-0000-0000-000000000000').get());
saw.calendar = await calendar(client, everything, failure);
process.stdout.write(JSON.stringify(saw) + '\n');
