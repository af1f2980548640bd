package m365

type subscription struct{}

const notificationPath = "/notification"

func subscriptionRoutes() []route { return nil }

func (s *Server) changed(t *Tenant, c change) {}
