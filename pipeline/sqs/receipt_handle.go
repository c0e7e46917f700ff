package sqs

import (
	"encoding/base64"
	"encoding/binary"
)

// receipt is what a receipt handle stands for: one handing-out of one message of one queue.
type receipt struct {
	queue uint64 // the queue's id
	seq   uint64 // the message's number in it
	count int32  // which of its receives
}

const handleSize = 30 // bytes: queue, message, receive and a checksum; 40 characters

// handle returns the receipt handle. It is no secret: the checksum only tells handles from other text.
func (r receipt) handle() string {
	var raw [handleSize]byte
	binary.BigEndian.PutUint64(raw[2:], r.queue)
	binary.BigEndian.PutUint64(raw[10:], r.seq^r.queue)
	binary.BigEndian.PutUint32(raw[18:], uint32(r.count)^uint32(r.queue))
	sum := checksum(raw[2:22])
	binary.BigEndian.PutUint64(raw[22:], sum)
	raw[0], raw[1] = 'A', byte(sum)
	var text [handleSize / 3 * 4]byte
	base64.RawURLEncoding.Encode(text[:], raw[:])
	return string(text[:])
}

// parseReceipt reads a receipt handle; it reports false for text that never was one.
func parseReceipt(handle string) (receipt, bool) {
	var raw [handleSize]byte
	if len(handle) != handleSize/3*4 {
		return receipt{}, false
	}
	if n, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(handle)); err != nil || n != handleSize {
		return receipt{}, false
	}
	sum := checksum(raw[2:22])
	if binary.BigEndian.Uint64(raw[22:]) != sum || raw[0] != 'A' || raw[1] != byte(sum) {
		return receipt{}, false
	}
	queue := binary.BigEndian.Uint64(raw[2:])
	return receipt{
		queue: queue, seq: binary.BigEndian.Uint64(raw[10:]) ^ queue, count: int32(binary.BigEndian.Uint32(raw[18:]) ^ uint32(queue)),
	}, true
}

// checksum is FNV-1a.
func checksum(b []byte) uint64 {
	sum := uint64(14695981039346656037)
	for _, c := range b {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	return sum
}
