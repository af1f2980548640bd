package m365

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// eventID is what an event's id says: its mailbox, and either the number under
// which it is held or where everyday's events it stands. Ids are case-sensitive
// and as long as Outlook's shortest.
type eventID struct {
	box      uint64 // of the person's id
	everyday bool
	number   uint64 // or the hash of what Everyday called it
	start    uint32 // of an everyday one, Unix seconds
	day      int    // of an occurrence
	dated    bool
}

// The bytes in front make ids look like Outlook's, "AAMk…", and immutable ones
// like those, "AAkA…".
var (
	plainPrefix     = []byte{0x00, 0x03, 0x24}
	immutablePrefix = []byte{0x00, 0x09, 0x00}
)

const (
	heldID = iota + 1
	everydayID
	ofOccurrence = 0x80
)

func (i eventID) String() string {
	kind := byte(heldID)
	if i.everyday {
		kind = everydayID
	}
	if i.dated {
		kind |= ofOccurrence
	}
	b := append(append([]byte(nil), plainPrefix...), kind)
	b = binary.BigEndian.AppendUint64(b, i.box)
	b = binary.BigEndian.AppendUint64(b, i.number)
	if i.everyday {
		b = binary.BigEndian.AppendUint32(b, i.start)
	}
	if i.dated {
		b = binary.BigEndian.AppendUint32(b, uint32(i.day))
	}
	return base64.URLEncoding.EncodeToString(b)
}

// parseEventID reads an id of either form.
func parseEventID(id string) (eventID, bool) {
	var out eventID
	b, err := base64.URLEncoding.DecodeString(id)
	if err != nil || len(b) < 20 || b[0] != 0 || b[1] != plainPrefix[1] && b[1] != immutablePrefix[1] {
		return out, false
	}
	kind := b[3]
	out.dated, out.everyday = kind&ofOccurrence != 0, kind&^ofOccurrence == everydayID
	out.box, out.number, b = binary.BigEndian.Uint64(b[4:]), binary.BigEndian.Uint64(b[12:]), b[20:]
	if out.everyday {
		if len(b) < 4 {
			return out, false
		}
		out.start, b = binary.BigEndian.Uint32(b), b[4:]
	}
	if out.dated {
		if len(b) < 4 {
			return out, false
		}
		out.day, b = int(int32(binary.BigEndian.Uint32(b))), b[4:]
	}
	return out, len(b) == 0
}

// immutableID is the other form of an id, which Prefer: IdType asks for.
func immutableID(id string) string {
	b, err := base64.URLEncoding.DecodeString(id)
	if err != nil || len(b) < 20 {
		return id
	}
	copy(b, immutablePrefix)
	return base64.URLEncoding.EncodeToString(b)
}

// occurrenceID is the id of a series' occurrence: as in Exchange it holds the
// day, so a series that is moved to other days has occurrences of other ids.
func occurrenceID(master string, day int) string {
	id, ok := parseEventID(master)
	if !ok {
		return master
	}
	id.dated, id.day = true, day
	return id.String()
}

// master is the id of an occurrence's series.
func (i eventID) master() string {
	i.dated, i.day = false, 0
	return i.String()
}

// hash64 is a number that stands for a text.
func hash64(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

func everydayEventID(person, key string, start time.Time) string {
	return eventID{box: hash64(person), everyday: true, number: hash64(key), start: uint32(start.Unix())}.String()
}

// uidPrefix begins every iCalUId that Exchange makes; the date of an
// occurrence, or zeros, stand after it.
const uidPrefix = "040000008200E00074C5B7101A82E008"

// uidFrom is a text as iCalUId: itself if it looks like one.
func uidFrom(text string) string {
	if strings.HasPrefix(text, uidPrefix) && len(text) == 112 {
		return text
	}
	h := fnv.New128a()
	h.Write([]byte(text))
	return uidPrefix + "00000000" + "A0D7C3B29A6CD701" + "0000000000000000" + "10000000" + strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
}

// datedUID is the iCalUId of an occurrence of the series that has uid.
func datedUID(uid string, day int) string {
	if len(uid) < 40 {
		return uid
	}
	d := dateOf(day)
	return uid[:32] + fmt.Sprintf("%04X%02X%02X", d.Year(), int(d.Month()), d.Day()) + uid[40:]
}
