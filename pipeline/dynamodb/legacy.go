package dynamodb

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The parameters that older SDKs send in place of expressions become the same evaluated forms that expressions become.
//
// Source: Amazon DynamoDB Developer Guide, "Legacy conditional parameters"; texts as observed. Where two attributes of a map are
// wrong, the service names any; here it is the first by name.

// comparison is one entry of Expected, QueryFilter, ScanFilter or KeyConditions.
type comparison struct {
	name     string
	operator string
	values   []attr.Value
}

// Numbers and types of values that comparison operators take.
var (
	scalars   = []attr.Kind{attr.KindS, attr.KindN, attr.KindB}
	operators = map[string]struct {
		least, most int
		kinds       []attr.Kind // nil is all
		text        string      // in expressions
	}{
		ComparisonOperatorEq:          {1, 1, nil, "="},
		ComparisonOperatorNe:          {1, 1, nil, "<>"},
		ComparisonOperatorLe:          {1, 1, scalars, "<="},
		ComparisonOperatorLt:          {1, 1, scalars, "<"},
		ComparisonOperatorGe:          {1, 1, scalars, ">="},
		ComparisonOperatorGt:          {1, 1, scalars, ">"},
		ComparisonOperatorIn:          {1, 1 << 20, scalars, "IN"},
		ComparisonOperatorBetween:     {2, 2, scalars, "BETWEEN"},
		ComparisonOperatorBeginsWith:  {1, 1, []attr.Kind{attr.KindS, attr.KindB}, "begins_with"},
		ComparisonOperatorContains:    {1, 1, append(scalars, attr.KindBOOL, attr.KindNULL), "contains"},
		ComparisonOperatorNotContains: {1, 1, append(scalars, attr.KindBOOL, attr.KindNULL), "contains"},
		ComparisonOperatorNotNull:     {0, 0, nil, "attribute_exists"},
		ComparisonOperatorNull:        {0, 0, nil, "attribute_not_exists"},
	}
)

