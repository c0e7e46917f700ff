package sqs

import "strings"

// wanted is what a receive asks to be told of each message.
type wanted struct {
	allSystem bool
	allUser   bool
	names     []string // of system attributes
	user      []string // of message attributes
	prefixes  []string // of message attributes
}

// newWanted reads the lists of names of a receive. "All" and ".*" stand for all message attributes and "foo.*" for all that
// begin with foo; names that nothing has are passed over.
//
// Source: Amazon SQS API Reference, ReceiveMessage; that "*" alone selects all was recorded against AWS by LocalStack.
func newWanted(in *ReceiveMessageInput) *wanted {
	w := &wanted{}
	for _, list := range [][]string{in.AttributeNames, in.MessageSystemAttributeNames} {
		for _, name := range list {
			if name == QueueAttributeNameAll {
				w.allSystem = true
			} else {
				w.names = append(w.names, name)
			}
		}
	}
	for _, name := range in.MessageAttributeNames {
		switch {
		case name == "All" || name == ".*" || name == "*":
			w.allUser = true
		case strings.HasSuffix(name, ".*"):
			w.prefixes = append(w.prefixes, strings.TrimSuffix(name, ".*"))
		default:
			w.user = append(w.user, name)
		}
	}
	return w
}

func (w *wanted) system() bool { return w.allSystem || len(w.names) > 0 }

func (w *wanted) hasSystem(name string) bool {
	if w.allSystem {
		return true
	}
	for _, n := range w.names {
		if n == name {
			return true
		}
	}
	return false
}

func (w *wanted) hasUser(name string) bool {
	if w.allUser {
		return true
	}
	for _, n := range w.user {
		if n == name {
			return true
		}
	}
	for _, p := range w.prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// pick returns the message attributes that are wanted; the map is not to be changed.
func (w *wanted) pick(all map[string]MessageAttributeValue) map[string]MessageAttributeValue {
	if w.allUser {
		return all
	}
	var picked map[string]MessageAttributeValue
	for name, a := range all {
		if w.hasUser(name) {
			if picked == nil {
				picked = map[string]MessageAttributeValue{}
			}
			picked[name] = a
		}
	}
	return picked
}
