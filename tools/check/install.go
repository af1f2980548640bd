package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/telefonist/telefonist/peers/apache"
	"github.com/telefonist/telefonist/peers/exchangelib"
	"github.com/telefonist/telefonist/peers/kamailio"
	"github.com/telefonist/telefonist/peers/phone"
	"github.com/telefonist/telefonist/peers/postgres"
)

// need is something from outside that some tests can't do without.
type need struct {
	name     string
	found    func() bool
	packages []string // Debian's packages that bring it
}

var (
	compiler    = need{"a C compiler (for the race detector)", onPath("gcc"), []string{"gcc", "libc6-dev"}}
	database    = need{"PostgreSQL", foundPostgres, []string{"postgresql"}}
	node        = need{"Node.js with npm", onPath("node", "npm"), []string{"nodejs", "npm"}}
	switchboard = need{"Kamailio", foundKamailio, []string{"kamailio", "kamailio-presence-modules", "kamailio-tls-modules"}}
	telephone   = need{"liblinphone and a C compiler", func() bool { return phone.Find() == nil }, []string{"liblinphone-dev", "gcc", "libc6-dev"}}
	signIn      = need{"Apache that asks for NTLM, and curl", func() bool { return apache.Find() == nil && onPath("curl")() },
		[]string{"apache2-bin", "libapache2-mod-auth-gssapi", "gss-ntlmssp", "curl"}}
	calendars = need{"exchangelib and lxml", func() bool { return exchangelib.Find() == nil }, []string{"python3-exchangelib", "python3-lxml"}}
	chromium  = need{"Chromium", onPath("chromium"), []string{"chromium", "fonts-dejavu-core"}}
)

func onPath(programs ...string) func() bool {
	return func() bool {
		for _, p := range programs {
			if _, err := exec.LookPath(p); err != nil {
				return false
			}
		}
		return true
	}
}

func foundPostgres() bool {
	_, err := postgres.Find()
	return err == nil
}

func foundKamailio() bool {
	_, err := kamailio.Find()
	return err == nil
}

// missing returns those of needs that are not on this machine, each once.
func missing(needs []need) []need {
	var out []need
	for _, n := range needs {
		if !n.found() && !wants(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// canInstall says why nothing can be installed here, or nil on a Debian as root.
func canInstall() error {
	if _, err := os.Stat("/etc/debian_version"); err != nil {
		return errors.New("it is installed on Debian alone")
	}
	if os.Geteuid() != 0 {
		return errors.New("it is installed for root alone")
	}
	return nil
}

// install brings the packages of needs by apt-get, and lets none of them
// start a service: policy-rc.d refuses that while the packages are set up.
func install(ctx context.Context, needs []need, out io.Writer) (err error) {
	allow, err := refuseServices("/usr/sbin/policy-rc.d")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, allow()) }()

	var packages []string
	for _, n := range needs {
		packages = append(packages, n.packages...)
	}
	fmt.Fprintf(out, "installing %s\n", strings.Join(packages, " "))
	if err := aptGet(ctx, "update"); err != nil {
		return err
	}
	return aptGet(ctx, append([]string{"install", "--yes", "--no-install-recommends"}, packages...)...)
}

func aptGet(ctx context.Context, args ...string) error {
	cmd := command(ctx, "apt-get", append([]string{"-q", "-o", "DPkg::Lock::Timeout=300"}, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.WaitDelay = 2 * time.Minute // dpkg may finish the package it is at
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out)
	}
	return nil
}

const refusal = "#!/bin/sh\n# Written by Telefonist's make test while it installs packages.\nexit 101\n"

// refuseServices writes a policy-rc.d that forbids the packages being
// installed to start services, and returns what takes it away again. One that
// stands there already is left as it is, unless an earlier run of ours was
// killed before it could take its own away.
func refuseServices(path string) (allow func() error, err error) {
	held, err := os.ReadFile(path)
	switch {
	case err == nil && string(held) != refusal:
		return func() error { return nil }, nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("read policy-rc.d: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("write policy-rc.d: %w", err)
	}
	if err := os.WriteFile(path, []byte(refusal), 0o755); err != nil {
		return nil, fmt.Errorf("write policy-rc.d: %w", err)
	}
	return func() error { return os.Remove(path) }, nil
}
