package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

type arn struct{ service, region, account, resource string }

func parseARN(text string) (arn, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] == "" || parts[5] == "" {
		return arn{}, false
	}
	return arn{service: parts[2], region: parts[3], account: parts[4], resource: parts[5]}, true
}

// address is where a delivery goes.
type address struct {
	place           event.Place
	account, region string
}

// address returns the place an ARN stands for. Kinds of targets that no service of the pipeline receives keep their own
// name, so that a delivery there fails with a reason that names them. A part the ARN leaves open is the caller's.
func (a arn) address(account, region string) address {
	to := address{account: a.account, region: a.region}
	if to.account == "" {
		to.account = account
	}
	if to.region == "" {
		to.region = region
	}
	switch name, isBus := strings.CutPrefix(a.resource, "event-bus/"); {
	case a.service == "sqs":
		to.place = event.At(event.PlaceQueue, a.resource)
	case a.service == "sns":
		to.place = event.At(event.PlaceTopic, a.resource)
	case a.service == "lambda":
		to.place = event.At(event.PlaceFunction, strings.TrimPrefix(a.resource, "function:"))
	case a.service == "events" && isBus:
		to.place = event.At(event.PlaceBus, name)
	case a.service == "events" && strings.HasPrefix(a.resource, "api-destination/"):
		name, _, _ = strings.Cut(strings.TrimPrefix(a.resource, "api-destination/"), "/")
		to.place = destinationPlace(name)
	case a.service == "logs":
		to.place = event.At(event.PlaceLog, strings.TrimSuffix(strings.TrimPrefix(a.resource, "log-group:"), ":*"))
	default:
		to.place = event.At(a.service, a.resource)
	}
	return to
}
