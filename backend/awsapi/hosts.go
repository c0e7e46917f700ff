package awsapi

import (
	"net/url"
	"strings"

	"github.com/dyetrace/dyetrace/backend"
)

// hosted are the services that calls can go to. Streams of DynamoDB are signed as DynamoDB and told by the operation's prefix.
//
// Source: AWS General Reference, "Service endpoints and quotas"; identifiers: AWS SDKs and Tools Reference Guide, "Identifiers for
// service-specific endpoints".
var hosted = []struct {
	scope  string // name for signatures
	target string // what X-Amz-Target begins with; "" is anything
	host   string // SERVICE of https://SERVICE.REGION.amazonaws.com
	id     string // in a services section of the config file
}{
	{"dynamodb", "DynamoDBStreams_", "streams.dynamodb", "dynamodb_streams"},
	{"dynamodb", "", "dynamodb", "dynamodb"},
	{"events", "", "events", "eventbridge"},
	{"pipes", "", "pipes", "pipes"},
	{"scheduler", "", "scheduler", "scheduler"},
	{"sns", "", "sns", "sns"},
	{"sqs", "", "sqs", "sqs"},
	{"sts", "", "sts", "sts"},
}

const commonSuffix = "amazonaws.com"

// suffixes are the domains of AWS's partitions, by what the names of their regions begin with.
//
// Source: partitions.json of AWS's SDKs.
var suffixes = []struct{ region, domain string }{
	{"cn-", "amazonaws.com.cn"},
	{"eusc-", "amazonaws.eu"},
	{"us-iso-", "c2s.ic.gov"},
	{"us-isob-", "sc2s.sgov.gov"},
	{"eu-isoe-", "cloud.adc-e.uk"},
	{"us-isof-", "csp.hci.ic.gov"},
	{"", commonSuffix},
}

// suffix returns the domain that the hosts of a region end in.
func suffix(region string) string {
	for _, s := range suffixes {
		if strings.HasPrefix(region, s.region) {
			return s.domain
		}
	}
	return commonSuffix
}

// AtAWS reports whether an endpoint is AWS itself and not something compatible, by its URL.
func AtAWS(at backend.Endpoint) bool {
	u, err := url.Parse(at.URL)
	return err == nil && ofAWS(u.Hostname())
}

func ofAWS(host string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(host, "."+s.domain) {
			return true
		}
	}
	return strings.HasSuffix(host, ".api.aws") || strings.HasSuffix(host, ".api.amazonwebservices.com.cn")
}

// oneService takes apart the host of a service, such as sqs.eu-central-1.amazonaws.com.
func oneService(host string) (service, region string, ok bool) {
	if !ofAWS(host) {
		return "", "", false
	}
	for _, h := range hosted {
		rest, found := strings.CutPrefix(host, h.host+".")
		if region, domain, more := strings.Cut(rest, "."); found && more && domain == suffix(region) {
			return h.host, region, true
		}
	}
	return "", "", false
}
