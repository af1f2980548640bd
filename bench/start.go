package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// start measures how long serve takes from nothing to its first answer.
func (r *report) start(binary, dir string) error {
	const address = "127.0.0.1:18291"
	begin := time.Now()
	cmd := exec.Command(binary, "serve", "--listen", address, "--data", filepath.Join(dir, "serve"))
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }()
	for range 2000 {
		res, err := http.Get("http://" + address + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				r.add("serve.start", time.Since(begin).Seconds(), "s")
				return nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("serve did not answer at %s", address)
}
