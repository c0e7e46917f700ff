// Package dynamodb is DynamoDB with its streams: tables, items, secondary indexes, transactions and change records, for one
// account and region.
//
// # Storage
//
// A [Service] keeps each table and each index in a B-tree of its own, keyed by order-preserving bytes that begin with a hash of
// the partition key. A Query is a range of one partition, a Scan walks the whole tree in the order of the hashes (as scattered,
// and as repeatable, as on AWS), and a segment of a parallel Scan is a range of hashes. A stored item is never changed: a write
// stores a new record, and the trees of the indexes point to the same record.
//
// # Concurrency
//
// All state is guarded by the scope's lock. Requests are checked and expressions parsed before it is taken; filters and
// projections run after it is released, on records that nobody changes.
//
// # Streams
//
// A record is appended to the table's stream under the lock under which its item was written, so that the order of records is
// the order of writes. With hop interceptors there is a queue in between: see appendRecord.
//
// # Lag of indexes
//
// A global secondary index shows a write at once. With hop interceptors, what the write changes in the index is offered to them
// after the write was committed, as a delivery from table:NAME to index:NAME/INDEX: they may delay or lose it. An altered one is
// carried out unaltered and a duplicate once. What happens to one item is shown in the order of the writes; a change that was lost
// leaves the index as it was until the item's next change there. Only what came late or was lost leaves a hop. Local indexes, and
// what a new index finds in the table, are never behind.
package dynamodb
