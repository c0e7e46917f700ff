// Implements: UpdateContinuousBackups: point-in-time recovery and its period are stored and told.
// Differs from AWS: nothing is backed up, because RestoreTableToPointInTime is not implemented.
// Not implemented: nothing else known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// UpdateContinuousBackups turns point-in-time recovery on and off.
//
// Source: Amazon DynamoDB API Reference, UpdateContinuousBackups.
func (s *Service) UpdateContinuousBackups(c *engine.Call, in *UpdateContinuousBackupsInput) (*UpdateContinuousBackupsOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	spec := in.PointInTimeRecoverySpecification
	if spec.RecoveryPeriodInDays.OK && !spec.PointInTimeRecoveryEnabled {
		return nil, invalid(prefixInvalid + "RecoveryPeriodInDays can only be specified when PointInTimeRecoveryEnabled is true")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t := s.tables[name]
	if t == nil {
		return nil, tableNotFound(name)
	}
	now := s.scope.Engine.Now()
	switch {
	case !spec.PointInTimeRecoveryEnabled:
		t.recoveryDays = 0
	case t.recoveryDays == 0:
		t.recoverySince = second(now)
		t.recoveryDays = spec.RecoveryPeriodInDays.Or(recoveryDays)
	default:
		t.recoveryDays = spec.RecoveryPeriodInDays.Or(t.recoveryDays)
	}
	c.Lineage(t.place)
	return &UpdateContinuousBackupsOutput{ContinuousBackupsDescription: t.describeRecovery(now)}, nil
}
