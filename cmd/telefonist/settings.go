package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Settings are what an operator sets: in a file, in the environment
// (TELEFONIST_LISTEN, TELEFONIST_TLS_CERTIFICATE …) or by flags, the later
// winning. Every one has a default that works.
type Settings struct {
	Listen    string           `yaml:"listen"`     // address and port; 127.0.0.1:8080
	Data      string           `yaml:"data"`       // folder of database, key, lock and socket; ./data
	Database  string           `yaml:"database"`   // postgres://…; else SQLite in the data folder
	PublicURL string           `yaml:"public-url"` // where others reach this server; turns on links and notifications
	Proxies   []string         `yaml:"proxies"`    // addresses or ranges whose X-Forwarded-* are believed
	TLS       TLS              `yaml:"tls"`
	Networks  Networks         `yaml:"networks"`
	Clouds    map[string]Cloud `yaml:"clouds"`
	SMTP      SMTP             `yaml:"smtp"`
	Key       string           `yaml:"key"` // file of the key that seals secrets; key.json in the data folder
	Log       Log              `yaml:"log"`
}

// TLS is the certificate the server shows; without one it speaks plain HTTP.
type TLS struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// Networks says which private ranges customers' settings may reach.
type Networks struct {
	Allow []string `yaml:"allow"`
}

// Cloud is a Microsoft cloud besides the national ones, such as the simulator.
type Cloud struct {
	Login string `yaml:"login"`
	Graph string `yaml:"graph"`
	CA    string `yaml:"ca"`  // file of the only authorities to trust; else the system's
	App   App    `yaml:"app"` // the operator's own multi-tenant app, if any
}

// App is an operator's multi-tenant application, for admin consent by a link.
type App struct {
	Client string `yaml:"client"`
	Secret string `yaml:"secret"`
}

// SMTP is how e-mail leaves; without a host none does.
type SMTP struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"` // 587
	Username string `yaml:"username"`
	Password string `yaml:"password"`
	From     string `yaml:"from"`
	// Security is "starttls" (the default), "tls" or "none".
	Security string `yaml:"security"`
	CA       string `yaml:"ca"` // file of the only authorities to trust
}

// Log says how much is told, "debug", "info", "warn" or "error", and as "text" or "json".
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// defaults are the settings of a server that nobody has set up.
func defaults() Settings {
	return Settings{
		Listen: "127.0.0.1:8080", Data: "./data", SMTP: SMTP{Port: 587, Security: "starttls"}, Log: Log{"info", "text"},
	}
}

// load reads a file ("" for none) over s, then the environment.
func (s *Settings) load(file string, environ []string) error {
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read settings: %w", err)
		}
		if err := s.parse(text); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return s.environment(environ)
}

// parse reads YAML over s. An unknown key is an error that names the nearest
// known one.
func (s *Settings) parse(text []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil
	}
	if err := known(doc.Content[0], reflect.TypeFor[Settings](), ""); err != nil {
		return err
	}
	if err := doc.Decode(s); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	return nil
}

func known(n *yaml.Node, t reflect.Type, path string) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return known(n.Alias, t, path)
	case n.Kind != yaml.MappingNode:
		return nil
	case t.Kind() == reflect.Map:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if err := known(n.Content[i+1], t.Elem(), path+n.Content[i].Value+"."); err != nil {
				return err
			}
		}
		return nil
	case t.Kind() != reflect.Struct:
		return nil
	}
	var names []string
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		fields[name] = t.Field(i).Type
		names = append(names, name)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := fields[key.Value]
		if !ok {
			return fmt.Errorf("line %d: unknown key %q; did you mean %q?", key.Line, path+key.Value, path+nearest(key.Value, names))
		}
		if err := known(n.Content[i+1], field, path+key.Value+"."); err != nil {
			return err
		}
	}
	return nil
}

// environment sets what the environment names: TELEFONIST_ and the path of the
// key in capitals, "-" and "." as "_"; lists are split at commas. Clouds are set
// in the file alone.
func (s *Settings) environment(environ []string) error {
	targets := map[string]reflect.Value{}
	variables(reflect.ValueOf(s).Elem(), "TELEFONIST", targets)
	var names []string
	for name := range targets {
		names = append(names, name)
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "TELEFONIST_") || reserved(name) {
			continue
		}
		target, ok := targets[name]
		if !ok {
			return fmt.Errorf("unknown variable %s; did you mean %s?", name, nearest(name, names))
		}
		if err := assign(target, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// reserved are variables that say how a command is to run, not what a server is.
func reserved(name string) bool {
	return name == "TELEFONIST_TOKEN" || name == "TELEFONIST_SERVER" || name == "TELEFONIST_SETTINGS" || name == "TELEFONIST_PASSWORD" ||
		strings.HasPrefix(name, "TELEFONIST_LIVE_") || strings.HasPrefix(name, "TELEFONIST_TEST_") || strings.HasPrefix(name, "TELEFONIST_PEERS_") ||
		name == "TELEFONIST_AXE" || name == "TELEFONIST_CHROMIUM" || strings.HasPrefix(name, "TELEFONIST_KILL") || name == "TELEFONIST_SEED"
}

func variables(v reflect.Value, prefix string, into map[string]reflect.Value) {
	for i := range v.NumField() {
		name := prefix + "_" + strings.ToUpper(strings.ReplaceAll(v.Type().Field(i).Tag.Get("yaml"), "-", "_"))
		switch f := v.Field(i); f.Kind() {
		case reflect.Struct:
			variables(f, name, into)
		case reflect.Map:
		default:
			into[name] = f
		}
	}
}

func assign(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("must be a whole number")
		}
		v.SetInt(int64(n))
	case reflect.Slice:
		var list []string
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		v.Set(reflect.ValueOf(list))
	default:
		v.SetString(text)
	}
	return nil
}

// check says what can't be right, before anything is started.
func (s *Settings) check() error {
	for _, ranges := range [][]string{s.Networks.Allow, s.Proxies} {
		if _, err := prefixes(ranges); err != nil {
			return err
		}
	}
	if s.PublicURL != "" {
		u, err := url.Parse(s.PublicURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			return fmt.Errorf("public-url: %q must be like https://telefonist.example.se, without a path", s.PublicURL)
		}
		s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	}
	if (s.TLS.Certificate == "") != (s.TLS.Key == "") {
		return errors.New("tls: certificate and key go together")
	}
	if s.Database != "" && !strings.HasPrefix(s.Database, "postgres://") && !strings.HasPrefix(s.Database, "postgresql://") {
		return errors.New("database: must begin with postgres://; leave it out for SQLite in the data folder")
	}
	switch s.SMTP.Security {
	case "starttls", "tls", "none":
	default:
		return fmt.Errorf("smtp.security: %q is not starttls, tls or none", s.SMTP.Security)
	}
	for name, c := range s.Clouds {
		for _, address := range []string{c.Login, c.Graph} {
			if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
				return fmt.Errorf("clouds.%s: %q must be an https:// address", name, address)
			}
		}
	}
	return nil
}

// prefixes reads addresses and ranges.
func prefixes(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("networks, proxies: %q is not an address or a range such as 10.0.0.0/8", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		all = append(all, p)
	}
	return all, nil
}

// nearest is the known word that differs least, by Levenshtein's distance.
func nearest(word string, words []string) string {
	best, least := "", 1<<30
	for _, w := range words {
		if d := distance(word, w); d < least || d == least && w < best {
			best, least = w, d
		}
	}
	return best
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(before+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
