// Implements: DescribeEndpoints.
// Differs from AWS: the endpoint is the address by which the client reached the server, so that it stays there.
// Not implemented: nothing known.

package dynamodb

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DescribeEndpoints tells where clients that look for endpoints find this one, for a day.
//
// Source: Amazon DynamoDB API Reference, DescribeEndpoints.
func (s *Service) DescribeEndpoints(c *engine.Call, _ *DescribeEndpointsInput) (*DescribeEndpointsOutput, error) {
	_, host, found := strings.Cut(c.BaseURL, "://")
	if !found {
		host = "dynamodb." + s.scope.Region + ".amazonaws.com"
	}
	return &DescribeEndpointsOutput{Endpoints: []Endpoint{{Address: host, CachePeriodInMinutes: 24 * 60}}}, nil
}
