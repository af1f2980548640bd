package m365

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// ewsCall is one call of Exchange Web Services.
type ewsCall struct {
	x       *Exchange
	w       http.ResponseWriter
	r       *http.Request
	account *ExchangeAccount
	now     time.Time
	name    string // the operation
	op      *element
	header  *element
	schema  ewsSchema      // the one that it keeps to
	zone    *time.Location // of TimeZoneContext; nil = none was sent
	caller  *Person        // whose rights it has: the account's own mailbox or the impersonated one; nil = nobody's
	acting  bool           // it impersonates the caller
	mailbox []string       // whose mailboxes it asks for
	out     markup
	code    string // the first error in the answer

	whole    []ExchangeFault // faults that every mailbox gets
	cut      bool            // the answer breaks off
	streamed bool            // the answer has been sent as it came
	pushed   int             // envelopes of it
}

// operation is one of the service.
type operation struct {
	do    func(*ewsCall) error
	since ewsSchema
}

// operations are those that are simulated, by the element of their request.
var operations map[string]operation

func init() { // not above: the operations themselves look names up here
	operations = map[string]operation{
		"GetUserAvailabilityRequest": {(*ewsCall).availability, schema2007},
		"GetUserOofSettingsRequest":  {(*ewsCall).oofSettings, schema2007},
		"FindItem":                   {(*ewsCall).findItem, schema2007},
		"GetItem":                    {(*ewsCall).getItem, schema2007},
		"GetFolder":                  {(*ewsCall).getFolder, schema2007},
		"ResolveNames":               {(*ewsCall).resolveNames, schema2007},
		"SyncFolderItems":            {(*ewsCall).syncFolderItems, schema2007},
		"Subscribe":                  {(*ewsCall).subscribe, schema2007},
		"Unsubscribe":                {(*ewsCall).unsubscribe, schema2007},
		"GetServerTimeZones":         {(*ewsCall).serverTimeZones, schema2010},
		"GetStreamingEvents":         {(*ewsCall).streamingEvents, schema2010SP1},
	}
}

// ewsFault is an error that stops a whole call.
type ewsFault struct {
	code, text string
	values     [][2]string // MessageXml's, by name
	noInfo     bool        // it comes without ServerVersionInfo
	status     int         // 0 = 500
}

func (f *ewsFault) Error() string { return "m365: " + f.code + ": " + f.text }

const biggestEWSRequest = 4 << 20

// serve answers a call of an account.
func (x *Exchange) serve(w http.ResponseWriter, r *http.Request, account *ExchangeAccount) {
	counted := &countingWriter{ResponseWriter: w}
	c := &ewsCall{x: x, w: counted, r: r, account: account, now: x.t.now()}
	out, _ := outputs.Get().(*markup)
	c.out = (*out)[:0]
	defer func() {
		x.record(c, counted.status)
		*out = c.out
		outputs.Put(out)
	}()
	envelope, err := parseXML(http.MaxBytesReader(w, r.Body, biggestEWSRequest))
	if err == nil {
		err = c.read(envelope)
	}
	answered := false
	if err == nil {
		answered, err = c.obstruct()
	}
	if err == nil && !answered {
		err = c.work()
	}
	var fault *ewsFault
	switch {
	case errors.As(err, &fault):
		c.fail(fault)
	case err != nil:
		c.fail(&ewsFault{code: "ErrorInvalidRequest", text: "The request is invalid."})
	case !answered && !c.streamed:
		c.answer()
	}
}

// work does what is asked, by the rights of the caller.
func (c *ewsCall) work() error {
	if c.name != "GetStreamingEvents" || c.x.release.hanging == 0 { // which have a limit of their own
		done, fault := c.x.enter(c.account.User)
		if fault != nil {
			return fault
		}
		defer done()
	}
	if err := c.identify(); err != nil {
		return err
	}
	return operations[c.name].do(c)
}

// countingWriter remembers the status of an answer.
type countingWriter struct {
	http.ResponseWriter
	status int
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// read takes the envelope apart: what is asked, by whom, in which schema.
func (c *ewsCall) read(envelope *element) error {
	body := envelope.child("Body")
	if envelope.name != "Envelope" || envelope.space != soapSpace || len(body.all()) == 0 {
		return &ewsFault{code: "ErrorInvalidRequest", text: "The request is invalid."}
	}
	c.header, c.op = envelope.child("Header"), body.all()[0]
	c.name = c.op.name
	if err := c.version(); err != nil {
		return err
	}
	op, known := operations[c.name]
	if !known || c.op.space != messagesSpace || op.since > c.x.release.schema {
		return c.invalid("The element '" + c.name + "' in namespace '" + c.op.space + "' is not expected.")
	}
	if op.since > c.schema {
		return &ewsFault{code: "ErrorInvalidServerVersion", text: "The specified server version is invalid."}
	}
	return c.context()
}

// version reads RequestServerVersion.
func (c *ewsCall) version() error {
	asked := c.header.child("RequestServerVersion")
	if asked == nil {
		c.schema = min(schema2007SP1, c.x.release.schema)
		if c.x.release.schema == schema2007SP1 {
			c.schema = schema2007 // without the header 2007 keeps to its first schema
		}
		return nil
	}
	schema, known := c.x.release.schemaNamed(asked.attr("Version"))
	if known {
		c.schema = schema
		return nil
	}
	switch code := c.x.release.badVersion; code {
	case "ErrorSchemaValidation":
		return c.invalid("The 'Version' attribute is invalid - The value '" + clip(asked.attr("Version")) + "' is invalid according to its datatype 'ExchangeVersionType'.")
	case "ErrorInvalidRequest":
		return &ewsFault{code: code, text: "The request is invalid."}
	default:
		return &ewsFault{code: code, text: "The specified server version is invalid."}
	}
}

// invalid is a fault of what the schema does not have.
func (c *ewsCall) invalid(why string) error {
	return &ewsFault{code: "ErrorSchemaValidation", text: "The request failed schema validation: " + why}
}

// context reads TimeZoneContext, which came with 2010.
func (c *ewsCall) context() error {
	e := c.header.child("TimeZoneContext")
	if e == nil {
		return nil
	}
	if c.x.release.schema < schema2010 {
		return nil // headers that are not known are not understood, and need not be
	}
	id := e.child("TimeZoneDefinition").attr("Id")
	loc, known := zone(id)
	if _, windows := windowsZones[id]; !known || !windows {
		return &ewsFault{code: "ErrorTimeZone", text: "The time zone '" + clip(id) + "' is not valid."}
	}
	c.zone = loc
	return nil
}

// identify finds out whose rights the call has.
func (c *ewsCall) identify() error {
	if e := c.header.child("ExchangeImpersonation"); e != nil {
		return c.impersonate(e)
	}
	if c.account.Mailbox == "" {
		return nil
	}
	p, err := c.x.t.livePerson(c.account.Mailbox)
	if err != nil { // the mailbox of an account alone, that nobody works in
		p = Person{ID: ownMailbox + c.account.User, DisplayName: c.account.User, Mail: c.account.Mailbox, Purpose: "user"}
	}
	c.caller = &p
	return nil
}

// ownMailbox begins the ids of those whom only a server knows.
const ownMailbox = "account-"

// asks notes whose mailbox the call is about.
func (c *ewsCall) asks(address string) { c.mailbox = append(c.mailbox, strings.ToLower(address)) }
