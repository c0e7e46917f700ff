// Implements: Query of tables and indexes with key condition, filter, projection or their legacy forms, Select, Limit, pages of 1 MB, both directions,
// ExclusiveStartKey and consumed capacity.
// Differs from AWS: every read of a table is consistent; a global index is behind its table only where a hop interceptor delays or loses
// what a write changes in it.
// Not implemented: nothing known.

package dynamodb

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Query returns items of one partition in the order of their sort key.
//
// Source: Amazon DynamoDB API Reference, Query.
func (s *Service) Query(_ *engine.Call, in *QueryInput) (*QueryOutput, error) {
	p := &page{
		operation: "Query", backwards: in.ScanIndexForward.OK && !in.ScanIndexForward.V, limit: int(in.Limit.V), consistent: in.ConsistentRead.V,
		choice: in.Select.V, view: view{attributes: in.AttributesToGet},
	}
	terms, err := p.parseQuery(in)
	if err != nil {
		return nil, err
	}
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	if err := s.queryLocked(p, name, in, terms); err != nil {
		return nil, err
	}
	items, count := p.show()
	return &QueryOutput{
		Items: items, Count: wire.Some(int32(count)), ScannedCount: wire.Some(int32(len(p.records))), LastEvaluatedKey: p.lastKey(),
		ConsumedCapacity: p.tell(in.ReturnConsumedCapacity),
	}, nil
}