// testsOf checks a filter or KeyConditions.
func testsOf(conditions map[string]Condition) ([]comparison, error) {
	var tests []comparison
	for _, name := range wire.SortedKeys(conditions) {
		c := conditions[name]
		t := comparison{name, c.ComparisonOperator, c.AttributeValueList}
		if err := t.check(); err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return tests, nil
}

// testsOfExpected checks Expected.
func testsOfExpected(expected map[string]ExpectedAttributeValue) ([]comparison, error) {
	var tests []comparison
	for _, name := range wire.SortedKeys(expected) {
		e := expected[name]
		t, err := e.comparison(name)
		if err == nil {
			err = t.check()
		}
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return tests, nil
}

// comparison tells the two forms of an entry apart: ComparisonOperator with values, or Exists and Value.
func (e *ExpectedAttributeValue) comparison(name string) (comparison, error) {
	hasValue := !e.Value.IsZero()
	operator := e.ComparisonOperator
	exists := "null"
	if e.Exists.OK {
		exists = map[bool]string{true: "true", false: "false"}[e.Exists.V]
	}
	ofAttribute := " for Attribute: " + name
	switch {
	case e.AttributeValueList != nil && hasValue:
		return comparison{}, invalid(prefixInvalid + "Value and AttributeValueList cannot be used together" + ofAttribute)
	case operator.OK && e.Exists.OK:
		return comparison{}, invalid(prefixInvalid + "Exists and ComparisonOperator cannot be used together" + ofAttribute)
	case operator.OK && e.AttributeValueList == nil && !hasValue && operators[operator.V].least > 0:
		return comparison{}, invalid(prefixInvalid + "Value or AttributeValueList must be used with ComparisonOperator: " + operator.V + ofAttribute)
	case operator.OK && hasValue:
		return comparison{name, operator.V, []attr.Value{e.Value}}, nil
	case operator.OK:
		return comparison{name, operator.V, e.AttributeValueList}, nil
	case e.AttributeValueList != nil:
		return comparison{}, invalid(prefixInvalid + "AttributeValueList can only be used with a ComparisonOperator" + ofAttribute)
	case exists == "false" && hasValue:
		return comparison{}, invalid(prefixInvalid + "Value cannot be used when Exists is false" + ofAttribute)
	case exists == "false":
		return comparison{name, ComparisonOperatorNull, nil}, nil
	case !hasValue:
		return comparison{}, invalid(prefixInvalid + "Value must be provided when Exists is " + exists + ofAttribute)
	}
	return comparison{name, ComparisonOperatorEq, []attr.Value{e.Value}}, nil
}

// check checks the values: each, their number, that they have one type, which the operator takes, and the order of bounds.
func (t *comparison) check() error {
	if err := asInvalid(attr.CheckName(t.name)); err != nil {
		return err
	}
	for _, v := range t.values {
		if err := asInvalid(v.Err()); err != nil {
			return err
		}
	}
	rule := operators[t.operator]
	if n := len(t.values); n < rule.least || n > rule.most {
		return invalid(prefixInvalid + "Invalid number of argument(s) for the " + t.operator + " ComparisonOperator")
	}
	for _, v := range t.values {
		if v.Kind() != t.values[0].Kind() {
			return invalid(prefixInvalid + "AttributeValues inside AttributeValueList must be of same type")
		}
	}
	if len(t.values) > 0 && !takes(rule.kinds, t.values[0].Kind()) {
		return invalid(prefixInvalid + "ComparisonOperator " + t.operator + " is not valid for " + t.values[0].Kind().String() + " AttributeValue type")
	}
	if t.operator == ComparisonOperatorBetween {
		if order, _ := attr.Compare(t.values[0], t.values[1]); order > 0 {
			return invalid("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound")
		}
	}
	return nil
}

func takes(kinds []attr.Kind, kind attr.Kind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return kinds == nil
}

// condition joins the tests; nil if there are none.
func condition(tests []comparison, operator wire.Opt[string]) (*expr.ConditionExpr, error) {
	switch {
	case operator.OK && len(tests) == 0:
		return nil, invalid("ConditionalOperator cannot be used without Filter or Expected")
	case operator.OK && len(tests) == 1:
		return nil, invalid("ConditionalOperator can only be used when Filter or Expected has two or more elements")
	case len(tests) == 0:
		return nil, nil
	}
	all := tests[0].term()
	for _, t := range tests[1:] {
		all = expr.Operator(operator.Or(ConditionalOperatorAnd), all, t.term())
	}
	c, err := expr.NewCondition(all)
	return c, asInvalid(err)
}

func attribute(name string) expr.Term { return expr.PathTerm(expr.Path{{Name: name, Index: -1}}) }

// term returns the condition that the comparison is.
func (t *comparison) term() expr.Term {
	args := []expr.Term{attribute(t.name)}
	for _, v := range t.values {
		args = append(args, expr.ValueTerm(v))
	}
	text := operators[t.operator].text
	switch {
	case t.operator == ComparisonOperatorNotContains:
		// What an attribute that is not there contains is not asked: neither operator holds for it.
		return expr.Operator("AND", expr.Function("attribute_exists", args[0]), expr.Operator("NOT", expr.Function(text, args...)))
	case strings.Contains(text, "_"), t.operator == ComparisonOperatorContains:
		return expr.Function(text, args...)
	}
	return expr.Operator(text, args...)
}

// parseFilter checks QueryFilter or ScanFilter with its ConditionalOperator; nil is no filter.
func parseFilter(conditions map[string]Condition, operator wire.Opt[string]) (*expr.ConditionExpr, error) {
	tests, err := testsOf(conditions)
	if err != nil {
		return nil, err
	}
	return condition(tests, operator)
}

// parseKeyConditions checks KeyConditions and makes the terms of a key condition of them. Which operators can go by an index is
// said later, when it is known which attribute is the partition key.
func parseKeyConditions(conditions map[string]Condition) ([]expr.KeyTerm, error) {
	tests, err := testsOf(conditions)
	if err != nil {
		return nil, err
	}
	if len(tests) == 0 {
		return nil, invalid(msgTooManyTerms)
	}
	terms := make([]expr.KeyTerm, len(tests))
	for i, t := range tests {
		terms[i] = expr.KeyTerm{Name: t.name, Operator: expr.KeyOperator(operators[t.operator].text)}
		if len(t.values) > 0 {
			terms[i].Value = t.values[0]
		}
		if t.operator == ComparisonOperatorBetween {
			terms[i].Upper = t.values[1]
		}
	}
	return terms, nil
}

// parseUpdates checks AttributeUpdates; nil is no update.
func parseUpdates(updates map[string]AttributeValueUpdate) (*expr.UpdateExpr, error) {
	if len(updates) == 0 {
		return nil, nil
	}
	list := make([]expr.Action, 0, len(updates))
	for _, name := range wire.SortedKeys(updates) {
		u := updates[name]
		action, hasValue, kind := u.Action.Or(AttributeActionPut), !u.Value.IsZero(), u.Value.Kind()
		if hasValue {
			if err := asInvalid(u.Value.Err()); err != nil {
				return nil, err
			}
		}
		a := expr.Action{Clause: action, Path: expr.Path{{Name: name, Index: -1}}, Operand: expr.ValueTerm(u.Value)}
		switch {
		case name == "":
			return nil, asInvalid(attr.CheckName(name))
		case !hasValue && action != AttributeActionDelete:
			return nil, invalid(prefixInvalid + "Only DELETE action is allowed when no attribute value is specified")
		case !hasValue:
			a.Clause, a.Operand = "REMOVE", expr.Term{}
		case action == AttributeActionDelete && !kind.IsSet():
			return nil, invalid(prefixInvalid + "DELETE action with value is not supported for the type " + kind.String())
		case action == AttributeActionAdd && !kind.IsSet() && kind != attr.KindN && kind != attr.KindL:
			return nil, invalid(prefixInvalid + "ADD action is not supported for the type " + kind.String())
		case action == AttributeActionPut:
			a.Clause = "SET"
		case action == AttributeActionAdd && kind == attr.KindL: // what ADD of an expression does not
			a.Clause = "SET"
			a.Operand = expr.Function("list_append", expr.Function("if_not_exists", attribute(name), expr.ValueTerm(attr.List(nil))), a.Operand)
		}
		list = append(list, a)
	}
	u, err := expr.NewUpdate(list)
	return u, asInvalid(err)
}

// parseWrite parses what a write of one item has: expressions or, in their place, legacy parameters.
func (s *sources) parseWrite(updates map[string]AttributeValueUpdate, expected map[string]ExpectedAttributeValue, operator wire.Opt[string]) (expressions, error) {
	if len(s.legacy) == 0 {
		return s.parse()
	}
	out := expressions{legacy: true}
	var err error
	if out.update, err = parseUpdates(updates); err != nil {
		return out, err
	}
	tests, err := testsOfExpected(expected)
	if err == nil {
		out.condition, err = condition(tests, operator)
	}
	return out, err
}

// clash is the answer to legacy parameters beside expressions.
func (s *sources) clash() error {
	return invalid("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {" +
		strings.Join(s.legacy, ", ") + "} Expression parameters: {" + strings.Join(s.present(), ", ") + "}")
}
