package sigv4

import "strings"

// Scope is what a signature is for.
type Scope struct {
	Region  string // "eu-central-1"
	Service string // name for signatures: "events" is EventBridge
}

// ScopeOf reads the scope out of an Authorization header that is of this signature, whoever made it and however good it is. ok is
// false if the header is not of that form.
func ScopeOf(authorization string) (scope Scope, ok bool) {
	rest, ok := strings.CutPrefix(authorization, algorithm+" ")
	if !ok {
		return Scope{}, false
	}
	for field := range strings.SplitSeq(rest, ",") {
		credential, found := strings.CutPrefix(strings.TrimSpace(field), "Credential=")
		if !found {
			continue
		}
		// From the end: an access key id may have slashes.
		parts := strings.Split(credential, "/")
		n := len(parts)
		if n < 5 || parts[n-1] != terminator || parts[n-2] == "" || parts[n-3] == "" {
			return Scope{}, false
		}
		return Scope{Region: parts[n-3], Service: parts[n-2]}, true
	}
	return Scope{}, false
}
