package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strings"
	"sync"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// digest sums text block by block, since md5.Sum of a string would copy it as a whole: the largest piece of garbage of a send.
type digest struct {
	hash  hash.Hash
	block [2 << 10]byte
	sum   [md5.Size]byte
}

var digests = sync.Pool{New: func() any { return &digest{hash: md5.New()} }}

// textMD5 returns the checksum of a message's body.
func textMD5(text string) [md5.Size]byte {
	d := digests.Get().(*digest)
	defer digests.Put(d)
	d.hash.Reset()
	for len(text) > 0 {
		n := copy(d.block[:], text)
		d.hash.Write(d.block[:n]) // never fails
		text = text[n:]
	}
	d.hash.Sum(d.sum[:0])
	return d.sum
}

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
