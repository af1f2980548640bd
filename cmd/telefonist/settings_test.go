package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const example = "../../telefonist.example.yaml"

// The example names every setting, and shows the defaults.
func TestExampleIsWhole(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	var s Settings
	if err := s.parse(text); err != nil {
		t.Fatal(err)
	}
	if err := s.check(); err != nil {
		t.Error(err)
	}
	if len(s.Clouds) != 1 {
		t.Errorf("clouds: got %d, want one to copy", len(s.Clouds))
	}
	s.Clouds, s.Proxies, s.Networks.Allow = nil, nil, nil
	if diff := cmp.Diff(defaults(), s); diff != "" {
		t.Errorf("the example is not the defaults: %s", diff)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	missing(t, doc.Content[0], reflect.TypeFor[Settings](), "")
}

// missing reports the keys of a type that n does not have.
func missing(t *testing.T, n *yaml.Node, typ reflect.Type, path string) {
	t.Helper()
	if typ.Kind() == reflect.Map {
		for i := 1; i < len(n.Content); i += 2 {
			missing(t, n.Content[i], typ.Elem(), path+n.Content[i-1].Value+".")
		}
		return
	}
	if typ.Kind() != reflect.Struct {
		return
	}
	have := map[string]*yaml.Node{}
	for i := 1; i < len(n.Content); i += 2 {
		have[n.Content[i-1].Value] = n.Content[i]
	}
	for i := range typ.NumField() {
		key := typ.Field(i).Tag.Get("yaml")
		if have[key] == nil {
			t.Errorf("%s%s is not in the example", path, key)
			continue
		}
		missing(t, have[key], typ.Field(i).Type, path+key+".")
	}
}

func TestUnknownKeysNameTheNearest(t *testing.T) {
	cases := map[string]string{
		"lisen: x":                              `line 1: unknown key "lisen"; did you mean "listen"?`,
		"smtp:\n  hots: x":                      `line 2: unknown key "smtp.hots"; did you mean "smtp.host"?`,
		"clouds:\n  sim:\n    app: {cleint: x}": `line 3: unknown key "clouds.sim.app.cleint"; did you mean "clouds.sim.app.client"?`,
		"publicurl: x":                          `line 1: unknown key "publicurl"; did you mean "public-url"?`,
	}
	for text, want := range cases {
		s := defaults()
		if err := s.parse([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// Flags win over the environment, the environment over the file, the file over
// the defaults.
func TestFlagsWin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.yaml")
	text := "listen: 127.0.0.1:1\ndata: from-file\ndatabase: postgres://file\nsmtp: {host: mail.example.se}\nnetworks: {allow: [10.1.0.0/16]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TELEFONIST_LISTEN", "127.0.0.1:2")
	t.Setenv("TELEFONIST_DATA", "from-environment")
	t.Setenv("TELEFONIST_SMTP_PORT", "2525")
	t.Setenv("TELEFONIST_PROXIES", "127.0.0.1, 10.0.0.0/8")
	t.Setenv("TELEFONIST_TOKEN", "is the command line's")
	got, err := serverFlags{Config: file, Listen: "127.0.0.1:3", PublicURL: "https://t.example.se/", Allow: []string{"10.2.0.0/16"}}.settings(defaults())
	if err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.Listen, want.Data, want.Database = "127.0.0.1:3", "from-environment", "postgres://file"
	want.PublicURL, want.Proxies = "https://t.example.se", []string{"127.0.0.1", "10.0.0.0/8"}
	want.SMTP.Host, want.SMTP.Port = "mail.example.se", 2525
	want.Networks.Allow = []string{"10.1.0.0/16", "10.2.0.0/16"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEnvironmentIsChecked(t *testing.T) {
	cases := map[string]string{
		"TELEFONIST_SMPT_HOST=x":      "unknown variable TELEFONIST_SMPT_HOST; did you mean TELEFONIST_SMTP_HOST?",
		"TELEFONIST_SMTP_PORT=twenty": "TELEFONIST_SMTP_PORT: must be a whole number",
		"TELEFONIST_CLOUDS=x":         "unknown variable TELEFONIST_CLOUDS",
		"TELEFONIST_SERVER=x":         "",
		"HOME=/root":                  "",
	}
	for variable, want := range cases {
		s := defaults()
		err := s.load("", []string{variable})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", variable, err, want)
		}
	}
}

func TestBadValuesAreRefused(t *testing.T) {
	cases := map[string]string{
		"public-url: telefonist.example.se":           "public-url",
		"public-url: https://t.example.se/path":       "public-url",
		"tls: {certificate: x}":                       "tls",
		"database: mysql://x":                         "database",
		"networks: {allow: [10.0.0.0/33]}":            "networks",
		"proxies: [proxy.example.se]":                 "proxies",
		"smtp: {security: ssl}":                       "smtp.security",
		"clouds: {x: {login: 'http://a', graph: ''}}": "clouds.x",
		"listen: [a]":                                 "read settings",
		"listen: x\nlisten: y":                        "read settings",
		"{":                                           "read settings",
	}
	for text, want := range cases {
		s := defaults()
		err := s.parse([]byte(text))
		if err == nil {
			err = s.check()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want it to name %q", text, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"listen", "data", "database", "tls"}
	for word, want := range map[string]string{"lisent": "listen", "dat": "data", "databas": "database", "ssl": "tls"} {
		if got := nearest(word, words); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

// Whatever stands in a file, reading it ends with settings or an error; and what
// was read can be written and read again.
func FuzzSettings(f *testing.F) {
	if text, err := os.ReadFile(example); err == nil {
		f.Add(text)
	}
	for _, text := range []string{"", "{", "tls: &a {key: *a}", "clouds: {a: &b {login: x}, c: *b}", "- a", "listen: 2026-11-21", "? [a]\n: b", "log: ~"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := defaults()
		if s.parse(text) != nil {
			return
		}
		again, err := yaml.Marshal(s)
		if err != nil {
			t.Fatalf("write: %v", err)
		}
		var back Settings
		if err := back.parse(again); err != nil {
			t.Fatalf("read what was written: %v\n%s", err, again)
		}
		if s.check() == nil && back.check() != nil {
			t.Errorf("refused once written: %s", again)
		}
	})
}
