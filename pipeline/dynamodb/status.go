package dynamodb

import (
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Options configure a Service. The zero value works.
type Options struct {
	// AWSWaits lets tables and global indexes be CREATING, UPDATING and DELETING for a while, as on AWS, and not usable as long.
	// Without it every change is done when it is answered.
	AWSWaits bool
}

// How long a change takes with AWSWaits. AWS promises nothing: small tables were observed to be CREATING for about 7 seconds, and
// indexes of them for minutes.
const (
	creating = 7 * time.Second
	updating = 5 * time.Second
	indexing = 60 * time.Second
	deleting = 5 * time.Second
)

// state returns the table's TableStatus. The scope must be locked.
func (t *table) state() string {
	if t.status == "" {
		return TableStatusActive
	}
	return t.status
}

// usable reports whether the table's items can be read and written. The scope must be locked.
func (t *table) usable() bool {
	return t.status != TableStatusCreating && t.status != TableStatusDeleting
}

// checkIdle refuses to change a table that is being changed. The scope must be locked.
//
// Source: the service's answers, as its users quote them.
func (t *table) checkIdle() error {
	word := map[string]string{TableStatusCreating: "created", TableStatusUpdating: "updated", TableStatusDeleting: "deleted"}[t.status]
	if word == "" {
		return nil
	}
	return ErrResourceInUseException("Attempt to change a resource which is still in use: Table is being " + word + ": " + t.name)
}

// state returns the index's IndexStatus; it is that of the table while that is made or deleted. The scope must be locked.
func (x *index) state(t *table) string {
	switch {
	case !t.usable():
		return t.status
	case x.status == "":
		return IndexStatusActive
	}
	return x.status
}

// backfilling is the answer to a read of an index that is being made.
//
// Source: the service's answer, as its users quote it.
func backfilling(index string) error {
	return invalid("Cannot read from backfilling global secondary index: " + index)
}

// begin puts the table into a state that it leaves after the time given, or at once without AWSWaits. It describes the table as it is
// meanwhile. The scope must be locked.
func (s *Service) begin(t *table, status string, takes time.Duration) *TableDescription {
	t.status = status
	d := t.describe()
	if !s.options.AWSWaits {
		s.finish(t)
		return d
	}
	name, id := t.name, t.id
	s.scope.Engine.Schedule(&engine.Task{
		Due: s.scope.Engine.Now().Add(takes), Scope: s.scope, Channel: string(t.place) + "/status@" + s.scope.Account,
		What: string(t.place) + " is no longer " + status, Place: t.place,
		Run: func() {
			s.scope.Lock()
			defer s.scope.Unlock()
			if t := s.tables[name]; t != nil && t.id == id && t.status == status {
				s.finish(t)
			}
		},
	})
	return d
}

// finish ends a change of the table. The scope must be locked.
func (s *Service) finish(t *table) {
	if t.status == TableStatusDeleting {
		delete(s.tables, t.name)
		delete(s.policies, t.arn)
		return
	}
	t.status = ""
	for _, x := range t.indexes {
		if x.status == IndexStatusDeleting {
			s.tables[t.name] = t.withoutDeleted()
			return
		}
		x.status = ""
	}
}

// withoutDeleted returns a copy of the table without the indexes that are being deleted: a table's indexes may be read without the lock.
func (t *table) withoutDeleted() *table {
	next := new(table)
	*next = *t
	next.indexes = slices.DeleteFunc(slices.Clone(t.indexes), func(x *index) bool { return x.status == IndexStatusDeleting })
	for _, x := range next.indexes {
		x.status = ""
	}
	next.keepUsed(&definitions{list: t.attributes})
	return next
}
