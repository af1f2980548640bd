package desk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strconv"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/pbx"

	"github.com/telefonist/telefonist/store"
)

// planImport lays a CSV file beside the register.
func (v *Visit) planImport(ctx context.Context, file io.Reader) (ImportPlan, error) {
	o, err := v.organization(ctx)
	if err != nil {
		return ImportPlan{}, err
	}
	rows, problems, err := pbx.ReadCSV(file, o.Settings.Country)
	switch {
	case errors.Is(err, pbx.ErrCSVTooLarge):
		return ImportPlan{}, invalid("file", "tooLong")
	case errors.Is(err, pbx.ErrCSVHeader):
		return ImportPlan{}, invalid("file", "heading")
	case err != nil:
		return ImportPlan{}, step("read csv", err)
	}
	byID, byExtension, err := v.entries(ctx)
	if err != nil {
		return ImportPlan{}, err
	}
	p := ImportPlan{Problems: problems}
	for _, row := range rows {
		have, ok := byID[row.ID]
		if !ok {
			have, ok = byExtension[row.Fields[pbx.Extension]]
		}
		if !ok {
			s := row.Subscriber()
			p.Changes = append(p.Changes, pbx.Change{Kind: pbx.Create, Name: s.Name(), Key: store.NewID(), Reason: byFile, After: s.Fields})
			continue
		}
		c := pbx.Change{Kind: pbx.Update, Subscriber: have.ID, Name: have.Name(), Reason: byFile, Before: pbx.Fields{}, After: pbx.Fields{}}
		for f, want := range row.Fields {
			if now := have.Get(f); now != want {
				c.Before[f], c.After[f] = now, want
			}
		}
		if len(c.After) == 0 {
			p.Same++
		} else {
			p.Changes = append(p.Changes, c)
		}
	}
	return p, nil
}

// byFile is the reason of what came in a CSV file.
var byFile = pbx.Reason{Code: "import"}

// entries are the register's by id and by extension; "" finds none.
func (v *Visit) entries(ctx context.Context) (byID, byExtension map[string]pbx.Subscriber, err error) {
	register, err := v.desk.openRegister(ctx, v.org)
	if err != nil {
		return nil, nil, err
	}
	byID, byExtension = map[string]pbx.Subscriber{}, map[string]pbx.Subscriber{}
	for s, err := range register.Subscribers(ctx) {
		if err != nil {
			return nil, nil, step("read register", err)
		}
		byID[s.ID] = s
		if e := s.Get(pbx.Extension); e != "" {
			byExtension[e] = s
		}
	}
	return byID, byExtension, nil
}

// applyImport makes the changes; those that the register refuses move from
// Changes to Problems.
func (v *Visit) applyImport(ctx context.Context, p *ImportPlan) error {
	register, err := v.desk.openRegister(ctx, v.org)
	if err != nil {
		return err
	}
	made := p.Changes[:0]
	for i, result := range applyAll(ctx, register, p.Changes) {
		c, err := p.Changes[i], result.Err
		var no *pbx.Refusal
		switch {
		case errors.As(err, &no):
			p.Problems = append(p.Problems, pbx.Problem{Name: c.Name, Skip: true, Reason: no.Reason()})
		case errors.Is(err, pbx.ErrNoSubscriber):
			p.Problems = append(p.Problems, pbx.Problem{Name: c.Name, Skip: true, Reason: pbx.Reason{Code: "gone"}})
		case err != nil:
			return step("import", err)
		default:
			made = append(made, c)
		}
	}
	p.Changes = made
	return nil
}

// applyAll makes changes, many at once where the register can.
func applyAll(ctx context.Context, r pbx.Register, changes []pbx.Change) []pbx.Result {
	if many, ok := r.(interface {
		ApplyAll(context.Context, []pbx.Change) []pbx.Result
	}); ok {
		return many.ApplyAll(ctx, changes)
	}
	results := make([]pbx.Result, len(changes))
	for i, c := range changes {
		results[i].Subscriber, results[i].Err = r.Apply(ctx, c)
	}
	return results
}

func (d *Desk) openRegister(ctx context.Context, org organization.ID) (pbx.Register, error) {
	register, err := d.Reconcile.OpenRegister(ctx, org, BuiltinRegister)
	return register, answer(err, "open register")
}

// refused turns a switchboard's no into an answer about the form.
func refused(err error) error {
	var no *pbx.Refusal
	switch {
	case errors.As(err, &no):
		return invalid(refusedField(no.Code), no.Code)
	case errors.Is(err, pbx.ErrNoSubscriber):
		return ErrNotFound
	}
	return answer(err, "change subscriber")
}

func refusedField(code string) string {
	if code == "extensionTaken" {
		return string(pbx.Extension)
	}
	return "fields"
}

// writeSubscribersJSON writes entries one by one, so that the whole register
// never stands in memory twice.
func writeSubscribersJSON(w io.Writer, all iter.Seq2[pbx.Subscriber, error]) error {
	enc := json.NewEncoder(w)
	separator := "["
	for s, err := range all {
		if err != nil {
			return step("read register", err)
		}
		if _, err := io.WriteString(w, separator); err != nil {
			return step("write subscribers", err)
		}
		separator = ","
		if err := enc.Encode(struct {
			ID     string     `json:"id"`
			Fields pbx.Fields `json:"fields"`
		}{s.ID, s.Fields}); err != nil {
			return step("write subscribers", err)
		}
	}
	end := "]\n"
	if separator == "[" {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return step("write subscribers", err)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
