package attr

// ValidationError says why DynamoDB refuses a value. Its text is the message of the ValidationException, without any
// prefix that depends on the request member ("ExpressionAttributeValues contains invalid value: …").
type ValidationError struct {
	Message string
}

// Error returns the message.
func (e *ValidationError) Error() string { return e.Message }

// Texts of DynamoDB's refusals; the double spaces and the grammar are the service's own.
const (
	msgNoType     = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
	msgManyTypes  = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
	msgNullFalse  = "One or more parameter values were invalid: Null attribute value types must have the value of true"
	msgEmptySS    = "One or more parameter values were invalid: An string set  may not be empty"
	msgEmptyNS    = "One or more parameter values were invalid: An number set  may not be empty"
	msgEmptyBS    = "One or more parameter values were invalid: Binary sets should not be empty"
	msgDuplicates = "Input collection contains duplicates"
	msgEmptyName  = "Empty attribute name"
	msgLongName   = "Attribute name is too large, must be less than 65536 bytes"
	msgNesting    = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)

// Errors of numbers. They are shared values: compare with errors.Is.
var (
	// ErrOverflow is returned for a magnitude of 1E126 or more.
	ErrOverflow = &ValidationError{"Number overflow. Attempting to store a number with magnitude larger than supported range"}
	// ErrUnderflow is returned for a magnitude below 1E-130 that is not zero.
	ErrUnderflow = &ValidationError{"Number underflow. Attempting to store a number with magnitude smaller than supported range"}
	// ErrPrecision is returned for more than 38 significant digits.
	ErrPrecision = &ValidationError{"Attempting to store more than 38 significant digits in a Number"}
	// ErrNesting is returned for a value nested deeper than [MaxNesting].
	ErrNesting = &ValidationError{msgNesting}
)
