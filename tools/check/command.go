package main

import (
	"context"
	"os/exec"
	"syscall"
	"time"
)

// command is exec.CommandContext for a program that has children of its own:
// it gets a process group, and when ctx ends the whole group is interrupted
// and, where that does not help within ten seconds, killed.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 10 * time.Second
	cmd.Cancel = func() error {
		group := -cmd.Process.Pid
		time.AfterFunc(cmd.WaitDelay, func() { _ = syscall.Kill(group, syscall.SIGKILL) })
		return syscall.Kill(group, syscall.SIGINT)
	}
	return cmd
}
