package dynamodb

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/partiql"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxReads is how many ranges one SELECT may read.
//
// Source: answers of the service recorded in public test suites, as are the rules by which a WHERE becomes ranges.
const maxReads = 50

// span is one range of keys that a SELECT reads: a partition, or a part of it.
type span struct {
	hash     attr.Value
	from, to string
}

// selection is a SELECT on its way: a page that may consist of several ranges.
type selection struct {
	page
	st    *statement
	spans []span // nil reads everything
	ends  []int  // number of records collected when each span ended, from the first that was read
	first int    // span
}

// alternative holds conditions of a WHERE that all must be met for one way in which the whole is.
type alternative []*partiql.Expr

// expand splits a condition into alternatives, as far as it matters to the keys: IN and OR on other attributes stay whole. More
// than limit alternatives are cut off.
func expand(e *partiql.Expr, k *keySchema, limit int) []alternative {
	keyed := slices.ContainsFunc(e.Names(), k.names)
	switch {
	case e.Op == partiql.OpAnd:
		var all []alternative
		right := expand(e.Args[1], k, limit)
		for _, a := range expand(e.Args[0], k, limit) {
			for _, b := range right {
				if len(all) < limit {
					all = append(all, slices.Concat(a, b))
				}
			}
		}
		return all
	case e.Op == partiql.OpOr && keyed:
		all := append(expand(e.Args[0], k, limit), expand(e.Args[1], k, limit)...)
		return all[:min(limit, len(all))]
	case e.Op == partiql.OpIn && keyed && !slices.ContainsFunc(e.Args[1:], func(a *partiql.Expr) bool { return a.Op != partiql.OpValue }):
		var all []alternative
		for _, a := range e.Args[1:min(limit+1, len(e.Args))] {
			all = append(all, alternative{{Op: partiql.OpCompare, Name: "=", Args: []*partiql.Expr{e.Args[0], a}}})
		}
		return all
	}
	return []alternative{{e}}
}

// plan finds out which ranges the WHERE confines the read to. The scope must be locked.
func (s *selection) plan() error {
	if s.st.Where == nil {
		return nil
	}
	k := s.keys()
	if k.several() {
		return nil // all of the index is read
	}
	alternatives := expand(s.st.Where, k, maxReads+1)
	for _, a := range alternatives {
		if _, ok := a.hash(k); !ok {
			return nil
		}
	}
	if len(alternatives) > maxReads {
		return invalid("Too many decomposed read operations for a given query.")
	}
	if err := s.checkFilter(alternatives); err != nil {
		return err
	}
	s.spans = []span{}
	for _, a := range alternatives {
		one, empty, err := s.span(a)
		if err != nil {
			return err
		}
		if empty {
			continue
		}
		for _, other := range s.spans {
			if one.from < other.to && other.from < one.to {
				return invalid("Overlapping conditions with range keys are not supported in where clause")
			}
		}
		s.spans = append(s.spans, one)
	}
	return nil
}

// hash returns what the alternative sets the partition key equal to.
func (a alternative) hash(k *keySchema) (attr.Value, bool) {
	for _, e := range a {
		if name, v, ok := k.keyEquality(e, false); ok && name == k.hash.name {
			return v, true
		}
	}
	return attr.Value{}, false
}

