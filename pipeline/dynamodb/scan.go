// Implements: Scan of tables and indexes with filter, projection or their legacy forms, Select, Limit, pages of 1 MB, parallel segments,
// ExclusiveStartKey and consumed capacity.
// Differs from AWS: every read of a table is consistent; a global index is behind its table only where a hop interceptor delays or loses
// what a write changes in it; the order of partitions is that of another hash.
// Not implemented: nothing known.

package dynamodb

import (
	"math/bits"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Scan returns the items of a table or index, partition by partition in the order of a hash.
//
// Source: Amazon DynamoDB API Reference, Scan.
func (s *Service) Scan(_ *engine.Call, in *ScanInput) (*ScanOutput, error) {
	p := &page{operation: "Scan", limit: int(in.Limit.V), consistent: in.ConsistentRead.V, choice: in.Select.V, view: view{attributes: in.AttributesToGet}}
	if err := p.parseScan(in); err != nil {
		return nil, err
	}
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	if err := s.scanLocked(p, name, in); err != nil {
		return nil, err
	}
	items, count := p.show()
	return &ScanOutput{
		Items: items, Count: wire.Some(int32(count)), ScannedCount: wire.Some(int32(len(p.records))), LastEvaluatedKey: p.lastKey(),
		ConsumedCapacity: p.tell(in.ReturnConsumedCapacity),
	}, nil
}

// parseScan checks everything that needs no table.
func (p *page) parseScan(in *ScanInput) error {
	src := sources{
		filter: in.FilterExpression, projection: in.ProjectionExpression, names: in.ExpressionAttributeNames,
		values: in.ExpressionAttributeValues, taking: takesFilter,
	}
	if in.AttributesToGet != nil {
		src.legacy = append(src.legacy, "AttributesToGet")
	}
	if in.ScanFilter != nil {
		src.legacy = append(src.legacy, "ScanFilter")
	}
	if in.ConditionalOperator.OK {
		src.legacy = append(src.legacy, "ConditionalOperator")
	}
	if err := src.checkMix(); err != nil {
		return err
	}
	if err := checkAttributesToGet(in.AttributesToGet); err != nil {
		return err
	}
	filter, err := parseFilter(in.ScanFilter, in.ConditionalOperator)
	if err != nil {
		return err
	}
	if err := p.checkSelect(in.ProjectionExpression.OK, in.IndexName); err != nil {
		return err
	}
	if err := checkStartValues(in.ExclusiveStartKey); err != nil {
		return err
	}
	if err := checkSegment(in.Segment, in.TotalSegments); err != nil {
		return err
	}
	p.exprs, err = src.parse()
	p.view.projection = p.exprs.projection
	if filter != nil {
		p.exprs.filter, p.exprs.legacy = filter, true
	}
	return err
}

func checkSegment(segment, total wire.Opt[int32]) error {
	switch {
	case segment.OK && !total.OK:
		return invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case total.OK && !segment.OK:
		return invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case total.OK && segment.V >= total.V:
		return invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " + itoa(int(segment.V)) +
			" is not less than TotalSegments: " + itoa(int(total.V)))
	}
	return nil
}

func (s *Service) scanLocked(p *page, name string, in *ScanInput) error {
	s.scope.Lock()
	defer s.scope.Unlock()
	var err error
	if p.table, err = s.find(name); err != nil {
		return err
	}
	if err := p.useIndex(in.IndexName); err != nil {
		return err
	}
	if in.TotalSegments.OK {
		p.from, p.to = segmentRange(in.Segment.V, in.TotalSegments.V)
	}
	p.start = in.ExclusiveStartKey
	if err := p.checkStartLength(); err != nil {
		return err
	}
	if p.index != nil {
		if err := p.checkStartParts(); err != nil {
			return err
		}
	}
	if err := p.checkReach(); err != nil {
		return err
	}
	if p.start != nil {
		at, err := p.startAt(p.start)
		if err != nil {
			return err
		}
		if !p.reaches(at) {
			return invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: " +
				itoa(int(in.TotalSegments.V)) + " Segment: " + itoa(int(in.Segment.V)))
		}
		p.startBehind(at)
	}
	if err := p.checkQueryPaths(); err != nil {
		return err
	}
	p.collect()
	return nil
}

// segmentRange returns the share of a segment in the hashes with which keys begin.
func segmentRange(segment, total int32) (from, to string) {
	bound := func(n uint64) string {
		hi, _ := bits.Div64(n%uint64(total), 0, uint64(total)) // n/total of 2⁶⁴
		var b [8]byte
		for i := range b {
			b[i] = byte(hi >> (56 - 8*i))
		}
		return string(b[:])
	}
	if segment > 0 {
		from = bound(uint64(segment))
	}
	if segment+1 < total {
		to = bound(uint64(segment) + 1)
	}
	return from, to
}
