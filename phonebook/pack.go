package phonebook

import (
	"encoding/binary"

	"github.com/telefonist/telefonist/pbx"
)

// shown are the fields that the phone book keeps and answers with. Whatever else
// the register holds is not needed to find and call somebody.
var shown = []pbx.Field{
	pbx.DisplayName, pbx.FirstName, pbx.LastName, pbx.Extension, pbx.Business, pbx.Mobile, pbx.Other, pbx.Attendant, pbx.Fax,
	pbx.Mail, pbx.Mails, pbx.Title, pbx.Department, pbx.Company, pbx.Office, pbx.City, pbx.Country, pbx.Manager, pbx.Language,
	pbx.Note, pbx.ContactURL, pbx.Primary, pbx.Hidden, pbx.Protected,
}

// A packed entry is its id, then a field's place in shown, counted from 1, and
// its value for each field that has one, then 0. Texts follow their length. A
// hundred thousand maps of strings would take ten times the room.
func pack(to []byte, s pbx.Subscriber) []byte {
	to = packText(to, s.ID)
	for i, f := range shown {
		if v := s.Get(f); v != "" {
			to = packText(append(to, byte(i+1)), v)
		}
	}
	return append(to, 0)
}

func packText(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

func unpackText(from []byte) (string, []byte) {
	n, w := binary.Uvarint(from)
	return string(from[w : w+int(n)]), from[w+int(n):]
}

// entry is the entry of line i, without what the audience may not see.
func (x *index) entry(i int, who Audience) pbx.Subscriber {
	s := pbx.Subscriber{Fields: pbx.Fields{}}
	var from []byte
	s.ID, from = unpackText(x.packed[x.lines[i].packed:])
	for from[0] > 0 {
		f := shown[from[0]-1]
		s.Fields[f], from = unpackText(from[1:])
	}
	if who == Everybody {
		delete(s.Fields, pbx.Attendant)
		if s.Get(pbx.Primary) == string(pbx.Attendant) {
			delete(s.Fields, pbx.Primary)
		}
	}
	return s
}
