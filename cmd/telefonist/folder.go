package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// folder is a data folder that this process holds alone.
type folder struct {
	path string
	lock *os.File
}

// openFolder makes the folder if need be and locks it. The lock ends with the
// process, however that ends.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "telefonist.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		lock.Close()
		return nil, fmt.Errorf("the data folder %s is in use by another telefonist; stop it, or choose another folder with --data", path)
	}
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	return &folder{path, lock}, nil
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// socket listens for the command line. Who can open the folder is the operator.
func (f *folder) socket() (net.Listener, error) {
	path := f.file("telefonist.sock")
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	mask := syscall.Umask(0o177)
	l, err := net.Listen("unix", path)
	syscall.Umask(mask)
	if err != nil {
		return nil, fmt.Errorf("listen on socket: %w", err)
	}
	return l, nil
}

func (f *folder) close() error { return f.lock.Close() }
