package graph

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// FuzzDeltaPage reads anything as a page of groups, the richest there is: it
// must not panic, and what it takes must be readable again in the same way.
func FuzzDeltaPage(f *testing.F) {
	files, _ := filepath.Glob("testdata/*delta*.json")
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page)
	}
	f.Add(largePage(2, `"@odata.deltaLink":"x"`))
	f.Add([]byte(`{"value":[{"id":1,"a":{"b":{"c":[1,{"d":null}]}},"manager":{"id":null},"@removed":null,"members@delta":null}]}`))
	f.Add([]byte(`{"value":[{"onPremisesExtensionAttributes":null,"l":["a",null,["b"],"c"],"\u0069d":"x"}],"@odata.count":1e9}`))
	f.Fuzz(func(t *testing.T, page []byte) {
		read := func() (groups []Group, err error) {
			var p Page[Group]
			err = decodeBody(readCloser(page), func(d *decoder) error {
				return d.page(&p.NextLink, &p.DeltaLink, &p.Count, func() error {
					var g Group
					defer func() { groups = append(groups, g) }()
					return d.group(&g)
				})
			})
			return groups, err
		}
		first, err := read()
		second, again := read()
		if (err == nil) != (again == nil) || len(first) != len(second) {
			t.Fatalf("read twice: %d groups, %v; then %d, %v", len(first), err, len(second), again)
		}
		for i := range first {
			if err == nil && len(first[i].Values) != len(second[i].Values) {
				t.Fatalf("group %d has %d values, then %d", i, len(first[i].Values), len(second[i].Values))
			}
			for _, v := range first[i].Values {
				if v.Name == "" && v.Null && v.Text != "" {
					t.Fatalf("a value that is null and %q", v.Text)
				}
			}
		}
	})
}

// FuzzEvents reads anything as a page of a calendar view: it must not panic,
// what it takes must be readable again in the same way, and a decoder that has
// read it must read the next page as any other does.
func FuzzEvents(f *testing.F) {
	files, _ := filepath.Glob("testdata/calendarview*.json")
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page)
	}
	f.Add(eventPage(2))
	f.Add([]byte(`{"value":[{"id":null,"subject":7,"start":[],"end":{"dateTime":1},"attendees":{},"categories":[[]],"location":"x","responseStatus":{"response":{}}}]}`))
	f.Add([]byte(`{"value":[{"attendees":[null,1,{"type":["resource"]}],"isAllDay":"true","subject":"\ud800"}],"@odata.nextLink":7}`))
	f.Fuzz(func(t *testing.T, page []byte) {
		read := func(d *decoder, body []byte) (events []string, next string, err error) {
			var delta string
			var count int64
			d.reset(readCloser(body))
			err = d.page(&next, &delta, &count, func() error {
				err := d.readEvent()
				events = append(events, fmt.Sprintf("%+v", d.event))
				return err
			})
			return events, next, err
		}
		used := decoders.New().(*decoder)
		first, _, err := read(used, page)
		second, _, again := read(decoders.New().(*decoder), page)
		if (err == nil) != (again == nil) || len(first) != len(second) {
			t.Fatalf("read twice: %d events, %v; then %d, %v", len(first), err, len(second), again)
		}
		for i := range first {
			if first[i] != second[i] {
				t.Fatalf("event %d is %s, then %s", i, first[i], second[i])
			}
		}
		want, _, _ := read(decoders.New().(*decoder), eventPage(1))
		if got, _, err := read(used, eventPage(1)); err != nil || len(got) != 1 || got[0] != want[0] {
			t.Fatalf("what came after was read as %v, %v; want %v", got, err, want)
		}
	})
}
