//go:build unix

// Package apache runs an Apache as a server that wants NTLM, for tests: a
// reverse proxy on a free port of the loopback address, whose users stand in
// a file, with nothing of Windows behind it. Debian's packages are
// apache2-bin, libapache2-mod-auth-gssapi and gss-ntlmssp.
//
// As IIS does it signs in connections, not requests. It knows nothing of
// channel bindings, nor of names like user@domain, and its domains are
// case-sensitive.
package apache

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"
)

// Modules is where Debian keeps Apache's.
const Modules = "/usr/lib/apache2/modules"

// Domain is the one that the users are of, and Computer the server's name.
const Domain, Computer = "EXAMPLE", "EXCH01"

// User may sign in as Domain\Name, and by Basic as Name too.
type User struct{ Name, Password string }

// Options say what the server does.
type Options struct {
	// Backend is the http address that all requests go on to, with the user
	// in X-Remote-User and without Authorization.
	Backend string

	// BackendBasic, user:password, is sent on as Basic.
	BackendBasic string

	Users []User

	// TLS serves https, by a certificate for localhost and 127.0.0.1.
	TLS bool

	// Basic offers that scheme beside Negotiate and NTLM.
	Basic bool

	// RequestsPerConnection is after how many it closes one, 0 is never.
	RequestsPerConnection int

	// KeepAlive is how long it keeps an idle connection, in whole seconds;
	// 0 is 30 seconds.
	KeepAlive time.Duration
}

// Server is a running Apache.
type Server struct {
	URL         string // http(s)://127.0.0.1:port
	Certificate []byte // PEM, signed by itself; nil without TLS

	dir     string
	process *os.Process
	ended   chan struct{} // closed when the process is gone
	log     bytes.Buffer  // read it after ended only
}

// Find says what is missing.
func Find() error {
	if _, err := exec.LookPath("apache2"); err != nil {
		return fmt.Errorf("no Apache: %w", err)
	}
	if _, err := os.Stat(Modules + "/mod_auth_gssapi.so"); err != nil {
		return fmt.Errorf("no mod_auth_gssapi: %w", err)
	}
	for _, f := range []string{"/usr/lib/*/gssntlmssp/gssntlmssp.so", "/etc/gss/mech.d/*ntlmssp*.conf"} {
		if found, _ := filepath.Glob(f); len(found) == 0 {
			return fmt.Errorf("no gss-ntlmssp: %s isn't there", f)
		}
	}
	return nil
}

//go:embed httpd.conf
var settings string

