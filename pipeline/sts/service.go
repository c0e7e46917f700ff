package sts

import "github.com/dyetrace/dyetrace/pipeline/engine"

var _ API = (*Service)(nil)

// Service is STS in one account. It has no state and no places. Safe for concurrent use.
type Service struct {
	account string
}

// New returns the service of a scope.
func New(scope *engine.Scope) *Service { return &Service{account: scope.Account} }
