// Implements: TransactWriteItems with Put, Update, Delete and ConditionCheck, cancellation reasons, ClientRequestToken
// (10 minutes) and consumed capacity; the records of one transaction stand together in each stream.
// Differs from AWS: transactions never conflict, because each is carried out at once.
// Not implemented: nothing known.

package dynamodb

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Limits of transactions.
//
// Source: Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works".
const (
	tokenLife          = 10 * time.Minute
	maxTransactionSize = 4 << 20
)

// token is a ClientRequestToken of a transaction that was carried out.
type token struct {
	request [sha256.Size]byte
	expires time.Time
}

// part is one action of a transaction.
type part struct {
	write
	tableName string
	returnOld bool
	src       sources

	insert  bool  // of PartiQL: a condition that fails is an item that is there already
	refused error // of PartiQL: why the statement names no item
}

// TransactWriteItems carries out up to 100 writes, or none of them.
//
// Source: Amazon DynamoDB API Reference, TransactWriteItems.
func (s *Service) TransactWriteItems(c *engine.Call, in *TransactWriteItemsInput) (*TransactWriteItemsOutput, error) {
	parts := make([]part, len(in.TransactItems))
	size := 0
	for i := range in.TransactItems {
		p := &parts[i]
		if err := p.fill(&in.TransactItems[i]); err != nil {
			return nil, err
		}
		if err := p.prepare(s); err != nil {
			return nil, err
		}
		size += p.size
	}
	if size > maxTransactionSize {
		return nil, invalid("Transaction payload size cannot exceed 4MB. Payload Size: " + itoa(size))
	}
	var sum [sha256.Size]byte
	if in.ClientRequestToken.OK {
		sum = fingerprint(parts)
	}
	streams, replay, err := s.transact(c, in.ClientRequestToken, sum, parts)
	if err != nil {
		return nil, err
	}
	s.flush(streams...)
	out := &TransactWriteItemsOutput{ConsumedCapacity: tellParts(parts, in.ReturnConsumedCapacity, replay)}
	if in.ReturnItemCollectionMetrics.V == ReturnItemCollectionMetricsSize && !replay {
		for i := range parts {
			if parts[i].action != check {
				out.ItemCollectionMetrics = s.addCollection(out.ItemCollectionMetrics, &parts[i].write, in.ReturnItemCollectionMetrics)
			}
		}
	}
	return out, nil
}

// fill takes over the one action that an entry must have.
func (p *part) fill(in *TransactWriteItem) error {
	n := 0
	option := wire.Opt[string]{}
	if a := in.ConditionCheck; a != nil {
		n++
		p.action, p.item, p.tableName, option = check, a.Key, a.TableName, a.ReturnValuesOnConditionCheckFailure
		p.src = sources{condition: wire.Some(a.ConditionExpression), names: a.ExpressionAttributeNames, values: a.ExpressionAttributeValues, taking: takesCondition}
	}
	if a := in.Put; a != nil {
		n++
		p.action, p.item, p.tableName, option = put, a.Item, a.TableName, a.ReturnValuesOnConditionCheckFailure
		p.src = sources{condition: a.ConditionExpression, names: a.ExpressionAttributeNames, values: a.ExpressionAttributeValues, taking: takesCondition}
	}
	if a := in.Delete; a != nil {
		n++
		p.action, p.item, p.tableName, option = erase, a.Key, a.TableName, a.ReturnValuesOnConditionCheckFailure
		p.src = sources{condition: a.ConditionExpression, names: a.ExpressionAttributeNames, values: a.ExpressionAttributeValues, taking: takesCondition}
	}
	if a := in.Update; a != nil {
		n++
		p.action, p.item, p.tableName, option = update, a.Key, a.TableName, a.ReturnValuesOnConditionCheckFailure
		p.src = sources{
			update: wire.Some(a.UpdateExpression), condition: a.ConditionExpression, names: a.ExpressionAttributeNames,
			values: a.ExpressionAttributeValues, taking: takesUpdate,
		}
	}
	switch n {
	case 0:
		return invalid("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")
	case 1:
		p.returnOld = wantsOld(option)
		return nil
	}
	return invalid("TransactItems can only contain one of Check, Put, Update or Delete")
}

// prepare does what needs no lock.
func (p *part) prepare(s *Service) error {
	var err error
	if p.tableName, err = s.tableName(p.tableName); err != nil {
		return err
	}
	if err := p.src.checkMix(); err != nil {
		return err
	}
	if p.action == put {
		p.size, err = checkPut(p.item)
	} else {
		p.size, err = attr.ItemSize(p.item), asInvalid(attr.CheckItem(p.item))
	}
	if err != nil {
		return err
	}
	p.expr, err = p.src.parse()
	return err
}

// transact decides all parts and then, if none is in the way, carries out all. sum tells the request from others with the same
// token; replay tells that the token was seen before.
func (s *Service) transact(c *engine.Call, text wire.Opt[string], sum [sha256.Size]byte, parts []part) (streams []*stream, replay bool, err error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	now := s.scope.Engine.Now()
	if text.OK {
		if t := s.tokens[text.V]; t != nil && now.Before(t.expires) {
			if t.request != sum {
				return nil, false, ErrIdempotentParameterMismatchException("The request uses the same client token as a previous, but non-identical request")
			}
			replay = true
		}
	}
	reasons, failed, err := s.decideAll(parts)
	if err != nil || replay {
		return nil, replay, err
	}
	if failed {
		return nil, false, canceled(reasons)
	}
	l := c.Lineage(parts[0].table.place)
	for i := range parts {
		p := &parts[i]
		s.commit(&p.write, l, now)
		if st := p.table.stream; st != nil && !slices.Contains(streams, st) {
			streams = append(streams, st)
		}
	}
	if text.OK {
		s.remember(text.V, &token{sum, now.Add(tokenLife)}, now)
	}
	return streams, false, nil
}

