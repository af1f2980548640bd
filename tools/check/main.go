// Command check is what make test runs. It installs the real peers that the
// tests speak to (on Debian, as root), starts the one that all share,
// PostgreSQL, runs the steps one after the other, shows the output of
// failures alone, and closes with where the time went and
//
//	N passed, N failed, N skipped
//
// Without an argument it runs every step; else those named: lint, unit,
// postgres, race, peers, browser, kills. Where something is missing that it
// can't install, it names it and the steps left out, each counted as skipped;
// with CI=true that is a failure, as is a skipped test.
//
// What it starts it stops again, by its own process ids, also when it is
// interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/telefonist/telefonist/peers/postgres"
)

// installBudget is what apt-get, npm and the start of PostgreSQL may take.
const installBudget = 4 * time.Minute

// check is one run.
type check struct {
	out    io.Writer
	ci     bool
	env    []string // what the peers' tests are told, KEY=value
	server *postgres.Server
	total  tally
	times  []took
}

// took is a line of the time table.
type took struct {
	what         string
	time, budget time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	chosen, err := choose(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(2)
	}
	c := &check{out: os.Stdout, ci: os.Getenv("CI") == "true"}
	if !c.run(ctx, chosen) {
		os.Exit(1)
	}
}

// run does the steps and says whether all is well, which an interrupted run is
// not.
func (c *check) run(ctx context.Context, chosen []step) bool {
	defer c.stopServer()
	c.prepare(ctx, chosen)
	for _, s := range chosen {
		if ctx.Err() != nil {
			break
		}
		if lacks := missing(s.needs); len(lacks) > 0 {
			c.leaveOut(s, lacks)
			continue
		}
		fmt.Fprintf(os.Stderr, "… %s\n", s.what)
		c.timed(s.what, s.budget, func() error { return c.do(ctx, s) })
	}
	if ctx.Err() != nil {
		fmt.Fprintln(c.out, "interrupted")
		return false
	}
	return c.report()
}

func (c *check) do(ctx context.Context, s step) error {
	if s.tests == nil {
		return lint(ctx, c)
	}
	counted, err := s.tests.goTest(ctx, c)
	c.total.add(counted)
	return err
}

// timed runs one line of the time table; its error is one failure more.
func (c *check) timed(what string, budget time.Duration, run func() error) {
	start := time.Now()
	if err := run(); err != nil {
		fmt.Fprintf(c.out, "\nFAIL %s: %v\n", what, err)
		c.total.failed++
	}
	c.times = append(c.times, took{what, time.Since(start), budget})
}

// prepare brings what the chosen steps need and is not there.
func (c *check) prepare(ctx context.Context, chosen []step) {
	var needs []need
	for _, s := range chosen {
		needs = append(needs, s.needs...)
	}
	if len(needs) == 0 {
		return
	}
	c.timed("install", installBudget, func() error {
		if lacks := missing(needs); len(lacks) > 0 && canInstall() == nil {
			if err := install(ctx, lacks, os.Stderr); err != nil {
				return err
			}
		}
		if wants(needs, node) && node.found() {
			if err := c.installModules(ctx); err != nil {
				return err
			}
		}
		if wants(needs, database) && database.found() {
			return c.startServer(ctx)
		}
		return nil
	})
}

func wants(needs []need, n need) bool {
	return slices.ContainsFunc(needs, func(m need) bool { return m.name == n.name })
}

func (c *check) installModules(ctx context.Context) error {
	for _, f := range npmFolders {
		if !f.exists() {
			continue
		}
		if err := f.install(ctx); err != nil {
			return err
		}
		variable, err := f.variable()
		if err != nil {
			return err
		}
		c.env = append(c.env, variable)
	}
	return nil
}

func (c *check) startServer(ctx context.Context) (err error) {
	if c.server, err = postgres.Start(ctx); err != nil {
		return err
	}
	c.env = append(c.env, "TELEFONIST_TEST_POSTGRES="+c.server.URL)
	return nil
}

func (c *check) stopServer() {
	if c.server == nil {
		return
	}
	if err := c.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
	}
}

// environment is ours with what the tests are told. Everything is built as it
// is shipped, without cgo, except for the race detector, which needs it.
func (c *check) environment(cgo bool) []string {
	if cgo {
		return slices.Concat(os.Environ(), c.env, []string{"CGO_ENABLED=1"})
	}
	return slices.Concat(os.Environ(), c.env, []string{"CGO_ENABLED=0"})
}

// leaveOut says which tests are not run and what would have them run.
func (c *check) leaveOut(s step, lacks []need) {
	var names, packages []string
	for _, n := range lacks {
		names = append(names, n.name)
		packages = append(packages, n.packages...)
	}
	why := "the installation failed"
	if err := canInstall(); err != nil {
		why = err.Error() + "; Debian's packages are " + strings.Join(packages, " ")
	}
	fmt.Fprintf(c.out, "left out: %s, for want of %s (%s)\n", s.what, strings.Join(names, " and "), why)
	c.total.skipped++
	if c.ci {
		c.total.failed++
	}
}

// report prints the table and the closing line, and says whether all is well.
func (c *check) report() bool {
	for _, name := range c.total.skips {
		fmt.Fprintln(c.out, "skipped:", name)
	}
	fmt.Fprintln(c.out)
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	var sum time.Duration
	for _, t := range c.times {
		note := ""
		if t.time > t.budget {
			note = " over its budget"
		}
		fmt.Fprintf(table, "%s\t%s\tof %s\t%s\n", t.what, t.time.Round(time.Second/10), t.budget, note)
		sum += t.time
	}
	fmt.Fprintf(table, "in all\t%s\t\t\n", sum.Round(time.Second/10))
	if err := table.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, errors.Join(errors.New("check: the time table"), err))
	}
	fmt.Fprintln(c.out, c.total)
	return c.total.failed == 0 && !(c.ci && c.total.skipped > 0)
}
