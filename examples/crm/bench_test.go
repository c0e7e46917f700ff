package crm_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
)

// asTest runs body as a test within the benchmark, since a bubble needs a *testing.T. testing.RunTests repeats its tests as
// -test.count says, which is the benchmark's own number of runs, so body runs in the first of them only.
func asTest(b *testing.B, body func(t *testing.T)) {
	b.Helper()
	b.ReportAllocs()
	every := func(string, string) (bool, error) { return true, nil }
	ran := false
	passed := testing.RunTests(every, []testing.InternalTest{{Name: b.Name(), F: func(t *testing.T) {
		if ran {
			return
		}
		ran = true
		body(t)
	}}})
	if !passed {
		b.Fatal("the body failed")
	}
}

// BenchmarkScenarios is one pass through the five scenarios of the PRD's section 2, side by side as in a test run: each with its own
// pipeline, topology, projectors and judgement.
func BenchmarkScenarios(b *testing.B) {
	scenarios := []testing.InternalTest{
		{Name: "created", F: TestContactCreated_per_prd_section_2_1},
		{Name: "updated", F: TestContactUpdated_per_prd_section_2_2},
		{Name: "merged", F: TestContactMerged_per_prd_section_2_3},
		{Name: "email rejected", F: TestContactEmailRejected_emits_nothing_per_prd_section_2_4},
		{Name: "deactivated", F: TestContactDeactivated_per_prd_section_2_5},
	}
	asTest(b, func(t *testing.T) {
		for b.Loop() {
			t.Run("pass", func(t *testing.T) {
				for _, s := range scenarios {
					t.Run(s.Name, s.F)
				}
			})
		}
	})
}

// BenchmarkRetriesToDLQ is a message that no consumer manages: five receives at a visibility timeout of 30 s, then the dead-letter
// queue. Two and a half minutes of virtual time in each iteration, the pipeline's start included.
func BenchmarkRetriesToDLQ(b *testing.B) {
	asTest(b, func(t *testing.T) {
		for b.Loop() {
			dye.Test(t, retriesToDLQ)
		}
	})
}

func retriesToDLQ(d *dye.T) {
	client := sqs.NewFromConfig(dyeaws.Config(d, "app"))
	dlq, err := client.CreateQueue(d.Context(), &sqs.CreateQueueInput{QueueName: aws.String("tasks-dlq")})
	if err != nil {
		d.Fatal(err)
	}
	arn, err := client.GetQueueAttributes(d.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: dlq.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	if err != nil {
		d.Fatal(err)
	}
	work, err := client.CreateQueue(d.Context(), &sqs.CreateQueueInput{QueueName: aws.String("tasks"), Attributes: map[string]string{
		"VisibilityTimeout": "30",
		"RedrivePolicy":     `{"deadLetterTargetArn":"` + arn.Attributes["QueueArn"] + `","maxReceiveCount":"5"}`,
	}})
	if err != nil {
		d.Fatal(err)
	}
	go func() { // receives, and never deletes
		worker := sqs.NewFromConfig(dyeaws.Config(d, "worker"))
		for d.Context().Err() == nil {
			worker.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: work.QueueUrl, WaitTimeSeconds: 20})
		}
	}()
	began := time.Now()
	flow := d.Dye(func(ctx context.Context) error {
		_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: work.QueueUrl, MessageBody: aws.String("poison")})
		return err
	})
	flow.Expect(dye.On("queue:tasks").Deliveries(5), dye.On("dlq:tasks-dlq").Exactly(1))
	if passed := time.Since(began); passed < 5*30*time.Second {
		d.Errorf("the message was in the dead-letter queue after %v, before five timeouts had passed", passed)
	}
}
