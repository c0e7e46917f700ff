package sigv4

import "log/slog"

// Credentials are the keys of an AWS identity. Printed in any way they show the access key id only, which is no secret.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // of temporary credentials
}

// String returns the access key id.
func (c Credentials) String() string { return c.AccessKeyID }

// GoString does so for %#v.
func (c Credentials) GoString() string { return "sigv4.Credentials{" + c.AccessKeyID + "}" }

// MarshalText does so for encoders.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.AccessKeyID), nil }

// LogValue does so for log/slog.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.AccessKeyID) }
