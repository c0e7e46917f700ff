// Implements: BatchExecuteStatement of up to 25 statements, each with its own answer or error: SELECT by the whole primary key,
// INSERT, UPDATE and DELETE with RETURNING, ConsistentRead, ReturnValuesOnConditionCheckFailure and consumed capacity.
// Differs from AWS: every read is consistent; statements that read and statements that write may stand in one batch.
// Not implemented: nothing known.

package dynamodb

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// BatchExecuteStatement carries out statements of PartiQL one after the other.
//
// Source: Amazon DynamoDB API Reference, BatchExecuteStatement.
func (s *Service) BatchExecuteStatement(c *engine.Call, in *BatchExecuteStatementInput) (*BatchExecuteStatementOutput, error) {
	out := &BatchExecuteStatementOutput{Responses: make([]BatchStatementResponse, len(in.Statements))}
	costs := map[string]*cost{}
	for i := range in.Statements {
		if err := s.executeMember(c, &in.Statements[i], &out.Responses[i], costs); err != nil {
			return nil, err
		}
	}
	out.ConsumedCapacity = tellAll(costs, in.ReturnConsumedCapacity, plainUnits)
	return out, nil
}

// executeMember carries out one statement. Its error becomes part of the answer; err is one that the model does not know.
func (s *Service) executeMember(c *engine.Call, in *BatchStatementRequest, out *BatchStatementResponse, costs map[string]*cost) (err error) {
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
	st, err := parseStatement(in.Statement, in.Parameters)
	if err != nil {
		return err
	}
	if st.reads() {
		return s.readMember(st, in, out, costs)
	}
	returnOld := wantsOld(in.ReturnValuesOnConditionCheckFailure)
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
