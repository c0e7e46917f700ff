package profile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/backend/awsapi/profile"
	"github.com/dyetrace/dyetrace/backend/awsapi/sigv4"
)

const credentialsFile = `
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = s3cret/+=# not a comment? no, one	; nor this
[dev]
aws_access_key_id=AKIDDEV
aws_secret_access_key=s3cret#dev
aws_session_token=t0ken==
[half]
aws_access_key_id=AKIDHALF
`

const configFile = `# settings
[default]
region = us-west-2
[profile dev]
region = eu-central-1 # where it is
aws_account_id = 111111111111
endpoint_url = https://all.example.test
services = local
[profile "with space"]
region = eu-west-1
aws_access_key_id = AKIDSPACE
aws_secret_access_key = s3cret-space
[profile sso]
sso_session = corp
sso_account_id = 222222222222
[profile role]
role_arn = arn:aws:iam::333333333333:role/x
source_profile = dev
aws_access_key_id = AKIDROLE
aws_secret_access_key = s3cret-role
[sso-session corp]
sso_start_url = https://corp.example.test
[services local]
sqs =
  endpoint_url = http://127.0.0.1:9324
dynamodb_streams =
	endpoint_url=http://127.0.0.1:8000 ; local
s3 =
  addressing_style = path
`

// home writes both files and returns an environment in which they are found.
func home(t *testing.T, credentials, config string, variables ...string) func(string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"credentials": credentials, "config": config} {
		if err := os.WriteFile(filepath.Join(dir, ".aws", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set := map[string]string{"HOME": dir}
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		set[name] = value
	}
	return func(name string) string { return set[name] }
}

func TestLoad_takes_keys_as_AWS_tools_do_R4_1(t *testing.T) {
	environment := []string{"AWS_ACCESS_KEY_ID=AKIDENV", "AWS_SECRET_ACCESS_KEY=e", "AWS_SESSION_TOKEN=et", "AWS_ACCOUNT_ID=444444444444"}
	for _, c := range []struct {
		reason    string
		options   profile.Options
		variables []string
		want      sigv4.Credentials
		from      string
		region    string
		account   string
	}{
		{"nothing is said", profile.Options{}, nil, sigv4.Credentials{AccessKeyID: "AKIDDEFAULT", SecretAccessKey: "s3cret/+=# not a comment? no, one"}, `profile "default"`, "us-west-2", ""},
		{"a variable names the profile", profile.Options{}, []string{"AWS_PROFILE=dev"}, sigv4.Credentials{AccessKeyID: "AKIDDEV", SecretAccessKey: "s3cret#dev", SessionToken: "t0ken=="}, `profile "dev"`, "eu-central-1", "111111111111"},
		{"keys in the environment go before a profile there", profile.Options{}, append([]string{"AWS_PROFILE=dev"}, environment...),
			sigv4.Credentials{AccessKeyID: "AKIDENV", SecretAccessKey: "e", SessionToken: "et"}, "the environment", "eu-central-1", "444444444444"},
		{"a profile that the caller names goes before the environment", profile.Options{Profile: "with space"}, environment,
			sigv4.Credentials{AccessKeyID: "AKIDSPACE", SecretAccessKey: "s3cret-space"}, `profile "with space"`, "eu-west-1", ""},
		{"the caller's keys go before all", profile.Options{Credentials: sigv4.Credentials{AccessKeyID: "A", SecretAccessKey: "S"}, Region: "r"}, environment,
			sigv4.Credentials{AccessKeyID: "A", SecretAccessKey: "S"}, "the caller", "r", ""},
		{"the environment's region goes before the profile's", profile.Options{Profile: "dev"}, []string{"AWS_REGION=ap-south-1", "AWS_DEFAULT_REGION=x"},
			sigv4.Credentials{AccessKeyID: "AKIDDEV", SecretAccessKey: "s3cret#dev", SessionToken: "t0ken=="}, `profile "dev"`, "ap-south-1", "111111111111"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			c.options.Getenv = home(t, credentialsFile, configFile, c.variables...)
			s, err := profile.Load(c.options)
			if err != nil {
				t.Fatal(err)
			}
			if s.Credentials != c.want || s.From != c.from || s.Region != c.region || s.AccountID != c.account {
				t.Errorf("%+v (secret %q), want %+v", s, s.Credentials.SecretAccessKey, c)
			}
		})
	}
}

