// Implements: DeleteBackup.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeleteBackup forgets a backup.
//
// Source: Amazon DynamoDB API Reference, DeleteBackup.
func (s *Service) DeleteBackup(c *engine.Call, in *DeleteBackupInput) (*DeleteBackupOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.findBackup(in.BackupArn)
	if err != nil {
		return nil, err
	}
	delete(s.backups, b.arn)
	c.Lineage(b.table.place)
	return &DeleteBackupOutput{BackupDescription: b.describe(BackupStatusDeleted)}, nil
}
