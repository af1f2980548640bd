package desk

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"
)

func (v *Visit) calendarConnections(context.Context) ([]CalendarConnection, error) {
	return nil, ErrNotOffered
}
func (v *Visit) addCalendarConnection(context.Context, string, string) (c CalendarConnection, err error) {
	return c, ErrNotOffered
}
func (v *Visit) saveCalendarConnection(context.Context, string, string, bool, int64) (c CalendarConnection, err error) {
	return c, ErrNotOffered
}
func (v *Visit) removeCalendarConnection(context.Context, string) error { return ErrNotOffered }
func (v *Visit) setLive(context.Context, string, Who, bool) (c CalendarConnection, err error) {
	return c, ErrNotOffered
}
func (v *Visit) checkCalendar(context.Context, string, Proof) (c CalendarCheck, err error) {
	return c, ErrNotOffered
}
func (v *Visit) calendarScript(context.Context, string, string, bool, Proof) (string, error) {
	return "", ErrNotOffered
}
func (v *Visit) calendarSettings(context.Context) (c CalendarSettings, err error) {
	return c, ErrNotOffered
}
func (v *Visit) saveCalendarSettings(context.Context, organization.Calendar, int64) (c CalendarSettings, err error) {
	return c, ErrNotOffered
}
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
func (v *Visit) preference(context.Context, string) (p Preference, err error) {
	return p, ErrNotOffered
}
func (v *Visit) savePreference(context.Context, string, organization.Person, int64) (p Preference, err error) {
	return p, ErrNotOffered
}
func (v *Visit) mine(context.Context) ([]BoardRow, error)                 { return nil, ErrNotOffered }
func (v *Visit) findPeople(context.Context, string) ([]PersonName, error) { return nil, ErrNotOffered }
func (v *Visit) personTokens(context.Context, string) ([]PersonToken, error) {
	return nil, ErrNotOffered
}
func (v *Visit) addPersonToken(context.Context, string, string) (text string, t PersonToken, err error) {
	return "", t, ErrNotOffered
}
func (v *Visit) revokePersonToken(context.Context, string, string) error { return ErrNotOffered }
func (v *Visit) mailboxes(context.Context, MailboxFilter) (p MailboxPage, err error) {
	return p, ErrNotOffered
}
func (v *Visit) readMailbox(context.Context, string) error                { return ErrNotOffered }
func (v *Visit) readMailboxes(context.Context, string) error              { return ErrNotOffered }
func (v *Visit) switchboards(context.Context) ([]SwitchboardState, error) { return nil, ErrNotOffered }
func (v *Visit) switchboard(context.Context, string) (s SwitchboardState, err error) {
	return s, ErrNotOffered
}
func (v *Visit) addSwitchboard(context.Context, NewSwitchboard) (s SwitchboardState, err error) {
	return s, ErrNotOffered
}
func (v *Visit) saveSwitchboard(context.Context, string, NewSwitchboard, int64) (s SwitchboardState, err error) {
	return s, ErrNotOffered
}
func (v *Visit) pauseSwitchboard(context.Context, string, bool) (s SwitchboardState, err error) {
	return s, ErrNotOffered
}
func (v *Visit) deleteSwitchboard(context.Context, string) error { return ErrNotOffered }
func (v *Visit) checkSwitchboard(context.Context, string) (ok bool, why pbx.Reason, err error) {
	return false, why, ErrNotOffered
}
func (v *Visit) switchboardAddresses(context.Context, string) (a Addresses, err error) {
	return a, ErrNotOffered
}
