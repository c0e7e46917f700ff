package lambda_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// The texts marked with * were recorded against AWS by LocalStack.
func TestCreateEventSourceMapping_refuses(t *testing.T) {
	bubble(t, func(f *fixture) {
		queue, stream := `"EventSourceArn":"`+queueARN+`jobs"`, `"EventSourceArn":"`+f.stream+`"`
		for _, row := range []struct{ reason, body, code, message string }{
			{"no source *", `{"FunctionName":"worker"}`, "InvalidParameterValueException", "Unrecognized event source."},
			{"a function that does not exist *", `{"FunctionName":"nobody",` + queue + `}`, "InvalidParameterValueException", "Function does not exist"},
			{"a destination of success *", `{"FunctionName":"nobody",` + queue + `,"DestinationConfig":{"OnSuccess":{"Destination":"` + queueARN + `dead"}}}`,
				"InvalidParameterValueException", "Unsupported DestinationConfig parameter for given event source mapping type."},
			{"a queue that does not exist *", `{"FunctionName":"worker","EventSourceArn":"` + queueARN + `nowhere"}`, "InvalidParameterValueException",
				"Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist."},
			{"a stream that does not exist *", `{"FunctionName":"worker","StartingPosition":"LATEST","EventSourceArn":"` + f.stream + `9"}`, "InvalidParameterValueException", "Stream not found: " + f.stream + "9"},
			{"a large batch without a window *", `{"FunctionName":"worker",` + queue + `,"BatchSize":11}`, "InvalidParameterValueException",
				"Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"},
			{"no starting position *", `{"FunctionName":"worker",` + stream + `}`, "InvalidParameterValueException",
				"1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."},
			{"a starting position of other streams *", `{"FunctionName":"worker",` + stream + `,"StartingPosition":"AT_TIMESTAMP"}`, "InvalidParameterValueException",
				"Unsupported starting position for arn type: " + f.stream},
			{"an unknown starting position *", `{"FunctionName":"worker",` + stream + `,"StartingPosition":"invalid"}`, "ValidationException",
				"1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"},
			{"a filter that is no pattern *", `{"FunctionName":"worker",` + queue + `,"FilterCriteria":{"Filters":[{"Pattern":"single-string"}]}}`, "InvalidParameterValueException", "Invalid filter pattern definition."},
			{"a filter without a pattern *", `{"FunctionName":"worker",` + queue + `,"FilterCriteria":{"Filters":[{}]}}`, "InvalidParameterValueException", "Invalid filter pattern definition."},
			{"a large batch of a FIFO queue", `{"FunctionName":"worker","EventSourceArn":"` + queueARN + `jobs.fifo","BatchSize":11}`, "InvalidParameterValueException", ""},
			{"a window for a FIFO queue", `{"FunctionName":"worker","EventSourceArn":"` + queueARN + `jobs.fifo","MaximumBatchingWindowInSeconds":1}`, "InvalidParameterValueException", "A batching window is not supported for FIFO queues."},
			{"settings of streams for a queue", `{"FunctionName":"worker",` + queue + `,"MaximumRetryAttempts":1}`, "InvalidParameterValueException", ""},
			{"an age below a minute", `{"FunctionName":"worker",` + stream + `,"StartingPosition":"LATEST","MaximumRecordAgeInSeconds":59}`, "InvalidParameterValueException", ""},
			{"another source", `{"FunctionName":"worker","EventSourceArn":"arn:aws:kinesis:us-east-1:123456789012:stream/s","StartingPosition":"LATEST"}`, "InvalidParameterValueException", ""},
			{"a source of another account", `{"FunctionName":"worker","EventSourceArn":"arn:aws:sqs:us-east-1:999999999999:jobs"}`, "InvalidParameterValueException", ""},
		} {
			f.refused(row.reason, "POST", "", row.body, 400, row.code, row.message)
		}
		m := f.ofQueue("")
		f.refused("the same again *", "POST", "", `{"FunctionName":"worker",`+queue+`}`, 409, "ResourceConflictException",
			`An event source mapping with SQS arn (" `+queueARN+`jobs ") and function (" worker ") already exists. Please update or delete the existing mapping with UUID `+m.UUID)
		s := f.ofStream("")
		f.refused("the same stream again *", "POST", "", `{"FunctionName":"worker","StartingPosition":"LATEST",`+stream+`}`, 409, "ResourceConflictException",
			`The event source arn (" `+f.stream+` ") and function (" worker ") provided mapping already exists. Please update or delete the existing mapping with UUID `+s.UUID)
		f.refused("an update that is invalid *", "PUT", "/"+m.UUID, `{"BatchSize":100}`, 400, "InvalidParameterValueException",
			"Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
		if got := f.mapped("GET", "/"+m.UUID, ""); got.BatchSize != 10 {
			f.Errorf("a refused update was applied: %+v", got)
		}
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			f.refused(method+" of an unknown mapping *", method, "/1ce1c0de-0000-4000-8000-000000000000", "{}", 404, "ResourceNotFoundException", "The resource you requested does not exist.")
		}
	})
}

// refused makes a call that must be answered with this error; an empty message is not compared.
func (f *fixture) refused(reason, method, path, body string, status int, code, message string) {
	f.Helper()
	got, answer := f.try(method, mappings+path, "", "lambda", body)
	var said struct {
		Type    string `json:"Type"`
		Code    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil { // either case of "message"
		f.Fatal(err)
	}
	user := code == "ValidationException" || said.Type == "User"
	if got != status || !strings.HasSuffix(said.Code, code) || message != "" && said.Message != message || said.Message == "" || !user {
		f.Errorf("%s: %d %s\nwant %d %s: %s", reason, got, answer, status, code, message)
	}
}
