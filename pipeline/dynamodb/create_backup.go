// Implements: CreateBackup; the backup is AVAILABLE at once.
// Differs from AWS: no CREATING state; several backups of one table may be made at the same time.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// CreateBackup keeps a table as it is.
//
// Source: Amazon DynamoDB API Reference, CreateBackup.
func (s *Service) CreateBackup(c *engine.Call, in *CreateBackupInput) (*CreateBackupOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t := s.tables[name]
	if t == nil {
		return nil, tableNotFound(name)
	}
	if !t.usable() {
		return nil, ErrTableInUseException("Table is not ACTIVE: " + name)
	}
	b := s.newBackup(t, in.BackupName, s.scope.Engine.Now())
	s.backups[b.arn] = b
	c.Lineage(t.place)
	return &CreateBackupOutput{BackupDetails: b.details(BackupStatusAvailable)}, nil
}