// parseQuery checks everything that needs no table.
func (p *page) parseQuery(in *QueryInput) ([]expr.KeyTerm, error) {
	src := sources{
		key: in.KeyConditionExpression, filter: in.FilterExpression, projection: in.ProjectionExpression,
		names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues, taking: takesQuery,
	}
	if in.AttributesToGet != nil {
		src.legacy = append(src.legacy, "AttributesToGet")
	}
	if in.QueryFilter != nil {
		src.legacy = append(src.legacy, "QueryFilter")
	}
	if in.ConditionalOperator.OK {
		src.legacy = append(src.legacy, "ConditionalOperator")
	}
	if in.KeyConditions != nil && in.KeyConditionExpression.OK { // beside a filter or projection expression it is allowed
		src.legacy = append(src.legacy, "KeyConditions")
	}
	if err := src.checkMix(); err != nil {
		return nil, err
	}
	filter, err := parseFilter(in.QueryFilter, in.ConditionalOperator)
	if err != nil {
		return nil, err
	}
	if err := checkAttributesToGet(in.AttributesToGet); err != nil {
		return nil, err
	}
	if err := p.checkSelect(in.ProjectionExpression.OK, in.IndexName); err != nil {
		return nil, err
	}
	if err := checkStartValues(in.ExclusiveStartKey); err != nil {
		return nil, err
	}
	if !in.KeyConditionExpression.OK && in.KeyConditions == nil {
		return nil, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	if p.exprs, err = src.parse(); err != nil {
		return nil, err
	}
	p.view.projection = p.exprs.projection
	if filter != nil {
		p.exprs.filter, p.exprs.legacy = filter, true
	}
	var terms []expr.KeyTerm
	if in.KeyConditions != nil {
		terms, err = parseKeyConditions(in.KeyConditions)
	} else {
		terms, err = p.exprs.key.Terms()
	}
	if err == nil && len(terms) > 2 && !in.IndexName.OK {
		return nil, invalid(msgTooManyTerms)
	}
	return terms, asInvalid(err)
}

func (s *Service) queryLocked(p *page, name string, in *QueryInput, terms []expr.KeyTerm) error {
	s.scope.Lock()
	defer s.scope.Unlock()
	var err error
	if p.table, err = s.find(name); err != nil {
		return err
	}
	if err := p.useIndex(in.IndexName); err != nil {
		return err
	}
	p.start = in.ExclusiveStartKey
	if err := p.checkStartLength(); err != nil {
		return err
	}
	partition, sorted, err := p.narrow(terms)
	if err != nil {
		return err
	}
	if p.start != nil {
		if err := p.restart(partition, sorted, terms); err != nil {
			return err
		}
	}
	if err := p.checkQueryPaths(); err != nil {
		return err
	}
	if err := p.checkReach(); err != nil {
		return err
	}
	p.collect()
	return nil
}

// checkQueryPaths refuses paths into keys, and a filter on the key by which the query goes.
func (p *page) checkQueryPaths() error {
	if p.exprs.projection != nil {
		if err := p.table.checkPaths(p.exprs.projection.Paths()); err != nil {
			return err
		}
	}
	if p.exprs.filter == nil {
		return nil
	}
	paths := p.exprs.filter.Paths()
	for _, path := range paths {
		if p.operation == "Query" && p.keys().names(path.Head()) {
			member := "Filter Expression"
			if p.exprs.legacy {
				member = "QueryFilter"
			}
			return invalid(member + " can only contain non-primary key attributes: Primary key attribute: " + path.Head())
		}
	}
	if err := p.checkFilterReach(paths); err != nil {
		return err
	}
	return p.table.checkPaths(paths)
}

// checkFilterReach refuses to filter a Query by attributes that its index does not have, even if it is a local one: they are not
// fetched from the table for that. A Scan takes them for missing.
func (p *page) checkFilterReach(paths []expr.Path) error {
	if p.operation != "Query" || p.index == nil {
		return nil
	}
	var missing []string
	for _, path := range paths {
		if name := path.Head(); !p.index.covers(name) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return nil
	}
	slices.Sort(missing)
	return invalid(prefixInvalid + "Secondary index " + p.index.name + " does not project one or more filter attributes: [" + strings.Join(missing, ", ") + "]")
}

// narrow sets the range of the page by the key condition. It returns what the keys of the partition begin with, and whether
// the condition has one on the sort key.
func (p *page) narrow(terms []expr.KeyTerm) (partition string, sorted bool, err error) {
	keys := p.keys()
	switch {
	case keys.several():
		return p.narrowSeveral(keys, terms)
	case len(terms) > 2:
		return "", false, invalid(msgTooManyTerms)
	}
	var hash, sort *expr.KeyTerm
	for i := range terms {
		switch terms[i].Name {
		case keys.hash.name:
			hash = &terms[i]
		case keys.sort.name:
			sort = &terms[i]
		}
	}
	if err := p.checkStartPart(0); err != nil {
		return "", false, err
	}
	switch {
	case !keys.hasSort() && len(terms) > 1:
		return "", false, invalid("Query key condition not supported")
	case hash == nil:
		return "", false, invalid("Query condition missed key schema element: " + keys.hash.name)
	}
	if err := checkTerm(hash, keys.hash); err != nil {
		return "", false, err
	}
	if hash.Operator != expr.KeyEqual {
		return "", false, invalid("Query key condition not supported")
	}
	if keys.hasSort() {
		if err := p.checkStartPart(1); err != nil {
			return "", false, err
		}
	}
	if len(terms) > 1 && sort == nil {
		return "", false, invalid("Query condition missed key schema element: " + keys.sort.name)
	}
	prefix := appendPartition(nil, hash.Value)
	partition = string(prefix)
	p.from, p.to = partition, after(partition)
	if sort == nil {
		return partition, false, nil
	}
	if err := checkTerm(sort, keys.sort); err != nil {
		return "", false, err
	}
	p.narrowSort(prefix, sort)
	return partition, true, nil
}

// checkTerm checks the values of one condition against the attribute's type.
func checkTerm(term *expr.KeyTerm, a keyAttribute) error {
	if !term.Operator.Known() {
		return invalid("Attempted conditional constraint is not an indexable operation")
	}
	for _, v := range [...]attr.Value{term.Value, term.Upper} {
		if v.IsZero() {
			continue
		}
		if v.Kind() != a.kind {
			return invalid(prefixInvalid + "Condition parameter type does not match schema type")
		}
		if a.kind != attr.KindN && v.Str() == "" {
			return invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " +
				kindWord(a.kind) + " value. Key: " + a.name)
		}
	}
	return nil
}

func (p *page) narrowSort(prefix []byte, term *expr.KeyTerm) {
	n := len(prefix)
	key, _ := attr.AppendKey(prefix, term.Value)
	at := string(key)
	switch term.Operator {
	case expr.KeyEqual:
		p.from, p.to = at, after(at)
	case expr.KeyLess:
		p.to = at
	case expr.KeyLessOrEqual:
		p.to = after(at)
	case expr.KeyGreater:
		p.from = after(at)
	case expr.KeyGreaterOrEqual:
		p.from = at
	case expr.KeyBetween:
		upper, _ := attr.AppendKey(prefix[:n:n], term.Upper)
		p.from, p.to = at, after(string(upper))
	case expr.KeyBeginsWith:
		begin, _ := attr.AppendKeyPrefix(prefix[:n:n], term.Value)
		p.from, p.to = string(begin), after(string(begin))
	}
}