// checkFilter refuses attributes that the index does not have and every alternative reads.
func (s *selection) checkFilter(alternatives []alternative) error {
	if s.index == nil {
		return nil
	}
	var missing []string
	for _, name := range s.st.Where.Names() {
		everywhere := !s.index.covers(name)
		for _, a := range alternatives {
			everywhere = everywhere && slices.ContainsFunc(a, func(e *partiql.Expr) bool { return slices.Contains(e.Names(), name) })
		}
		if everywhere {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return nil
	}
	return invalid(prefixInvalid + "Secondary index " + s.index.name + " does not project one or more filter attributes: [" + strings.Join(missing, ", ") + "]")
}

// span returns the range of one alternative; it is empty if the partition key or the sort key cannot be all that is demanded.
func (s *selection) span(a alternative) (out span, empty bool, err error) {
	k := s.keys()
	var sorts []expr.KeyTerm
	for _, e := range a {
		name, v, ok := k.keyEquality(e, false)
		if !ok {
			if term, ok := k.sortTerm(e); ok {
				sorts = append(sorts, term)
			}
			continue
		}
		a := k.hash
		if name == k.sort.name {
			a = k.sort
			sorts = append(sorts, expr.KeyTerm{Name: name, Operator: expr.KeyEqual, Value: v})
		}
		if v.Kind() != a.kind {
			return out, false, invalid("Key attribute's data type should match its data type in table's schema: Key " + name)
		}
		if name == k.hash.name {
			empty = empty || !out.hash.IsZero() && !attr.Equal(out.hash, v)
			out.hash = v
		}
	}
	hash := expr.KeyTerm{Name: k.hash.name, Operator: expr.KeyEqual, Value: out.hash}
	if _, _, err = s.narrow([]expr.KeyTerm{hash}); err != nil {
		return out, false, err
	}
	out.from, out.to = s.from, s.to
	for _, sort := range sorts {
		if _, _, err = s.narrow([]expr.KeyTerm{hash, sort}); err != nil {
			return out, false, err
		}
		out.from, out.to = max(out.from, s.from), min(out.to, s.to)
	}
	return out, empty || out.from >= out.to, nil
}

// sortTerm returns the condition on the sort key by which a range can be narrowed.
func (k *keySchema) sortTerm(e *partiql.Expr) (expr.KeyTerm, bool) {
	if !k.hasSort() || len(e.Args) < 2 {
		return expr.KeyTerm{}, false
	}
	path, operator := e.Args[0], e.Name
	values := e.Args[1:]
	if e.Op == partiql.OpCompare && path.Op == partiql.OpValue {
		path, values = e.Args[1], e.Args[:1]
		operator = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator]
	}
	name, ok := path.Attribute()
	usable := e.Op == partiql.OpCompare && operator != "<>" && operator != "" || e.Op == partiql.OpBetween || e.Name == "begins_with"
	if !ok || name != k.sort.name || !usable {
		return expr.KeyTerm{}, false
	}
	for _, v := range values {
		if v.Op != partiql.OpValue || v.Value.Kind() != k.sort.kind || k.sort.kind != attr.KindN && v.Value.Str() == "" {
			return expr.KeyTerm{}, false
		}
	}
	term := expr.KeyTerm{Name: name, Operator: expr.KeyOperator(operator), Value: values[0].Value}
	if e.Op == partiql.OpBetween {
		term.Upper = values[1].Value
	}
	return term, true
}

