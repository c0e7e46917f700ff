package dynamodb

import "github.com/dyetrace/dyetrace/pipeline/wire"

// What a table or index on demand can take at once, in units a second.
//
// Source: Amazon DynamoDB Developer Guide, "DynamoDB on-demand capacity mode": initial throughput.
const (
	warmReads  = 12000
	warmWrites = 4000
)

// warm is what a table or an index can take at once: never less than it ever could. It is stored and told, nothing is limited by it.
type warm struct{ reads, writes int64 }

// raise lifts it to what the billing gives.
func (w *warm) raise(onDemand bool, reads, writes int64) {
	if onDemand {
		reads, writes = warmReads, warmWrites
	}
	w.reads, w.writes = max(w.reads, reads), max(w.writes, writes)
}

// ask lifts it to what a request asks for, which must not be less; what is "table" or "index NAME".
//
// Source: answers of the service that the public notes of a project record which manages tables through the API.
func (w *warm) ask(in *WarmThroughput, what, less string) error {
	if in == nil {
		return nil
	}
	for _, unit := range [...]struct {
		word string
		ask  wire.Opt[int64]
		have *int64
	}{{"ReadUnitsPerSecond", in.ReadUnitsPerSecond, &w.reads}, {"WriteUnitsPerSecond", in.WriteUnitsPerSecond, &w.writes}} {
		if unit.ask.OK && unit.ask.V < *unit.have {
			return invalid(prefixInvalid + "Requested " + unit.word + " for WarmThroughput for " + what + " is lower than " + less)
		}
		*unit.have = max(*unit.have, unit.ask.V)
	}
	return nil
}

// lessThanNow ends the message that refuses to lower the throughput.
const lessThanNow = "current WarmThroughput, decreasing WarmThroughput is not supported"

// lessThanGiven ends the message that refuses to begin with less than the billing gives.
func lessThanGiven(onDemand bool) string {
	if onDemand {
		return "initial throughput for OnDemand. See: " +
			"https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
	}
	return "ReadCapacityUnits of ProvisionedThroughput"
}

func (w warm) ofTable() *TableWarmThroughputDescription {
	return &TableWarmThroughputDescription{ReadUnitsPerSecond: wire.Some(w.reads), WriteUnitsPerSecond: wire.Some(w.writes), Status: wire.Some(TableStatusActive)}
}

func (w warm) ofIndex() *GlobalSecondaryIndexWarmThroughputDescription {
	return &GlobalSecondaryIndexWarmThroughputDescription{
		ReadUnitsPerSecond: wire.Some(w.reads), WriteUnitsPerSecond: wire.Some(w.writes), Status: wire.Some(IndexStatusActive),
	}
}
