// Implements: DescribeBackup with the settings that the table had.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DescribeBackup describes a backup.
//
// Source: Amazon DynamoDB API Reference, DescribeBackup.
func (s *Service) DescribeBackup(_ *engine.Call, in *DescribeBackupInput) (*DescribeBackupOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.findBackup(in.BackupArn)
	if err != nil {
		return nil, err
	}
	return &DescribeBackupOutput{BackupDescription: b.describe(BackupStatusAvailable)}, nil
}
