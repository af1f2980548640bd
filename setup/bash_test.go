package setup

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tenant is where a script runs: a folder of its own with testdata/az as its az.
type tenant struct {
	t     *testing.T
	state string
	id    string
	env   []string
}

func newTenant(t *testing.T, id string) *tenant {
	return &tenant{t: t, state: t.TempDir(), id: id}
}

// run runs a script and returns what it prints for people and what for programs.
func (x *tenant) run(script string, args ...string) (out, told string, err error) {
	x.t.Helper()
	az, err := filepath.Abs("testdata")
	if err != nil {
		x.t.Fatal(err)
	}
	cmd := exec.Command("bash", append([]string{"-s", "--"}, args...)...)
	cmd.Dir = x.state
	cmd.Env = append([]string{"PATH=" + az + ":" + os.Getenv("PATH"), "STATE=" + x.state, "AZ_TENANT=" + x.id}, x.env...)
	cmd.Stdin = strings.NewReader(script)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// calls are the arguments of each call of az since the last time it was asked.
func (x *tenant) calls() [][]string {
	x.t.Helper()
	path := filepath.Join(x.state, "calls")
	log, err := os.ReadFile(path)
	if err != nil {
		x.t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		x.t.Fatal(err)
	}
	var all [][]string
	for call := range strings.SplitSeq(strings.TrimSuffix(string(log), "\x00\n\x00"), "\x00\n\x00") {
		all = append(all, strings.Split(call, "\x00")[1:])
	}
	return all
}

// writes are the calls that change the tenant.
func (x *tenant) writes() []string {
	var changing []string
	for _, call := range x.calls() {
		line := strings.Join(call, " ")
		for _, verb := range []string{" create", " reset", " add", "--method post"} {
			if strings.Contains(line, verb) {
				changing = append(changing, line)
				break
			}
		}
	}
	return changing
}

func azure(t *testing.T, e Entra) string {
	t.Helper()
	script, err := e.AzureCLI()
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command("bash", "-n")
	check.Stdin = strings.NewReader(script)
	if out, err := check.CombinedOutput(); err != nil {
		t.Fatalf("bash -n: %v\n%s", err, out)
	}
	return script
}

func TestAzureCLIMakesTheRegistrationOnce(t *testing.T) {
	e := tame(t)
	x := newTenant(t, e.Tenant)
	script := azure(t, e)

	out, told, err := x.run(script)
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	want := "Paste these into Telefonist, https://telefonist.example/connect:\n  Tenant ID: contoso.example\n  Client ID: app-1\n"
	if out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	// One application, one certificate, one principal; four permissions asked for and given.
	if writes := x.writes(); len(writes) != 3+2*4 {
		t.Errorf("%d changes: %q", len(writes), writes)
	}
	for _, p := range DefaultPermissions() {
		i := slices.IndexFunc(Permissions(), func(have Permission) bool { return have.Name == p })
		for _, file := range []string{"asked", "given"} {
			if got, _ := os.ReadFile(filepath.Join(x.state, file)); !strings.Contains(string(got), Permissions()[i].ID+"\n") {
				t.Errorf("%s is not among those %s: %q", p, file, got)
			}
		}
	}

	again, told, err := x.run(script)
	if err != nil || again != want {
		t.Errorf("the second time: %v, %q\n%s", err, again, told)
	}
	if writes := x.writes(); len(writes) != 0 {
		t.Errorf("the second time changes %q", writes)
	}

	e.Permissions = append(DefaultPermissions(), "Calendars.Read")
	e.Certificate = certificate(t)
	if _, told, err := x.run(azure(t, e)); err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	if writes := x.writes(); len(writes) != 3 {
		t.Errorf("a new certificate and one permission more change %q", writes)
	}
}

func TestAzureCLIDryRunChangesNothing(t *testing.T) {
	e := tame(t)
	x := newTenant(t, e.Tenant)
	out, told, err := x.run(azure(t, e), "--dry-run")
	if err != nil || out != "" {
		t.Errorf("%v, %q", err, out)
	}
	if strings.Count(told, "would run:") != 3+2*4 || !strings.HasSuffix(told, "Nothing was changed.\n") {
		t.Errorf("told %q", told)
	}
	if writes := x.writes(); len(writes) != 0 {
		t.Errorf("changes %q", writes)
	}
	if _, _, err := x.run(azure(t, e), "--force"); err == nil {
		t.Error("an unknown switch is taken")
	}
}

func TestAzureCLIWorksInTheRightTenantAlone(t *testing.T) {
	e := tame(t)
	domain := newTenant(t, "11111111-1111-1111-1111-111111111111")
	if _, told, err := domain.run(azure(t, e)); err != nil {
		t.Errorf("a verified domain is refused: %v\n%s", err, told)
	}
	e.Tenant = "22222222-2222-2222-2222-222222222222"
	wrong := newTenant(t, "11111111-1111-1111-1111-111111111111")
	if _, told, err := wrong.run(azure(t, e)); err == nil || !strings.Contains(told, "az login") {
		t.Errorf("another tenant is taken: %q", told)
	}
	if writes := wrong.writes(); len(writes) != 0 {
		t.Errorf("changes %q in another tenant", writes)
	}
	wrong.env = []string{"AZ_CLOUD=AzureChinaCloud"}
	if _, told, err := wrong.run(azure(t, e)); err == nil || !strings.Contains(told, "az cloud set") {
		t.Errorf("another cloud is taken: %q", told)
	}
	out := newTenant(t, e.Tenant)
	out.env = []string{"AZ_SIGNED_OUT=1"}
	if _, told, err := out.run(azure(t, e)); err != nil {
		t.Errorf("does not sign in: %v\n%s", err, told)
	}
}

func TestAzureCLIPassesValuesAsTheyAre(t *testing.T) {
	for _, value := range nasty {
		e := tame(t)
		e.Name, e.Tenant, e.PasteAt = value, value, value
		x := newTenant(t, value)
		x.env = []string{"AZ_SIGNED_OUT=1"}
		out, told, err := x.run(azure(t, e))
		if err != nil {
			t.Errorf("%q: %v\n%s", value, err, told)
			continue
		}
		if want := "Paste these into Telefonist, " + value + ":\n"; !strings.HasPrefix(out, want) {
			t.Errorf("%q is printed as %q", value, out)
		}
		calls := x.calls()
		for _, want := range []string{
			"--tenant=" + value,
			"--display-name=" + value,
			"displayName eq '" + strings.ReplaceAll(value, "'", "''") + "'",
			"--cert=" + string(e.Certificate),
		} {
			if !slices.ContainsFunc(calls, func(call []string) bool { return slices.Contains(call, want) }) {
				t.Errorf("%q: no call has the argument %q", value, want)
			}
		}
		if _, err := os.Stat(filepath.Join(x.state, "canary")); err == nil {
			t.Errorf("%q was run", value)
		}
	}
}
