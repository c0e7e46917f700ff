package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
)

// parseARN takes ARNs of AWS's partitions that name a resource of a service.
func parseARN(text string) (arn.ARN, bool) {
	a, ok := arn.Parse(text)
	if !ok || !strings.HasPrefix(a.Partition, "aws") || a.Service == "" || a.Resource == "" {
		return arn.ARN{}, false
	}
	return a, true
}

// address is where a delivery goes.
type address struct {
	place           event.Place
	account, region string
}

// addressOf returns the place an ARN stands for. Kinds of targets that no service of the pipeline receives keep their own
// name, so that a delivery there fails with a reason that names them. A part the ARN leaves open is the caller's.
func addressOf(a arn.ARN, account, region string) address {
	to := address{account: a.Account, region: a.Region}
	if to.account == "" {
		to.account = account
	}
	if to.region == "" {
		to.region = region
	}
	switch name, isBus := strings.CutPrefix(a.Resource, "event-bus/"); {
	case a.Service == "sqs":
		to.place = event.At(event.PlaceQueue, a.Resource)
	case a.Service == "sns":
		to.place = event.At(event.PlaceTopic, a.Resource)
	case a.Service == "lambda":
		to.place = event.At(event.PlaceFunction, strings.TrimPrefix(a.Resource, "function:"))
	case a.Service == "events" && isBus:
		to.place = event.At(event.PlaceBus, name)
	case a.Service == "events" && strings.HasPrefix(a.Resource, "api-destination/"):
		name, _, _ = strings.Cut(strings.TrimPrefix(a.Resource, "api-destination/"), "/")
		to.place = destinationPlace(name)
	case a.Service == "logs":
		to.place = event.At(event.PlaceLog, strings.TrimSuffix(strings.TrimPrefix(a.Resource, "log-group:"), ":*"))
	default:
		to.place = event.At(a.Service, a.Resource)
	}
	return to
}
