package expr

import (
	"maps"
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// Apply returns the item after the update. It never changes the given one: what the paths lead through is copied, all
// else is shared. All operands are read from the given item, so the order of the actions does not matter; list indexes
// mean the elements of the given item, too.
//
// For an item that does not exist yet, pass one with its key attributes. Sizes and the types of keys are for the caller
// to check.
//
// Errors: [ErrNoAttribute], [ErrInvalidPath], [ErrOperandType]; [attr.ErrOverflow] and its like from arithmetic; the
// refusal of a value nested too deep.
func (u *UpdateExpr) Apply(item attr.Item) (attr.Item, error) {
	operands := make([]attr.Value, len(u.actions))
	for i, a := range u.actions {
		if a.operand == nil {
			continue
		}
		v, err := a.operand.result(item)
		if err != nil {
			return nil, err
		}
		operands[i] = v
	}
	up := updater{u.actions, operands}
	return up.fields(u.tree, item)
}

// result evaluates the operand of an action; a zero Value is never returned without an error.
func (n *node) result(item attr.Item) (attr.Value, error) {
	switch n.op {
	case opValue:
		return n.value, nil
	case opPath:
		if v := n.path.Lookup(item); !v.IsZero() {
			return v, nil
		}
		return attr.Value{}, ErrNoAttribute
	case opFunction:
		if n.name == "if_not_exists" {
			if v := n.args[0].path.Lookup(item); !v.IsZero() {
				return v, nil
			}
			return n.args[1].result(item)
		}
	}
	a, err := n.args[0].result(item)
	if err != nil {
		return attr.Value{}, err
	}
	b, err := n.args[1].result(item)
	if err != nil {
		return attr.Value{}, err
	}
	if n.op == opArith {
		return arithmetic(n.name, a, b)
	}
	if a.Kind() != attr.KindL || b.Kind() != attr.KindL {
		return attr.Value{}, ErrOperandType
	}
	return checked(attr.List(slices.Concat(a.List(), b.List())))
}

func arithmetic(operator string, a, b attr.Value) (attr.Value, error) {
	if a.Kind() != attr.KindN || b.Kind() != attr.KindN {
		return attr.Value{}, ErrOperandType
	}
	op := a.Num().Add
	if operator == "-" {
		op = a.Num().Sub
	}
	sum, err := op(b.Num())
	if err == attr.ErrPrecision {
		err = attr.ErrOverflow // so the service calls a result of too many digits, of whatever magnitude
	}
	if err != nil {
		return attr.Value{}, err
	}
	return attr.Num(sum), nil
}

func checked(v attr.Value) (attr.Value, error) { return v, v.Err() }

// updater applies actions whose operands are known.
type updater struct {
	actions  []action
	operands []attr.Value
}

// fields returns the map with the changes below t.
func (u *updater) fields(t *tree, old map[string]attr.Value) (map[string]attr.Value, error) {
	fields := make(map[string]attr.Value, len(old)+len(t.children))
	maps.Copy(fields, old)
	for _, c := range t.children {
		v, err := u.value(c, old[c.step.Name])
		if err != nil {
			return nil, err
		}
		if v.IsZero() {
			delete(fields, c.step.Name)
		} else {
			fields[c.step.Name] = v
		}
	}
	return fields, nil
}

// value returns what an attribute becomes; a zero Value if it is to go or not to come.
func (u *updater) value(t *tree, old attr.Value) (attr.Value, error) {
	if t.leaf >= 0 {
		return u.act(t.leaf, old)
	}
	if t.children[0].step.isIndex() {
		if old.Kind() != attr.KindL {
			return attr.Value{}, ErrInvalidPath
		}
		return u.list(t, old.List())
	}
	if old.Kind() != attr.KindM {
		return attr.Value{}, ErrInvalidPath
	}
	fields, err := u.fields(t, old.Map())
	if err != nil {
		return attr.Value{}, err
	}
	return checked(attr.Map(fields))
}

// list returns the list with the changes below t. Elements behind its end are appended in the order of their indexes;
// removed ones close up.
func (u *updater) list(t *tree, old []attr.Value) (attr.Value, error) {
	list := make([]attr.Value, len(old), len(old)+len(t.children))
	copy(list, old)
	for _, c := range t.children {
		exists := c.step.Index < len(old)
		element := attr.Value{}
		if exists {
			element = old[c.step.Index]
		}
		v, err := u.value(c, element)
		if err != nil {
			return attr.Value{}, err
		}
		if exists {
			list[c.step.Index] = v
		} else if !v.IsZero() {
			list = append(list, v)
		}
	}
	list = slices.DeleteFunc(list, attr.Value.IsZero)
	return checked(attr.List(slices.Clip(list)))
}

// act performs one action on what stands at its path.
func (u *updater) act(i int, old attr.Value) (attr.Value, error) {
	operand := u.operands[i]
	switch u.actions[i].clause {
	case clauseSet:
		return operand, nil
	case clauseRemove:
		return attr.Value{}, nil
	}
	add := u.actions[i].clause == clauseAdd
	switch {
	case old.IsZero() && add:
		return operand, nil
	case old.IsZero():
		return old, nil
	case old.Kind() != operand.Kind():
		return attr.Value{}, ErrOperandType
	case operand.Kind() == attr.KindN:
		return arithmetic("+", old, operand)
	case add:
		return attr.Union(old, operand), nil
	}
	rest, _ := attr.Difference(old, operand) // zero if nothing is left: the attribute goes
	return rest, nil
}
