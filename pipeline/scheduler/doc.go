// Package scheduler is Amazon EventBridge Scheduler as a state machine: schedules that deliver to queues, topics, buses and
// functions at a time, at a rate or by a cron expression in a time zone.
//
// Each firing leaves hops: its arrival at the schedule with the reason why it is due now, and every delivery that failed. The
// lineage is that of the call that created or last updated the schedule, so a reminder that a consumer sets belongs to the flow in
// which it was set.
//
// A schedule that goes on for ever is not pending: nobody waits for its end. A one-time schedule is.
//
// Time zones come from the machine, and from the copy that is linked in where the machine has none, so that a schedule fires at
// the same instants on every machine; that costs a binary 450 KB.
//
// # Concurrency
//
// The scope's lock guards groups and schedules. What fires is a task of the engine.
package scheduler
