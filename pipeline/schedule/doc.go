// Package schedule reads the schedule expressions of EventBridge rules and of EventBridge Scheduler, and computes when they are due:
//
//	rate(5 minutes)            every so often, from an anchor
//	cron(0 9 ? * MON-FRI *)    minutes, hours, day of month, month, day of week, year
//	at(2026-11-20T13:00:00)    once (Scheduler only)
//
// Cron and at are read in a time zone. Where its clocks go forward, what falls into the gap is skipped; where they go back, what
// falls into the repeated hour happens once, the first time.
//
// Source: EventBridge User Guide, "Cron expressions reference" and "Setting a schedule pattern for scheduled rules";
// EventBridge Scheduler User Guide, "Schedule types" (one-time schedules, daylight savings time).
//
// An *Expression is immutable and safe for concurrent use.
package schedule
