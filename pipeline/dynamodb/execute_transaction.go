// Implements: ExecuteTransaction of up to 100 statements that all read (SELECT by the whole primary key) or all write (INSERT,
// UPDATE, DELETE, EXISTS), cancellation reasons, ClientRequestToken (10 minutes), ReturnValuesOnConditionCheckFailure and
// consumed capacity.
// Differs from AWS: transactions never conflict, because each is carried out at once.
// Not implemented: nothing known.

package dynamodb

import (
	"crypto/sha256"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/partiql"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ExecuteTransaction carries out statements of PartiQL as one transaction.
//
// Source: Amazon DynamoDB API Reference, ExecuteTransaction.
func (s *Service) ExecuteTransaction(c *engine.Call, in *ExecuteTransactionInput) (*ExecuteTransactionOutput, error) {
	statements, reads, err := parseTransaction(in.TransactStatements)
	if err != nil {
		return nil, err
	}
	if reads {
		return s.readTransaction(statements, in)
	}
	return s.writeTransaction(c, statements, in)
}

// memberError tells which statement of a transaction a mistake is in.
func memberError(i int, err error) error {
	if e, ok := err.(*wire.Error); ok && e.Code == codeValidation {
		return invalid("Validation failed in TransactStatements[" + itoa(i) + "]: " + e.Message)
	}
	return err
}

// parseTransaction parses all statements. Parameters that are no values are reported first, without telling where.
func parseTransaction(in []ParameterizedStatement) (all []*statement, reads bool, err error) {
	for _, one := range in {
		for _, v := range one.Parameters {
			if err := v.Err(); err != nil {
				return nil, false, asInvalid(err)
			}
		}
	}
	all = make([]*statement, len(in))
	readers := 0
	for i, one := range in {
		if all[i], err = parseStatement(one.Statement, one.Parameters); err != nil {
			return nil, false, memberError(i, err)
		}
		if all[i].reads() {
			readers++
		}
	}
	if readers > 0 && readers < len(all) {
		return nil, false, invalid("ExecuteTransaction API does not support both read and write operations in the same request.")
	}
	return all, readers > 0, nil
}

// eachTable calls f for each statement with its table, whose mistakes come first; if tables are missing, the transaction is
// canceled.
func (s *Service) eachTable(statements []*statement, f func(i int, st *statement, t *table) error) error {
	reasons := make([]CancellationReason, len(statements))
	missing := false
	for i, st := range statements {
		reasons[i] = CancellationReason{Code: wire.Some("None")}
		t, err := s.tableFor(st)
		if err != nil {
			reasons[i] = reason("ResourceNotFound", err)
			missing = true
			continue
		}
		if err := f(i, st, t); err != nil {
			return memberError(i, err)
		}
	}
	if missing {
		return canceled(reasons)
	}
	return nil
}

func (s *Service) readTransaction(statements []*statement, in *ExecuteTransactionInput) (*ExecuteTransactionOutput, error) {
	looks := make([]look, len(statements))
	err := s.eachTable(statements, func(i int, st *statement, t *table) error {
		key, ok := st.readKey(t)
		switch {
		case st.Index != "":
			return invalid("Reads on indices are not supported within transactions.")
		case !ok:
			return invalid("Select statements within ExecuteTransaction must specify the primary key in the where clause.")
		}
		looks[i] = look{tableName: t.name, key: key}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.lookAll(looks); err != nil {
		return nil, err
	}
	out := &ExecuteTransactionOutput{Responses: make([]ItemResponse, len(looks))}
	costs := map[string]*cost{}
	for i := range looks {
		l, size := &looks[i], 0
		if l.rec != nil {
			v := view{columns: statements[i].Columns}
			out.Responses[i].Item, size = v.of(l.rec.item), l.rec.size
		}
		costOf(costs, l.table).table += 2 * readUnits(size, true)
	}
	out.ConsumedCapacity = tellAll(costs, in.ReturnConsumedCapacity, readOfTransaction)
	return out, nil
}

func (s *Service) writeTransaction(c *engine.Call, statements []*statement, in *ExecuteTransactionInput) (*ExecuteTransactionOutput, error) {
	parts := make([]part, len(statements))
	size := 0
	err := s.eachTable(statements, func(i int, st *statement, t *table) error {
		if st.Returning != "" {
			return invalid("RETURNING clause is not supported in ExecuteTransaction.")
		}
		w, unkeyed, err := st.writeFor(t)
		if err != nil {
			return err
		}
		p := part{write: w, tableName: t.name, returnOld: wantsOld(in.TransactStatements[i].ReturnValuesOnConditionCheckFailure), insert: w.action == put}
		if unkeyed != nil {
			p.refused = unkeyed
			if st.Kind != partiql.Insert && !t.keys.complete(w.item) {
				p.refused = invalid(msgKeyMismatch)
			}
		}
		parts[i] = p
		size += attr.ItemSize(w.item)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if size > maxTransactionSize {
		return nil, invalid("Transaction payload size cannot exceed 4MB. Payload Size: " + itoa(size))
	}
	var sum [sha256.Size]byte
	if in.ClientRequestToken.OK {
		sum = fingerprintStatements(in.TransactStatements)
	}
	streams, replay, err := s.transact(c, in.ClientRequestToken, sum, parts)
	if err != nil {
		return nil, err
	}
	s.flush(streams...)
	return &ExecuteTransactionOutput{Responses: []ItemResponse{}, ConsumedCapacity: tellParts(parts, in.ReturnConsumedCapacity, replay)}, nil
}

// fingerprintStatements tells equal requests from others.
func fingerprintStatements(all []ParameterizedStatement) [sha256.Size]byte {
	b := []byte("PartiQL")
	for _, one := range all {
		b = wire.AppendString(b, one.Statement)
		for _, v := range one.Parameters {
			b = v.AppendJSON(b)
		}
	}
	return sha256.Sum256(b)
}
