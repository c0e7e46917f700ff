package dynamodb

import (
	"errors"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Texts that several operations answer. They are the service's own, as documented or as its users quote them.
const (
	msgKeyMismatch       = "The provided key element does not match the schema"
	msgConditionFailed   = "The conditional request failed"
	msgNoSuchResource    = "Requested resource not found"
	msgItemTooLarge      = "Item size has exceeded the maximum allowed size"
	msgUpdateTooLarge    = "Item size to update has exceeded the maximum allowed size"
	msgUpdateMismatch    = "Type mismatch for attribute to update"
	msgTooManyTerms      = "Conditions can be of length 1 or 2 only"
	msgDuplicateKeys     = "Provided list of item keys contains duplicates"
	prefixInvalid        = "One or more parameter values were invalid: "
	namespaceOfFrontend  = "com.amazon.coral.validate"
	codeValidation       = "ValidationException"
	codeConditionFailed  = "ConditionalCheckFailed"
	codeTransactionValid = "ValidationError"
)

// invalid returns a ValidationException.
func invalid(message string) *wire.Error {
	return &wire.Error{Code: codeValidation, Namespace: namespaceOfFrontend, Message: message, SenderFault: true}
}

// noSuchTable is the answer of item operations; those on tables name it: see noTableNamed.
func noSuchTable() error { return ErrResourceNotFoundException(msgNoSuchResource) }

func noTableNamed(name string) error {
	return ErrResourceNotFoundException(msgNoSuchResource + ": Table: " + name + " not found")
}

// conditionFailed is the answer to a condition that does not hold, with the item as it is if the request asked for it.
func conditionFailed(item attr.Packed) error {
	err := ErrConditionalCheckFailedException(msgConditionFailed)
	if item != "" {
		err.Members = func(dst []byte) []byte {
			return item.AppendJSON(wire.AppendName(dst, "Item"))
		}
	}
	return err
}

// asInvalid makes a ValidationException of an error of the packages attr and expr, whose texts are the service's.
func asInvalid(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*wire.Error](err); ok {
		return err
	}
	return invalid(err.Error())
}
