package presence_test

import (
	"errors"
	"testing"
	"time"

	"github.com/telefonist/telefonist/pbx"
	"github.com/telefonist/telefonist/pbx/presence"
)

func TestAddress(t *testing.T) {
	anna := pbx.Subscriber{Fields: pbx.Fields{pbx.Extension: "101", pbx.Business: "+46812345601", pbx.Mail: "anna.öst@exempel.se", pbx.UserName: "anna öst",
		pbx.Other: "+468123;ext=12", pbx.Department: "sälj.exempel", pbx.Title: "x\r\nEvent: y%0d>?@\""}}
	for _, c := range []struct{ template, want, refusal string }{
		{"sip:{extension}@pbx.example.se", "sip:101@pbx.example.se", ""},
		{"sip:{business}@pbx.example.se:5080;user=phone", "sip:+46812345601@pbx.example.se:5080;user=phone", ""},
		{"sip:7{extension}-{userName}@pbx", "sip:7101-anna%20%C3%B6st@pbx", ""},
		{"sip:{mail}", "sip:anna.%C3%B6st@exempel.se", ""},
		{"sip:{mail}@pbx", "sip:anna.%C3%B6st%40exempel.se@pbx", ""},
		{"sip:{other}@[::1]", "sip:+468123;ext=12@[::1]", ""},
		{"sip:{mobile}@pbx", "", "addressField"},
		{"sip:{title}@pbx", "sip:x%0D%0AEvent%3A%20y%250d%3E%3F%40%22@pbx", ""},
	} {
		p, err := presence.Open(presence.Settings{Server: "x", Transport: "tcp", Address: c.template}, nil, time.Now)
		if err != nil {
			t.Errorf("%s: %v", c.template, err)
			continue
		}
		got, err := p.Address(anna)
		var no *pbx.Refusal
		if refused := errors.As(err, &no); got != c.want || refused != (c.refusal != "") || refused && no.Code != c.refusal {
			t.Errorf("%s: %q, %v; want %q", c.template, got, err, c.want)
		}
		p.Close()
	}
}

func TestMailThatIsNoAddress(t *testing.T) {
	p, err := presence.Open(presence.Settings{Server: "x", Transport: "tcp", Address: "sip:{mail}"}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, mail := range []string{"anna", "@exempel.se", "anna@", "anna@a b", "anna@x>", "anna@x\r\nEvent: y", "anna@x;maddr=192.0.2.1", "anna@x:5061"} {
		_, err := p.Address(pbx.Subscriber{Fields: pbx.Fields{pbx.Mail: mail}})
		var no *pbx.Refusal
		if !errors.As(err, &no) || no.Code != "address" {
			t.Errorf("%q: %v", mail, err)
		}
	}
}

func TestSettings(t *testing.T) {
	for template, code := range map[string]string{
		"": "scheme", "{mail}": "scheme", "tel:{business}": "scheme", "sip:101@pbx": "same", "sip:{extension": "brace", "sip:extension}@pbx": "brace",
		"sip:{skostorlek}@pbx": "field", "sip:{hidden}@pbx": "field", "sip:{extension}": "host", "sip:{extension}@": "host",
		"sip:101@{extension}": "host", "sip:{extension}@p x": "host", "sip:{extension}@pbx>": "host", "sip:{extension}@a@b": "host",
	} {
		var wrong *presence.SettingError
		if err := presence.CheckAddress(template); !errors.As(err, &wrong) || wrong.Setting != "address" || wrong.Code != code {
			t.Errorf("%q: %v, want %s", template, err, code)
		}
	}
	good := presence.Settings{Server: "pbx", Transport: "tls", Address: "sips:{extension}@pbx"}
	p, err := presence.Open(good, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	for name, change := range map[string]func(*presence.Settings){
		"sips over TCP": func(s *presence.Settings) { s.Transport = "tcp" },
		"transport":     func(s *presence.Settings) { s.Transport = "sctp" },
		"server":        func(s *presence.Settings) { s.Server = "" },
		"authorities":   func(s *presence.Settings) { s.CA = []byte("-----BEGIN") },
	} {
		s := good
		change(&s)
		if _, err := presence.Open(s, nil, time.Now); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
