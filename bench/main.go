// Bench measures what Telefonist promises of its speed: it prints one JSON line a
// figure and writes them to build/bench.json.
//
//	make bench
//	go run ./bench -people 10000
//	BENCH_PROFILE=build/cpu go run ./bench    # a CPU profile of each step
//
// The simulated tenant runs in another process, and so does each measured step,
// so that its CPU time and memory are its own. Timings depend on the machine;
// compare ratios, and runs on the same machine.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// Figure is one thing measured.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

func main() {
	people := flag.Int("people", 100_000, "people in the simulated tenant")
	step := flag.String("step", "", "measure one step in this process (used by itself)")
	dir := flag.String("dir", "", "folder of the measured databases (used by itself)")
	flag.Parse()
	debug.SetMemoryLimit(280 << 20) // as the program does
	var err error
	if *step != "" {
		err = measure(context.Background(), *step, *dir, *people)
	} else {
		err = all(*people)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// all measures every step, each in a process of its own, and writes the figures.
func all(people int) error {
	dir, err := os.MkdirTemp("", "telefonist-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	binary, err := build(dir)
	if err != nil {
		return err
	}
	stop, err := simulate(binary, dir, people)
	if err != nil {
		return err
	}
	defer stop()
	r := &report{}
	if err := r.binary(binary); err != nil {
		return err
	}
	if err := r.start(binary, dir); err != nil {
		return err
	}
	for _, step := range []string{"read", "first", "quiet", "changes", "plan", "phonebook", "upserts"} {
		if err := r.child(self, step, dir, people); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return r.write(filepath.Join("build", "bench.json"))
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
