package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/wire"

// invalid is AWS's answer to a request that breaks a rule its model does not tell.
func invalid(message string) *wire.Error {
	return &wire.Error{Code: "ValidationException", Message: message, SenderFault: true}
}

func noSuchBus(name string) *wire.Error {
	return ErrResourceNotFoundException("Event bus " + name + " does not exist.")
}

func noSuchSource(name string) *wire.Error {
	return ErrResourceNotFoundException("Event source " + name + " does not exist.")
}

func noSuchRule(name, bus string) *wire.Error {
	return ErrResourceNotFoundException("Rule " + name + " does not exist on EventBus " + bus + ".")
}

func noSuchArchive(name string) *wire.Error {
	return ErrResourceNotFoundException("Archive " + name + " does not exist.")
}

func noSuchReplay(name string) *wire.Error {
	return ErrResourceNotFoundException("Replay " + name + " does not exist.")
}

func noSuchConnection(name string) *wire.Error {
	return ErrResourceNotFoundException("Failed to describe the connection(s). Connection '" + name + "' does not exist.")
}

func noSuchDestination(name string) *wire.Error {
	return ErrResourceNotFoundException("Failed to describe the api-destination(s). An api-destination '" + name + "' does not exist.")
}

func notImplemented(what string) *wire.Error {
	return &wire.Error{Code: "NotImplemented", Status: 501, Message: "dyetrace does not implement " + what + "."}
}

func overLimit() *wire.Error {
	return ErrLimitExceededException("The requested resource exceeds the maximum number allowed.")
}
