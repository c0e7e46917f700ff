package pipeline_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// inspect asks for the messages of a queue as LocalStack's users do and returns bodies with IsVisible and IsDelayed.
func (a *asker) inspect(path string) (int, string) {
	a.t.Helper()
	w := a.send(http.MethodGet, "/_aws/sqs/messages"+path, "", "Accept", "application/json")
	var doc struct {
		ErrorResponse          struct{ Error struct{ Code string } }
		ReceiveMessageResponse struct {
			ReceiveMessageResult struct{ Message json.RawMessage }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		a.t.Fatalf("%s: %s", path, w.Body)
	}
	if doc.ErrorResponse.Error.Code != "" {
		return w.Code, doc.ErrorResponse.Error.Code
	}
	text := string(doc.ReceiveMessageResponse.ReceiveMessageResult.Message)
	if strings.HasPrefix(text, "{") {
		text = "[" + text + "]"
	}
	var messages []struct {
		Body      string
		Attribute []struct{ Name, Value string }
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &messages); err != nil {
			a.t.Fatal(err)
		}
	}
	shown := []string{}
	for _, m := range messages {
		line := m.Body
		for _, attribute := range m.Attribute {
			switch attribute.Name {
			case "ApproximateReceiveCount", "IsVisible", "IsDelayed":
				line += " " + attribute.Name[:3] + "=" + attribute.Value
			}
		}
		shown = append(shown, line)
	}
	return w.Code, strings.Join(shown, "; ")
}

func TestInspect_shows_messages_as_LocalStack_does_R1_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsker(t, "sqs")
		a.post("Action=CreateQueue&Version=2012-11-05&QueueName=q")
		a.post("Action=CreateQueue&Version=2012-11-05&QueueName=q.fifo&Attribute.1.Name=FifoQueue&Attribute.1.Value=true&Attribute.2.Name=ContentBasedDeduplication&Attribute.2.Value=true")
		for _, body := range []string{"1", "2", "3&DelaySeconds=10"} {
			a.post("Action=SendMessage&Version=2012-11-05&" + queueParam + "&MessageBody=" + body)
		}
		for _, body := range []string{"f1", "f2"} {
			a.post("Action=SendMessage&Version=2012-11-05&" + queueParam + ".fifo&MessageGroupId=g&MessageBody=" + body)
		}
		a.post("Action=ReceiveMessage&Version=2012-11-05&" + queueParam)
		a.post("Action=ReceiveMessage&Version=2012-11-05&" + queueParam + ".fifo")
		const q = "?QueueUrl=http://localhost:4566/000000000000/q"
		for _, row := range []struct {
			path   string
			status int
			want   string
		}{
			{q, 200, "2 App=0"},
			{q, 200, "2 App=0"}, // looking changed nothing
			{q + "&ShowInvisible=true", 200, "1 App=1 IsV=false; 2 App=0 IsV=true"},
			{q + "&ShowDelayed=True", 200, "2 App=0 IsD=false; 3 App=0 IsD=true"},
			{"/us-east-1/000000000000/q", 200, "2 App=0"},
			{q + ".fifo", 200, ""}, // f2 is blocked by f1
			{q + ".fifo&ShowInvisible=1", 200, "f1 App=1 IsV=false; f2 App=0 IsV=true"},
			{"", 400, "AWS.SimpleQueueService.NonExistentQueue"},
			{"?QueueUrl=http://localhost:4566/nonsense", 404, "InvalidAddress"},
			{q + "none", 400, "AWS.SimpleQueueService.NonExistentQueue"},
			{"/us-east-2/000000000000/q", 400, "AWS.SimpleQueueService.NonExistentQueue"},
			{q + "&Action=SendMessage", 400, "InvalidRequest"},
		} {
			if status, got := a.inspect(row.path); status != row.status || got != row.want {
				t.Errorf("%s: %d %q, want %d %q", row.path, status, got, row.status, row.want)
			}
		}
		if w := a.send("GET", "/_aws/sqs/messages"+q, ""); w.Code != 200 || !strings.Contains(w.Body.String(), "<ReceiveMessageResult><Message><MessageId>") || !strings.Contains(w.Body.String(), "<Body>2</Body>") {
			t.Errorf("as XML: %d %s", w.Code, w.Body)
		}
		sdk := []string{"X-Amz-Target", "AmazonSQS.ReceiveMessage", "Content-Type", "application/x-amz-json-1.0"}
		if w := a.send("POST", "/_aws/sqs/messages", `{"QueueUrl":"http://localhost:4566/000000000000/q"}`, sdk...); !strings.Contains(w.Body.String(), `{"Messages":[{"MessageId":"`) || !strings.Contains(w.Body.String(), `"Body":"2"`) {
			t.Errorf("to an SDK: %d %s", w.Code, w.Body)
		}
		sdk[1] = "AmazonSQS.SendMessage"
		if w := a.send("POST", "/_aws/sqs/messages", `{}`, sdk...); w.Code != 400 || !strings.Contains(w.Body.String(), "only accepts ReceiveMessage") {
			t.Errorf("another call: %d %s", w.Code, w.Body)
		}
	})
}
