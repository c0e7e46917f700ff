package main

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// digest is the MD5 of message attributes as clients are told to compute it.
//
// Source: SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
func digest(attributes map[string]types.MessageAttributeValue) string {
	var all []byte
	part := func(b []byte) { all = append(binary.BigEndian.AppendUint32(all, uint32(len(b))), b...) }
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		part([]byte(name))
		part([]byte(aws.ToString(a.DataType)))
		if a.StringValue != nil {
			all = append(all, 1)
			part([]byte(*a.StringValue))
		} else {
			all = append(all, 2)
			part(a.BinaryValue)
		}
	}
	sum := md5.Sum(all)
	return hex.EncodeToString(sum[:])
}
