package setup

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	who      = "monitor@foretag.example"
	listFile = `C:\Program Files\Telefonist\Monitor.txt`
	copyFile = `C:\Program Files\Telefonist\Monitor.ps1`
)

// do runs the script with switches and gives its report, a line for each right.
func (s *server) do(e Exchange, switches ...string) (report string) {
	s.t.Helper()
	script, err := e.PowerShell()
	if err != nil {
		s.t.Fatal(err)
	}
	var given arguments
	for _, name := range switches {
		given = append(given, argument{option: strings.ToLower(name)})
	}
	s.files[`C:\Users\admin\telefonist-exchange.ps1`] = script
	s.changes, s.said, s.warned, s.root = nil, nil, nil, &scope{vars: map[string]any{}}
	s.functions = map[string]*block{}
	if _, wrong := s.start(script, given); wrong != "" {
		s.t.Fatalf("%v: %s", switches, wrong)
	}
	if len(s.ignored) > 0 {
		s.t.Errorf("%v: nothing stopped at %q", switches, s.ignored)
	}
	for path, content := range s.files {
		if strings.HasSuffix(path, ".csv") {
			report += content
			delete(s.files, path)
		}
		if strings.Contains(content, "not in any file") {
			s.t.Errorf("%s holds the password", path)
		}
	}
	return report
}

func (s *server) rights() (all []string) {
	for _, b := range s.boxes {
		if b.name != "monitor" {
			all = append(all, b.rights[who])
		}
		if b.rights["Default"] != "AvailabilityOnly" {
			s.t.Errorf("Default in %s: %s", b.name, b.rights["Default"])
		}
	}
	return all
}

func wantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s, -want +got:\n%s", what, diff)
	}
}

func TestExchangeRunGrantsOnEachCalendarByItsName(t *testing.T) {
	s := newServer(t)
	s.boxes[1].rights[who] = "Reviewer" // by an old manual
	limited := Exchange{Version: "2016"}

	trial := s.do(limited, "WhatIf")
	wantEqual(t, "changes of the trial", s.changes, []string(nil))
	wantEqual(t, "files of the trial", slices.Contains([]string{s.files[listFile], s.files[copyFile]}, ""), true)
	if !strings.Contains(trial, "anna@foretag.example,anna@foretag.example:\\Kalender,LimitedDetails,,would be granted,\n") {
		t.Errorf("the trial says\n%s", trial)
	}

	report := s.do(limited)
	wantEqual(t, "rights", s.rights(), []string{"LimitedDetails", "LimitedDetails", "LimitedDetails", ""})
	wantEqual(t, "report", report, `anna@foretag.example,anna@foretag.example:\Kalender,LimitedDetails,,granted,
bo@foretag.example,bo@foretag.example:\Calendar,LimitedDetails,Reviewer,changed,
claire@foretag.example,claire@foretag.example:\Calendrier,LimitedDetails,,granted,
`)
	monitor := s.find(who)
	slices.Sort(monitor.settings)
	wantEqual(t, "the account", monitor.settings, []string{"activesyncenabled=false", "ewsenabled=true", "hiddenfromaddresslistsenabled=true", "imapenabled=false", "owaenabled=false", "popenabled=false"})
	task := s.tasks["Telefonist Monitor"]
	if len(task) == 0 || !strings.Contains(strings.Join(task, " "), "-Command & '"+copyFile+"' -Unattended") || s.files[copyFile] == "" {
		t.Errorf("the task %q", task)
	}

	again := s.do(limited)
	wantEqual(t, "changes the second time", slices.DeleteFunc(s.changes, func(c string) bool { return strings.HasPrefix(c, "task") }), []string{})
	if strings.Count(again, ",there,") != 3 {
		t.Errorf("the second time\n%s", again)
	}
}

