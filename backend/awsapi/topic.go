package awsapi

import (
	"context"
	"net/url"
	"strings"
)

// Topic looks for a topic by its name, among all that the account has in the region, and returns its ARN; "" if there is none. It needs
// no account id: an endpoint may not know its account, and an emulator may have another.
func (c Client) Topic(ctx context.Context, name string) (arn string, err error) {
	in := url.Values{}
	for {
		var page struct {
			Topics []struct {
				TopicArn string `xml:"TopicArn"`
			} `xml:"Topics>member"`
			NextToken string `xml:"NextToken"`
		}
		if err := c.Query(ctx, SNS, "ListTopics", in, &page); err != nil {
			return "", err
		}
		for _, t := range page.Topics {
			if t.TopicArn[strings.LastIndexByte(t.TopicArn, ':')+1:] == name {
				return t.TopicArn, nil
			}
		}
		if page.NextToken == "" {
			return "", nil
		}
		in.Set("NextToken", page.NextToken)
	}
}
