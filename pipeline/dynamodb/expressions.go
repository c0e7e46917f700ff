package dynamodb

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/partiql"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// sources are the expressions of a request, unparsed, and its legacy parameters. An operation fills what it has.
type sources struct {
	update, condition, key, filter, projection wire.Opt[string]

	names  map[string]string
	values map[string]attr.Value

	legacy []string // legacy parameters that are present, by name, in the service's order
	taking []string // of update, condition, key and filter, those that the operation has
}

// expressions are the parsed ones; nil where the request has none.
type expressions struct {
	update     *expr.UpdateExpr
	condition  *expr.ConditionExpr
	key        *expr.KeyConditionExpr
	filter     *expr.ConditionExpr
	projection *expr.ProjectionExpr
	legacy     bool // update is made of AttributeUpdates, filter of QueryFilter or ScanFilter
}

// present lists the expressions that the request has.
func (s *sources) present() []string {
	var names []string
	for _, one := range [...]struct {
		kind expr.Kind
		src  wire.Opt[string]
	}{{expr.Projection, s.projection}, {expr.Filter, s.filter}, {expr.Update, s.update}, {expr.Condition, s.condition}, {expr.KeyCondition, s.key}} {
		if one.src.OK {
			names = append(names, string(one.kind))
		}
	}
	return names
}

func (s *sources) any() bool {
	return s.update.OK || s.condition.OK || s.key.OK || s.filter.OK || s.projection.OK
}

// checkMix refuses combinations of parameters before any value or expression is looked at.
func (s *sources) checkMix() error {
	if len(s.legacy) > 0 && s.any() {
		return s.clash()
	}
	if s.names != nil && !s.any() {
		return invalid("ExpressionAttributeNames can only be specified when using expressions")
	}
	if s.values != nil && !s.update.OK && !s.condition.OK && !s.key.OK && !s.filter.OK && len(s.taking) > 0 {
		verb := " is null"
		if len(s.taking) > 1 {
			verb = " are null"
		}
		return invalid("ExpressionAttributeValues can only be specified when using expressions: " + strings.Join(s.taking, " and ") + verb)
	}
	return nil
}

// parse parses all expressions, in the order in which the service reports mistakes.
func (s *sources) parse() (expressions, error) {
	var out expressions
	if !s.any() {
		return out, nil
	}
	params, err := expr.NewParams(s.names, s.values)
	if err == nil && s.update.OK {
		out.update, err = expr.ParseUpdate(s.update.V, params)
	}
	if err == nil && s.condition.OK {
		out.condition, err = expr.ParseCondition(expr.Condition, s.condition.V, params)
	}
	if err == nil && s.key.OK {
		out.key, err = expr.ParseKeyCondition(s.key.V, params)
	}
	if err == nil && s.filter.OK {
		out.filter, err = expr.ParseCondition(expr.Filter, s.filter.V, params)
	}
	if err == nil && s.projection.OK {
		out.projection, err = expr.ParseProjection(s.projection.V, params)
	}
	if err == nil {
		err = params.Unused()
	}
	return out, asInvalid(err)
}

// Lists of what an operation takes, shared by all calls.
var (
	takesCondition = []string{string(expr.Condition)}
	takesUpdate    = []string{string(expr.Update), string(expr.Condition)}
	takesQuery     = []string{string(expr.Filter), string(expr.KeyCondition)}
	takesFilter    = []string{string(expr.Filter)}
)

// checkPaths refuses document paths that lead into an attribute of a key.
func (t *table) checkPaths(paths []expr.Path) error {
	for _, p := range paths {
		if len(p) < 2 {
			continue
		}
		const text = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
		if t.keys.names(p.Head()) {
			return invalid(text + "Key: " + p.Head())
		}
		for _, x := range t.indexes {
			if x.keys.names(p.Head()) {
				return invalid(text + "IndexKey: " + p.Head())
			}
		}
	}
	return nil
}

// view picks what a read returns of an item: all of it, the parts a projection names, or whole attributes.
type view struct {
	projection *expr.ProjectionExpr
	attributes []string // AttributesToGet; nil is all
	columns    []partiql.Column
}

func (v *view) of(item attr.Packed) attr.Packed {
	switch {
	case item == "":
		return ""
	case v.columns != nil:
		return attr.Pack(pickColumns(v.columns, item.Item()))
	case v.projection != nil:
		return attr.Pack(v.projection.Apply(item.Item()))
	case v.attributes != nil:
		return item.Pick(func(name string) bool { return slices.Contains(v.attributes, name) })
	}
	return item
}

// checkAttributesToGet refuses an attribute that is asked for twice.
func checkAttributesToGet(names []string) error {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if err := asInvalid(attr.CheckName(name)); err != nil {
			return err
		}
		if seen[name] {
			return invalid(prefixInvalid + "Duplicate value in attribute name: " + name)
		}
		seen[name] = true
	}
	return nil
}