// remember keeps a token and forgets expired ones.
func (s *Service) remember(text string, t *token, now time.Time) {
	s.tokens[text] = t
	if len(s.tokens)%256 != 0 {
		return
	}
	for text, t := range s.tokens {
		if !now.Before(t.expires) {
			delete(s.tokens, text)
		}
	}
}

// decideAll finds and decides each part. The scope must be locked.
func (s *Service) decideAll(parts []part) (reasons []CancellationReason, failed bool, err error) {
	reasons = make([]CancellationReason, len(parts))
	for i := range parts {
		if _, err := s.find(parts[i].tableName); err != nil {
			return nil, false, err
		}
	}
	for i := range reasons {
		reasons[i] = CancellationReason{Code: wire.Some("None")}
	}
	if failed, err = s.locateAll(parts, reasons); failed || err != nil {
		return reasons, failed, err
	}
	for i := range parts {
		p := &parts[i]
		if !p.holds() {
			reasons[i] = reason(codeConditionFailed, nil)
			if p.insert {
				reasons[i] = reason(codeDuplicateItem, invalid(msgDuplicateItem))
			}
			if p.returnOld {
				reasons[i].Item = p.oldImage()
			}
			failed = true
			continue
		}
		if err := p.decide(); err != nil {
			if isEmptyKey(err) {
				return nil, false, err
			}
			reasons[i] = reason(codeTransactionValid, err)
			failed = true
		}
	}
	return reasons, failed, nil
}

// locateAll finds the item of each part and checks it. Of items that are wrong only the first is told, and nothing of conditions:
// the actions are validated before any of them runs. The scope must be locked.
//
// Source: answers of the service that ScyllaDB's tests of its DynamoDB interface record.
func (s *Service) locateAll(parts []part, reasons []CancellationReason) (failed bool, err error) {
	type place struct {
		t   *table
		key string
	}
	seen := make(map[place]struct{}, len(parts))
	told := false
	for i := range parts {
		p := &parts[i]
		t, _ := s.find(p.tableName)
		if p.refused != nil {
			reasons[i] = reason(codeTransactionValid, p.refused)
			failed = true
			continue
		}
		if err := p.locate(t); err != nil {
			if isEmptyKey(err) {
				return false, err
			}
			if !told {
				reasons[i] = reason(codeTransactionValid, err)
			}
			failed, told = true, true
			continue
		}
		if _, twice := seen[place{t, p.key}]; twice {
			return false, invalid("Transaction request cannot include multiple operations on one item")
		}
		seen[place{t, p.key}] = struct{}{}
	}
	return failed, nil
}

// isEmptyKey reports whether the error is that a key attribute is empty: then the request as a whole is refused.
//
// Source: answers of the service recorded in moto's tests and the public suite dynamodb-conformance.
func isEmptyKey(err error) bool {
	e, ok := err.(*wire.Error)
	return ok && strings.Contains(e.Message, "cannot contain an empty")
}

func reason(code string, err error) CancellationReason {
	message := msgConditionFailed
	if e, ok := err.(*wire.Error); ok {
		message = e.Message
	}
	return CancellationReason{Code: wire.Some(code), Message: wire.Some(message)}
}

// canceled is the answer to a transaction that was not carried out.
func canceled(reasons []CancellationReason) error {
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i] = r.Code.V
	}
	err := ErrTransactionCanceledException("Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]")
	err.Members = (&TransactionCanceledExceptionMembers{CancellationReasons: reasons}).AppendMembers
	return err
}

// fingerprint tells equal requests from others, whatever the order of their JSON members.
func fingerprint(parts []part) [sha256.Size]byte {
	var b []byte
	for i := range parts {
		p := &parts[i]
		b = append(b, byte(p.action))
		for _, text := range [...]string{p.tableName, p.src.update.V, p.src.condition.V} {
			b = wire.AppendString(b, text)
		}
		for _, name := range wire.SortedKeys(p.src.names) {
			b = wire.AppendString(wire.AppendString(b, name), p.src.names[name])
		}
		b = attr.AppendItem(attr.AppendItem(b, p.item), p.src.values)
	}
	return sha256.Sum256(b)
}

// tellParts returns the consumed capacity of each table; a replay only reads.
func tellParts(parts []part, option wire.Opt[string], replay bool) []ConsumedCapacity {
	if !option.OK || option.V == ReturnConsumedCapacityNone {
		return nil
	}
	costs := map[string]*cost{}
	for i := range parts {
		p := &parts[i]
		if p.table == nil {
			continue
		}
		c := costs[p.table.name]
		if c == nil {
			c = &cost{}
			costs[p.table.name] = c
		}
		if !replay {
			c.addWrite(&p.write, 2)
			continue
		}
		size := 0
		if p.old != nil {
			size = p.old.size
		}
		c.table += 2 * readUnits(size, true)
	}
	kind := writeOfTransaction
	if replay {
		kind = readOfTransaction
	}
	return tellAll(costs, option, kind)
}

// tellAll returns the consumed capacity by table, sorted by name.
func tellAll(costs map[string]*cost, option wire.Opt[string], kind unitKind) []ConsumedCapacity {
	var out []ConsumedCapacity
	for _, name := range wire.SortedKeys(costs) {
		if one := costs[name].tell(name, option, kind); one != nil {
			out = append(out, *one)
		}
	}
	return out
}
