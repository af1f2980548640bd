package sip_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/sip"
)

func TestDocument(t *testing.T) {
	stockholm := time.FixedZone("", 3600)
	d := sip.Document{Entity: "sip:101@pbx.example.se", TupleID: "telefonist", Basic: sip.Open, Activity: "working", PlaceType: "residence",
		Note: "Jobbar hemifrån, åter 16:00", Lang: "sv",
		From: time.Date(2026, 11, 21, 8, 0, 0, 0, stockholm), Until: time.Date(2026, 11, 21, 16, 0, 0, 0, stockholm)}
	text, err := d.XML()
	if err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:lt="urn:ietf:params:xml:ns:location-type" entity="sip:101@pbx.example.se">` +
		`<tuple id="telefonist"><status><basic>open</basic></status><note xml:lang="sv">Jobbar hemifrån, åter 16:00</note></tuple>` +
		`<dm:person id="p-telefonist"><rpid:activities from="2026-11-21T08:00:00+01:00" until="2026-11-21T16:00:00+01:00"><rpid:working/></rpid:activities>` +
		`<rpid:place-type><lt:residence/></rpid:place-type><dm:note xml:lang="sv">Jobbar hemifrån, åter 16:00</dm:note></dm:person></presence>` + "\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	back, err := sip.ParseDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, back); diff != "" {
		t.Error(diff)
	}
}

// What a person wrote stays text, whatever stands in it.
func TestDocumentEscapes(t *testing.T) {
	for _, note := range []string{`</note><basic>closed</basic>`, `"&lt;' å ]]> ö`, "rad 1\nrad 2\t\x00\xff", ""} {
		d := sip.Document{Entity: `sip:o'neil&co@pbx.example.se`, TupleID: "t", Basic: sip.Closed, Note: note, Lang: "sv"}
		text, err := d.XML()
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, text)
		back, err := sip.ParseDocument(text)
		want := strings.NewReplacer("\x00", "\uFFFD", "\xff", "\uFFFD").Replace(note)
		if err != nil || back.Note != want || back.Basic != sip.Closed || back.Entity != d.Entity {
			t.Errorf("%q came back as %+v, %v", note, back, err)
		}
	}
}

func wellFormed(t *testing.T, text []byte) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(string(text))); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
}

func TestDocumentRefuses(t *testing.T) {
	good := sip.Document{Entity: "sip:101@x", TupleID: "t", Basic: sip.Open}
	for name, change := range map[string]func(*sip.Document){
		"basic":      func(d *sip.Document) { d.Basic = "" },
		"tuple":      func(d *sip.Document) { d.TupleID = `a"b` },
		"activity":   func(d *sip.Document) { d.Activity = "lunch" },
		"place type": func(d *sip.Document) { d.PlaceType = "a/>" },
		"language":   func(d *sip.Document) { d.Lang = `sv"` },
		"entity":     func(d *sip.Document) { d.Entity = "101" },
	} {
		d := good
		change(&d)
		if text, err := d.XML(); err == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
	if _, err := good.XML(); err != nil {
		t.Error(err)
	}
	for _, a := range sip.Activities() {
		d := good
		d.Activity = a
		if text, err := d.XML(); err != nil || !strings.Contains(string(text), "<rpid:"+a+"/>") {
			t.Errorf("%s: %s, %v", a, text, err)
		}
	}
}

// As Kamailio merges the documents of two publishers, with a note that RFC 4480
// allows among the activities.
func TestParseDocumentOfSeveral(t *testing.T) {
	d, err := sip.ParseDocument([]byte(`<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:a="urn:ietf:params:xml:ns:pidf:data-model" xmlns:b="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:a@b">
 <tuple id="x"><status><basic>closed</basic></status></tuple><tuple id="y"><status><basic>open</basic></status></tuple>
 <a:person id="p"><b:activities><b:vacation/><b:meeting/></b:activities></a:person><a:person id="q"/></presence>`))
	if err != nil || d != (sip.Document{Entity: "sip:a@b", TupleID: "x", Basic: sip.Closed, Activity: "vacation"}) {
		t.Errorf("%+v, %v", d, err)
	}
	for _, bad := range []string{"", "<presence/>", "<presence", `<presence xmlns="urn:ietf:params:xml:ns:pidf"><person xmlns="urn:ietf:params:xml:ns:pidf:data-model"><activities xmlns="urn:ietf:params:xml:ns:pidf:rpid" until="x"/></person></presence>`} {
		if d, err := sip.ParseDocument([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, d)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add("sip:101@pbx.example.se", "Möte, åter 14:00", "meeting", "sv")
	f.Add("sips:a;b=c@d;e=f", "<&]]>\x00", "", "en-GB")
	f.Fuzz(func(t *testing.T, entity, note, activity, lang string) {
		d := sip.Document{Entity: entity, TupleID: "t", Basic: sip.Open, Activity: activity, Note: note, Lang: lang}
		text, err := d.XML()
		if err != nil {
			return
		}
		back, err := sip.ParseDocument(text)
		if err != nil || back.Entity != entity || back.Activity != activity {
			t.Errorf("%+v came back as %+v, %v", d, back, err)
		}
	})
}
