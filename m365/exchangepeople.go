package m365

import (
	"strconv"
	"strings"
	"time"
)

const mostResolutions = 100

// resolveNames answers ResolveNames: the people whose name, address or part of
// it begins with what is asked for.
func (c *ewsCall) resolveNames() error {
	entry := strings.ToLower(c.op.value("UnresolvedEntry"))
	if entry == "" {
		return c.invalid("The 'UnresolvedEntry' element is invalid.")
	}
	entry = strings.TrimPrefix(entry, "smtp:")
	found := c.x.resolve(entry)
	whole := c.op.attr("ReturnFullContactData") == "true"
	c.respond(func() {
		if len(found) == 0 {
			c.message(&ewsError{code: "ErrorNameResolutionNoResults", text: "No results were found."}, nil)
			return
		}
		tag := "m:ResolveNamesResponseMessage"
		if len(found) == 1 {
			c.out.open(tag, "ResponseClass", "Success")
			c.out.text("m:ResponseCode", "NoError")
		} else {
			c.out.open(tag, "ResponseClass", "Warning")
			c.out.text("m:MessageText", "Multiple results were found.")
			c.out.text("m:ResponseCode", "ErrorNameResolutionMultipleResults")
			c.out.text("m:DescriptiveLinkKey", "0")
		}
		shown := found[:min(len(found), mostResolutions)]
		c.out.open("m:ResolutionSet", "TotalItemsInView", strconv.Itoa(len(shown)), "IncludesLastItemInRange", strconv.FormatBool(len(shown) == len(found)))
		for i := range shown {
			c.resolution(&shown[i], whole)
		}
		c.out.close("m:ResolutionSet")
		c.out.close(tag)
	})
	return nil
}

// resolve are up to one more than mostResolutions people that entry may mean.
func (x *Exchange) resolve(entry string) []Person {
	var found []Person
	for _, p := range x.t.People() {
		if p.Mail == "" || x.state(&p) == elsewhere {
			continue
		}
		for _, text := range []string{p.DisplayName, p.GivenName, p.Surname, p.Mail, p.MailNickname} {
			if text != "" && strings.HasPrefix(strings.ToLower(text), entry) {
				found = append(found, p)
				break
			}
		}
		if len(found) > mostResolutions {
			break
		}
	}
	return found
}

func (c *ewsCall) resolution(p *Person, whole bool) {
	m := &c.out
	m.open("t:Resolution")
	m.open("t:Mailbox")
	m.text("t:Name", p.DisplayName)
	m.text("t:EmailAddress", p.Mail)
	m.text("t:RoutingType", "SMTP")
	m.text("t:MailboxType", "Mailbox")
	m.close("t:Mailbox")
	if whole {
		m.open("t:Contact")
		for _, part := range [][2]string{{"DisplayName", p.DisplayName}, {"GivenName", p.GivenName}, {"CompanyName", p.CompanyName}} {
			if part[1] != "" {
				m.text("t:"+part[0], part[1])
			}
		}
		m.open("t:EmailAddresses")
		m.text("t:Entry", "SMTP:"+p.Mail, "Key", "EmailAddress1")
		m.close("t:EmailAddresses")
		m.text("t:ContactSource", "ActiveDirectory")
		for _, part := range [][2]string{{"Department", p.Department}, {"JobTitle", p.JobTitle}, {"OfficeLocation", p.OfficeLocation}, {"Surname", p.Surname}} {
			if part[1] != "" {
				m.text("t:"+part[0], part[1])
			}
		}
		m.close("t:Contact")
	}
	m.close("t:Resolution")
}

// oofSettings answers GetUserOofSettings, to the owner of the mailbox and to
// who has full access to it.
func (c *ewsCall) oofSettings() error {
	p, err := c.owner(c.op.value("Mailbox", "Address"))
	if err == nil {
		err = c.may(&folder{p: p, name: topFolder})
	}
	refused, isRefused := err.(*ewsError)
	if err != nil && !isRefused {
		return err
	}
	if isRefused && (refused == noFolder || refused.code == "ErrorItemNotFound") {
		refused = denied
	}
	m := &c.out
	m.open("GetUserOofSettingsResponse", "xmlns", messagesSpace)
	defer m.close("GetUserOofSettingsResponse")
	if refused != nil {
		c.code = refused.code
		m.open("ResponseMessage", "ResponseClass", "Error")
		m.text("MessageText", refused.text)
		m.text("ResponseCode", refused.code)
		m.text("DescriptiveLinkKey", "0")
		m.close("ResponseMessage")
		return nil
	}
	m.open("ResponseMessage", "ResponseClass", "Success")
	m.text("ResponseCode", "NoError")
	m.close("ResponseMessage")
	c.oof(p)
	return nil
}

// oof writes the automatic replies of a mailbox. Their times are there though
// none were set.
func (c *ewsCall) oof(p *Person) {
	box, m := c.x.t.mailbox(p), &c.out
	r := box.Replies
	if r.Start.IsZero() || r.End.IsZero() {
		r.Start = c.now.Truncate(time.Hour)
		r.End = r.Start.AddDate(0, 0, 1)
	}
	audience := map[string]string{"none": "None", "contactsOnly": "Known"}[r.Audience]
	if audience == "" {
		audience = "All"
	}
	state := map[string]string{"alwaysEnabled": "Enabled", "scheduled": "Scheduled"}[r.Status]
	if state == "" {
		state = "Disabled"
	}
	m.open("OofSettings", "xmlns", typesSpace)
	m.text("OofState", state)
	m.text("ExternalAudience", audience)
	m.open("Duration")
	m.text("StartTime", r.Start.UTC().Format("2006-01-02T15:04:05Z"))
	m.text("EndTime", r.End.UTC().Format("2006-01-02T15:04:05Z"))
	m.close("Duration")
	for _, reply := range [][2]string{{"InternalReply", r.Internal}, {"ExternalReply", r.External}} {
		m.open(reply[0])
		m.text("Message", reply[1])
		m.close(reply[0])
	}
	m.close("OofSettings")
	m.text("AllowExternalOof", "All")
}
