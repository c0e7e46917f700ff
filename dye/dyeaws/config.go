package dyeaws

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dyetrace/dyetrace/dye"
)

// Endpoints is what Config needs of a test; *dye.T is one.
type Endpoints interface {
	AWS(name ...string) dye.Endpoint
}

// Config returns a configuration for clients of the AWS SDK for Go v2 whose calls go to the test's pipeline, under that name
// ("app" if none is given). Give each consumer a name of its own.
//
// Everything a client asks of a configuration is set: region, endpoint, credentials and HTTP client. Code that loads its own
// with config.LoadDefaultConfig can take them over after loading: cfg.HTTPClient, cfg.BaseEndpoint, cfg.Credentials, cfg.Region.
func Config(d Endpoints, name ...string) aws.Config {
	e := d.AWS(name...)
	return aws.Config{
		Region:       e.Region,
		BaseEndpoint: aws.String(e.URL),
		Credentials:  account(e.AccountID),
		HTTPClient:   &http.Client{Transport: e.Transport},
	}
}

// account is a provider of credentials that never expire: the access key id is the account that the pipeline works in, and
// signatures are not verified.
type account string

// Retrieve returns the credentials.
func (a account) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: string(a), SecretAccessKey: "dyetrace", Source: "dyeaws"}, nil
}
