// Package observe says what became of events, without saying whether that is right: package expect judges.
//
// It has three parts:
//
//   - A [Flow] is everything that one stimulus set off. [NewFlow] makes it of the hops that a backend recorded: its facts, where each of
//     them arrived, in which form, how often it was handed out, what caused it, and what is still to happen.
//   - [Collect] takes messages out of a queue, or any other [Source], until those that are expected have come: the collector on its own,
//     for any endpoint, in real time or in a testing/synctest bubble. Package observe/sqs has the Source for SQS; package observe/tap
//     looks at a bus, topic, queue or stream beside whoever consumes it.
//   - A [Recording] is a flow as a file: [WriteRecording], [ReadRecording].
//
// A Flow is a snapshot; it does not change when the pipeline goes on. Its methods are safe for concurrent use.
package observe
