package ews_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/ews"
)

var update = flag.Bool("update", false, "write the requests in testdata/requests anew")

// calls are all that this client can ask, some in several ways.
var calls = map[string]func(context.Context, *ews.Client, ews.Access) error{
	"availability": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		stockholm, err := time.LoadLocation("Europe/Stockholm")
		if err != nil {
			return err
		}
		_, err = c.Availability(ctx, ews.AvailabilityQuery{Access: a, Addresses: []string{"anna@example.com", "o'brien&söner@example.com"},
			From: at("2026-06-19T00:00:00+02:00"), To: at("2026-06-26T00:00:00+02:00"), Zone: stockholm, Detailed: true}, func(int, *ews.BusyEvent) {})
		return err
	},
	"availability-times-utc": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		_, err := c.Availability(ctx, ews.AvailabilityQuery{Access: a, Addresses: []string{"anna@example.com"},
			From: at("2026-06-19T00:00:00Z"), To: at("2026-06-20T00:00:00Z")}, func(int, *ews.BusyEvent) {})
		return err
	},
	"calendarview": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		return c.CalendarView(ctx, a, at("2026-06-19T00:00:00+02:00"), at("2026-06-26T00:00:00.5+02:00"), func(*ews.Item) {})
	},
	"calendarview-delegate": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		a.Mailbox = "bo@example.com"
		return c.CalendarView(ctx, a, at("2026-06-19T00:00:00+02:00"), at("2026-06-26T00:00:00+02:00"), func(*ews.Item) {})
	},
	"calendarview-impersonated": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		a.Impersonate = "bo@example.com"
		return c.CalendarView(ctx, a, at("2026-06-19T00:00:00+02:00"), at("2026-06-26T00:00:00+02:00"), func(*ews.Item) {})
	},
	"folder": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		a.Mailbox = "bo@example.com"
		_, err := c.Folder(ctx, a)
		return err
	},
	"changes-first": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		_, _, _, err := c.Changes(ctx, a, ews.FolderID{}, "")
		return err
	},
	"changes": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		_, _, _, err := c.Changes(ctx, a, ews.FolderID{ID: "AAMk=", ChangeKey: "AgAA"}, "H4sIAAA=")
		return err
	},
	"oof": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		a.Impersonate = "bo@example.com"
		_, err := c.OOF(ctx, a)
		return err
	},
	"timezones": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		_, err := c.TimeZones(ctx, a)
		return err
	},
	"timezones-some": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		_, err := c.TimeZones(ctx, a, "W. Europe Standard Time", "UTC")
		return err
	},
	"subscribe": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		a.Impersonate = "bo@example.com"
		_, err := c.Group("bo@example.com").Subscribe(ctx, a, ews.FolderID{})
		return err
	},
	"subscribe-folder": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		_, err := c.Group("bo@example.com").Subscribe(ctx, a, ews.FolderID{ID: "AAMk="})
		return err
	},
	"stream": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		return c.Group("bo@example.com").Stream(ctx, a, []string{"JgBj+", "JgBi="}, 29, func(ews.StreamEvent) {})
	},
	"unsubscribe": func(ctx context.Context, c *ews.Client, a ews.Access) error {
		return c.Group("bo@example.com").Unsubscribe(ctx, a, "JgBj+")
	},
}

// requests are what each call sends in each version, by "call-version"; "" for
// what that version doesn't have.
func requests(t *testing.T) map[string]string {
	all := map[string]string{}
	sent := ""
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "text/xml; charset=utf-8" {
			t.Errorf("%v, of the type %q", err, r.Header.Get("Content-Type"))
		}
		sent = string(b)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	for name, call := range calls {
		for v := ews.Exchange2007SP1; v <= ews.Exchange2016; v++ {
			sent = ""
			err := call(t.Context(), c, ews.Access{Version: v})
			if old := errors.Is(err, ews.ErrOlder); old != (sent == "") || err == nil {
				t.Errorf("%s in %v: sent %d bytes: %v", name, v, len(sent), err)
			}
			all[name+"-"+v.String()] = sent
		}
	}
	return all
}

// TestRequests holds what is sent to files. One stands for its version and those
// after it, until there is another.
func TestRequests(t *testing.T) {
	sent := requests(t)
	files := map[string]string{}
	for name := range calls {
		last := ""
		for v := ews.Exchange2007SP1; v <= ews.Exchange2016; v++ {
			body := sent[name+"-"+v.String()]
			if n := strings.Count(body, `<t:RequestServerVersion Version="`+v.String()+`"/>`); body != "" && n != 1 {
				t.Errorf("%s in %v names it %d times", name, v, n)
			}
			body = strings.ReplaceAll(body, v.String(), "VERSION")
			if body != last {
				files[name+"-"+v.String()+".xml"] = strings.ReplaceAll(body, "><", ">\n<") + "\n"
			}
			last = body
		}
	}
	const dir = "testdata/requests/"
	if *update {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, body := range files {
			if err := os.WriteFile(dir+name, []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, _ := filepath.Glob(dir + "*.xml")
	for _, path := range found {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), files[filepath.Base(path)]); diff != "" {
			t.Errorf("%s (-file +sent), -update takes what is sent:\n%s", path, diff)
		}
	}
	if len(found) != len(files) {
		t.Errorf("%d files, %d requests", len(found), len(files))
	}
}

// TestRequestsHoldNothingNewer than their version: the fields, elements and
// attributes that this client could use, by the version that brought them.
func TestRequestsHoldNothingNewer(t *testing.T) {
	since := map[ews.Version][]string{
		ews.Exchange2010:    {"StartTimeZone", "EndTimeZone", "TimeZoneContext", "SmtpAddress", "GetServerTimeZones", "SyncScope", "FreeBusyChangedEvent"},
		ews.Exchange2010SP1: {"StreamingSubscriptionRequest", "GetStreamingEvents"},
		ews.Exchange2013:    {"EnhancedLocation", "DateTimePrecision", "JoinOnlineMeetingUrl", "ManagementRole"},
	}
	for name, body := range requests(t) {
		_, version, _ := strings.Cut(name, "-Exchange")
		v, err := ews.ParseVersion("Exchange" + version)
		if err != nil {
			t.Fatal(err)
		}
		body = strings.ReplaceAll(body, "PrimarySmtpAddress", "")
		for newer, words := range since {
			if newer <= v {
				continue
			}
			if i := slices.IndexFunc(words, func(w string) bool { return strings.Contains(body, w) }); i >= 0 {
				t.Errorf("%s holds %s", name, words[i])
			}
		}
		if v >= ews.Exchange2010 && strings.Contains(body, "MeetingTimeZone") {
			t.Errorf("%s holds what %v has no more", name, v)
		}
	}
}
