package m365

import "strings"

// recurrence writes the pattern and the range of a series.
// https://learn.microsoft.com/exchange/client-developer/web-service-reference/recurrence-recurrencetype
func (s *shownItem) recurrence() {
	r := s.e.Recurrence
	loc, ok := s.box.place(s.e.Zone)
	if r == nil || !ok {
		return
	}
	rule, err := r.rule(dayOf(s.e.Start, loc))
	if err != nil {
		return
	}
	m := &s.c.out
	m.open("t:Recurrence")
	s.pattern(&rule)
	first := s.e.Start.In(loc).Format("2006-01-02Z07:00")
	switch {
	case r.Until != "":
		m.open("t:EndDateRecurrence")
		s.text("StartDate", first)
		s.text("EndDate", r.Until)
		m.close("t:EndDateRecurrence")
	case r.Count > 0:
		m.open("t:NumberedRecurrence")
		s.text("StartDate", first)
		m.count("t:NumberOfOccurrences", r.Count)
		m.close("t:NumberedRecurrence")
	default:
		m.open("t:NoEndRecurrence")
		s.text("StartDate", first)
		m.close("t:NoEndRecurrence")
	}
	m.close("t:Recurrence")
}

var monthNames = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

func (s *shownItem) pattern(r *rule) {
	m := &s.c.out
	tag := "t:" + title(r.Type) + "Recurrence"
	m.open(tag)
	if !strings.HasSuffix(r.Type, "Yearly") {
		m.count("t:Interval", r.Interval)
	}
	if strings.HasPrefix(r.Type, "absolute") {
		m.count("t:DayOfMonth", r.DayOfMonth)
	}
	if r.Type == "weekly" || strings.HasPrefix(r.Type, "relative") {
		var days []string
		for day, there := range r.days {
			if there {
				days = append(days, weekdayNames[day])
			}
		}
		s.text("DaysOfWeek", strings.Join(days, " "))
	}
	if strings.HasPrefix(r.Type, "relative") {
		s.text("DayOfWeekIndex", title(indexes[r.index]))
	}
	if strings.HasSuffix(r.Type, "Yearly") {
		s.text("Month", monthNames[r.Month-1])
	}
	if r.Type == "weekly" && s.c.schema >= schema2010SP1 {
		s.text("FirstDayOfWeek", weekdayNames[r.firstDay])
	}
	m.close(tag)
}
