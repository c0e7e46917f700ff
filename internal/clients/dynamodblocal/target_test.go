package dynamodblocal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// object is a JSON object.
type object = map[string]any

// target is one of the two servers.
type target struct{ url string }

// outcome is the answer to one request.
type outcome struct {
	code    string // of the error; "" is success
	message string
	answer  object
}

func (o outcome) String() string {
	if o.code != "" {
		return o.code + ": " + o.message
	}
	text, _ := json.Marshal(o.answer) // it was read from JSON
	return string(text)
}

// targets returns both servers, or skips the test.
func targets(t *testing.T) (ours, local target) {
	t.Helper()
	ours, local = target{os.Getenv("DYETRACE_ENDPOINT")}, target{os.Getenv("DYNAMODBLOCAL_ENDPOINT")}
	if ours.url == "" || local.url == "" {
		t.Skip("DYETRACE_ENDPOINT and DYNAMODBLOCAL_ENDPOINT name no servers to compare: run.sh starts them")
	}
	return ours, local
}

// call sends one request to DynamoDB.
func (s target) call(operation string, body object) (outcome, error) {
	return s.send("DynamoDB_20120810."+operation, body)
}

// send sends one request. The credentials are well formed and mean nothing.
func (s target) send(operation string, body object) (outcome, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return outcome{}, err
	}
	req, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(text))
	if err != nil {
		return outcome{}, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", operation)
	req.Header.Set("X-Amz-Date", "20260101T000000Z")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return outcome{}, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	if err := json.Unmarshal(answer, &o.answer); err != nil {
		return outcome{}, fmt.Errorf("%s: %w in %s", operation, err, answer)
	}
	if resp.StatusCode != http.StatusOK {
		kind, _ := o.answer["__type"].(string)
		o.code = kind[strings.LastIndexByte(kind, '#')+1:]
		for _, name := range []string{"message", "Message"} {
			if m, ok := o.answer[name].(string); ok {
				o.message = m
			}
		}
	}
	return o, nil
}

// plain returns an answer in a form in which equal answers are equal texts: members of sets in order, and items of a Scan or a
// batch, whose order is nobody's business.
func plain(operation string, answer object) string {
	sorted := sortSets(answer).(object)
	if operation == "ExecuteStatement" {
		sorted["Items"] = sortItems(sorted["Items"]) // no statement has an ORDER BY
	}
	if operation == "BatchExecuteStatement" {
		sorted["Responses"] = withoutTexts(sorted["Responses"])
	}
	if operation == "Scan" {
		delete(sorted, "LastEvaluatedKey") // pages end after other items where the order is another
		sorted["Items"] = sortItems(sorted["Items"])
	}
	if responses, ok := sorted["Responses"].(object); ok {
		for name, items := range responses {
			responses[name] = sortItems(items)
		}
	}
	for name, v := range sorted {
		if list, ok := v.(object); ok && len(list) == 0 && name != "Item" {
			delete(sorted, name) // e.g. UnprocessedItems
		}
	}
	text, _ := json.Marshal(sorted) // it was read from JSON
	return string(text)
}

// withoutTexts leaves out of the answers to a batch of statements what the texts of errors are elsewhere, and the names of tables, which
// DynamoDB Local tells with some errors and not with others.
func withoutTexts(responses any) any {
	list, _ := responses.([]any)
	out := make([]any, len(list))
	for i, r := range list {
		r, _ := r.(object)
		if failure, failed := r["Error"].(object); failed {
			r = object{"Error": failure["Code"]}
		}
		out[i] = r
	}
	return out
}

func textOf(v any) string {
	text, _ := json.Marshal(v) // it was read from JSON
	return string(text)
}

func sortItems(items any) any {
	list, ok := items.([]any)
	if !ok {
		return items
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(textOf(a), textOf(b)) })
	return list
}

func sortSets(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for name, member := range v {
			member = sortSets(member)
			if list, ok := member.([]any); ok && (name == "SS" || name == "NS" || name == "BS") {
				member = sortItems(list)
			}
			out[name] = member
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			out[i] = sortSets(member)
		}
		return out
	}
	return v
}