// Domain controllers hear of a new account one after the other.
func TestExchangeRunWaitsForTheAccount(t *testing.T) {
	s := newServer(t)
	s.lag = 3
	s.do(Exchange{Version: "2010"})
	if got := len(s.find(who).settings); got != 6 {
		t.Errorf("%d settings of the account, want 6: %q", got, s.find(who).settings)
	}
	s = newServer(t)
	s.lag = 100
	script, _ := Exchange{Version: "2010"}.PowerShell()
	if _, wrong := s.start(script, nil); wrong != "the account is not here yet" {
		t.Errorf("an account that never comes: %q", wrong)
	}
}

func TestExchangeRunStopsBeforeItChanges(t *testing.T) {
	for want, c := range map[string]struct {
		switches arguments
		spoil    func(*server)
		e        Exchange
	}{
		"There is no mailbox Monitor.":              {switches: arguments{{option: "unattended"}}},
		"There are several mailboxes":               {spoil: func(s *server) { s.boxes = append(s.boxes, newBox("monitor", "A"), newBox("monitor", "B")) }},
		"The passwords differ.":                     {spoil: func(s *server) { s.typed = []string{"one", "two"} }},
		"there is no such group":                    {switches: arguments{{option: "whatif"}}, e: Exchange{Group: "nobody"}},
		"There is no mailbox to give the right in.": {switches: arguments{{option: "whatif"}}, spoil: func(s *server) { s.boxes = s.boxes[3:] }},
	} {
		s := newServer(t)
		if c.spoil != nil {
			c.spoil(s)
		}
		c.e.Version = "2019"
		script, err := c.e.PowerShell()
		if err != nil {
			t.Fatal(err)
		}
		if _, wrong := s.start(script, c.switches); !strings.HasPrefix(wrong, want) || s.changes != nil {
			t.Errorf("want %q, got %q after %q", want, wrong, s.changes)
		}
	}
}

func TestExchangeRunAtNightCoversNewMailboxesAlone(t *testing.T) {
	s := newServer(t)
	e := Exchange{Version: "2013", Right: Reviewer}
	s.do(e)
	delete(s.boxes[0].rights, who) // Anna has taken it away
	s.boxes = append(s.boxes, newBox("eva", ""), newBox("david", "Agenda"))
	script, _ := e.PowerShell()
	s.changes, s.functions = nil, map[string]*block{}
	code, wrong := s.start(script, arguments{{option: "unattended"}})
	report := s.files[`C:\Program Files\Telefonist\Monitor-report.csv`]
	wantEqual(t, "changes", s.changes, []string{"add david"})
	wantEqual(t, "right of whoever took it away", s.boxes[0].rights[who], "")
	if code != 1 || wrong != "" || !strings.Contains(report, "eva@foretag.example,,Reviewer,,failed,Failed: There is no calendar yet") {
		t.Errorf("exit %d, %s, report\n%s", code, wrong, report)
	}
}

func TestExchangeRunRemovePutsBack(t *testing.T) {
	s := newServer(t)
	e := Exchange{Version: "2019"}
	s.boxes[1].rights[who] = "Reviewer"
	s.do(e)
	s.boxes[2].rights[who] = "Editor" // somebody has other plans
	s.do(e, "Remove", "WhatIf")
	wantEqual(t, "changes of the trial", s.changes, []string(nil))
	report := s.do(e, "Remove")
	wantEqual(t, "rights", s.rights(), []string{"", "Reviewer", "Editor", ""})
	for _, want := range []string{"anna@foretag.example:\\Kalender,LimitedDetails,LimitedDetails,removed", "LimitedDetails,put back", "Editor,left"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %s:\n%s", want, report)
		}
	}
	_, list := s.files[listFile]
	wantEqual(t, "what is left", []bool{list, s.files[copyFile] != "", len(s.tasks) > 0}, []bool{false, false, false})
}

func TestExchangeRunFollowsAGroup(t *testing.T) {
	s := newServer(t)
	s.groups["telefoni"] = []string{"anna", "inre"}
	s.groups["inre"] = []string{"claire", "telefoni"} // groups in each other
	e := Exchange{Version: "2010", Group: "telefoni"}
	s.do(e)
	wantEqual(t, "rights", s.rights(), []string{"LimitedDetails", "", "LimitedDetails", ""})
	s.groups["telefoni"] = []string{"bo", "inre"}
	report := s.do(e, "Unattended")
	wantEqual(t, "rights after the group has changed", s.rights(), []string{"", "LimitedDetails", "LimitedDetails", ""})
	if !strings.Contains(report, "removed") {
		t.Errorf("the report says\n%s", report)
	}
}

