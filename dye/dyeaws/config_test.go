package dyeaws_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
)

// endpoints stands for a *dye.T.
type endpoints struct{}

func (endpoints) AWS(name ...string) dye.Endpoint {
	return dye.Endpoint{URL: "http://127.0.0.1:4566", Region: "us-east-1", AccountID: "123456789012", Transport: carrier(fmt.Sprint(name))}
}

type carrier string

func (c carrier) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("carried for %s", string(c))
}

func TestConfig_has_all_that_a_client_asks_for(t *testing.T) {
	cfg := dyeaws.Config(endpoints{}, "projector")
	if cfg.Region != "us-east-1" || cfg.BaseEndpoint == nil || *cfg.BaseEndpoint != "http://127.0.0.1:4566" {
		t.Errorf("region %q, endpoint %v", cfg.Region, cfg.BaseEndpoint)
	}
	keys, err := cfg.Credentials.Retrieve(context.Background())
	if err != nil || !keys.HasKeys() || keys.CanExpire {
		t.Errorf("credentials %+v, error %v", keys, err)
	}
	if keys.AccessKeyID != "123456789012" {
		t.Errorf("the access key id %q is not the account", keys.AccessKeyID)
	}
	r, err := http.NewRequest(http.MethodGet, *cfg.BaseEndpoint, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.HTTPClient.Do(r); err == nil || err.Error() != `Get "http://127.0.0.1:4566": carried for [projector]` {
		t.Errorf("the call did not go through the endpoint's transport: %v", err)
	}
}

func TestConfig_needs_a_dye_T(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		if cfg := dyeaws.Config(d); cfg.HTTPClient == nil {
			d.Error("no HTTP client")
		}
	})
}
