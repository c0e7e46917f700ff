package dynamodb

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
)

// narrowSeveral is narrow for a key with several attributes of a kind: there must be an equality for each that is HASH, and for those
// that are RANGE from the first on, of which the last condition may be another.
//
// Source: Amazon DynamoDB Developer Guide, "Global secondary indexes: multi-attribute keys"; texts as recorded in the public suite
// dynamodb-conformance, that of HASH made like that of RANGE.
func (p *page) narrowSeveral(keys *keySchema, terms []expr.KeyTerm) (partition string, sorted bool, err error) {
	if err := p.checkStartParts(); err != nil {
		return "", false, err
	}
	byName := make([]*expr.KeyTerm, len(keys.all))
	for i := range terms {
		at := slices.IndexFunc(keys.all, func(a keyAttribute) bool { return a.name == terms[i].Name })
		if at < 0 {
			return "", false, invalid("Query key condition not supported")
		}
		byName[at] = &terms[i]
	}
	for i, term := range byName {
		if term != nil {
			if err := checkTerm(term, keys.all[i]); err != nil {
				return "", false, err
			}
		}
	}
	if missing := keys.withoutEquality(byName, 0, keys.hashes); missing != "" {
		return "", false, invalid("HASH key attributes " + missing + " must have equality conditions specified in the query")
	}
	last := keys.hashes - 1
	for i := keys.hashes; i < len(byName); i++ {
		if byName[i] == nil {
			continue
		}
		if missing := keys.withoutEquality(byName, keys.hashes, i); missing != "" {
			return "", false, invalid("RANGE key attributes " + missing + " must have equality conditions specified in the query because a condition is present on " +
				"key attribute " + keys.all[i].name)
		}
		last = i
	}
	prefix := make([]byte, 8)
	for _, term := range byName[:keys.hashes] {
		prefix, _ = attr.AppendKey(prefix, term.Value)
	}
	scatter(prefix)
	partition = string(prefix)
	p.from, p.to = partition, after(partition)
	if last < keys.hashes {
		return partition, false, nil
	}
	for _, term := range byName[keys.hashes:last] {
		prefix, _ = attr.AppendKey(prefix, term.Value)
	}
	p.from, p.to = string(prefix), after(string(prefix))
	p.narrowSort(slices.Clip(prefix), byName[last])
	return partition, true, nil
}

// withoutEquality lists the attributes of a range of the key on which there is no equality.
func (k *keySchema) withoutEquality(terms []*expr.KeyTerm, from, to int) string {
	var names []string
	for i := from; i < to; i++ {
		if terms[i] == nil || terms[i].Operator != expr.KeyEqual {
			names = append(names, k.all[i].name)
		}
	}
	return strings.Join(names, ", ")
}
