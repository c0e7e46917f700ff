package wire

import "strconv"

// A SyntaxError says that a text is not JSON, or is JSON that every service refuses: a name twice in one object, text
// that is not UTF-8, a lone surrogate, too deep nesting.
type SyntaxError struct {
	Offset int    // bytes before the place
	Path   string // names and indexes that lead there, joined by dots; empty at the top
	Reason string
}

func (e *SyntaxError) Error() string {
	return "json: " + e.Reason + place(e.Path, e.Offset)
}

// A TypeError says that a JSON value has another type than its place demands, or the right type and an impossible value.
type TypeError struct {
	Offset int
	Path   string
	Want   Kind
	Got    Kind
	Text   string // the value, as written; empty for an object or array
	Reason string // what is wrong with a value of the right type; else empty
	Target string // the services' name of the scalar that was expected: "String", "Integer", "Long", …; else empty
	Answer string // the services' text, where it does not follow from the other fields
}

func (e *TypeError) Error() string {
	if e.Reason != "" {
		return "json: " + e.Want.String() + " " + e.Text + ": " + e.Reason + place(e.Path, e.Offset)
	}
	return "json: " + e.Want.String() + " expected, found " + e.Got.String() + place(e.Path, e.Offset)
}

func place(path string, offset int) string {
	at := " (offset " + strconv.Itoa(offset) + ")"
	if path == "" {
		return at
	}
	return " at " + path + at
}

// within puts a name in front of the path of the Decoder's own errors.
func within(err error, name string) error {
	switch e := err.(type) {
	case *SyntaxError:
		e.Path = joined(name, e.Path)
	case *TypeError:
		e.Path = joined(name, e.Path)
	}
	return err
}

func joined(name, path string) string {
	if path == "" {
		return name
	}
	return name + "." + path
}

// An Error is what a service answers instead of a result, in the terms its clients see.
type Error struct {
	Code      string // e.g. "QueueDoesNotExist"
	Namespace string // of the shape, e.g. "com.amazonaws.sqs"; "" leaves the code bare
	Message   string // AWS's text
	Status    int    // HTTP status; 0 means 400

	// QueryCode is the code of the service's older query protocol, sent in the header x-amzn-query-error,
	// e.g. "AWS.SimpleQueueService.NonExistentQueue"; "" sends no header.
	QueryCode string
	// QueryMessage is the text that the query protocol has in place of Message; "" is the same text.
	QueryMessage string
	SenderFault  bool // whose fault the header and XML answers say it was; false means the service's

	MessageName string // of the member that holds Message in JSON; "" means "message"

	// Members appends further members of the error, each with a comma in front, e.g. `,"Item":{…}` (see AppendName); nil means none.
	Members func(dst []byte) []byte
}

// Error returns the code and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// ErrorCode returns the code as the SDKs report it: the older one where the service has one.
func (e *Error) ErrorCode() string {
	if e.QueryCode != "" {
		return e.QueryCode
	}
	return e.Code
}

// Type returns the code with its namespace, the form of the member __type in JSON answers.
func (e *Error) Type() string {
	if e.Namespace == "" {
		return e.Code
	}
	return e.Namespace + "#" + e.Code
}

// HTTPStatus returns the status to answer with.
func (e *Error) HTTPStatus() int {
	if e.Status == 0 {
		return 400
	}
	return e.Status
}

// AppendJSON appends the error as the JSON protocols send it: __type, message and the further members.
func (e *Error) AppendJSON(dst []byte) []byte {
	dst = AppendString(append(dst, `{"__type":`...), e.Type())
	if e.Message != "" {
		name := e.MessageName
		if name == "" {
			name = "message"
		}
		dst = AppendString(AppendName(dst, name), e.Message)
	}
	if e.Members != nil {
		dst = e.Members(dst)
	}
	return append(dst, '}')
}

// QueryError returns the value of the header x-amzn-query-error, "" if the error has none.
func (e *Error) QueryError() string {
	switch {
	case e.QueryCode == "":
		return ""
	case e.SenderFault:
		return e.QueryCode + ";Sender"
	}
	return e.QueryCode + ";Receiver"
}
