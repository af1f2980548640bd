package graph

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// lenient takes what Microsoft's front ends have been seen to send, and spares
// the search for doubled names.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// decoder reads answers token by token. What it hands out is copied from its
// buffers: all texts of one object into one string, its values and lists into
// blocks that several objects share.
type decoder struct {
	dec    *jsontext.Decoder
	names  []string       // every property name met, once
	index  map[string]int // where it stands in names
	next   int            // where the next one is looked for
	text   []byte         // texts of the object being read
	marks  []mark         // where each ends and whose it is
	values []Value        // the block in use
	lists  []string
	width  int // most values of an object so far
	digest maphash.Hash
	event  Event // the one being read
}

// seed makes digests of different pages comparable.
var seed = maphash.MakeSeed()

// mark ends a text in decoder.text and says whose it is.
type mark struct{ end, value, item int }

// What a mark's item says when it is no place in a list, and what its value
// says when it is the object's id.
const (
	whole    = -1
	objectID = -1
)

var decoders = sync.Pool{New: func() any {
	return &decoder{dec: jsontext.NewDecoder(strings.NewReader("")), index: map[string]int{}, width: 8}
}}

func (d *decoder) reset(r io.Reader) {
	d.dec.Reset(r, lenient)
	d.digest.SetSeed(seed)
}

// forget lets go of what was read, names of properties aside. A decoder that
// is reused holds on to its buffers otherwise.
func (d *decoder) forget() {
	d.dec = jsontext.NewDecoder(strings.NewReader(""))
	clear(d.text[:cap(d.text)])
	d.text, d.event = d.text[:0], Event{}
}

// end demands that nothing but space is left.
func (d *decoder) end() error {
	if _, err := d.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more than one value", ErrIncomplete)
	}
	return nil
}

func (d *decoder) open(kind jsontext.Kind) error {
	t, err := d.dec.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() != kind {
		return fmt.Errorf("%w: %v where %v was due", ErrIncomplete, t.Kind(), kind)
	}
	return nil
}

// members calls at for each member of an object; at reads its value.
func (d *decoder) members(at func(name string) error) error {
	if err := d.open('{'); err != nil {
		return err
	}
	for d.dec.PeekKind() == '"' {
		name, err := d.name()
		if err != nil {
			return err
		}
		if err := at(name); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// elements calls at for each element of an array; at reads it. null is empty.
func (d *decoder) elements(at func() error) error {
	if d.dec.PeekKind() == 'n' {
		return d.dec.SkipValue()
	}
	if err := d.open('['); err != nil {
		return err
	}
	for k := d.dec.PeekKind(); k != ']' && k != 0; k = d.dec.PeekKind() {
		if err := at(); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// maxNames bounds what is remembered of names, should an answer make them up.
const maxNames = 1024

// name reads a member's name without allocating one that was met before.
func (d *decoder) name() (string, error) {
	raw, err := d.dec.ReadValue()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		raw = raw[1 : len(raw)-1]
	} else {
		raw, _ = jsontext.AppendUnquote(nil, raw)
	}
	return d.intern(raw), nil
}

// intern finds a name, first where it stood when the names were last read in
// this order: the objects of a page are alike.
func (d *decoder) intern(raw []byte) string {
	if d.next < len(d.names) && d.names[d.next] == string(raw) {
		d.next++
		return d.names[d.next-1]
	}
	if i, ok := d.index[string(raw)]; ok {
		d.next = i + 1
		return d.names[i]
	}
	s := string(raw)
	if len(d.names) < maxNames {
		d.index[s] = len(d.names)
		d.names = append(d.names, s)
		d.next = len(d.names)
	}
	return s
}

// string reads a string of its own; anything else is skipped as "".
func (d *decoder) string() (string, error) {
	raw, err := d.dec.ReadValue()
	if err != nil || raw.Kind() != '"' {
		return "", err
	}
	b, _ := jsontext.AppendUnquote(nil, raw)
	return string(b), nil
}

// int reads a whole number; anything else is skipped as -1.
func (d *decoder) int() (int64, error) {
	raw, err := d.dec.ReadValue()
	if err != nil {
		return -1, err
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return -1, nil
	}
	return n, nil
}

// bytes reads a string into the text of the object being read: it is good until
// that begins anew. Anything else is skipped as nil.
func (d *decoder) bytes() ([]byte, error) {
	raw, err := d.dec.ReadValue()
	if err != nil || raw.Kind() != '"' {
		return nil, err
	}
	start := len(d.text)
	d.text, _ = jsontext.AppendUnquote(d.text, raw)
	return d.text[start:len(d.text):len(d.text)], nil
}

// word reads one of the few strings that a property can have, or a name of a
// zone, without allocating one that was met before; anything else is "".
func (d *decoder) word() (string, error) {
	if d.dec.PeekKind() != '"' {
		return "", d.dec.SkipValue()
	}
	return d.name()
}

// bool reads true; anything else is skipped as false.
func (d *decoder) bool() (bool, error) {
	raw, err := d.dec.ReadValue()
	return err == nil && raw.Kind() == 't', err
}
