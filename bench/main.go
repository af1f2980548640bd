// Bench measures what Telefonist promises of its speed: it prints one JSON line a
// figure and writes them to build/bench.json.
//
//	make bench
//	go run ./bench -people 10000
//	go run ./bench -steps crowd,storm         # some steps alone, which writes no file
//	BENCH_PROFILE=build/cpu go run ./bench    # a CPU profile of each step
//
// The simulated tenant runs in another process, and so does each measured step,
// so that its CPU time and memory are its own. Where PostgreSQL is installed, it
// is started for the steps that measure it, too. Timings depend on the machine;
// compare ratios, and runs on the same machine.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/telefonist/telefonist/peers/postgres"
)

// Figure is one thing measured.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

func main() {
	people := flag.Int("people", 100_000, "people in the simulated tenant")
	some := flag.String("steps", "", "the steps to measure, separated by commas; all where empty")
	binary := flag.String("binary", "", "a program that has been built already")
	step := flag.String("step", "", "measure one step in this process (used by itself)")
	dir := flag.String("dir", "", "folder of the measured databases (used by itself)")
	flag.Parse()
	debug.SetMemoryLimit(280 << 20) // as the program does
	var err error
	switch *step {
	case "":
		err = all(*people, *some, *binary)
	case "sink":
		err = sink()
	default:
		err = measure(context.Background(), *step, *dir, *people)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// all measures the steps, each in a process of its own, and writes the figures.
func all(people int, some, binary string) error {
	dir, err := os.MkdirTemp("", "telefonist-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if binary == "" {
		if binary, err = build(dir); err != nil {
			return err
		}
	}
	stop, err := simulate(binary, dir, people)
	if err != nil {
		return err
	}
	defer stop()
	end, err := startPostgres()
	if err != nil {
		return err
	}
	defer end()
	r := &report{}
	if some == "" {
		if err := errors.Join(r.binary(binary), r.start(binary, dir)); err != nil {
			return err
		}
	}
	for _, step := range steps {
		switch {
		case some != "" && !slices.Contains(strings.Split(some, ","), step.name):
		case step.at.database == postgresURL && os.Getenv(postgresURL) == "":
			fmt.Fprintln(os.Stderr, "bench: left out for want of PostgreSQL:", step.name)
		default:
			if err := r.child(self, step.name, dir, people); err != nil {
				return fmt.Errorf("%s: %w", step.name, err)
			}
		}
	}
	if some != "" {
		return nil
	}
	return r.write(filepath.Join("build", "bench.json"))
}

// postgresURL is the variable that names a server on which databases may be made.
const postgresURL = "TELEFONIST_TEST_POSTGRES"

// startPostgres starts a server for the steps, unless one is named already or
// none is installed.
func startPostgres() (end func(), err error) {
	if _, err := postgres.Find(); err != nil || os.Getenv(postgresURL) != "" {
		return func() {}, nil
	}
	s, err := postgres.Start(context.Background())
	if err != nil {
		return nil, err
	}
	end = func() {
		if err := s.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}
	return end, os.Setenv(postgresURL, s.URL)
}

// build makes the program as it is released.
func build(dir string) (string, error) {
	binary := filepath.Join(dir, "telefonist")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/telefonist")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
}

// simulate starts the tenant and keeps what it printed for the steps to read.
func simulate(binary, dir string, people int) (stop func(), err error) {
	cmd := exec.Command(binary, "simulate", "--listen", "127.0.0.1:0", "--people", fmt.Sprint(people), "--ca", filepath.Join(dir, "ca.pem"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }
	place := map[string]string{"ca": filepath.Join(dir, "ca.pem")}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		key, value, ok := strings.Cut(strings.TrimLeft(lines.Text(), "# "), ":")
		if !ok {
			continue
		}
		place[key] = strings.TrimSpace(value)
		if key == "client secret" {
			break
		}
	}
	text, err := json.Marshal(place)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "tenant.json"), text, 0o600)
	}
	if err != nil {
		stop()
	}
	return stop, err
}

// report gathers figures and prints each as it comes.
type report struct{ figures []Figure }

func (r *report) add(name string, value float64, unit string) {
	f := Figure{name, value, unit}
	r.figures = append(r.figures, f)
	line, err := json.Marshal(f)
	if err == nil {
		fmt.Println(string(line))
	}
}

func (r *report) binary(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	r.add("binary", float64(info.Size())/1e6, "MB")
	return nil
}

// child runs a step in a process of its own, whose figures it prints.
func (r *report) child(self, step, dir string, people int) error {
	cmd := exec.Command(self, "-step", step, "-dir", dir, "-people", fmt.Sprint(people))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		var f Figure
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			return err
		}
		r.add(f.Name, f.Value, f.Unit)
	}
	return nil
}

func (r *report) write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r.figures, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
