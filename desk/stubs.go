package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
)

func (v *Visit) tryCalendarSettings(context.Context, organization.Calendar, []string) (t Trial, err error) {
	return t, ErrNotOffered
}
func (v *Visit) wouldClose(context.Context, organization.Calendar) (c Closing, err error) {
	return c, ErrNotOffered
}
func (v *Visit) board(context.Context, BoardFilter) (p BoardPage, err error) { return p, ErrNotOffered }
func (v *Visit) watchActivities(context.Context) (<-chan struct{}, error)    { return nil, ErrNotOffered }
func (v *Visit) boardRow(context.Context, string) (r BoardRow, err error)    { return r, ErrNotOffered }
func (v *Visit) activityNames(context.Context) (activity.Set, error)         { return nil, ErrNotOffered }
func (v *Visit) person(context.Context, string) (h PersonHead, err error)    { return h, ErrNotOffered }
func (v *Visit) day(context.Context, string, time.Time, time.Time) (d PersonDay, err error) {
	return d, ErrNotOffered
}
func (v *Visit) reasons(context.Context, string, time.Time) (r Reasons, err error) {
	return r, ErrNotOffered
}
func (v *Visit) told(context.Context, string, time.Time, time.Time) ([]ToldLine, error) {
	return nil, ErrNotOffered
}
func (v *Visit) choose(context.Context, string, NewChoice) (r BoardRow, err error) {
	return r, ErrNotOffered
}
func (v *Visit) back(context.Context, string) (r BoardRow, err error) { return r, ErrNotOffered }
func (v *Visit) mine(context.Context) ([]BoardRow, error)             { return nil, ErrNotOffered }
