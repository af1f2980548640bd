//go:build unix

// Package postgres runs a PostgreSQL server for tests: in a temporary folder,
// on a free port of the loopback address, as a user who is not root, without
// touching a server that the system runs. Find it, Start it, use its URL,
// Stop it.
//
// The server sorts text as Swedish does (ICU), so that a statement which
// counts on the order of bytes shows itself, and it does not flush to disk.
package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Server is a running PostgreSQL with one superuser.
type Server struct {
	// URL is postgres://…, with the password, of the database "postgres".
	URL string

	dir     string
	process *os.Process
	ended   chan struct{} // closed when the process is gone
	log     bytes.Buffer  // read it after ended only
}

// Find returns the folder of initdb and postgres: the newest of Debian's
// /usr/lib/postgresql/*/bin, else the one that PATH knows.
func Find() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if p, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	for _, dir := range dirs {
		_, errInit := os.Stat(filepath.Join(dir, "initdb"))
		_, errServe := os.Stat(filepath.Join(dir, "postgres"))
		if errInit == nil && errServe == nil {
			return dir, nil
		}
	}
	return "", errors.New("no PostgreSQL server: neither /usr/lib/postgresql/*/bin/initdb nor one in PATH")
}

// version is the 15 of /usr/lib/postgresql/15/bin.
func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// Start makes an empty server and returns when it takes connections. Who
// calls it must call Stop, also after a failed test.
func Start(ctx context.Context) (*Server, error) {
	bin, err := Find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "telefonist-postgres-")
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	s := &Server{dir: dir}
	if err := s.start(ctx, bin); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, bin string) error {
	as, err := whom(s.dir)
	if err != nil {
		return err
	}
	password := rand.Text()
	data, passwordFile := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "password")
	if err := os.WriteFile(passwordFile, []byte(password), 0o644); err != nil { // the folder is 0700
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "telefonist",
		"--pwfile", passwordFile, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
		"--locale-provider", "icu", "--icu-locale", "sv-SE", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}

	port, err := freePort()
	if err != nil {
		return err
	}
	serve := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	serve.SysProcAttr, serve.Dir = as, s.dir
	serve.Stdout, serve.Stderr = &s.log, &s.log
	if err := serve.Start(); err != nil {
		return err
	}
	s.process, s.ended = serve.Process, make(chan struct{})
	go func() { _ = serve.Wait(); close(s.ended) }()

	address := url.URL{Scheme: "postgres", User: url.UserPassword("telefonist", password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/postgres", RawQuery: "sslmode=disable"}
	s.URL = address.String()
	return s.ready(ctx, filepath.Join(data, "postmaster.pid"))
}

// ready waits until the server has written "ready" as the eighth line of its
// lock file, which is where pg_ctl looks, too.
func (s *Server) ready(ctx context.Context, lock string) error {
	for {
		held, _ := os.ReadFile(lock)
		if lines := bytes.Split(held, []byte("\n")); len(lines) > 7 && bytes.HasPrefix(lines[7], []byte("ready")) {
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

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	if s.process != nil {
		// Fast shutdown, immediate shutdown, and what nobody can refuse.
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
			if err := s.process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return fmt.Errorf("stop PostgreSQL: %w", err)
			}
			select {
			case <-s.ended:
			case <-time.After(10 * time.Second):
				continue
			}
			break
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return nil
}

// whom says as whom the server runs: as ourselves, or, since PostgreSQL
// refuses root, as postgres or nobody, who is then given dir. The group of its
// own keeps a Ctrl-C meant for the tests from the server.
func whom(dir string) (*syscall.SysProcAttr, error) {
	as := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return as, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("PostgreSQL refuses root, and there is neither postgres nor nobody: %w", err)
		}
	}
	uid, errU := strconv.ParseUint(u.Uid, 10, 32)
	gid, errG := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errU, errG); err != nil {
		return nil, err
	}
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return as, os.Chown(dir, int(uid), int(gid))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