// order checks ORDER BY and puts the ranges in its order. The scope must be locked.
func (s *selection) order() error {
	if s.st.Order == nil {
		return nil
	}
	k := s.keys()
	switch {
	case s.st.Where == nil:
		return invalid("Must have WHERE clause in the statement when using ORDER BY clause.")
	case s.spans == nil:
		return invalid("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
	}
	byHash, hashDown := false, false
	s.backwards = true // by the partition key alone, items of one partition come backwards
	for _, o := range s.st.Order {
		switch {
		case !k.names(o.Name):
			return invalid("Attribute " + o.Name + " in ORDER BY clause must be part of the primary key")
		case o.Name == k.hash.name:
			byHash, hashDown = true, o.Descending
		default:
			s.backwards = o.Descending
		}
	}
	for _, one := range s.spans {
		if !byHash && !attr.Equal(one.hash, s.spans[0].hash) {
			return invalid("Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.")
		}
	}
	slices.SortStableFunc(s.spans, func(a, b span) int {
		n, _ := attr.Compare(a.hash, b.hash)
		down := hashDown
		if n == 0 {
			n, down = strings.Compare(a.from, b.from), s.backwards
		}
		if down {
			return -n
		}
		return n
	})
	return nil
}

// readAll reads the ranges up to the limits of the page. The scope must be locked.
func (s *selection) readAll(start string) {
	for i := s.first; i < len(s.spans); i++ {
		s.from, s.to = s.spans[i].from, s.spans[i].to
		if i == s.first && start != "" {
			s.startBehind(start)
		}
		s.collect()
		s.ends = append(s.ends, len(s.records))
		if s.last != nil {
			return
		}
	}
}

// lastSpan is the range in which the page ended: that of its last record.
func (s *selection) lastSpan() int {
	for i, end := range s.ends {
		if end == len(s.records) {
			return s.first + i
		}
	}
	return s.first
}

// tokenSum binds a NextToken to the statement and its parameters.
func tokenSum(text string, params []attr.Value) []byte {
	b := wire.AppendString(nil, text)
	for _, v := range params {
		b = v.AppendJSON(b)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// nextToken says behind which record the next page begins.
func (s *selection) nextToken(sum []byte) string {
	b := binary.BigEndian.AppendUint16(bytes.Clone(sum), uint16(s.lastSpan()))
	if s.index == nil {
		b = append(b, s.last.key...)
	} else {
		b, _ = s.index.appendEntryKey(b, s.last)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// resume takes apart a NextToken. The scope must be locked, and the ranges known.
func (s *selection) resume(token string, sum []byte) (start string, err error) {
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(b) <= len(sum)+2 || !bytes.Equal(b[:len(sum)], sum) {
		return "", invalid("NextToken does not match request")
	}
	b = b[len(sum):]
	if s.first = int(binary.BigEndian.Uint16(b)); s.first >= len(s.spans) {
		return "", invalid("NextToken does not match request")
	}
	return string(b[2:]), nil
}

// selectItems carries out a SELECT.
func (s *Service) selectItems(st *statement, in *ExecuteStatementInput) (*ExecuteStatementOutput, error) {
	sel := &selection{st: st}
	sel.page = page{operation: "Scan", limit: int(in.Limit.V), consistent: in.ConsistentRead.V, view: view{columns: st.Columns}}
	for _, c := range st.Columns {
		sel.view.attributes = append(sel.view.attributes, c.Path.Head())
	}
	sel.exprs.filter = st.condition
	sum := tokenSum(in.Statement, in.Parameters)
	if err := s.selectLocked(sel, in.NextToken, sum); err != nil {
		return nil, err
	}
	items, _ := sel.show()
	out := &ExecuteStatementOutput{Items: items, LastEvaluatedKey: sel.lastKey(), ConsumedCapacity: sel.tell(in.ReturnConsumedCapacity)}
	if sel.last != nil {
		out.NextToken = wire.Some(sel.nextToken(sum))
	}
	return out, nil
}

func (s *Service) selectLocked(sel *selection, token wire.Opt[string], sum []byte) error {
	t, err := s.tableFor(sel.st)
	if err != nil {
		return err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if sel.table, err = s.find(t.name); err != nil {
		return err
	}
	if name := sel.st.Index; name != "" {
		switch sel.index = sel.table.index(name); {
		case sel.index == nil || sel.index.status == IndexStatusDeleting:
			return invalid("The table does not have the specified index")
		case sel.index.status == IndexStatusCreating:
			return backfilling(name)
		case sel.index.global && sel.consistent:
			return invalid("Strongly consistent read is not supported on Global Secondary Indexes")
		}
	}
	if err := sel.plan(); err != nil {
		return err
	}
	if err := sel.order(); err != nil {
		return err
	}
	if err := sel.checkReach(); err != nil {
		return err
	}
	for _, c := range sel.st.Columns {
		if err := sel.table.checkPaths([]expr.Path{c.Path}); err != nil {
			return err
		}
	}
	if sel.exprs.filter != nil {
		if err := sel.table.checkPaths(sel.exprs.filter.Paths()); err != nil {
			return err
		}
	}
	if sel.spans == nil {
		sel.spans = []span{{}}
	}
	start := ""
	if token.OK {
		if start, err = sel.resume(token.V, sum); err != nil {
			return err
		}
	}
	sel.readAll(start)
	return nil
}
