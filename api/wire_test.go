package api

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/organization"
)

// TestWireSettingsAreTheSame compares, field by field and all the way down, the
// settings that are translated by way of their JSON.
func TestWireSettingsAreTheSame(t *testing.T) {
	for _, tc := range []struct{ wire, ours any }{
		{client.OrganizationSettings{}, organization.Settings{}},
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

// shape lists a type's JSON names with the kinds of their values.
func shape(t reflect.Type, at string) []string {
	switch t.Kind() {
	case reflect.Slice:
		return shape(t.Elem(), at+"[]")
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
