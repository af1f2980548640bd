package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// peak is the most memory this process has held, in MB: Linux's VmHWM, because
// what getrusage says counts the parent's memory at the fork too.
func peak() (float64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var n float64
			if _, err := fmt.Sscan(kb, &n); err != nil {
				return 0, err
			}
			return n / 1024, nil
		}
	}
	return 0, fmt.Errorf("no VmHWM")
}

// cpu is how much processor time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
