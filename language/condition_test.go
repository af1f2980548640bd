package language

import "testing"

func TestCondition(t *testing.T) {
	for _, tc := range []struct {
		tag  string
		c    Condition
		want string
	}{
		{Swedish, Condition{}, "Inga villkor än"},
		{Swedish, Condition{Prefix: "SEM"}, "prefix SEM:"},
		{Swedish, Condition{ShowAs: "oof", AllDay: "no"}, "visas som Frånvarande (Out of office) och inte heldag"},
		{English, Condition{ShowAs: "oof", AllDay: "no"}, "shown as Out of office and not all day"},
		{Swedish, Condition{Word: "jour", Category: "Resa", Private: "yes", Own: "no", Others: "yes", Response: "accepted", Group: "Säljarna"},
			"ordet ”jour”, kategorin ”Resa”, privat, inbjuden av någon annan, andra är inbjudna, svar: har tackat ja och medlem i Säljarna"},
	} {
		if got := For(tc.tag).Condition(tc.c); got != tc.want {
			t.Errorf("%s %+v: got %q, want %q", tc.tag, tc.c, got, tc.want)
		}
	}
}
