"""Reads calendars with exchangelib, as one who uses it would: a job (JSON) on
standard input says where and what, and what it saw is printed as JSON."""

import datetime
import inspect
import json
import sys

from exchangelib import Account, Configuration, Credentials, EWSDateTime, EWSTimeZone, IMPERSONATION, DELEGATE, UTC
from exchangelib.fields import FieldPath
from exchangelib.folders import SHALLOW, Calendar, FolderCollection, Root
from exchangelib.items import ID_ONLY, CalendarItem
from exchangelib.properties import CalendarView, DaylightTime, DistinguishedFolderId, FreeBusyViewOptions, Mailbox, MailboxData, StandardTime, TimeWindow, TimeZone
from exchangelib.services import FindItem, GetUserAvailability, GetUserOofSettings, SyncFolderItems
from exchangelib.version import EXCHANGE_2010, EXCHANGE_2010_SP1


def moment(t, zone=UTC):
    return EWSDateTime.from_datetime(datetime.datetime.fromisoformat(t).astimezone(datetime.timezone.utc)).astimezone(zone)


def utc(t):
    """A datetime, or the date of a whole day, as text."""
    return t.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(t, datetime.datetime) else t.isoformat()


class Reader:
    def __init__(self, job):
        self.job = job
        config = Configuration(
            service_endpoint=job["url"], credentials=Credentials(job["user"], job["password"]), auth_type=job["auth"], max_connections=2
        )
        access = IMPERSONATION if job["impersonate"] else DELEGATE
        self.zone = EWSTimeZone("Europe/Stockholm")
        self.account = Account(job["mailbox"], config=config, access_type=access, default_timezone=self.zone, locale="sv_SE")
        self.start, self.end = moment(job["from"], self.zone), moment(job["to"], self.zone)

    def version(self):
        return str(self.account.protocol.version.build)

    def busy(self):
        """Free and busy times of several mailboxes."""
        protocol = self.account.protocol
        if protocol.version.build >= EXCHANGE_2010:  # which can be asked for its time zones
            accounts = [(address, "Required", False) for address in self.job["addresses"]]
            views = protocol.get_free_busy_info(accounts, self.start, self.end)
        else:
            newer = "tzinfo" in inspect.signature(GetUserAvailability.call).parameters  # from version 5 on
            views = GetUserAvailability(protocol).call(
                **({"tzinfo": self.zone} if newer else {}),
                mailbox_data=[MailboxData(email=address, attendee_type="Required") for address in self.job["addresses"]],
                timezone=self.swedish(),
                free_busy_view_options=FreeBusyViewOptions(
                    time_window=TimeWindow(start=self.start, end=self.end), merged_free_busy_interval=30, requested_view="DetailedMerged"
                ),
            )
        return [self.view(v) for v in views]

    def view(self, v):
        if isinstance(v, Exception):
            return {"error": type(v).__name__}
        return {
            "view": v.view_type,
            "merged": v.merged or "",
            "events": [
                {
                    "start": utc(e.start.replace(tzinfo=self.zone) if e.start.tzinfo is None else e.start),
                    "end": utc(e.end.replace(tzinfo=self.zone) if e.end.tzinfo is None else e.end),
                    "busy": e.busy_type,
                    "subject": (e.details.subject or "") if e.details else "",
                    "location": (e.details.location or "") if e.details else "",
                    "private": bool(e.details and e.details.is_private),
                }
                for e in v.calendar_events or []
            ],
            "hours": [
                {"days": [str(d) for d in h.weekdays], "from": h.start.strftime("%H:%M"), "to": h.end.strftime("%H:%M")}
                for h in v.working_hours or []
            ],
        }

    def swedish(self):
        at = {"occurrence": 5, "weekday": 7}
        return TimeZone(
            bias=-60,
            standard_time=StandardTime(bias=0, time=datetime.time(3), iso_month=10, **at),
            daylight_time=DaylightTime(bias=-60, time=datetime.time(2), iso_month=3, **at),
        )

    def folder(self):
        """The calendar: as the library finds it, or for a mere reviewer, who may see neither the root above it nor
        who else may read it, what it answers to being asked for its name."""
        if self.job["impersonate"]:
            return self.account.calendar
        distinguished = {"is_distinguished": True}
        if not hasattr(Calendar, "is_distinguished") or isinstance(Calendar.is_distinguished, property):  # from version 5 on
            mailbox = Mailbox(email_address=self.job["mailbox"])
            distinguished = {"_distinguished_id": DistinguishedFolderId(id="calendar", mailbox=mailbox)}
        calendar = Calendar(root=Root(account=self.account), name="calendar", **distinguished)
        found = next(FolderCollection(account=self.account, folders=[calendar]).get_folders(additional_fields=set()))
        if isinstance(found, Exception):
            raise found
        return found

    def name(self):
        return self.folder().name

    def items(self):
        """What a week shows, each series as its occurrences."""
        # The zone of an event says on which days one that lasts whole days is.
        old = self.account.version.build < EXCHANGE_2010
        zones = ["_meeting_timezone"] if old else ["_start_timezone", "_end_timezone"]
        fields = ["subject", "start", "end", "is_all_day", "legacy_free_busy_status", "location", "sensitivity", "type"] + zones
        if self.job["impersonate"]:
            found = self.folder().view(self.start, self.end).only(*fields)
        else:
            found = FindItem(account=self.account).call(
                folders=[self.folder()],
                additional_fields=[FieldPath(field=CalendarItem.get_field_by_fieldname(f)) for f in fields],
                restriction=None,
                order_fields=None,
                shape=ID_ONLY,
                query_string=None,
                depth=SHALLOW,
                calendar_view=CalendarView(start=self.start, end=self.end),
                max_items=None,
                offset=0,
            )
        return [
            {
                "start": utc(i.start),
                "end": utc(i.end),
                "day": bool(i.is_all_day),
                "busy": i.legacy_free_busy_status,
                "subject": i.subject or "",
                "location": i.location or "",
                "sensitivity": i.sensitivity or "Normal",
                "type": i.type,
            }
            for i in found
        ]

    def sync(self):
        """How many changes there are from the beginning, and then since then."""
        service, state, counts = SyncFolderItems(account=self.account), None, []
        for _ in range(2):
            changes = service.call(
                folder=self.folder(),
                shape=ID_ONLY,
                additional_fields=[FieldPath(field=CalendarItem.get_field_by_fieldname("subject"))],
                sync_state=state,
                ignore=None,
                max_changes_returned=100,
                sync_scope=None,
            )
            counts.append(sum(1 for _ in changes))
            state = service.sync_state
        return {"counts": counts, "state": bool(state)}

    def replies(self):
        settings = list(GetUserOofSettings(account=self.account).call(mailbox=Mailbox(email_address=self.job["mailbox"])))[0]
        return settings.state

    def stream(self):
        """Subscribes, says so, and waits for what changes meanwhile."""
        if self.account.protocol.version.build < EXCHANGE_2010_SP1:
            return None
        folder = self.folder()
        with folder.streaming_subscription() as subscription:
            print("listening", file=sys.stderr, flush=True)
            for notification in folder.get_streaming_events(subscription, connection_timeout=1, max_notifications_returned=1):
                return sorted({e.ELEMENT_NAME for e in notification.events})


def main():
    job, seen = json.load(sys.stdin), {}
    try:
        reader = Reader(job)
        for what in job["what"]:
            seen[what] = getattr(reader, what)()
    except Exception as e:  # told by its class: what went wrong is the server's to say
        seen["error"], seen["text"] = type(e).__name__, str(e)
    json.dump(seen, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
