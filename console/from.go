package console

import "net/http"

// From is where a request comes from, also behind the proxies that are believed.
func (c *Console) From(r *http.Request) string { return c.from(r) }
