package m365

// dice is chance that falls the same each time: it is made of what it is
// thrown for (a seed, a person, a day), so nothing of it must be remembered.
type dice uint64

const golden = 0x9E3779B97F4A7C15

// mix is the finish of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// throw makes the dice for a purpose.
func throw(purpose ...uint64) dice {
	h := uint64(golden)
	for _, p := range purpose {
		h = mix(h ^ mix(p+golden))
	}
	return dice(h)
}

// n is a number below k.
func (d *dice) n(k int) int {
	*d += golden
	return int(mix(uint64(*d)) % uint64(k))
}

// mille is true so many times of a thousand.
func (d *dice) mille(of int) bool { return d.n(1000) < of }

// one is one of a list.
func one[T any](d *dice, list []T) T { return list[d.n(len(list))] }

// weight is a choice and how often it falls, beside others.
type weight struct{ often, value int }

// weighted is the value of one of the choices.
func (d *dice) weighted(choices []weight) int {
	all := 0
	for _, c := range choices {
		all += c.often
	}
	k := d.n(all)
	for _, c := range choices {
		if k -= c.often; k < 0 {
			return c.value
		}
	}
	return 0
}

// fingerprint is a number that stands for a text (FNV-1a).
func fingerprint(text string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 0x100000001b3
	}
	return mix(h)
}
