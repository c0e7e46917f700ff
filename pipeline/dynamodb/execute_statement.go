// Implements: ExecuteStatement of SELECT (by key, as ranges or as scan; of tables and indexes; ORDER BY, Limit, NextToken,
// ConsistentRead), INSERT, UPDATE (also FROM … SET) and DELETE with RETURNING, parameters, ReturnValuesOnConditionCheckFailure
// and consumed capacity.
// Differs from AWS: every read is consistent; where alternatives joined by OR read different attributes that the index does not
// have, the statement is not refused; a SELECT from an index with several attributes of a kind in its key reads all of it. Fewer words are reserved: only those of the statements' grammar.
// Not implemented: type tests other than IS NULL and IS MISSING.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ExecuteStatement carries out one statement of PartiQL.
//
// Source: Amazon DynamoDB API Reference, ExecuteStatement; Amazon DynamoDB Developer Guide, "PartiQL - a SQL-compatible query
// language for Amazon DynamoDB".
func (s *Service) ExecuteStatement(c *engine.Call, in *ExecuteStatementInput) (*ExecuteStatementOutput, error) {
	st, err := parseStatement(in.Statement, in.Parameters)
	if err != nil {
		return nil, err
	}
	if st.reads() {
		return s.selectItems(st, in)
	}
	w, _, err := s.change(c, st, wantsOld(in.ReturnValuesOnConditionCheckFailure))
	if err != nil {
		return nil, err
	}
	out := &ExecuteStatementOutput{Items: []attr.Packed{}, ConsumedCapacity: w.tell(in.ReturnConsumedCapacity)}
	if item := st.returnedBy(&w); item != "" {
		out.Items = append(out.Items, item)
	}
	return out, nil
}
