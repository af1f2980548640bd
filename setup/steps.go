package setup

import (
	"slices"
	"strings"
)

// Step is one step by hand. Key names its sentence among the strings, Facts are
// what is filled into it, Copy what a page offers to copy, Link where it is done.
type Step struct {
	Key   string
	Facts map[string]string
	Copy  []string
	Link  string
}

// CertificateFile is the name under which a page hands out the public
// certificate for uploading.
const CertificateFile = "telefonist.cer"

// Steps are the steps by hand in the Entra admin center, in order: the same that
// the scripts do. Without a certificate they make a client secret. A cloud that
// only the operator knows, such as a simulated one, gets the global one's portal.
func (e Entra) Steps() ([]Step, error) {
	c, err := e.cloud()
	if err != nil {
		c = clouds["global"]
	}
	chosen, err := e.permissions()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range chosen {
		names = append(names, p.Name)
	}
	credential := Step{Key: "connect.secret"}
	if len(e.Certificate) > 0 {
		credential = Step{Key: "connect.certificate", Facts: map[string]string{"file": CertificateFile}}
	}
	steps := []Step{
		{Key: "connect.who", Facts: map[string]string{"portal": c.Portal}, Link: c.Portal},
		{Key: "connect.register"},
		{Key: "connect.name", Facts: map[string]string{"name": e.Name}, Copy: []string{e.Name}},
		{Key: "connect.permissions", Facts: map[string]string{"permissions": strings.Join(names, ", ")}, Copy: names},
		{Key: "connect.consent"},
		credential,
		{Key: "connect.values"},
		{Key: "connect.group"},
	}
	if !slices.Contains(names, "Calendars.Read") {
		steps = append(steps, Step{Key: "connect.calendar"})
	}
	return steps, nil
}

// Steps are the steps on the Exchange server, in order: the script does the work,
// what it cannot do is told. Facts hold what stands in it.
func (e Exchange) Steps() ([]Step, error) {
	v, err := e.values()
	if err != nil {
		return nil, err
	}
	whom := "exchange.step.everybody"
	if v.Group != "" {
		whom = "exchange.step.group"
	}
	trial, real := `.\`+ExchangeFile+" -WhatIf", `.\`+ExchangeFile
	return []Step{
		{Key: "exchange.step.network"},
		{Key: "exchange.step.shell", Facts: map[string]string{"role": v.Role}},
		{Key: whom, Facts: map[string]string{"group": v.Group, "right": v.Grants, "account": v.Account}},
		{Key: "exchange.step.trial", Facts: map[string]string{"line": trial}, Copy: []string{trial}},
		{Key: "exchange.step.run", Facts: map[string]string{"line": real, "account": v.Account}, Copy: []string{real}},
		{Key: "exchange.step.values"},
	}, nil
}
