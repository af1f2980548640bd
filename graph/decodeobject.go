package graph

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// object reads a directory object. Members go to members@delta's place where
// that is wanted, else they are skipped.
func (d *decoder) object(o *Object, edges *[]Member) error {
	d.text, d.marks = d.text[:0], d.marks[:0]
	if cap(d.values)-len(d.values) < d.width {
		d.values = make([]Value, 0, 32*d.width)
	}
	if cap(d.lists)-len(d.lists) < 8 {
		d.lists = make([]string, 0, 256)
	}
	start := len(d.values)
	err := d.members(func(name string) error { return d.property(o, start, name, edges) })
	if err != nil {
		return err
	}
	o.Values = d.values[start:len(d.values):len(d.values)]
	d.width = max(d.width, len(o.Values))
	d.settle(o)
	return nil
}

// property reads one member of an object.
func (d *decoder) property(o *Object, start int, name string, edges *[]Member) (err error) {
	switch name {
	case "id":
		return d.scalar(objectID, whole)
	case "@removed":
		o.Removed, err = d.removal()
		return err
	case "@odata.type":
		o.Type, err = d.kind()
		return err
	case "manager":
		return d.manager(start)
	case "manager@delta":
		return d.elements(func() error { return d.manager(start) })
	case "members@delta", "members":
		if edges == nil {
			return d.dec.SkipValue()
		}
		return d.elements(func() error { return d.member(edges) })
	}
	if strings.IndexByte(name, '@') >= 0 {
		return d.dec.SkipValue()
	}
	return d.value(start, name)
}

// value reads a property's value into the block.
func (d *decoder) value(start int, name string) error {
	switch d.dec.PeekKind() {
	case '{':
		return d.complex(start, name)
	case 'n':
		if name == extensions {
			for _, each := range extensionNames {
				d.values = append(d.values, Value{Name: each, Null: true})
			}
			return d.dec.SkipValue()
		}
		d.values = append(d.values, Value{Name: name, Null: true})
		return d.dec.SkipValue()
	case '[':
		d.values = append(d.values, Value{Name: name})
		return d.list(len(d.values)-1-start, start)
	default:
		d.values = append(d.values, Value{Name: name})
		return d.scalar(len(d.values)-1-start, whole)
	}
}

const extensions = "onPremisesExtensionAttributes"

var extensionNames = func() (names [15]string) {
	for i := range names {
		names[i] = "extensionAttribute" + strconv.Itoa(i+1)
	}
	return names
}()

// maxDepth is more than any property of a directory object nests.
const maxDepth = 8

// complex reads an object's members as properties with their owner's name.
func (d *decoder) complex(start int, owner string) error {
	if d.dec.StackDepth() > maxDepth {
		return d.dec.SkipValue()
	}
	return d.members(func(name string) error {
		if strings.IndexByte(name, '@') >= 0 {
			return d.dec.SkipValue()
		}
		if owner != extensions {
			name = d.intern([]byte(owner + "." + name))
		}
		return d.value(start, name)
	})
}

// list reads an array: strings are kept, anything else is counted.
func (d *decoder) list(value, start int) error {
	first, n, texts := len(d.lists), 0, 0
	err := d.elements(func() error {
		n++
		if d.dec.PeekKind() != '"' {
			return d.dec.SkipValue()
		}
		texts++
		d.lists = append(d.lists, "")
		return d.scalar(value, texts-1)
	})
	if err != nil {
		return err
	}
	v := &d.values[start+value]
	if texts > 0 || n == 0 {
		v.List = d.lists[first:len(d.lists):len(d.lists)]
		return nil
	}
	v.Text = strconv.Itoa(n)
	return nil
}

// scalar reads a string, number or boolean and marks whose text it is.
func (d *decoder) scalar(value, item int) error {
	raw, err := d.dec.ReadValue()
	if err != nil {
		return err
	}
	if raw.Kind() == '"' {
		d.text, _ = jsontext.AppendUnquote(d.text, raw)
	} else if raw.Kind() != 'n' {
		d.text = append(d.text, raw...)
	}
	d.marks = append(d.marks, mark{len(d.text), value, item})
	return nil
}

// settle makes one string of the object's texts and hands each its part.
func (d *decoder) settle(o *Object) {
	all, from := string(d.text), 0
	_, _ = d.digest.WriteString(all)
	for _, m := range d.marks {
		s := all[from:m.end]
		from = m.end
		switch {
		case m.value == objectID:
			o.ID = s
		case m.item == whole:
			o.Values[m.value].Text = s
		default:
			o.Values[m.value].List[m.item] = s
			if m.item == 0 {
				o.Values[m.value].Text = s
			}
		}
	}
}