func TestExchangeRunFullAccess(t *testing.T) {
	for _, version := range []string{"2007", "2016"} {
		s := newServer(t)
		e := Exchange{Version: version, Right: FullAccess}
		s.boxes[1].full[who] = true
		s.do(e, "WhatIf")
		wantEqual(t, "changes of the trial", s.changes, []string(nil))
		s.do(e)
		have := func() (all []bool) {
			for _, b := range s.boxes[:4] {
				all = append(all, b.full[who])
			}
			return all
		}
		wantEqual(t, version, have(), []bool{true, true, true, false})
		s.do(e, "Remove")
		wantEqual(t, version+" put back", have(), []bool{false, true, false, false})
	}
}

func TestExchangeRunImpersonationOn2007(t *testing.T) {
	s := newServer(t)
	e := Exchange{Version: "2007", Right: Impersonation}
	s.do(e, "WhatIf")
	wantEqual(t, "changes of the trial", s.changes, []string(nil))
	s.do(e)
	wantEqual(t, "who may", []bool{s.extended[who], s.boxes[0].may[who], s.boxes[2].may[who], s.boxes[3].may[who]}, []bool{true, true, true, false})
	s.do(e, "Remove")
	wantEqual(t, "who may still", []bool{s.extended[who], s.boxes[0].may[who], s.boxes[2].may[who]}, []bool{false, false, false})
}

func TestExchangeRunImpersonationByRole(t *testing.T) {
	s := newServer(t)
	s.roles["by hand"] = ""
	wide, narrow := Exchange{Version: "SE", Right: Impersonation}, Exchange{Version: "SE", Right: Impersonation, Group: "telefoni"}
	s.do(wide, "WhatIf")
	wantEqual(t, "changes of the trial", s.changes, []string(nil))
	s.do(wide)
	wantEqual(t, "roles", s.roles, map[string]string{"by hand": "", "Telefonist Monitor": ""})
	s.do(narrow)
	wantEqual(t, "roles within a group", s.roles, map[string]string{"by hand": "", "Telefonist Monitor": "Telefonist Monitor"})
	wantEqual(t, "scope", s.scopes, map[string]string{"Telefonist Monitor": "MemberOfGroup -eq 'CN=O''Brien'"})
	if len(s.warned) != 1 || !strings.Contains(s.warned[0], "by hand") {
		t.Errorf("warned %q", s.warned)
	}
	s.do(narrow)
	wantEqual(t, "changes the second time", s.changes, []string(nil))
	s.do(narrow, "Remove")
	wantEqual(t, "what is left", []int{len(s.roles), len(s.scopes)}, []int{1, 0})
	wantEqual(t, "tasks", len(s.tasks), 0)
}

// A line of Better does what it says, whether there is an entry or not.
func TestBetterRuns(t *testing.T) {
	s := newServer(t)
	s.boxes = append(s.boxes, newBox("monitor", "Kalender"))
	run := func(way string) {
		s.functions = map[string]*block{}
		if _, wrong := s.start(Better("2016", way, "claire@foretag.example", who), nil); wrong != "" {
			t.Error(wrong)
		}
	}
	// Its folders come in an order in which the calendar is the first.
	s.on("Get-MailboxFolderStatistics", "", func(b *box, _ arguments) ([]any, error) {
		return []any{object("Name", b.folder, "FolderType", "Calendar")}, nil
	})
	run("times")
	wantEqual(t, "after the first", s.boxes[2].rights[who], "LimitedDetails")
	run("details")
	wantEqual(t, "after the second", s.boxes[2].rights[who], "Reviewer")
	run("reviewer")
	wantEqual(t, "after the third", s.boxes[2].full[who], true)
}
