package expr

// Kind says which member of a request an expression is; it is part of the messages.
type Kind string

// The members that hold expressions.
const (
	Update       Kind = "UpdateExpression"
	Condition    Kind = "ConditionExpression"
	KeyCondition Kind = "KeyConditionExpression"
	Filter       Kind = "FilterExpression"
	Projection   Kind = "ProjectionExpression"
)

// Error is a mistake in an expression, or one that its evaluation met.
type Error struct {
	Kind   Kind   // the expression that is invalid; "" if the message stands alone
	Reason string // what is wrong, in the service's words
}

// Error returns the message of the ValidationException.
func (e *Error) Error() string {
	if e.Kind == "" {
		return e.Reason
	}
	return "Invalid " + string(e.Kind) + ": " + e.Reason
}

// Errors that [UpdateExpr.Apply] meets in an item. They are shared values: compare with errors.Is.
var (
	// ErrNoAttribute is returned for a SET operand that the item does not have.
	ErrNoAttribute = &Error{Reason: "The provided expression refers to an attribute that does not exist in the item"}
	// ErrInvalidPath is returned for a path through an attribute that is missing or no map or list.
	ErrInvalidPath = &Error{Reason: "The document path provided in the update expression is invalid for update"}
	// ErrOperandType is returned for arithmetic on what is no number, and for additions to another type.
	ErrOperandType = &Error{Reason: "An operand in the update expression has an incorrect data type"}
)
