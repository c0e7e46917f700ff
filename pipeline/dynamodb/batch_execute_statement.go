// Implements: BatchExecuteStatement of up to 25 statements, each with its own answer or error: SELECT by the whole primary key,
// INSERT, UPDATE and DELETE with RETURNING, ConsistentRead, ReturnValuesOnConditionCheckFailure and consumed capacity.
// Differs from AWS: every read is consistent.
// Not implemented: nothing known.

package dynamodb

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/partiql"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// BatchExecuteStatement carries out statements of PartiQL one after the other.
//
// Source: Amazon DynamoDB API Reference, BatchExecuteStatement; texts are DynamoDB Local's.
func (s *Service) BatchExecuteStatement(c *engine.Call, in *BatchExecuteStatementInput) (*BatchExecuteStatementOutput, error) {
	members := make([]member, len(in.Statements))
	for i := range in.Statements {
		m := &members[i]
		m.in = &in.Statements[i]
		m.st, m.err = parseStatement(m.in.Statement, m.in.Parameters)
	}
	if err := s.checkMembers(members); err != nil {
		return nil, err
	}
	out := &BatchExecuteStatementOutput{Responses: make([]BatchStatementResponse, len(in.Statements))}
	costs := map[string]*cost{}
	for i := range members {
		if err := s.executeMember(c, &members[i], &out.Responses[i], costs); err != nil {
			return nil, err
		}
	}
	out.ConsumedCapacity = tellAll(costs, in.ReturnConsumedCapacity, plainUnits)
	return out, nil
}

// member is one statement of a batch.
type member struct {
	in  *BatchStatementRequest
	st  *statement
	err error // why it is no statement
}

// checkMembers refuses a batch that both reads and writes, or names an item twice.
func (s *Service) checkMembers(members []member) error {
	reads, writes := false, false
	for i := range members {
		if st := members[i].st; members[i].err == nil {
			reads, writes = reads || st.reads(), writes || !st.reads()
		}
	}
	if reads && writes {
		return invalid("Read and write requests together in the same batch is not supported.")
	}
	type place struct{ table, key string }
	seen := map[place]bool{}
	for i := range members {
		st := members[i].st
		if members[i].err != nil {
			continue
		}
		t, err := s.tableFor(st)
		if err != nil {
			continue // is told of the statement alone
		}
		key, named := st.itemKey(t)
		if !named || st.Index != "" {
			continue
		}
		if seen[place{t.name, key}] {
			return invalid(msgDuplicateKeys)
		}
		seen[place{t.name, key}] = true
	}
	return nil
}

// itemKey returns the key in the table of the item that a statement is about, if it names one.
func (st *statement) itemKey(t *table) (string, bool) {
	key, named := st.Item, true
	switch {
	case st.reads():
		key, named = st.readKey(t)
	case st.Kind != partiql.Insert:
		key, _, _ = t.keys.splitKey(st.Where, false)
	}
	b, ok := t.keys.appendKey(nil, key)
	return string(b), ok && named
}

// executeMember carries out one statement. Its error becomes part of the answer; err is one that the model does not know.
func (s *Service) executeMember(c *engine.Call, m *member, out *BatchStatementResponse, costs map[string]*cost) (err error) {
	defer func() {
		e, ok := err.(*wire.Error)
		if !ok {
			return
		}
		code := strings.TrimSuffix(e.Code, "Exception")
		if code == "Validation" {
			code = codeTransactionValid
		}
		if out.Error == nil {
			out.Error = &BatchStatementError{}
		}
		out.Error.Code, out.Error.Message = wire.Some(code), wire.Some(e.Message)
		err = nil
	}()
	st := m.st
	if m.err != nil {
		return m.err
	}
	if st.reads() {
		return s.readMember(st, m.in, out, costs)
	}
	returnOld := wantsOld(m.in.ReturnValuesOnConditionCheckFailure)
	w, located, err := s.change(c, st, returnOld)
	if located {
		out.TableName = wire.Some(w.table.name)
	}
	if err != nil {
		if returnOld && located {
			out.Error = &BatchStatementError{Item: w.oldImage()}
		}
		return err
	}
	out.Item = st.returnedBy(&w)
	costOf(costs, w.table).addWrite(&w, 1)
	return nil
}

func costOf(costs map[string]*cost, t *table) *cost {
	if costs[t.name] == nil {
		costs[t.name] = &cost{}
	}
	return costs[t.name]
}

// readMember carries out a SELECT, which must name one item of the table.
func (s *Service) readMember(st *statement, in *BatchStatementRequest, out *BatchStatementResponse, costs map[string]*cost) error {
	t, err := s.tableFor(st)
	if err != nil {
		return err
	}
	key, ok := st.readKey(t)
	if !ok || st.Index != "" {
		return invalid("Select statements within BatchExecuteStatement must specify the primary key in the where clause.")
	}
	t, rec, err := s.read(t.name, key, &expressions{})
	if err != nil {
		return err
	}
	out.TableName = wire.Some(t.name)
	size := 0
	if rec != nil {
		v := view{columns: st.Columns}
		out.Item, size = v.of(rec.item), rec.size
	}
	costOf(costs, t).table += readUnits(size, in.ConsistentRead.V)
	return nil
}
