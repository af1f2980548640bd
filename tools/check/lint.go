package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	staticcheckModule  = "honnef.co/go/tools"
	staticcheckVersion = "v0.8.2"

	// allTags makes vet and staticcheck read every file.
	allTags = "postgres,peers,browser,crash,live"
)

// lint builds everything as it is shipped, and has the sources looked at by
// gofmt, vet and staticcheck. It goes on after a finding.
func lint(ctx context.Context, c *check) error {
	if err := c.goRun(ctx, "go", "build", "./..."); err != nil {
		return err
	}
	staticcheck, err := staticcheck(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(
		gofmt(ctx),
		c.goRun(ctx, "go", "vet", "-tags", allTags, "./..."),
		c.goRun(ctx, staticcheck, "-tags", allTags, "./..."),
	)
}

// gofmt names the files that are not formatted.
func gofmt(ctx context.Context) error {
	files, err := goFiles("./...")
	if err != nil {
		return fmt.Errorf("gofmt: %w", err)
	}
	out, err := command(ctx, "gofmt", append([]string{"-l"}, files...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		return fmt.Errorf("gofmt: not formatted, or not Go:\n%s", out)
	}
	return nil
}

// staticcheck installs the pinned version under build, once.
func staticcheck(ctx context.Context, c *check) (string, error) {
	bin, err := filepath.Abs("build/bin")
	if err != nil {
		return "", err
	}
	path := filepath.Join(bin, "staticcheck")
	if held, err := exec.CommandContext(ctx, path, "-version").Output(); err == nil &&
		strings.Contains(string(held), strings.TrimPrefix(staticcheckVersion, "v")) {
		return path, nil
	}
	cmd := command(ctx, "go", "install", staticcheckModule+"/cmd/staticcheck@"+staticcheckVersion)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOBIN="+bin)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("install staticcheck: %w\n%s", err, out)
	}
	return path, nil
}

// goRun runs a tool in the environment of the tests; its output is the error.
func (c *check) goRun(ctx context.Context, name string, args ...string) error {
	cmd := command(ctx, name, args...)
	cmd.Env = c.environment(false)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return nil
}
