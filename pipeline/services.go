package pipeline

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge"
	"github.com/dyetrace/dyetrace/pipeline/function"
	"github.com/dyetrace/dyetrace/pipeline/lambda"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
	"github.com/dyetrace/dyetrace/pipeline/pipes"
	"github.com/dyetrace/dyetrace/pipeline/scheduler"
	"github.com/dyetrace/dyetrace/pipeline/server"
	"github.com/dyetrace/dyetrace/pipeline/sns"
	"github.com/dyetrace/dyetrace/pipeline/sqs"
	"github.com/dyetrace/dyetrace/pipeline/sts"
)

// services builds what one account has in one region. Pipes come after the tables: they read the streams that those offer.
func services(scope *engine.Scope, queueOptions sqs.Options, tableOptions dynamodb.Options, topics sns.Options, functions *function.Registry, port *outbound.Port) *server.Services {
	function.New(scope, functions)
	topics.Outbound = posts{port, scope}
	queues, tables := sqs.New(scope, queueOptions), dynamodb.New(scope, tableOptions)
	made := server.NewServices(
		sqs.Operations(queues),
		sqs.QueryService(queues),
		dynamodb.Operations(tables),
		dynamodb.StreamsOperations(tables),
		eventbridge.Operations(eventbridge.New(scope, eventbridge.Options{Outbound: port})),
		pipes.Operations(pipes.New(scope)),
		lambda.Operations(lambda.New(scope)),
		scheduler.Operations(scheduler.New(scope)),
		sns.Operations(sns.New(scope, topics)),
		sts.Operations(sts.New(scope)),
	)
	scope.OfferOperations(made)
	return made
}
