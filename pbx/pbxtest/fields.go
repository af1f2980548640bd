package pbxtest

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/pbx"
)

// everything is an entry in which each field has a value of its own.
func everything() pbx.Fields {
	fields := pbx.Fields{
		pbx.Extension: "0123", pbx.Primary: string(pbx.Mobile), pbx.Hidden: "true", pbx.Protected: "true",
		pbx.ContactURL: "https://exempel.se/?nummer={number}&namn=%C3%85sa",
	}
	for _, f := range pbx.Writable() {
		fields[f] = "värde av " + string(f)
	}
	for i, f := range pbx.Numbers() {
		fields[f] = "+4670123456" + string(rune('0'+i))
	}
	fields[pbx.Fax] = "+4681234567;ext=12"
	fields[pbx.Mail] = "åsa@exempel.se"
	fields[pbx.Mails] = "en@exempel.se\ntvå@exempel.se"
	return fields
}

func everyField(t *testing.T, r pbx.Register) {
	made := make1(t, r, "all", everything())
	if diff := gocmp.Diff(everything(), made.Fields); diff != "" {
		t.Error(diff)
	}
	apply(t, r, pbx.Change{Kind: pbx.Update, Subscriber: made.ID, After: pbx.Fields{pbx.Note: "ny"}})
	want := everything()
	want[pbx.Note] = "ny"
	holds(t, r, pbx.Subscriber{Key: "all", Fields: want})
}

func oddCharacters(t *testing.T, r pbx.Register) {
	for i, value := range []string{
		"Åsa Öberg-Ñandú", "O'Brien; DROP TABLE subscriber; --", `"citat" \n \u0000`, "rad 1\nrad 2\ttabb", "<b>&amp;</b>", "=1+1", "100 %_",
		"Кирилл", "名前", "👩‍👩‍👧", "e\u0301", "\u200fשלום", "  mellanslag  ", "{}", "null", "$1 ? :x",
	} {
		key := string(rune('a' + i))
		fields := pbx.Fields{pbx.DisplayName: value, pbx.Note: value, pbx.Department: value}
		made := make1(t, r, key, fields)
		if diff := gocmp.Diff(fields, made.Fields); diff != "" {
			t.Errorf("%q: %s", value, diff)
		}
		if again := make1(t, r, key, fields); again.ID != made.ID {
			t.Errorf("%q isn't found again", value)
		}
	}
	// What can't be kept may be changed, but what is answered is what is kept, and
	// the same again changes nothing more.
	broken := pbx.Change{Kind: pbx.Create, Key: "broken", After: pbx.Fields{pbx.DisplayName: "a\x00b\xffc", pbx.Note: "\x00"}}
	once := apply(t, r, broken)
	if diff := gocmp.Diff(once, apply(t, r, broken)); diff != "" {
		t.Errorf("broken text, again: %s", diff)
	}
}

func clearing(t *testing.T, r pbx.Register) {
	s := make1(t, r, "anna", pbx.Fields{pbx.DisplayName: "Anna", pbx.Extension: "101", pbx.Mobile: "+46701234567", pbx.Title: "Chef", pbx.Fax: ""})
	if _, empty := s.Fields[pbx.Fax]; empty {
		t.Error("an empty field is held as one")
	}
	apply(t, r, pbx.Change{Kind: pbx.Update, Subscriber: s.ID, After: pbx.Fields{pbx.Mobile: "", pbx.City: ""}})
	holds(t, r, pbx.Subscriber{Key: "anna", Fields: pbx.Fields{pbx.DisplayName: "Anna", pbx.Extension: "101", pbx.Title: "Chef"}})
	apply(t, r, pbx.Change{Kind: pbx.Update, Subscriber: s.ID, After: pbx.Fields{pbx.DisplayName: "", pbx.Extension: "", pbx.Title: ""}})
	holds(t, r, pbx.Subscriber{Key: "anna", Fields: pbx.Fields{}})
}

func hiddenKept(t *testing.T, r pbx.Register) {
	hidden := pbx.Fields{pbx.DisplayName: "Hidden", pbx.Hidden: "true"}
	protected := pbx.Fields{pbx.DisplayName: "Protected", pbx.Protected: "true"}
	make1(t, r, "hidden", hidden)
	p := make1(t, r, "protected", protected)
	apply(t, r, pbx.Change{Kind: pbx.Update, Subscriber: p.ID, After: pbx.Fields{pbx.Title: "Chef"}})
	holds(t, r, pbx.Subscriber{Key: "hidden", Fields: hidden}, pbx.Subscriber{Key: "protected", Fields: p.With(pbx.Fields{pbx.Title: "Chef"}).Fields})
}

// nothingShared changes what was given and what was answered.
func nothingShared(t *testing.T, r pbx.Register) {
	fields := pbx.Fields{pbx.DisplayName: "Anna"}
	s := make1(t, r, "anna", fields)
	fields[pbx.DisplayName] = "spoilt"
	s.Fields[pbx.DisplayName] = "spoilt"
	for _, listed := range held(t, r) {
		listed.Fields[pbx.DisplayName] = "spoilt"
	}
	holds(t, r, pbx.Subscriber{Key: "anna", Fields: pbx.Fields{pbx.DisplayName: "Anna"}})
}
