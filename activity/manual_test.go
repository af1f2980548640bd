package activity

import (
	"bytes"
	"testing"

	"github.com/telefonist/telefonist/calendar"
)

// The five statuses of Outlook and the eight prefixes of the manuals, and the nine
// hänvisningar that they lead to.
func TestManualensStatusarOchPrefix(t *testing.T) {
	const klockan = "10:30"
	hänvisning := map[string]Key{
		"Tillgänglig": Available, "Jobbar hemifrån": Home, "Upptagen": Busy, "Möte": Meeting, "Lunch": Lunch,
		"Ej på kontoret": Out, "Semester": Holiday, "Sjuk / VAB": Sick, "Gått för dagen": Gone,
	}
	if len(hänvisning) != len(Nine()) {
		t.Fatalf("%d hänvisningar, vill ha %d", len(hänvisning), len(Nine()))
	}
	sedda := map[Key]bool{}
	for _, fall := range []struct {
		ämne    string
		visaSom calendar.ShowAs
		kallad  bool // av någon annan, tillsammans med andra
		vill    string
		öppen   bool
	}{
		// Outlooks status.
		{"Påminnelse", calendar.Free, false, "Tillgänglig", true},
		{"Kanske fika", calendar.Tentative, false, "Tillgänglig", true},
		{"Skriva rapport", calendar.Busy, false, "Upptagen", false},
		{"Veckomöte", calendar.Busy, true, "Möte", false},
		{"Kundbesök i Växjö", calendar.OutOfOffice, false, "Ej på kontoret", false},
		{"Hemma", calendar.Elsewhere, false, "Jobbar hemifrån", true},
		{"Något nytt från Microsoft", "focusing", false, "Tillgänglig", true},
		// Prefixen, vad bokningen än visas som.
		{"HEM: rörmokaren kommer", calendar.Free, false, "Jobbar hemifrån", true},
		{"SJU: feber", calendar.Free, false, "Sjuk / VAB", false},
		{"SLU: tack för i dag", calendar.Busy, false, "Gått för dagen", false},
		{"UPP: offert", calendar.Free, false, "Upptagen", false},
		{"LUN: med Åsa", calendar.OutOfOffice, false, "Lunch", false},
		{"MOT: styrgruppen", calendar.Free, false, "Möte", false},
		{"UTE: mässa", calendar.Busy, false, "Ej på kontoret", false},
		{"SEM: äntligen", calendar.Free, false, "Semester", false},
		{"sem: med små bokstäver", calendar.Free, false, "Semester", false},
		{"SV: VB: LUN: med Örjan", calendar.Free, false, "Lunch", false},
		// Semikolon öppnar telefonen.
		{"MOT; stör gärna", calendar.Busy, false, "Möte", true},
		{"UPP; men ring", calendar.Free, false, "Upptagen", true},
		{"LUN; vid skrivbordet", calendar.Busy, false, "Lunch", true},
		// Andras kallelser: bara MOT och UPP gäller, annars statusen.
		{"MOT: styrgruppen", calendar.Free, true, "Möte", false},
		{"UPP: inventering", calendar.Free, true, "Upptagen", false},
		{"SEM: Anna", calendar.Free, true, "Tillgänglig", true},
		{"SJU: Anna", calendar.Free, true, "Tillgänglig", true},
		{"UTE: alla på kickoff", calendar.OutOfOffice, true, "Ej på kontoret", false},
		// Inget prefix: ett ord för mycket, en bokstav, nio bokstäver, siffror.
		{"Lunch i dag: Åsa", calendar.Busy, false, "Upptagen", false},
		{"A: först", calendar.Busy, false, "Upptagen", false},
		{"Planering; höstens mässor", calendar.Busy, false, "Upptagen", false},
		{"kl 10:30", calendar.Busy, false, "Upptagen", false},
	} {
		e := event("e", "10:00", "11:00", shown(fall.visaSom), titled(fall.ämne))
		if fall.kallad {
			invited(&e)
		}
		s := state(t, office(e), klockan)
		if s.Key != hänvisning[fall.vill] || s.Open != fall.öppen {
			t.Errorf("%q som %q: %s, öppen %v; vill ha %s, öppen %v", fall.ämne, fall.visaSom, s.Key, s.Open, fall.vill, fall.öppen)
		}
		sedda[s.Key] = true
	}
	if len(sedda) != len(hänvisning) {
		t.Errorf("bara %d av nio hänvisningar prövade: %v", len(sedda), sedda)
	}
}

// The manuals let each of Outlook's statuses be set to any of the nine.
func TestVarjeStatusKanFåVarjeHänvisning(t *testing.T) {
	for _, visaSom := range []calendar.ShowAs{calendar.Free, calendar.Tentative, calendar.Busy, calendar.OutOfOffice, calendar.Elsewhere} {
		for _, a := range Nine() {
			in := office(event("e", "10:00", "11:00", shown(visaSom), others))
			in.Rules = ByStatus.Rules(in.Set, map[calendar.ShowAs]Key{visaSom: a.Key})
			if s := state(t, in, "10:30"); s.Key != a.Key || s.Open != a.Open {
				t.Errorf("%s ska bli %s: %s, öppen %v", visaSom, a.Key, s.Key, s.Open)
			}
		}
		in := office(event("e", "10:00", "11:00", shown(visaSom)))
		in.Rules = ByStatus.Rules(in.Set, map[calendar.ShowAs]Key{visaSom: ""})
		if s := state(t, in, "10:30"); s.Key != Available {
			t.Errorf("%s utan åsikt: %s", visaSom, s.Key)
		}
	}
}

// An organization that gives prefixes to its own activities gets rules for them.
func TestEgetPrefix(t *testing.T) {
	in := office(event("e", "10:00", "11:00", titled("TJÄ: Malmö")), event("f", "13:00", "14:00", titled("TJÄ: för alla"), invited))
	in.Set = Nine().With(Set{{Key: "trip", Names: map[string]string{"sv": "Tjänsteresa"}, Prefix: "tjä"}})
	in.Rules = ByPrefix.Rules(in.Set, nil)
	if s := state(t, in, "10:30"); s.Key != "trip" {
		t.Errorf("TJÄ: blev %s", s.Key)
	}
	if s := state(t, in, "13:30"); s.Key != Available {
		t.Errorf("någon annans TJÄ: blev %s", s.Key)
	}
}

// Inside, illness comes before a holiday. Outside it is Ej på kontoret, which a
// holiday and having gone for the day come before.
func TestIllnessRanksOutsideAsOut(t *testing.T) {
	ill := office(days("a", "2026-11-24", "2026-11-25", titled("SJU:")), event("b", "10:00", "12:00", titled("SEM:")))
	out := office(days("a", "2026-11-24", "2026-11-25", titled("UTE:")), event("b", "10:00", "12:00", titled("SEM:")))
	for _, in := range []*Input{&ill, &out} {
		in.Hours, in.OffHours = eightToFive(), Gone
	}
	for clock, want := range map[string][2]Key{"09:00": {Sick, Out}, "11:00": {Sick, Holiday}, "13:00": {Sick, Out}, "20:00": {Sick, Gone}} {
		s := state(t, ill, clock)
		if s.Key != want[0] || s.Outward(ill.Set).Key != want[1] {
			t.Errorf("%s: %s inside and %s outside, want %s and %s", clock, s.Key, s.Outward(ill.Set).Key, want[0], want[1])
		}
	}
	a, b := Make(ill).Outward(ill.Set), Make(out).Outward(out.Set)
	if !bytes.Equal(a.Append(nil), b.Append(nil)) {
		t.Error("outside they differ")
	}
}
