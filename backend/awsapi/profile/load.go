package profile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dyetrace/dyetrace/backend/awsapi/sigv4"
)

// Options of [Load]. The zero value is what AWS's tools take by default.
type Options struct {
	Profile     string              // "" is AWS_PROFILE, else "default"; one that is named goes before keys in the environment
	Region      string              // "" is that of the environment or the profile
	Credentials sigv4.Credentials   // the zero value is those of the environment or the profile
	Getenv      func(string) string // nil is os.Getenv
}

// Settings are what was found.
type Settings struct {
	Credentials sigv4.Credentials
	From        string // where they are from, for people: `the environment`, `profile "dev"`
	Region      string // "" if none is set
	AccountID   string // "" if none is set

	endpoint  string            // for all services; "" is none
	endpoints map[string]string // by service as in [services …] sections: "dynamodb_streams"
	variants  []string          // of AWS's endpoints that are asked for: settings that turn on FIPS or dual stack
}

// Endpoint returns the URL that is set for a service, by its identifier in a services section of the config file ("dynamodb_streams"),
// or "" if none is.
func (s *Settings) Endpoint(service string) string { return cmp.Or(s.endpoints[service], s.endpoint) }

// Everywhere returns the URL that is set for all services, or "".
func (s *Settings) Everywhere() string { return s.endpoint }

// Variants names the settings that ask for other endpoints of AWS than the usual ones: for FIPS 140 or for IPv6.
func (s *Settings) Variants() []string { return s.variants }

// Services are those whose endpoints are looked for, as services sections call them; in the environment it is AWS_ENDPOINT_URL_SQS and so on.
var Services = []string{"sqs", "sns", "dynamodb", "dynamodb_streams", "eventbridge", "pipes", "scheduler", "sts"}

// loader reads the settings of one profile.
type loader struct {
	getenv  func(string) string
	profile string
	named   bool     // by the caller or AWS_PROFILE
	files   []string // where was looked, for errors
	keys    section  // of the profile, in the credentials file
	config  section  // of the profile, in the config file
	shared  map[string]section
	names   []string // of all profiles
}

// Load reads environment and files. A file that does not exist is as an empty one.
//
// Errors: *[CredentialsError] if there are no keys; *[SyntaxError]; of reading a file.
func Load(o Options) (*Settings, error) {
	l := &loader{getenv: o.Getenv}
	if l.getenv == nil {
		l.getenv = os.Getenv
	}
	set := cmp.Or(o.Profile, l.getenv("AWS_PROFILE"), l.getenv("AWS_DEFAULT_PROFILE"))
	l.profile, l.named = cmp.Or(set, "default"), set != ""
	if err := l.read(); err != nil {
		return nil, err
	}
	s := &Settings{
		Region: cmp.Or(o.Region, l.getenv("AWS_REGION"), l.getenv("AWS_DEFAULT_REGION"), l.setting("region")),
	}
	l.findEndpoints(s)
	var err error
	s.Credentials, s.From, err = l.credentials(o)
	switch s.From { // an account is that of the keys beside it
	case fromEnvironment:
		s.AccountID = l.getenv("AWS_ACCOUNT_ID")
	case fromCaller:
	default:
		s.AccountID = l.setting("aws_account_id")
	}
	return s, err
}

// setting returns one of the profile; the credentials file goes before the config file.
func (l *loader) setting(name string) string { return cmp.Or(l.keys[name], l.config[name]) }

func (l *loader) read() error {
	credentials, err := l.file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
	if err != nil {
		return err
	}
	if l.shared, err = l.file("AWS_CONFIG_FILE", "config"); err != nil {
		return err
	}
	l.keys, l.config = credentials[l.profile], l.shared["profile "+l.profile]
	if l.config == nil && l.profile == "default" {
		l.config = l.shared["default"]
	}
	for heading := range credentials {
		l.names = append(l.names, heading)
	}
	for heading := range l.shared {
		name, isProfile := strings.CutPrefix(heading, "profile ")
		if isProfile || heading == "default" {
			l.names = append(l.names, name)
		}
	}
	return nil
}

const longestFile = 4 << 20

// file reads the file that a variable names, or that of the name in ~/.aws.
func (l *loader) file(variable, name string) (map[string]section, error) {
	path := l.getenv(variable)
	if path == "" {
		home, err := l.home()
		if err != nil {
			return nil, nil // nobody's home: there are no files
		}
		path = filepath.Join(home, ".aws", name)
	}
	l.files = append(l.files, path)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, longestFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > longestFile:
		return nil, fmt.Errorf("%s has more than %d bytes", shown(path), longestFile)
	}
	return parse(path, string(text))
}

func (l *loader) home() (string, error) {
	if home := l.getenv("HOME"); home != "" {
		return home, nil
	}
	return os.UserHomeDir()
}

// findEndpoints notes the endpoints that are set. The environment goes before the files, and there one service before all.
func (l *loader) findEndpoints(s *Settings) {
	for variable, setting := range map[string]string{"AWS_USE_FIPS_ENDPOINT": "use_fips_endpoint", "AWS_USE_DUALSTACK_ENDPOINT": "use_dualstack_endpoint"} {
		if l.on(variable, setting) {
			s.variants = append(s.variants, variable)
		}
	}
	if l.on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") {
		return
	}
	inEnvironment := l.getenv("AWS_ENDPOINT_URL")
	s.endpoint = cmp.Or(inEnvironment, l.config["endpoint_url"])
	s.endpoints = map[string]string{}
	group := l.shared["services "+l.config["services"]]
	for _, service := range Services {
		of := l.getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(service))
		if of == "" && inEnvironment == "" {
			of = group[service+".endpoint_url"]
		}
		if of != "" {
			s.endpoints[service] = of
		}
	}
}

func (l *loader) on(variable, setting string) bool {
	return strings.EqualFold(cmp.Or(l.getenv(variable), l.setting(setting)), "true")
}
