package ntlm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

// The kinds of AV_PAIR that are used, [MS-NLMP] 2.2.2.1.
const (
	avEnd             = 0
	avComputer        = 1
	avDomain          = 2
	avDNSComputer     = 3
	avDNSDomain       = 4
	avFlags           = 6
	avTimestamp       = 7
	avTargetName      = 9
	avChannelBindings = 10

	avFlagIntegrity = 2 // in avFlags: the message has an integrity code
)

// maxPairs is several times what any Windows sends.
const maxPairs = 64

type pair struct {
	id    uint16
	value []byte
}

// pairs are the AV_PAIRs of a message in their order, without the last, empty one.
type pairs []pair

var errPairs = errors.New("an NTLM challenge whose target information is broken")

func parsePairs(b []byte) (pairs, error) {
	var p pairs
	for range maxPairs {
		if len(b) < 4 {
			return nil, errPairs
		}
		id, size := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if len(b) < 4+size {
			return nil, errPairs
		}
		value := b[4 : 4+size]
		switch {
		case id == avEnd && size == 0:
			return p, nil
		case id == avEnd, id == avFlags && size != 4, id == avTimestamp && size != 8:
			return nil, errPairs
		}
		if _, twice := p.get(id); twice {
			return nil, errPairs
		}
		p = append(p, pair{id, value})
		b = b[4+size:]
	}
	return nil, errPairs
}

func (p pairs) get(id uint16) ([]byte, bool) {
	i := slices.IndexFunc(p, func(o pair) bool { return o.id == id })
	if i < 0 {
		return nil, false
	}
	return p[i].value, true
}

// text returns a name.
func (p pairs) text(id uint16) string {
	value, _ := p.get(id)
	return fromUTF16(value)
}

func (p *pairs) set(id uint16, value []byte) {
	*p = append(slices.DeleteFunc(*p, func(o pair) bool { return o.id == id }), pair{id, value})
}

func (p pairs) clone() pairs { return slices.Clone(p) }

func (p pairs) bytes() []byte {
	var b bytes.Buffer
	for _, o := range append(p.clone(), pair{id: avEnd}) {
		var head [4]byte
		binary.LittleEndian.PutUint16(head[:], o.id)
		binary.LittleEndian.PutUint16(head[2:], uint16(len(o.value)))
		b.Write(head[:])
		b.Write(o.value)
	}
	return b.Bytes()
}