// Start returns when the server answers. Who calls it must call Stop, also
// after a failed test.
func Start(ctx context.Context, options Options) (*Server, error) {
	if err := Find(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "telefonist-apache-")
	if err != nil {
		return nil, fmt.Errorf("start Apache: %w", err)
	}
	s := &Server{dir: dir}
	err = s.prepare(options)
	if err == nil {
		err = s.start(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start Apache: %w", err), s.Stop())
	}
	return s, nil
}

// prepare writes what the server reads. As root it reads with the rights of
// www-data.
func (s *Server) prepare(options Options) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	address := listener.Addr().String()
	s.URL = "http://" + address
	if options.TLS {
		s.URL = "https://" + address
		if err := s.certify(); err != nil {
			return err
		}
	}
	keep := int(options.KeepAlive / time.Second)
	if keep == 0 {
		keep = 30
	}
	var text bytes.Buffer
	err = template.Must(template.New("").Parse(settings)).Execute(&text, struct {
		Options
		Address, Dir, Modules string
		Inject                string // for the backend
		KeepAlive             int
		Root                  bool
	}{options, address, s.dir, Modules, base64.StdEncoding.EncodeToString([]byte(options.BackendBasic)), keep, os.Geteuid() == 0})
	if err != nil {
		return err
	}
	var users, passwords strings.Builder
	for _, u := range options.Users {
		fmt.Fprintf(&users, "%s:%s:%s\n", Domain, u.Name, u.Password)
		sum := sha1.Sum([]byte(u.Password))
		for _, name := range []string{u.Name, Domain + `\` + u.Name} {
			fmt.Fprintf(&passwords, "%s:{SHA}%s\n", name, base64.StdEncoding.EncodeToString(sum[:]))
		}
	}
	return errors.Join(os.Chmod(s.dir, 0o755), os.WriteFile(s.path("httpd.conf"), text.Bytes(), 0o644),
		os.WriteFile(s.path("users"), []byte(users.String()), 0o644),
		os.WriteFile(s.path("htpasswd"), []byte(passwords.String()), 0o644))
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

// start runs the server and waits until it takes connections.
func (s *Server) start(ctx context.Context) error {
	serve := exec.Command("apache2", "-d", s.dir, "-f", s.path("httpd.conf"), "-DFOREGROUND")
	serve.Dir, serve.SysProcAttr = s.dir, &syscall.SysProcAttr{Setpgid: true}                // a Ctrl-C meant for the tests is not for it
	serve.Env = append(os.Environ(), "NTLM_USER_FILE="+s.path("users"), "LM_COMPAT_LEVEL=5", // NTLMv2 alone
		"NETBIOS_COMPUTER_NAME="+Computer, "NETBIOS_DOMAIN_NAME="+Domain)
	s.log.Reset()
	serve.Stdout, serve.Stderr = &s.log, &s.log
	if err := serve.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	s.process, s.ended = serve.Process, ended
	go func() { _ = serve.Wait(); close(ended) }()
	_, address, _ := strings.Cut(s.URL, "//")
	for {
		if conn, err := net.Dial("tcp", address); err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended:
			errors, _ := os.ReadFile(s.path("error.log"))
			return fmt.Errorf("the server ended: %s%s", s.log.String(), errors)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Restart ends the server, and with it all connections, and starts it again
// at the same address.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.end(); err != nil {
		return fmt.Errorf("restart Apache: %w", err)
	}
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("restart Apache: %w", err)
	}
	return nil
}

// Answer is a line of the server's log.
type Answer struct {
	Connection string // the same for all of one connection
	User       string // "" when nobody was signed in
	Status     int
}

// Answers returns what the server has answered, in order. An answer is
// written there when it has been sent: it may come later than the client's
// knowledge of it.
func (s *Server) Answers() ([]Answer, error) {
	log, err := os.Open(s.path("access.log"))
	if err != nil {
		return nil, fmt.Errorf("read Apache's log: %w", err)
	}
	defer log.Close()
	var out []Answer
	for lines := bufio.NewScanner(log); lines.Scan(); {
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("read Apache's log: a line of %d fields", len(f))
		}
		status, err := strconv.Atoi(f[2])
		if err != nil {
			return nil, fmt.Errorf("read Apache's log: %w", err)
		}
		user := strings.ReplaceAll(f[1], `\\`, `\`) // as the log escapes it
		if user == "-" {
			user = ""
		}
		out = append(out, Answer{f[0], user, status})
	}
	return out, nil
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	if err := errors.Join(s.end(), os.RemoveAll(s.dir)); err != nil {
		return fmt.Errorf("stop Apache: %w", err)
	}
	return nil
}

// end ends the main process, which ends its children, or all of them.
func (s *Server) end() error {
	if s.process == nil {
		return nil
	}
	for _, end := range []func() error{
		func() error { return s.process.Signal(syscall.SIGTERM) },
		func() error { return syscall.Kill(-s.process.Pid, syscall.SIGKILL) },
	} {
		if err := end(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-s.ended:
			return nil
		case <-time.After(10 * time.Second):
		}
	}
	return errors.New("the server does not end")
}

// certify writes a certificate for localhost and its key.
func (s *Server) certify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	certificate, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	s.Certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	return errors.Join(os.WriteFile(s.path("cert.pem"), s.Certificate, 0o600),
		os.WriteFile(s.path("key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}
