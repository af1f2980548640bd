package m365

import "net/http"

type grant struct{}

func (s *Server) authorize(w http.ResponseWriter, r *http.Request, name string)        {}
func (s *Server) consent(w http.ResponseWriter, r *http.Request, name string, v2 bool) {}
func (c *tokenCall) redeem() (*tokenAnswer, *tokenError)                               { return nil, nil }
func (s *Server) serveUserinfo(w http.ResponseWriter, r *http.Request)                 {}
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request)                  {}
