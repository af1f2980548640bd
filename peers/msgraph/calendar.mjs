// The calendar half of what Microsoft's library is put to: reads a calendarView
// in pages and in a batch, makes a meeting, answers it, changes it, deletes it,
// and reads mailbox settings. Names of people are in the environment.
import { BatchRequestContent, BatchResponseContent } from '@microsoft/microsoft-graph-client';

const { M365_URL, M365_ANNA, M365_BERTIL, M365_OUTSIDE } = process.env;
const window = { startDateTime: '2026-11-23T00:00:00+01:00', endDateTime: '2026-11-24T00:00:00+01:00' };
const zone = 'outlook.timezone="W. Europe Standard Time"';

export async function calendar(client, everything, failure) {
  const saw = {};
  const view = (who) => client.api(`/users/${who}/calendarView`).query(window);

  const first = await view(M365_ANNA).header('Prefer', zone).select('subject,start,end,type,seriesMasterId').top(100).get();
  const listed = (await everything(first)).items;
  saw.firstPage = first.value.length;
  saw.listed = listed.length;
  saw.start = listed[0].start.dateTime;
  saw.zone = listed[0].start.timeZone;

  const batch = new BatchRequestContent([M365_ANNA, M365_BERTIL, M365_OUTSIDE].map((who) => ({
    id: who,
    request: new Request(`${M365_URL}/users/${who}/calendarView?startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-24T00:00:00Z&$top=7`, {
      method: 'GET', headers: { Prefer: 'IdType="ImmutableId"' },
    }),
  })));
  const answers = new BatchResponseContent(await client.api('/$batch').post(await batch.getContent()));
  const part = answers.getResponseById(M365_ANNA);
  const page = await part.json();
  saw.batch = {
    anna: part.status, applied: part.headers.get('Preference-Applied'), events: page.value.length, more: '@odata.nextLink' in page,
    bertil: answers.getResponseById(M365_BERTIL).status, outside: answers.getResponseById(M365_OUTSIDE).status,
    denied: (await answers.getResponseById(M365_OUTSIDE).json()).error.code,
  };

  const made = await client.api(`/users/${M365_ANNA}/events`).post({
    subject: 'Möte', showAs: 'oof', body: { contentType: 'text', content: 'Dagordning' },
    start: { dateTime: '2026-11-25T09:00:00', timeZone: 'Europe/Stockholm' },
    end: { dateTime: '2026-11-25T10:00:00', timeZone: 'Europe/Stockholm' },
    attendees: [{ emailAddress: { address: M365_BERTIL }, type: 'required' }],
  });
  const his = (await client.api(`/users/${M365_BERTIL}/calendarView`)
    .query({ startDateTime: '2026-11-25T00:00:00Z', endDateTime: '2026-11-26T00:00:00Z' }).get()).value;
  await client.api(`/users/${M365_BERTIL}/events/${his[0].id}/accept`).post({ sendResponse: true });
  const moved = await client.api(`/users/${M365_ANNA}/events/${made.id}`).patch({ location: { displayName: 'Vättern' } });
  const answered = await client.api(`/users/${M365_ANNA}/events/${made.id}`).get();
  saw.meeting = {
    start: made.start.dateTime, uid: made.iCalUId === his[0].iCalUId, invited: !his[0].isOrganizer, his: his[0].showAs,
    answer: answered.attendees[0].status.response, location: moved.location.displayName,
  };
  await client.api(`/users/${M365_ANNA}/events/${made.id}`).delete();
  saw.gone = await failure(() => client.api(`/users/${M365_ANNA}/events/${made.id}`).get());
  const left = await client.api(`/users/${M365_BERTIL}/events/${his[0].id}`).select('isCancelled').get();
  saw.cancelled = left.isCancelled;

  const settings = await client.api(`/users/${M365_BERTIL}/mailboxSettings`).get();
  saw.settings = {
    zone: settings.timeZone, replies: settings.automaticRepliesSetting.status, from: settings.workingHours.startTime,
    days: settings.workingHours.daysOfWeek.length,
  };
  saw.outside = await failure(() => client.api(`/users/${M365_OUTSIDE}/calendar`).select('id').get());
  return saw;
}
