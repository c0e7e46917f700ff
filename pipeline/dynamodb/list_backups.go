// Implements: ListBackups with TableName, the range of time, BackupType, Limit and ExclusiveStartBackupArn; oldest first.
// Differs from AWS: all backups are those of users.
// Not implemented: nothing known.

package dynamodb

import (
	"cmp"
	"maps"
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListBackups returns up to 100 backups.
//
// Source: Amazon DynamoDB API Reference, ListBackups: the lower bound of the time is inclusive, the upper one exclusive.
func (s *Service) ListBackups(_ *engine.Call, in *ListBackupsInput) (*ListBackupsOutput, error) {
	out := &ListBackupsOutput{BackupSummaries: []BackupSummary{}}
	if kind := in.BackupType.V; kind != "" && kind != BackupTypeFilterUser && kind != BackupTypeFilterAll {
		return out, nil
	}
	hold := s.scope.Hold()
	defer hold.End()
	all := slices.SortedFunc(maps.Values(s.backups), func(a, b *backup) int {
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.arn, b.arn))
	})
	hold.End()
	if in.ExclusiveStartBackupArn.OK {
		at := slices.IndexFunc(all, func(b *backup) bool { return b.arn == in.ExclusiveStartBackupArn.V })
		if at < 0 {
			return nil, invalid("Invalid ExclusiveStartBackupArn: " + in.ExclusiveStartBackupArn.V)
		}
		all = all[at+1:]
	}
	all = slices.DeleteFunc(all, func(b *backup) bool {
		return in.TableName.OK && b.table.name != nameOrARN(in.TableName.V) ||
			in.TimeRangeLowerBound.OK && b.created.Before(in.TimeRangeLowerBound.V) || in.TimeRangeUpperBound.OK && !b.created.Before(in.TimeRangeUpperBound.V)
	})
	if limit := int(in.Limit.Or(100)); len(all) > limit {
		all = all[:limit]
		out.LastEvaluatedBackupArn = wire.Some(all[limit-1].arn)
	}
	for _, b := range all {
		t := &b.table
		out.BackupSummaries = append(out.BackupSummaries, BackupSummary{
			TableName: wire.Some(t.name), TableId: wire.Some(t.id), TableArn: wire.Some(t.arn), BackupArn: wire.Some(b.arn), BackupName: wire.Some(b.name),
			BackupCreationDateTime: wire.Some(b.created), BackupStatus: wire.Some(BackupStatusAvailable), BackupType: wire.Some(BackupTypeUser),
			BackupSizeBytes: wire.Some(t.bytes),
		})
	}
	return out, nil
}
