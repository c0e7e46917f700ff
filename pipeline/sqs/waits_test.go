package sqs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func TestAWSWaits_keep_a_deleted_name_and_a_purged_queue_for_60_seconds_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, waits := range []bool{true, false} {
			f := newFixture(t, engine.Options{})
			f.sqs.options.AWSWaits = waits
			url := f.create("q")
			purge := func() error {
				_, err := f.sqs.PurgeQueue(f.call("PurgeQueue"), &PurgeQueueInput{QueueUrl: url})
				return err
			}
			create := func() error {
				_, err := f.sqs.CreateQueue(f.call("CreateQueue"), &CreateQueueInput{QueueName: "q"})
				return err
			}
			check := func(err error, code, text string) {
				t.Helper()
				if waits {
					wantError(t, err, code, text)
				} else if err != nil {
					t.Error(err)
				}
			}
			if err := purge(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(waiting - 1)
			check(purge(), "AWS.SimpleQueueService.PurgeQueueInProgress", "Only one PurgeQueue operation on q is allowed every 60 seconds.")
			time.Sleep(waiting)
			if err := purge(); err != nil {
				t.Fatal(err)
			}
			if _, err := f.sqs.DeleteQueue(f.call("DeleteQueue"), &DeleteQueueInput{QueueUrl: url}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(waiting - 1)
			check(create(), "AWS.SimpleQueueService.QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
			time.Sleep(time.Nanosecond)
			if err := create(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
