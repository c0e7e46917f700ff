package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// attributesMD5 returns the checksum of message attributes as SDKs verify it: over each attribute in the order of their names,
// the lengths (4 bytes, big endian) and bytes of name, type and value, with one byte before the value: 1 for text, 2 for bytes.
//
// Source: Amazon SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
func attributesMD5(attributes map[string]MessageAttributeValue) string {
	var b []byte
	for _, name := range wire.SortedKeys(attributes) {
		a := attributes[name]
		b = appendSized(appendSized(b, name), a.DataType)
		if strings.HasPrefix(a.DataType, "Binary") {
			b = appendSized(append(b, 2), string(a.BinaryValue))
		} else {
			b = appendSized(append(b, 1), a.StringValue.V)
		}
	}
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// systemAttributesMD5 is attributesMD5 of the one system attribute that can be sent.
func systemAttributesMD5(dataType, trace string) string {
	return attributesMD5(map[string]MessageAttributeValue{
		MessageSystemAttributeNameForSendsAWSTraceHeader: {DataType: dataType, StringValue: wire.Some(trace)},
	})
}

func appendSized(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
}
