"""Reads calendars with exchangelib, as one who uses it would: a job (JSON) on
standard input says where and what, and what it saw is printed as JSON."""

import datetime
import json
import sys

from exchangelib import Account, Configuration, Credentials, EWSDateTime, EWSTimeZone, IMPERSONATION, DELEGATE, UTC
from exchangelib.folders import Calendar, Root
from exchangelib.properties import DistinguishedFolderId, FreeBusyViewOptions, Mailbox, MailboxData, StandardTime, DaylightTime, TimeWindow, TimeZone
from exchangelib.services import GetUserAvailability, GetUserOofSettings, Unsubscribe
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
        v = self.account.protocol.version
        return {"build": str(v.build), "api": v.api_version}

    def busy(self):
        """Free and busy times of several mailboxes."""
        protocol = self.account.protocol
        if protocol.version.build >= EXCHANGE_2010:  # which can be asked for its time zones
            accounts = [(address, "Required", False) for address in self.job["addresses"]]
            views = protocol.get_free_busy_info(accounts, self.start, self.end)
        else:
            views = GetUserAvailability(protocol).call(
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
        """The calendar itself, without a look at the root, which a mere reviewer may not see."""
        return Calendar.get_distinguished(Root(account=self.account))

    def name(self):
        return self.folder().name

    def items(self):
        """What a week shows, each series as its occurrences."""
        fields = ("subject", "start", "end", "is_all_day", "legacy_free_busy_status", "location", "sensitivity", "type", "uid")
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
            for i in self.folder().view(self.start, self.end).only(*fields)
        ]

    def sync(self):
        """How many changes there are from the beginning, and then since then."""
        folder, counts = self.folder(), []
        for _ in range(2):
            counts.append(sum(1 for _ in folder.sync_items(only_fields=["subject"])))
        return {"counts": counts, "state": bool(folder.item_sync_state)}

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
