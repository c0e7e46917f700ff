package pipeline

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge"
	"github.com/dyetrace/dyetrace/pipeline/server"
	"github.com/dyetrace/dyetrace/pipeline/sqs"
)

// services builds what one account has in one region.
func services(scope *engine.Scope) *server.Services {
	tables := dynamodb.New(scope)
	return server.NewServices(
		sqs.Operations(sqs.New(scope)),
		dynamodb.Operations(tables),
		dynamodb.StreamsOperations(tables),
		eventbridge.Operations(eventbridge.New(scope)),
	)
}
