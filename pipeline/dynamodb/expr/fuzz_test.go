package expr

import (
	"errors"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// checkError fails unless a refusal is one of this package or of package attr, with a text.
func checkError(t *testing.T, err error) {
	t.Helper()
	var mine *Error
	var value *attr.ValidationError
	if !errors.As(err, &mine) && !errors.As(err, &value) || err.Error() == "" {
		t.Fatalf("%T: %v", err, err)
	}
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{
		"attribute_exists(a.b[0]) AND NOT (#a IN (:n, size(b)) OR n BETWEEN :n AND :n)", "((a)) = :s", "(a.b).c <> #dot",
		"begins_with(a, :s) and contains(l, :x", "attribute_type(a, :type)", ":s = :s", "a = :s = :n", "size(size(a)) > :n", "#", "a[",
	} {
		f.Add(s)
	}
	row := item(f, before)
	f.Fuzz(func(t *testing.T, src string) {
		p := params(t, standardNames, standard)
		if c, err := ParseCondition(Condition, src, p); err != nil {
			checkError(t, err)
		} else {
			c.Eval(row)
			c.Eval(nil)
			if got := len(c.Paths()); got > len(src) {
				t.Fatalf("%d paths", got)
			}
		}
		if k, err := ParseKeyCondition(src, p); err != nil {
			checkError(t, err)
		} else if _, err := k.Terms(); err != nil {
			checkError(t, err)
		}
		if pr, err := ParseProjection(src, p); err != nil {
			checkError(t, err)
		} else if part := pr.Apply(row); attr.ItemSize(part) > attr.ItemSize(row) {
			t.Fatalf("%s: the part is larger than the item", src)
		}
	})
}

func FuzzUpdate(f *testing.F) {
	for _, s := range []string{
		"SET a = :s, l[1] = if_not_exists(m.x, :n) + n REMOVE m.y ADD n :n DELETE ss :ss", "set a = (b - (c))", "SET l = list_append(:l, l)",
		"REMOVE l[0], l[99]", "SET a.b = :s, a = :n", "SET", "ADD n :n,", "set a = a.a.a[1]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		u, err := ParseUpdate(src, params(t, standardNames, standard))
		if err != nil {
			checkError(t, err)
			return
		}
		row := item(t, before)
		got, err := u.Apply(row)
		if !attr.EqualItems(row, item(t, before)) {
			t.Fatalf("%s changed the given item", src)
		}
		if err != nil {
			checkError(t, err)
			return
		}
		if err := attr.CheckItem(got); err != nil {
			t.Fatalf("%s made an invalid item: %v", src, err)
		}
		u.Written(got)
	})
}