func TestLoad_says_what_to_do_when_there_are_no_keys_R4_1(t *testing.T) {
	for _, c := range []struct {
		reason    string
		options   profile.Options
		variables []string
		want      []string
	}{
		{"single sign-on", profile.Options{Profile: "sso"}, nil, []string{`profile "sso" gets its keys by sso_session`, `eval "$(aws configure export-credentials --profile sso --format env)"`}},
		{"a role, whose keys are not those beside it", profile.Options{}, []string{"AWS_PROFILE=role"}, []string{"by role_arn"}},
		{"half a pair in a file", profile.Options{Profile: "half"}, nil, []string{`aws_secret_access_key of profile "half" is not`}},
		{"half a pair in the environment", profile.Options{}, []string{"AWS_SECRET_ACCESS_KEY=hidden"}, []string{"AWS_ACCESS_KEY_ID is not"}},
		{"a name that is wrong", profile.Options{Profile: "dve"}, nil, []string{`there is no profile "dve" in`, "default, dev, half, role, sso, with space"}},
		{"no file at all", profile.Options{}, []string{"AWS_SHARED_CREDENTIALS_FILE=/nowhere/1", "AWS_CONFIG_FILE=/nowhere/2"}, []string{"has no keys in /nowhere/1, /nowhere/2; set them, or export"}},
		{"a container", profile.Options{}, []string{"AWS_SHARED_CREDENTIALS_FILE=/nowhere/1", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1"}, []string{"by AWS_CONTAINER_CREDENTIALS_FULL_URI"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			c.options.Getenv = home(t, credentialsFile, configFile, c.variables...)
			_, err := profile.Load(c.options)
			if _, ok := errors.AsType[*profile.CredentialsError](err); !ok {
				t.Fatalf("%v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v, without %q", err, want)
				}
			}
			for _, secret := range []string{"s3cret", "t0ken", "hidden"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("it tells a secret: %v", err)
				}
			}
		})
	}
}

func TestLoad_takes_endpoints_in_the_order_of_the_reference_R4_1(t *testing.T) {
	for _, c := range []struct {
		reason    string
		variables []string
		sqs, sns  string
		streams   string
		variants  []string
	}{
		{"of the profile", nil, "http://127.0.0.1:9324", "https://all.example.test", "http://127.0.0.1:8000", nil},
		{"one for all in the environment goes before the files", []string{"AWS_ENDPOINT_URL=http://e"}, "http://e", "http://e", "http://e", nil},
		{"one service in the environment goes before all", []string{"AWS_ENDPOINT_URL=http://e", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS=http://s"}, "http://e", "http://e", "http://s", nil},
		{"they can be turned off", []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "AWS_ENDPOINT_URL=http://e"}, "", "", "", nil},
		{"variants are told", []string{"AWS_USE_FIPS_ENDPOINT=true", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=TRUE"}, "", "", "", []string{"AWS_USE_FIPS_ENDPOINT"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s, err := profile.Load(profile.Options{Profile: "dev", Getenv: home(t, credentialsFile, configFile, c.variables...)})
			if err != nil {
				t.Fatal(err)
			}
			if s.Endpoint("sqs") != c.sqs || s.Endpoint("sns") != c.sns || s.Endpoint("dynamodb_streams") != c.streams || !slices.Equal(s.Variants(), c.variants) {
				t.Errorf("%q %q %q %q", s.Endpoint("sqs"), s.Endpoint("sns"), s.Endpoint("dynamodb_streams"), s.Variants())
			}
		})
	}
}

func TestLoad_names_the_line_that_it_cannot_read(t *testing.T) {
	for text, want := range map[string]string{
		"[dev]\nsecret s3cret\n":    "line 2: it is neither a [heading] nor a setting with =",
		"\n\nsecret=s3cret\n[dev]":  "line 3: a setting stands before the first [heading]",
		"[dev\nsecret=s3cret":       "line 1: the heading has no ] at its end",
		"[dev] s3cret\n":            "line 1: the heading has no ] at its end",
		"[dev]\n=s3cret":            "line 2: it is neither",
		"[a]\nb=c\n\nd = e\ns3cret": "line 5: it is neither",
	} {
		_, err := profile.Load(profile.Options{Getenv: home(t, text, "")})
		e, ok := errors.AsType[*profile.SyntaxError](err)
		if !ok || !strings.Contains(err.Error(), want) || !strings.HasSuffix(e.File, "credentials") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func ExampleLoad() {
	environment := map[string]string{"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1", "AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none"}
	s, err := profile.Load(profile.Options{Getenv: func(name string) string { return environment[name] }})
	fmt.Println(s.Credentials, "of", s.From, "in", s.Region, err)
	// Output:
	// AKIDEXAMPLE of the environment in eu-central-1 <nil>
}
