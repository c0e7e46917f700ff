package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/backend/awsapi/sigv4"
)

// CredentialsError says why there are no credentials, and what to do.
type CredentialsError struct {
	Profile  string   // that was looked at
	Needs    string   // the setting by which it would get credentials with a call: "sso_session"; "" if there is none
	Half     string   // the variable or setting that is missing beside its other half; "" if none is
	Unknown  bool     // the profile was named, and is in no file
	Profiles []string // that are in the files, if it is unknown
	Looked   []string // files that were looked into
}

// Error says what to do.
func (e *CredentialsError) Error() string {
	profile := shown(e.Profile)
	export := fmt.Sprintf("export temporary keys:  eval \"$(aws configure export-credentials --profile %s --format env)\"", profile)
	switch {
	case e.Half != "":
		return fmt.Sprintf("no credentials: one half of the keys is set, and %s is not", e.Half)
	case e.Needs != "":
		return fmt.Sprintf("no credentials: profile %q gets its keys by %s, which dyetrace does not do; %s", profile, e.Needs, export)
	case e.Unknown:
		return fmt.Sprintf("no credentials: there is no profile %q in %s; there is %s", profile, list(e.Looked), orNothing(list(e.Profiles)))
	}
	return fmt.Sprintf("no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and profile %q has no keys in %s; set them, or %s",
		profile, orNothing(list(e.Looked)), export)
}

func list(names []string) string {
	clean := make([]string, len(names))
	for i, n := range names {
		clean[i] = shown(n)
	}
	return strings.Join(clean, ", ")
}

func orNothing(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

const (
	fromEnvironment = "the environment"
	fromCaller      = "the caller"
)

// credentials finds keys: the caller's, those of a profile that the caller names, those of the environment, those of the profile.
func (l *loader) credentials(o Options) (c sigv4.Credentials, from string, err error) {
	if o.Credentials != (sigv4.Credentials{}) {
		return o.Credentials, fromCaller, nil
	}
	if o.Profile == "" {
		c = sigv4.Credentials{
			AccessKeyID: l.getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: l.getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: l.getenv("AWS_SESSION_TOKEN"),
		}
		switch {
		case c.AccessKeyID != "" && c.SecretAccessKey != "":
			return c, fromEnvironment, nil
		case c.AccessKeyID != "":
			return sigv4.Credentials{}, "", &CredentialsError{Profile: l.profile, Half: "AWS_SECRET_ACCESS_KEY"}
		case c.SecretAccessKey != "":
			return sigv4.Credentials{}, "", &CredentialsError{Profile: l.profile, Half: "AWS_ACCESS_KEY_ID"}
		}
	}
	c, err = l.profileKeys()
	return c, fmt.Sprintf("profile %q", shown(l.profile)), err
}

// callers are settings by which a profile gets its keys with a call. A role goes before keys beside it, and keys before the others.
var callers = []string{"sso_session", "sso_start_url", "credential_process", "web_identity_token_file", "credential_source", "login_session"}

// environmentCallers are variables that say so for the default profile, as in a container.
var environmentCallers = []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}

func (l *loader) profileKeys() (sigv4.Credentials, error) {
	e := &CredentialsError{Profile: l.profile, Looked: l.files}
	if l.keys == nil && l.config == nil && l.named {
		e.Unknown = true
		slices.Sort(l.names)
		e.Profiles = slices.Compact(l.names)
		return sigv4.Credentials{}, e
	}
	if l.setting("role_arn") != "" {
		e.Needs = "role_arn"
		return sigv4.Credentials{}, e
	}
	for _, s := range []section{l.keys, l.config} { // a pair is of one file
		c := sigv4.Credentials{AccessKeyID: s["aws_access_key_id"], SecretAccessKey: s["aws_secret_access_key"], SessionToken: s["aws_session_token"]}
		switch {
		case c.AccessKeyID != "" && c.SecretAccessKey != "":
			return c, nil
		case c.AccessKeyID != "":
			e.Half = fmt.Sprintf("aws_secret_access_key of profile %q", shown(l.profile))
			return sigv4.Credentials{}, e
		case c.SecretAccessKey != "":
			e.Half = fmt.Sprintf("aws_access_key_id of profile %q", shown(l.profile))
			return sigv4.Credentials{}, e
		}
	}
	for _, name := range callers {
		if l.setting(name) != "" {
			e.Needs = name
			return sigv4.Credentials{}, e
		}
	}
	for _, variable := range environmentCallers {
		if l.getenv(variable) != "" {
			e.Needs = variable
			break
		}
	}
	return sigv4.Credentials{}, e
}
