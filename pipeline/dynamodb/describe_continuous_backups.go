// Implements: DescribeContinuousBackups.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// recoveryDays is how far back point-in-time recovery reaches unless the request says otherwise.
//
// Source: Amazon DynamoDB API Reference, PointInTimeRecoverySpecification.
const recoveryDays = 35

// recoveryLag is how far behind now the latest restorable time is.
//
// Source: Amazon DynamoDB API Reference, PointInTimeRecoveryDescription: "typically 5 minutes before the current time".
const recoveryLag = 5 * time.Minute

// DescribeContinuousBackups tells whether a table has point-in-time recovery.
//
// Source: Amazon DynamoDB API Reference, DescribeContinuousBackups.
func (s *Service) DescribeContinuousBackups(_ *engine.Call, in *DescribeContinuousBackupsInput) (*DescribeContinuousBackupsOutput, error) {
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
	return &DescribeContinuousBackupsOutput{ContinuousBackupsDescription: t.describeRecovery(s.scope.Engine.Now())}, nil
}

// describeRecovery describes the continuous backups of the table. The scope must be locked.
func (t *table) describeRecovery(now time.Time) *ContinuousBackupsDescription {
	recovery := &PointInTimeRecoveryDescription{PointInTimeRecoveryStatus: wire.Some(PointInTimeRecoveryStatusDisabled)}
	if t.recoveryDays > 0 {
		earliest := t.recoverySince
		if oldest := now.AddDate(0, 0, -int(t.recoveryDays)); oldest.After(earliest) {
			earliest = oldest
		}
		latest := now.Add(-recoveryLag)
		if latest.Before(earliest) {
			latest = earliest
		}
		recovery = &PointInTimeRecoveryDescription{
			PointInTimeRecoveryStatus: wire.Some(PointInTimeRecoveryStatusEnabled), RecoveryPeriodInDays: wire.Some(t.recoveryDays),
			EarliestRestorableDateTime: wire.Some(earliest), LatestRestorableDateTime: wire.Some(latest),
		}
	}
	return &ContinuousBackupsDescription{ContinuousBackupsStatus: ContinuousBackupsStatusEnabled, PointInTimeRecoveryDescription: recovery}
}
