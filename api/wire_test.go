package api

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
)

// TestWireSettingsAreTheSame compares, field by field and all the way down, the
// settings that are translated by way of their JSON.
func TestWireSettingsAreTheSame(t *testing.T) {
	for _, tc := range []struct{ wire, ours any }{
		{client.CalendarSettings{}, organization.Calendar{}},
		{client.PersonSettings{}, organization.Person{}},
		{client.ActivityRule{}, activity.Rule{}},
		{client.Schedule{}, organization.Schedule{}},
		{client.Settings{}, directory.Settings{}},
		{client.Scope{}, directory.Scope{}},
	} {
		wire, ours := shape(reflect.TypeOf(tc.wire), ""), shape(reflect.TypeOf(tc.ours), "")
		if diff := cmp.Diff(ours, wire); diff != "" {
			t.Errorf("%T and %T differ (-ours +wire):\n%s", tc.ours, tc.wire, diff)
		}
	}
}

// TestOrganizationSettingsAreTheSame leaves out those of calendars, which are read
// and changed by themselves.
func TestOrganizationSettingsAreTheSame(t *testing.T) {
	ours := slices.DeleteFunc(shape(reflect.TypeFor[organization.Settings](), ""), func(s string) bool { return strings.HasPrefix(s, ".calendar") })
	if diff := cmp.Diff(ours, shape(reflect.TypeFor[client.OrganizationSettings](), "")); diff != "" {
		t.Errorf("they differ (-ours +wire):\n%s", diff)
	}
}

// shape lists a type's JSON names with the kinds of their values.
func shape(t reflect.Type, at string) []string {
	switch t.Kind() {
	case reflect.Slice:
		return shape(t.Elem(), at+"[]")
	case reflect.Array:
		return shape(t.Elem(), at+"["+strconv.Itoa(t.Len())+"]")
	case reflect.Pointer:
		return shape(t.Elem(), at+"*")
	case reflect.Map:
		return shape(t.Elem(), at+"{}")
	case reflect.Struct:
		var all []string
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = "(" + f.Name + ")"
			}
			all = append(all, shape(f.Type, at+"."+name)...)
		}
		slices.Sort(all)
		return all
	}
	return []string{at + " " + t.Kind().String()}
}
