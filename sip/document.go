package sip

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Basic says whether somebody can be reached (RFC 3863).
type Basic string

// The two values of basic.
const (
	Open   Basic = "open"
	Closed Basic = "closed"
)

// Document is what a publication says of a person: one PIDF tuple and one
// person element with an RPID activity. From and Until are left out where zero.
type Document struct {
	Entity    string // the person's address, "sip:101@pbx.example.se"
	TupleID   string // an XML name, the same at each publication: servers merge by it what several publish
	Basic     Basic
	Activity  string // of [Activities], or "" for none
	PlaceType string // of RFC 4589, "residence", or "" for none
	Note      string // what phones show, "Möte, åter 14:00"
	Lang      string // of Note, "sv"
	From      time.Time
	Until     time.Time
}

// ContentType is that of a [Document]'s XML.
const ContentType = "application/pidf+xml"

// Activities lists what RFC 4480 lets a person be doing, less "other", which
// needs words of its own.
func Activities() []string {
	return strings.Fields(`appointment away breakfast busy dinner holiday in-transit looking-for-work meal meeting on-the-phone
		performance permanent-absence playing presentation shopping sleeping spectator steering travel tv unknown vacation
		working worship`)
}

const header = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
	`<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"` +
	` xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"`

// XML writes the document in the shape that presence servers and phones were
// seen to understand: the note stands in the tuple and in the person, never
// among the activities, where some servers take it for one.
func (d Document) XML() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("sip: document: %w", err)
	}
	note := ""
	if d.Note != "" {
		note = "note"
		if d.Lang != "" {
			note += ` xml:lang="` + d.Lang + `"`
		}
		note += ">" + escape(d.Note) + "</"
	}
	var b bytes.Buffer
	b.WriteString(header)
	if d.PlaceType != "" {
		b.WriteString(` xmlns:lt="urn:ietf:params:xml:ns:location-type"`)
	}
	fmt.Fprintf(&b, ` entity="%s"><tuple id="%s"><status><basic>%s</basic></status>`, escape(d.Entity), d.TupleID, d.Basic)
	if note != "" {
		fmt.Fprintf(&b, "<%snote>", note)
	}
	fmt.Fprintf(&b, `</tuple><dm:person id="p-%s">`, d.TupleID)
	if d.Activity != "" {
		fmt.Fprintf(&b, "<rpid:activities%s%s><rpid:%s/></rpid:activities>", instant("from", d.From), instant("until", d.Until), d.Activity)
	}
	if d.PlaceType != "" {
		fmt.Fprintf(&b, "<rpid:place-type><lt:%s/></rpid:place-type>", d.PlaceType)
	}
	if note != "" {
		fmt.Fprintf(&b, "<dm:%sdm:note>", note)
	}
	b.WriteString("</dm:person></presence>\n")
	return b.Bytes(), nil
}

func (d Document) check() error {
	switch {
	case d.Basic != Open && d.Basic != Closed:
		return errors.New("basic is neither open nor closed")
	case !isName(d.TupleID):
		return errors.New("the tuple's id is no XML name")
	case d.Activity != "" && !slices.Contains(Activities(), d.Activity):
		return fmt.Errorf("%q is no RPID activity", d.Activity)
	case d.PlaceType != "" && !isName(d.PlaceType):
		return errors.New("the place type is no XML name")
	case d.Lang != "" && !isName(d.Lang):
		return errors.New("the language is no tag")
	}
	_, err := parseAddress(d.Entity)
	return err
}

// isName allows the ASCII names of XML, without colons and dots.
func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}

func instant(name string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " " + name + `="` + t.Format(time.RFC3339) + `"`
}

// escape makes s text of XML; what XML cannot hold becomes U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// ParseDocument reads a document of [Document.XML]'s shape, also among others:
// the first tuple counts, and the first person, activity and place type. Its
// note is the person's, else the tuple's.
func ParseDocument(data []byte) (Document, error) {
	var p struct {
		XMLName xml.Name `xml:"urn:ietf:params:xml:ns:pidf presence"`
		Entity  string   `xml:"entity,attr"`
		Tuples  []struct {
			ID    string  `xml:"id,attr"`
			Basic Basic   `xml:"urn:ietf:params:xml:ns:pidf status>basic"`
			Note  xmlNote `xml:"urn:ietf:params:xml:ns:pidf note"`
		} `xml:"urn:ietf:params:xml:ns:pidf tuple"`
		Persons []struct {
			Activities xmlChildren `xml:"urn:ietf:params:xml:ns:pidf:rpid activities"`
			PlaceType  xmlChildren `xml:"urn:ietf:params:xml:ns:pidf:rpid place-type"`
			Note       xmlNote     `xml:"urn:ietf:params:xml:ns:pidf:data-model note"`
		} `xml:"urn:ietf:params:xml:ns:pidf:data-model person"`
	}
	if err := xml.Unmarshal(data, &p); err != nil {
		return Document{}, fmt.Errorf("sip: parse document: %w", err)
	}
	d := Document{Entity: p.Entity}
	if len(p.Tuples) > 0 {
		t := p.Tuples[0]
		d.TupleID, d.Basic, d.Note, d.Lang = t.ID, t.Basic, t.Note.Text, t.Note.Lang
	}
	if len(p.Persons) > 0 {
		person := p.Persons[0]
		d.Activity, d.PlaceType = person.Activities.first(), person.PlaceType.first()
		if person.Note.Text != "" {
			d.Note, d.Lang = person.Note.Text, person.Note.Lang
		}
		var err error
		if d.From, err = readInstant(person.Activities.From); err == nil {
			d.Until, err = readInstant(person.Activities.Until)
		}
		if err != nil {
			return Document{}, fmt.Errorf("sip: parse document: %w", err)
		}
	}
	return d, nil
}

type xmlNote struct {
	Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Text string `xml:",chardata"`
}

type xmlChildren struct {
	From     string                       `xml:"from,attr"`
	Until    string                       `xml:"until,attr"`
	Children []struct{ XMLName xml.Name } `xml:",any"`
}

func (c xmlChildren) first() string {
	if len(c.Children) == 0 {
		return ""
	}
	return c.Children[0].XMLName.Local
}

func readInstant(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, s)
}
