package engine

// Operations are the API operations of a scope's services as something inside the pipeline calls them: a schedule with a universal
// target. The pipeline offers them to its scopes.
type Operations interface {
	// Operate calls an operation by the names that SDKs have for it, such as "sqs" and "sendMessage", with its input as JSON. c says who
	// calls, and in which scope. Operate is called by a task, without any lock, and must not be asked for operations that wait. The call
	// runs in the task's turn, see [Engine.InTurn]: call interceptors see it like any other. The error is an AWS one, or an interceptor's.
	Operate(c *Call, service, action string, input []byte) error
	// Operates reports whether there is a service of that name, and whether it has the operation.
	Operates(service, action string) (known, implemented bool)
}

// OfferOperations makes o the operations of the scope. Call it while the scope is being built.
func (s *Scope) OfferOperations(o Operations) { s.operations = o }

// Operations returns the operations of the scope, or nil.
func (s *Scope) Operations() Operations { return s.operations }
