//go:build unix

// Package kamailio runs a Kamailio as a SIP presence server for tests: in a
// temporary folder, on free ports of the loopback address, with what is
// published in its memory alone. Debian's packages are kamailio,
// kamailio-presence-modules and kamailio-tls-modules.
package kamailio

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"text/template"
	"time"
)

// Domain is the one that the server is responsible for: users are
// sip:NAME@Domain.
const Domain = "pbx.example.se"

// Options say who may publish.
type Options struct {
	// Username and Password are the one account's; "" lets anybody publish.
	Username, Password string
	// Algorithm is the digest's, "MD5" or "SHA-256"; "" is MD5.
	Algorithm string
}

// Server is a running Kamailio.
type Server struct {
	Address     string // 127.0.0.1:port, for UDP and TCP
	TLS         string // the same for TLS
	Certificate []byte // for "localhost", signed by itself, PEM

	dir     string
	process *os.Process
	ended   chan struct{} // closed when the process is gone
	log     bytes.Buffer  // read it after ended only
}

// Find returns the folder of Kamailio's modules, or what is missing.
func Find() (modules string, err error) {
	if _, err := exec.LookPath("kamailio"); err != nil {
		return "", fmt.Errorf("no Kamailio: %w", err)
	}
	found, _ := filepath.Glob("/usr/lib/*/kamailio/modules/presence_xml.so")
	for _, f := range found {
		modules = filepath.Dir(f) + "/"
		if _, err := os.Stat(modules + "tls.so"); err == nil {
			return modules, nil
		}
	}
	return "", errors.New("no Kamailio with modules for presence and TLS in /usr/lib/*/kamailio/modules")
}

//go:embed kamailio.cfg
var settings string

// Start returns when the server answers. Who calls it must call Stop, also
// after a failed test.
func Start(ctx context.Context, options Options) (*Server, error) {
	modules, err := Find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "telefonist-kamailio-")
	if err != nil {
		return nil, fmt.Errorf("start Kamailio: %w", err)
	}
	s := &Server{dir: dir}
	err = s.prepare(modules, options)
	if err == nil {
		err = s.start(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start Kamailio: %w", err), s.Stop())
	}
	return s, nil
}

// prepare writes what the server reads.
func (s *Server) prepare(modules string, options Options) error {
	if options.Algorithm == "" {
		options.Algorithm = "MD5"
	}
	ports, err := freePorts()
	if err != nil {
		return err
	}
	loopback := "127.0.0.1"
	s.Address, s.TLS = net.JoinHostPort(loopback, strconv.Itoa(ports[0])), net.JoinHostPort(loopback, strconv.Itoa(ports[1]))
	if err := s.certify(); err != nil {
		return err
	}
	if err := os.CopyFS(s.path("tables"), os.DirFS("/usr/share/kamailio/dbtext/kamailio")); err != nil {
		return err
	}
	var text bytes.Buffer
	err = template.Must(template.New("").Parse(settings)).Execute(&text, struct {
		Options
		Domain, Modules, Tables, Certificate, Key string
		Port, TLSPort                             int
	}{options, Domain, modules, s.path("tables"), s.path("cert.pem"), s.path("key.pem"), ports[0], ports[1]})
	if err != nil {
		return err
	}
	return os.WriteFile(s.path("kamailio.cfg"), text.Bytes(), 0o600)
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

// start runs the server and waits until it answers.
func (s *Server) start(ctx context.Context) error {
	serve := exec.Command("kamailio", "-f", s.path("kamailio.cfg"), "-Y", s.dir, "-P", s.path("pid"), "-DD", "-E", "-m", "512", "-M", "8")
	serve.Dir, serve.SysProcAttr = s.dir, &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C meant for the tests is not for it
	s.log.Reset()
	serve.Stdout, serve.Stderr = &s.log, &s.log
	if err := serve.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	s.process, s.ended = serve.Process, ended
	go func() { _ = serve.Wait(); close(ended) }()
	return s.ready(ctx)
}

// ready asks until it is answered.
func (s *Server) ready(ctx context.Context) error {
	conn, err := net.Dial("udp", s.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	answer := make([]byte, 2048)
	for n := 0; ; n++ {
		fmt.Fprintf(conn, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bKready%[3]d;rport\r\nMax-Forwards: 1\r\n"+
			"From: <sip:ready@%[1]s>;tag=ready\r\nTo: <sip:%[1]s>\r\nCall-ID: ready%[3]d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
			Domain, conn.LocalAddr(), n)
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if got, err := conn.Read(answer); err == nil && bytes.HasPrefix(answer[:got], []byte("SIP/2.0 200")) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended:
			return fmt.Errorf("the server ended: %s", s.log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Restart ends the server and starts it again at the same address: what was
// published is forgotten.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.end(); err != nil {
		return fmt.Errorf("restart Kamailio: %w", err)
	}
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("restart Kamailio: %w", err)
	}
	return nil
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	if err := errors.Join(s.end(), os.RemoveAll(s.dir)); err != nil {
		return fmt.Errorf("stop Kamailio: %w", err)
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
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
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

// freePorts returns one that is free for both UDP and TCP, and one for TLS.
func freePorts() (ports [2]int, err error) {
	for range 20 {
		var both, secured net.Listener
		if both, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return ports, err
		}
		defer both.Close()
		if secured, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return ports, err
		}
		defer secured.Close()
		var datagrams net.PacketConn
		if datagrams, err = net.ListenPacket("udp", both.Addr().String()); err == nil {
			defer datagrams.Close()
			return [2]int{both.Addr().(*net.TCPAddr).Port, secured.Addr().(*net.TCPAddr).Port}, nil
		}
	}
	return ports, err
}
