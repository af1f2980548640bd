package graph

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/decoded.txt")

// TestMicrosoftsExamplesDecode reads every body in testdata with what this
// package has for it, and compares what came out with decoded.txt.
func TestMicrosoftsExamplesDecode(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	sources, err := os.ReadFile("testdata/sources.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, file := range files {
		name := filepath.Base(file)
		if !strings.Contains(string(sources), "\n"+name+"\t") {
			t.Errorf("%s has no source in sources.tsv", name)
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said, err := describe(name, body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		fmt.Fprintf(&got, "%s\n%s\n", name, said)
	}
	const golden = "testdata/decoded.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("decoded differently (-want +got):\n%s", d)
	}
}

// describe decodes a body by its file's name and says what came out.
func describe(name string, body []byte) (string, error) {
	var b strings.Builder
	var err error
	kind, _, _ := strings.Cut(name, "-")
	switch {
	case kind == "error":
		f := decodeFault(body)
		fmt.Fprintf(&b, "  error %s/%s %q", f.Code, f.innermost(), f.Message)
		if f.Code == "" {
			err = fmt.Errorf("no code")
		}
	case kind == "notification":
		var n Notifications
		n, err = ParseNotifications(bytes.NewReader(body))
		for _, item := range n.Items {
			fmt.Fprintf(&b, "  %+v validation=%v", item, item.Validation())
		}
		fmt.Fprintf(&b, " tokens=%d", len(n.ValidationTokens))
	case kind == "batch":
		err = describeBatch(&b, body)
	case name == "token-error-7000215-invalid-secret.json":
		res := &http.Response{StatusCode: 401, Body: http.NoBody, Header: http.Header{}}
		res.Body = readCloser(body)
		fmt.Fprintf(&b, "  %+v", *decodeAuthError(res, time.Time{}))
	case name == "application-get-passwordcredentials.json":
		err = decodeBody(readCloser(body), func(d *decoder) error {
			a, err := decodeApplication(d)
			fmt.Fprintf(&b, "  %+v", a)
			return err
		})
	case name == "subscription-list.json":
		err = describeItems(&b, body, func(d *decoder, s *Subscription) error { return json.UnmarshalDecode(d.dec, s, lenient) })
	case kind == "organization":
		err = describeItems(&b, body, func(d *decoder, o *Organization) error { return json.UnmarshalDecode(d.dec, o, lenient) })
	case kind == "subscription":
		err = decodeBody(readCloser(body), func(d *decoder) error {
			var s Subscription
			err := json.UnmarshalDecode(d.dec, &s, lenient)
			fmt.Fprintf(&b, "  %+v", s)
			return err
		})
	case kind == "calendarview" || name == "events-list.json":
		var next, delta string
		var count int64
		err = decodeBody(readCloser(body), func(d *decoder) error {
			return d.page(&next, &delta, &count, func() error {
				err := d.readEvent()
				describeEvent(&b, &d.event)
				return err
			})
		})
		fmt.Fprintf(&b, "  next=%v delta=%v", next != "", delta != "")
	case kind == "event":
		err = decodeBody(readCloser(body), func(d *decoder) error {
			err := d.readEvent()
			describeEvent(&b, &d.event)
			return err
		})
	case name == "mailboxsettings-full.json":
		err = decodeBody(readCloser(body), func(d *decoder) error {
			s, err := d.mailboxSettings()
			fmt.Fprintf(&b, "  %+v", s)
			return err
		})
	case name == "mailboxsettings-workinghours-customtz.json":
		err = decodeBody(readCloser(body), func(d *decoder) error {
			var h WorkingHours
			err := d.workingHours(&h)
			fmt.Fprintf(&b, "  %v %v-%v %s %+v", h.Days, h.Start, h.End, h.Zone, h.Custom)
			return err
		})
	case bytes.Contains(body, []byte(`"value"`)) && !strings.HasPrefix(name, "mailbox"):
		err = describePage(&b, body)
	default: // any other object
		err = decodeBody(readCloser(body), func(d *decoder) error {
			var g Group
			err := d.group(&g)
			describeGroup(&b, g)
			return err
		})
	}
	return strings.TrimRight(b.String(), "\n"), err
}

func describePage(b *strings.Builder, body []byte) error {
	return decodeBody(readCloser(body), func(d *decoder) error {
		p := Page[Group]{Count: -1}
		err := d.page(&p.NextLink, &p.DeltaLink, &p.Count, func() error {
			var g Group
			err := d.group(&g)
			describeGroup(b, g)
			return err
		})
		fmt.Fprintf(b, "  next=%v delta=%v count=%d", p.NextLink != "", p.DeltaLink != "", p.Count)
		return err
	})
}

func describeEvent(b *strings.Builder, e *Event) {
	fmt.Fprintf(b, "  - %s %s series=%s %s\n    %v–%v in %q\n", e.ID, e.UID, e.Series, e.Type, e.Start, e.End, e.Zone)
	fmt.Fprintf(b, "    showAs=%s sensitivity=%s response=%s allDay=%v cancelled=%v organizer=%v invited=%d\n",
		e.ShowAs, e.Sensitivity, e.Response, e.AllDay, e.Cancelled, e.Organizer, e.Invited)
	fmt.Fprintf(b, "    %q at %q, %q\n", e.Subject, e.Place, e.Categories)
}

func describeItems[T any](b *strings.Builder, body []byte, item func(*decoder, *T) error) error {
	return decodeBody(readCloser(body), func(d *decoder) error {
		var next, delta string
		var count int64
		return d.page(&next, &delta, &count, func() error {
			var x T
			err := item(d, &x)
			fmt.Fprintf(b, "  %+v\n", x)
			return err
		})
	})
}

func describeGroup(b *strings.Builder, g Group) {
	fmt.Fprintf(b, "  - %s %s %s\n", g.ID, g.Type, g.Removed)
	for _, v := range g.Values {
		fmt.Fprintf(b, "    %s", v.Name)
		switch {
		case v.Null:
			b.WriteString(" null\n")
		case v.List != nil:
			fmt.Fprintf(b, " %q\n", v.List)
		case len(v.Text) > 60:
			fmt.Fprintf(b, " %.60q…\n", v.Text)
		default:
			fmt.Fprintf(b, " %q\n", v.Text)
		}
	}
	for _, m := range g.Members {
		fmt.Fprintf(b, "    member %+v\n", m)
	}
}

func describeBatch(b *strings.Builder, body []byte) error {
	batch, answers := make([]*part, 6), make([]answer, 6)
	for i := range batch {
		batch[i] = &part{}
	}
	err := decodeBody(readCloser(body), func(d *decoder) error { return d.batch(batch, answers) })
	for i, r := range answers {
		fmt.Fprintf(b, "  %d: %d %v body=%v error=%v\n", i, r.Status, r.Header, r.Body != nil, r.Error("x", time.Time{}))
	}
	return err
}
