package awsapi_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
)

// Whatever answers, a call ends with a result or with an error that can be told.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"QueueUrl":"q"}`)
	f.Add(403, `{"__type":"a#b#AccessDenied","Message":"no"}`)
	f.Add(400, `<ErrorResponse><Error><Code>Throttled</Code></Error></ErrorResponse>`)
	f.Add(200, `<GetQueueUrlResponse><GetQueueUrlResult><QueueUrl>q</QueueUrl></GetQueueUrlResult></GetQueueUrlResponse>`)
	f.Add(500, `<a><Error>`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		c := awsapi.New(backend.Endpoint{URL: "http://aws", Transport: answer{status: status, body: body}})
		var out struct{ QueueUrl string }
		for _, err := range []error{
			c.JSON(t.Context(), awsapi.SQS, "GetQueueUrl", nil, &out), c.Query(t.Context(), awsapi.SNS, "GetQueueUrl", url.Values{}, &out),
		} {
			e, ok := errors.AsType[*awsapi.Error](err)
			if err != nil && (!ok || err.Error() == "") || err == nil && status != 200 {
				t.Errorf("status %d: %#v", status, err)
			}
			if ok && e.Denied() && e.Advice() == "" {
				t.Errorf("refused without advice: %v", e)
			}
		}
	})
}
