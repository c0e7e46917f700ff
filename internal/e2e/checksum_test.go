package e2e_test

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/dye"
)

// attributesDigest is what the Developer Guide tells clients to compute, "Calculating the MD5 message digest for message
// attributes", over the SDK's own values. (The Go SDK itself checks bodies only.)
func attributesDigest(attributes map[string]types.MessageAttributeValue) string {
	h := md5.New()
	part := func(b []byte) {
		binary.Write(h, binary.BigEndian, uint32(len(b)))
		h.Write(b)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		part([]byte(name))
		part([]byte(*a.DataType))
		if a.StringValue != nil {
			h.Write([]byte{1})
			part([]byte(*a.StringValue))
		} else {
			h.Write([]byte{2})
			part(a.BinaryValue)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// randomAttributes are up to ten attributes of all types, with custom ones, and characters of several bytes.
func randomAttributes(r *rand.Rand) map[string]types.MessageAttributeValue {
	all := map[string]types.MessageAttributeValue{}
	for range 1 + r.IntN(10) {
		name := fmt.Sprintf("%s.%d", string(rune('A'+r.IntN(50)%26))+strings.Repeat("x", r.IntN(20)), r.IntN(100))
		kind, text := "String", strings.Repeat("é€😀a"[:[]int{2, 5, 9, 10}[r.IntN(4)]], 1+r.IntN(5))
		a := types.MessageAttributeValue{StringValue: &text}
		switch r.IntN(3) {
		case 0:
			kind, text = "Number", fmt.Sprint(r.Int64()-r.Int64())
		case 1:
			kind = "Binary"
			raw := make([]byte, 1+r.IntN(40))
			for i := range raw {
				raw[i] = byte(r.Uint32())
			}
			a = types.MessageAttributeValue{BinaryValue: raw}
		}
		if r.IntN(4) == 0 {
			kind += ".custom"
		}
		a.DataType = &kind
		all[name] = a
	}
	return all
}

func TestChecksums_are_those_that_clients_compute_R1_1(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		q := sqsOf(d, "app")
		url := q.create("sums", nil)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 50 {
			attributes, body := randomAttributes(r), fmt.Sprint("body ", i)
			want := attributesDigest(attributes)
			sent, err := q.SendMessage(d.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body, MessageAttributes: attributes})
			if err != nil {
				d.Fatal(err)
			}
			id := "x"
			batch, err := q.SendMessageBatch(d.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{{Id: &id, MessageBody: &body, MessageAttributes: attributes}}})
			if err != nil {
				d.Fatal(err)
			}
			if *sent.MD5OfMessageAttributes != want || *batch.Successful[0].MD5OfMessageAttributes != want {
				d.Errorf("%v: answered %s and %s, want %s", attributes, *sent.MD5OfMessageAttributes, *batch.Successful[0].MD5OfMessageAttributes, want)
			}
			some := slices.Sorted(maps.Keys(attributes))[0]
			for _, names := range [][]string{{"All"}, {some}} {
				got, err := q.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MessageAttributeNames: names})
				if err != nil || len(got.Messages) != 1 {
					d.Fatal(err, len(got.Messages))
				}
				if m := got.Messages[0]; *m.MD5OfMessageAttributes != attributesDigest(m.MessageAttributes) || names[0] == "All" && *m.MD5OfMessageAttributes != want {
					d.Errorf("received with %v: %s, want that of what was received, %s", names, *m.MD5OfMessageAttributes, attributesDigest(m.MessageAttributes))
				}
				if _, err := q.DeleteMessage(d.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: got.Messages[0].ReceiptHandle}); err != nil {
					d.Fatal(err)
				}
			}
		}
	})
}

// TestFifo_with_the_stock_SDK_R4_4 sends a batch to a FIFO queue, repeats it, and receives it in order.
func TestFifo_with_the_stock_SDK_R4_4(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		q := sqsOf(d, "app")
		url := q.create("steps.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
		group := "lead-17"
		var entries []types.SendMessageBatchRequestEntry
		for _, step := range []string{"created", "qualified", "converted"} {
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: &step, MessageBody: &step, MessageGroupId: &group})
		}
		var numbers []string
		for range 2 {
			out, err := q.SendMessageBatch(d.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries})
			if err != nil || len(out.Successful) != 3 {
				d.Fatal(err, out)
			}
			for _, e := range out.Successful {
				numbers = append(numbers, *e.SequenceNumber)
			}
		}
		if !slices.IsSorted(numbers[:3]) || !slices.Equal(numbers[:3], numbers[3:]) {
			d.Errorf("sequence numbers %v: they grow, and a repeated message has that of the first", numbers)
		}
		got, err := q.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}})
		if err != nil {
			d.Fatal(err)
		}
		steps := []string{}
		for i, m := range got.Messages {
			steps = append(steps, *m.Body)
			if m.Attributes["SequenceNumber"] != numbers[i] || m.Attributes["MessageGroupId"] != group {
				d.Errorf("%s: %v", *m.Body, m.Attributes)
			}
			if _, err := q.DeleteMessage(d.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				d.Error(err)
			}
		}
		if !slices.Equal(steps, []string{"created", "qualified", "converted"}) {
			d.Errorf("received %v", steps)
		}
	})
}
