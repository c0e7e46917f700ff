package pipeline

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/server"
)

// services builds what one account has in one region.
func services(scope *engine.Scope) *server.Services {
	return server.NewServices()
}
