package m365

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// receptionNumber is written at many people, as companies do.
const receptionNumber = "08-555 010 00"

// rubbish is what else stands in number fields.
var rubbish = []string{
	"se signatur", "ring mobilen", "-", "000", "?", "N/A", "08-", "ankn 4412", "växeln", "tel: 08 / 123", "1234567890123456789",
	"070-123 45 67 / 070-765 43 21", "+46", "070 12 34 5", "anna@example.com", "0",
}

// digits makes n of them; the first is never 0.
func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	if b[0] == '0' {
		b[0] = '5'
	}
	return string(b)
}

// group splits s into blocks of the given sizes; the rest is the last block.
func group(s string, sizes ...int) string {
	var parts []string
	for _, n := range sizes {
		if n >= len(s) {
			break
		}
		parts, s = append(parts, s[:n]), s[n:]
	}
	return strings.Join(append(parts, s), " ")
}

// typed writes a number as a person might have typed it.
func (n *nation) typed(r *rand.Rand, area, local string) string {
	trunk := "0"
	if n.code == "NO" { // Norway has no trunk prefix
		trunk = ""
	}
	grouped := group(local, 3, 2)
	switch r.IntN(14) {
	case 0:
		return "+" + n.calling + area + local
	case 1:
		return "+" + n.calling + " (0)" + area + " " + grouped
	case 2:
		return "00" + n.calling + " " + area + " " + grouped
	case 3:
		return n.calling + " " + area + " " + grouped // the plus forgotten
	case 4:
		return trunk + area + local
	case 5:
		return fmt.Sprintf("%s%s-%s ankn %d", trunk, area, local, 10+r.IntN(90))
	case 6:
		return fmt.Sprintf("+%s-%s-%s", n.calling, area, local)
	case 7:
		return trunk + area + "/" + local
	case 8:
		return "(" + trunk + area + ") " + grouped
	case 9:
		return "+" + n.calling + "\u00a0" + area + "\u00a0" + strings.ReplaceAll(grouped, " ", "\u00a0")
	case 10:
		return "  " + trunk + area + " – " + grouped + " "
	case 11:
		return "tel:+" + n.calling + area + local
	default:
		return trunk + area + "-" + grouped
	}
}

// desk is what stands in businessPhones.
func (n *nation) desk(r *rand.Rand) []string {
	switch k := r.IntN(100); {
	case k < 14:
		return nil
	case k < 20:
		return []string{digits(r, 4)} // only the internal number
	case k < 23:
		return []string{pickOne(r, rubbish)}
	}
	area := pickOne(r, n.area)
	return []string{n.typed(r, area, digits(r, n.length-len(area)))}
}

// cell is what stands in mobilePhone.
func (n *nation) cell(r *rand.Rand) string {
	switch k := r.IntN(100); {
	case k < 22:
		return ""
	case k < 24:
		return pickOne(r, rubbish)
	}
	prefix := pickOne(r, n.mobile)
	return n.typed(r, prefix, digits(r, n.length-len(prefix)))
}
