// Implements: DeleteTable; the table is gone at once, or, if asked for, DELETING for some seconds; its stream is disabled and stays
// readable for a day.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeleteTable deletes a table and its items.
//
// Source: Amazon DynamoDB API Reference, DeleteTable.
func (s *Service) DeleteTable(c *engine.Call, in *DeleteTableInput) (*DeleteTableOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t := s.tables[name]
	if t == nil {
		return nil, noTableNamed(name)
	}
	if t.status == TableStatusDeleting {
		return &DeleteTableOutput{TableDescription: t.describeGone()}, nil
	}
	if err := t.checkIdle(); err != nil {
		return nil, err
	}
	if t.protected {
		return nil, invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	}
	if t.stream != nil {
		s.disableStream(t, s.scope.Engine.Now())
	}
	c.Lineage(t.place)
	s.begin(t, TableStatusDeleting, deleting)
	return &DeleteTableOutput{TableDescription: t.describeGone()}, nil
}
