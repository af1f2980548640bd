package m365

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const xmlDeclaration = `<?xml version="1.0" encoding="utf-8"?>`

// envelope begins an answer, up to the body's contents.
func (c *ewsCall) envelope(info bool) markup {
	r := &c.x.release
	s := r.soap + ":"
	m := make(markup, 0, 1200)
	m = append(m, xmlDeclaration...)
	if s == "s:" {
		m.open(s+"Envelope", "xmlns:s", soapSpace)
	} else {
		m.open(s+"Envelope", "xmlns:soap", soapSpace, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance", "xmlns:xsd", "http://www.w3.org/2001/XMLSchema")
	}
	if info {
		m.open(s + "Header")
		attrs := []string{"MajorVersion", r.build[0], "MinorVersion", r.build[1], "MajorBuildNumber", r.build[2], "MinorBuildNumber", r.build[3]}
		if r.name != "" {
			attrs = append(attrs, "Version", r.name)
		}
		m.empty(r.info+":ServerVersionInfo", append(attrs, "xmlns:"+r.info, typesSpace)...)
		m.close(s + "Header")
	}
	if s == "s:" {
		m.open(s+"Body", "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance", "xmlns:xsd", "http://www.w3.org/2001/XMLSchema")
	} else {
		m.open(s + "Body")
	}
	return m
}

func (c *ewsCall) endEnvelope(m *markup) {
	m.close(c.x.release.soap + ":Body")
	m.close(c.x.release.soap + ":Envelope")
}

// enveloped is the answer as it is sent.
func (c *ewsCall) enveloped() []byte {
	m := c.envelope(true)
	m = append(m, c.out...)
	c.endEnvelope(&m)
	return m
}

// answer sends what the operation has written.
func (c *ewsCall) answer() {
	var end markup
	c.endEnvelope(&end)
	c.send(http.StatusOK, c.envelope(true), c.out, end)
}

func (c *ewsCall) send(status int, parts ...[]byte) {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/xml; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(length))
	h.Set("X-AspNet-Version", "4.0.30319")
	c.w.WriteHeader(status)
	if c.cut {
		c.breakOff(parts[0])
	}
	for _, part := range parts {
		c.w.Write(part)
	}
}

// breakOff ends the connection after half of what it is given.
func (c *ewsCall) breakOff(part []byte) {
	c.w.Write(part[:len(part)/2])
	_ = http.NewResponseController(c.w).Flush()
	panic(http.ErrAbortHandler)
}

// outputs are buffers of answers: those of availability are large.
var outputs = sync.Pool{New: func() any { return new(markup) }}

// fail answers with a SOAP fault.
func (c *ewsCall) fail(f *ewsFault) {
	s := c.x.release.soap + ":"
	m := c.envelope(!f.noInfo)
	m.open(s + "Fault")
	if s == "s:" {
		m.text("faultcode", "a:"+f.code, "xmlns:a", typesSpace)
		m.text("faultstring", f.text, "xml:lang", "en-US")
	} else {
		m.text("faultcode", "soap:Client")
		m.text("faultstring", f.text)
	}
	m.open("detail")
	m.text("e:ResponseCode", f.code, "xmlns:e", errorsSpace)
	m.text("e:Message", f.text, "xmlns:e", errorsSpace)
	if len(f.values) > 0 {
		m.open("t:MessageXml", "xmlns:t", typesSpace)
		writeValues(&m, f.values)
		m.close("t:MessageXml")
	}
	m.close("detail")
	m.close(s + "Fault")
	c.endEnvelope(&m)
	c.code = f.code
	status := f.status
	if status == 0 {
		status = http.StatusInternalServerError
	}
	c.send(status, m)
}

func writeValues(m *markup, values [][2]string) {
	for _, v := range values {
		m.text("t:Value", v[1], "Name", v[0])
	}
}

// ewsError is an error of one of the things asked for, within an answer.
type ewsError struct {
	code, text string
	values     [][2]string
}

func (e *ewsError) Error() string { return "m365: " + e.code + ": " + e.text }

// respond writes an answer of response messages: open and close of the
// response, each message by f.
func (c *ewsCall) respond(messages func()) {
	name := strings.TrimSuffix(c.name, "Request") + "Response"
	tag, attrs := "m:"+name, []string{"xmlns:m", messagesSpace, "xmlns:t", typesSpace}
	if c.x.release.soap == "soap" {
		tag, attrs = name, append(attrs, "xmlns", messagesSpace)
	}
	c.out.open(tag, attrs...)
	c.out.open("m:ResponseMessages")
	messages()
	c.out.close("m:ResponseMessages")
	c.out.close(tag)
}

// message writes one response message: what f writes, or the error it was
// given.
func (c *ewsCall) message(err *ewsError, f func()) {
	tag := "m:" + c.name + "ResponseMessage"
	if err == nil {
		c.out.open(tag, "ResponseClass", "Success")
		c.out.text("m:ResponseCode", "NoError")
		f()
	} else {
		c.refusal(tag, err)
		if empty := map[string]string{"GetItem": "m:Items", "GetFolder": "m:Folders"}[c.name]; empty != "" {
			c.out.empty(empty)
		}
	}
	c.out.close(tag)
}

// refusal begins a response message with an error.
func (c *ewsCall) refusal(tag string, err *ewsError) {
	if c.code == "" {
		c.code = err.code
	}
	c.out.open(tag, "ResponseClass", "Error")
	c.out.text("m:MessageText", err.text)
	c.out.text("m:ResponseCode", err.code)
	c.out.text("m:DescriptiveLinkKey", "0")
	if len(err.values) > 0 {
		c.out.open("m:MessageXml")
		writeValues(&c.out, err.values)
		c.out.close("m:MessageXml")
	}
}
