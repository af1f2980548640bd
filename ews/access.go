package ews

import "errors"

// ErrOlder is a call that the version an [Access] names doesn't have.
var ErrOlder = errors.New("ews: the server is too old for this")
