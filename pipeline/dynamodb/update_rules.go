package dynamodb

import "github.com/dyetrace/dyetrace/pipeline/wire"

// checkUpdateTable checks what can be said of an UpdateTable without the table.
func checkUpdateTable(in *UpdateTableInput) error {
	iops := in.ProvisionedThroughput != nil || in.BillingMode.OK
	switch {
	case in.ReplicaUpdates != nil || in.GlobalTableWitnessUpdates != nil || in.MultiRegionConsistency.OK || in.VectorIndexUpdates != nil:
		return &wire.Error{Code: "NotImplemented", Status: 501, Message: "dyetrace implements UpdateTable for throughput, indexes, stream, " +
			"encryption, table class and deletion protection only."}
	case !iops && in.concerns() == 0:
		return invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, " +
			"ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, " +
			"WarmThroughput or TableClass is required")
	case in.BillingMode.V == BillingModePayPerRequest && in.ProvisionedThroughput != nil:
		return invalid(prefixInvalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case in.GlobalSecondaryIndexUpdates != nil && len(in.GlobalSecondaryIndexUpdates) == 0:
		return invalid(prefixInvalid + "List of GlobalSecondaryIndexUpdates is empty")
	}
	if err := in.checkAlone(iops); err != nil {
		return err
	}
	if err := checkThroughput(in.ProvisionedThroughput); err != nil {
		return err
	}
	return checkIndexUpdates(in.GlobalSecondaryIndexUpdates)
}

// concerns counts the changes that the request asks for, but for billing.
func (in *UpdateTableInput) concerns() (n int) {
	for _, asked := range [...]bool{
		in.StreamSpecification != nil, len(in.GlobalSecondaryIndexUpdates) > 0, in.DeletionProtectionEnabled.OK, in.TableClass.OK,
		in.OnDemandThroughput != nil, in.SSESpecification != nil, in.WarmThroughput != nil,
	} {
		if asked {
			n++
		}
	}
	return n
}

// checkAlone refuses changes that cannot be asked for together. Billing goes with throughput, with indexes and, on demand, with the
// stream.
//
// Source: answers of the service that the public notes of a project record which manages tables through the API.
func (in *UpdateTableInput) checkAlone(iops bool) error {
	others := in.concerns()
	if iops {
		others++
	}
	indexes := false
	for _, u := range in.GlobalSecondaryIndexUpdates {
		indexes = indexes || u.Create != nil || u.Delete != nil
	}
	switch {
	case in.DeletionProtectionEnabled.OK && others > 1:
		return invalid(prefixInvalid + "DeletionProtection modification must be the only operation in the request")
	case in.SSESpecification != nil && others > 1:
		return invalid(prefixInvalid + "Server-Side Encryption modification must be the only operation in the request")
	case in.TableClass.OK && others > 1:
		return invalid(prefixInvalid + "TableClass modification must be the only operation in the request")
	case in.WarmThroughput != nil && others > 1:
		return invalid(prefixInvalid + "WarmThroughput must be the only operation in the request")
	case in.StreamSpecification != nil && in.OnDemandThroughput != nil:
		return invalid(prefixInvalid + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
	case in.StreamSpecification != nil && (in.ProvisionedThroughput != nil || in.BillingMode.V == BillingModeProvisioned):
		return invalid(prefixInvalid + "You cannot modify stream status while updating table IOPS")
	case in.StreamSpecification != nil && in.GlobalSecondaryIndexUpdates != nil:
		return invalid(prefixInvalid + "You cannot create or delete index while changing stream status")
	case indexes && in.ProvisionedThroughput != nil && !in.BillingMode.OK:
		return invalid(prefixInvalid + "You cannot create or delete index while updating table IOPS")
	}
	return nil
}

// checkIndexUpdates checks the list of changes of indexes.
func checkIndexUpdates(list []GlobalSecondaryIndexUpdate) error {
	seen := map[string]bool{}
	online := 0
	for _, u := range list {
		n, name := 0, ""
		if u.Create != nil {
			n, name = n+1, u.Create.IndexName
		}
		if u.Update != nil {
			n, name = n+1, u.Update.IndexName
		} else {
			online++
		}
		if u.Delete != nil {
			n, name = n+1, u.Delete.IndexName
		}
		switch {
		case n == 0:
			return invalid(prefixInvalid + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null")
		case n > 1:
			return invalid(prefixInvalid + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")
		case seen[name]:
			return invalid(prefixInvalid + "Only one global secondary index update per index is allowed simultaneously. Index: " + name)
		}
		seen[name] = true
	}
	if online > 1 {
		return ErrLimitExceededException("Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
	}
	return nil
}
