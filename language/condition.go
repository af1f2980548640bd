package language

// Condition is what a rule asks of an event, as package activity keeps it and the
// API writes it; what is "" asks nothing. Group is what the group is called.
type Condition struct {
	Prefix, Word, Category, ShowAs string
	AllDay, Private, Own, Others   string // yes, no
	Response, Group                string
}

// Condition puts a rule's conditions into words, the same wherever rules are shown:
// "visas som Frånvarande (Out of office) och inte heldag".
func (p *Printer) Condition(c Condition) string {
	var all []string
	add := func(so, key string, args ...Arg) {
		if so != "" {
			all = append(all, p.T(key, args...))
		}
	}
	add(c.Prefix, "rules.if.prefix", Text("text", c.Prefix))
	add(c.Word, "rules.if.word", Text("text", c.Word))
	add(c.Category, "rules.if.category", Text("text", c.Category))
	add(c.ShowAs, "rules.if.showAs", Text("text", p.T("showas."+c.ShowAs)))
	add(c.AllDay, "rules.if.allDay."+c.AllDay)
	add(c.Private, "rules.if.private."+c.Private)
	add(c.Own, "rules.if.own."+c.Own)
	add(c.Others, "rules.if.others."+c.Others)
	add(c.Response, "rules.if.response", Text("text", p.T("rules.response."+c.Response)))
	add(c.Group, "rules.if.group", Text("text", c.Group))
	if len(all) == 0 {
		return p.T("rules.if.none")
	}
	return p.List(all)
}
