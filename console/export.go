package console

import (
	"fmt"
	"net/http"

	"github.com/telefonist/telefonist/desk"
)

// export lets the browser save what write writes, as the format of the path. An
// error before the first byte becomes a page; after it the download breaks off.
func (p *page) export(name string, write func(desk.Format) error) error {
	f := desk.Format(p.r.PathValue("format"))
	kind := "text/csv; charset=utf-8"
	switch f {
	case desk.CSV:
	case desk.JSON:
		kind = "application/json"
	default:
		return desk.ErrNotFound
	}
	h := p.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, name, p.now().Format("2006-01-02"), f))
	w := &counted{ResponseWriter: p.w}
	p.w = w
	err := write(f)
	if err != nil && w.n > 0 {
		p.c.Log.ErrorContext(p.ctx(), "export", "pattern", p.r.Pattern, "error", err)
		panic(http.ErrAbortHandler) // the one way to tell the browser that the file is not whole
	}
	if err != nil {
		h.Del("Content-Disposition")
	}
	return err
}

// counted counts what was written.
type counted struct {
	http.ResponseWriter
	n int
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.n += n
	return n, err
}

func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
