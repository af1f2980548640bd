package m365

func (c *call) batch() response { return c.bad("not yet") }
