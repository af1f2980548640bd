package desk

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/organization"
)

var update = flag.Bool("update", false, "write testdata/rights.txt anew")

// unguarded are methods that do nothing but look at the actor.
var unguarded = map[string]bool{"Caller.Actor": true, "Caller.In": true, "Visit.Actor": true, "Visit.ID": true, "Visit.Role": true}

// inner are rights that are no methods.
var inner = map[string]bool{"Visit.SeeHidden": true, "Visit.SeeSettings": true}

const home = organization.ID("home")

func actorOf(role organization.Role) Actor {
	if role == organization.Operator || role == organization.Microsoft {
		return Actor{ID: "somebody", Everywhere: role}
	}
	return Actor{ID: "somebody", Kind: User, Roles: map[organization.ID]organization.Role{home: role}}
}

// TestRightsTable shows the whole table, so that a change of it is seen as one.
func TestRightsTable(t *testing.T) {
	var text strings.Builder
	for _, op := range slices.Sorted(maps.Keys(Rights)) {
		fmt.Fprintf(&text, "%-28s", op)
		for _, r := range Roles() {
			mark := "-"
			if May(r, op) {
				mark = string(r)
			}
			fmt.Fprintf(&text, " %-13s", mark)
		}
		text.WriteString("\n")
	}
	got := trimLines(text.String())
	if *update {
		if err := os.WriteFile("testdata/rights.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/rights.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("rights differ from testdata/rights.txt (-want +got):\n%s", diff)
	}
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// TestEveryOperationHasItsRight calls every method with every role that has no
// right to it, at a desk that has nothing: it must answer before it touches it.
func TestEveryOperationHasItsRight(t *testing.T) {
	empty := &Desk{Now: func() time.Time { return time.Unix(0, 0) }}
	have := maps.Clone(inner)
	for _, role := range append(Roles(), "") {
		c := empty.As(actorOf(role))
		for _, at := range []struct {
			name  string
			value any
		}{{"Caller", c}, {"Visit", c.In(home)}} {
			v := reflect.ValueOf(at.value)
			for i := range v.NumMethod() {
				op := at.name + "." + v.Type().Method(i).Name
				if unguarded[op] {
					continue
				}
				have[op] = true
				if Rights[op] == nil {
					t.Errorf("%s has no line in Rights", op)
				}
				if May(role, op) {
					continue
				}
				want := ErrForbidden
				if role == "" && at.name == "Visit" {
					want = ErrNotFound // whoever is a stranger does not learn that there is one
				}
				if err := refuse(v.Method(i)); !errors.Is(err, want) {
					t.Errorf("%s as %q: got error %v, want %v", op, role, err, want)
				}
			}
		}
	}
	for op := range Rights {
		if !have[op] {
			t.Errorf("Rights has %s, which is no operation", op)
		}
	}
}

// refuse calls a method with nothing and returns its error; a panic is one, too.
func refuse(method reflect.Value) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("touched the desk: %v", p)
		}
	}()
	args := make([]reflect.Value, method.Type().NumIn())
	for i := range args {
		args[i] = reflect.Zero(method.Type().In(i))
	}
	results := method.Call(args)
	err, _ = results[len(results)-1].Interface().(error)
	return err
}

// TestRolesOfActors is who counts as what where.
func TestRolesOfActors(t *testing.T) {
	for _, tc := range []struct {
		actor Actor
		org   organization.ID
		role  organization.Role
		top   organization.Role
	}{
		{Actor{}, home, "", ""},
		{AtSocket(), home, organization.Operator, organization.Operator},
		{AtNotification(), home, organization.Microsoft, organization.Microsoft},
		{actorOf(organization.Administrator), home, organization.Administrator, organization.Administrator},
		{actorOf(organization.Administrator), "other", "", organization.Administrator},
		{Actor{Roles: map[organization.ID]organization.Role{home: organization.PersonRole, "b": organization.Attendant}}, home, organization.PersonRole, organization.Attendant},
	} {
		if got := tc.actor.Role(tc.org); got != tc.role {
			t.Errorf("%+v in %s: got role %q, want %q", tc.actor, tc.org, got, tc.role)
		}
		if got := tc.actor.top(); got != tc.top {
			t.Errorf("%+v: got top %q, want %q", tc.actor, got, tc.top)
		}
	}
}
