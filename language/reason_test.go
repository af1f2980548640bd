package language

import "testing"

func TestReason(t *testing.T) {
	cases := []struct {
		family, code string
		facts        map[string]string
		sv, en       string
	}{
		{"problem.", "number", map[string]string{"field": "mobile", "raw": "saknas", "why": "letters", "number": "+46701234567"},
			"Mobil: ”saknas” går inte att läsa som nummer: där står bokstäver eller tecken som inte hör till ett nummer. Rätta det i Entra ID; det som står i växeln behålls.",
			"Mobile: “saknas” can't be read as a number: it holds letters or signs that no number has. Correct it in Entra ID; what the switchboard has is kept."},
		{"hold.", "left", map[string]string{"n": "1200", "limit": "60", "linked": "1200"},
			"1200 personer skulle försvinna, fler än gränsen 60", "1,200 people would go, more than the limit of 60"},
		{"hold.", "left", map[string]string{"n": "1", "limit": "0", "linked": "1"},
			"1 person skulle försvinna, fler än gränsen 0", "1 person would go, more than the limit of 0"},
		{"standing.", "condition", map[string]string{"field": "department", "operator": "isNot", "value": "{field}"},
			"Uppfyller inte villkoret: Avdelning är inte {field}", "Does not meet the condition: Department is not {field}"},
		{"left.", "softdeleted", map[string]string{"date": "2026-12-21"},
			"Borttagen i Entra ID, kan återställas till och med 21 december 2026", "Deleted in Entra ID, can be restored until 21 December 2026"},
		{"left.", "missing", map[string]string{"date": "2026-11-21T02:00:00+01:00"},
			"Saknas i Entra ID sedan 21 november 2026, orsaken är okänd", "Missing from Entra ID since 21 November 2026, reason unknown"},
		{"problem.", "extensionTaken", map[string]string{"extension": "12345"},
			"Anknytning 12345 är upptagen. Ge personen en annan eller gör den ledig.", "Extension 12345 is taken. Give the person another or free it."},
		{"failure.", "signin.secret-id-pasted", map[string]string{"code": "AADSTS7000215"},
			"Det här är hemlighetens ID. Klistra in fältet Value i stället.", "This is the secret's ID. Paste the field Value instead."},
		{"failure.", "permission.fine", map[string]string{"permission": "User.Read.All", "n": "1"}, "1 person kan läsas.", "1 person can be read."},
		{"failure.", "permission.works", map[string]string{"permission": "User.Read.All", "n": "1"},
			"User.Read.All fungerar, fast den inte syns i biljetten från Entra ID.", "User.Read.All works, although the token from Entra ID does not name it."},
		{"failure.", "throttled", nil, "Microsoft Graph ber oss vänta: vi försöker igen av oss själva.", "Microsoft Graph asks us to wait: we try again by ourselves."},
		{"change.", "new", nil, "Ny i urvalet", "New in the scope"},
		{"change.", "martian", nil, "⟦change.martian⟧", "⟦change.martian⟧"},
	}
	for _, c := range cases {
		if got := For("sv").Reason(c.family, c.code, c.facts); got != c.sv {
			t.Errorf("got  %q\nwant %q", got, c.sv)
		}
		if got := For("en").Reason(c.family, c.code, c.facts); got != c.en {
			t.Errorf("got  %q\nwant %q", got, c.en)
		}
	}
}
