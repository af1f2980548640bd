package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/telefonist/telefonist/client"
)

func TestSpoken(t *testing.T) {
	cases := []struct {
		asked string
		env   map[string]string
		want  string
	}{
		{"", nil, "en"},
		{"", map[string]string{"LANG": "sv_SE.UTF-8"}, "sv_SE"},
		{"", map[string]string{"LANG": "en_GB.UTF-8", "LC_ALL": "sv_SE.UTF-8"}, "sv_SE"},
		{"", map[string]string{"LANG": "C.UTF-8"}, "C"},
		{"sv", map[string]string{"LANG": "en_GB.UTF-8"}, "sv"},
	}
	for _, c := range cases {
		if got := spoken(c.asked, func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%q with %v: got %q, want %q", c.asked, c.env, got, c.want)
		}
	}
}

func TestChoose(t *testing.T) {
	all := []thing{{"a1", "Åkeri AB", "1042"}, {"b2", "Bageri AB", "1043"}, {"c3", "Bageri AB", ""}}
	one := all[:1]
	cases := []struct {
		all  []thing
		ref  string
		want string // an id, or part of the error
	}{
		{one, "", "a1"},
		{all, "a1", "a1"},
		{all, "1043", "b2"},
		{all, "ÅKERI ab", "a1"},
		{all, "", "Åkeri AB, Bageri AB and Bageri AB"},
		{all, "Bageri AB", "Several are possible"},
		{all, "Akeri", "Did you mean “Åkeri AB”?"},
		{nil, "x", "Can't find the customer “x”."},
		{nil, "", "telefonist organization add"},
	}
	for _, c := range cases {
		found, err := choose(testSession(), "cli.the.organization", c.all, c.ref, func(one thing) thing { return one })
		if err != nil && !strings.Contains(err.Error(), c.want) || err == nil && found.id != c.want {
			t.Errorf("%q: got %v, %v, want %s", c.ref, found, err, c.want)
		}
	}
}

// What a directory holds can't speak to the terminal or break a table.
func TestTable(t *testing.T) {
	var out bytes.Buffer
	s := testSession()
	s.out = &out
	rows := s.table("cli.name", "cli.id")
	rows.row("Åsa\x1b[31m\tÖberg\n", "1")
	rows.row("Bo", "")
	rows.end()
	if got, want := out.String(), "Name             Id\nÅsa [31m Öberg   1\nBo\n"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A bar that shrinks leaves nothing standing, and off a terminal there is none.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	s := testSession()
	s.err = &out
	bar := progress{s: s, on: true}
	bar.draw(client.Round{State: "reading", Progress: 1200})
	bar.draw(client.Round{State: "applying", Progress: 10, Total: 20})
	bar.draw(client.Round{State: "reading"})
	bar.clear()
	lines := strings.Split(out.String(), "\r")[1:]
	if !strings.Contains(lines[0], "Reading Entra ID 1,200 people") {
		t.Errorf("reading: %q", lines[0])
	}
	if !strings.Contains(lines[1], strings.Repeat("█", 15)+strings.Repeat("░", 15)+"] 10/20") {
		t.Errorf("half-way: %q", lines[1])
	}
	if strings.TrimSpace(lines[2]) != "Reading Entra ID" || len([]rune(lines[2])) < len([]rune(lines[1])) {
		t.Errorf("shrunk: %q after %q", lines[2], lines[1])
	}
	if strings.TrimSpace(lines[3]+lines[4]) != "" {
		t.Errorf("cleared: %q", lines[3:])
	}
	out.Reset()
	quiet := progress{s: s}
	quiet.draw(client.Round{State: "reading"})
	quiet.clear()
	if out.Len() > 0 {
		t.Errorf("off a terminal: %q", out.String())
	}
}

func TestSecretsAreRead(t *testing.T) {
	for text, want := range map[string]string{"abc\n": "abc", "abc\r\ndef": "abc", "a~b.c": "a~b.c", " x ": " x "} {
		s := testSession()
		s.in = strings.NewReader(text)
		if got, err := s.readSecret(t.Context(), "credential.secret"); err != nil || got != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	if got, err := testSession().readSecret(t.Context(), "credential.secret"); err == nil {
		t.Errorf("nothing is read as %q", got)
	}
}
