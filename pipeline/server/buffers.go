package server

import (
	"errors"
	"io"
	"slices"
	"sync"
)

// buffers hold one request's body, what it asks for and its answer while it is served. They are used again afterwards, so nothing
// may keep a part of them.
type buffers struct {
	in, out []byte
	route   route
}

var bufferPool = sync.Pool{New: func() any { return &buffers{in: make([]byte, 0, 4<<10), out: make([]byte, 0, 4<<10)} }}

// keptBuffer is the size up to which a buffer is made at once for a body that is announced, and is used again: the largest message,
// 1 MiB, with as much for what stands around it. Larger bodies are believed as they come, and their memory is not held.
const keptBuffer = 2 << 20

func takeBuffers() *buffers { return bufferPool.Get().(*buffers) }

func (b *buffers) release() {
	b.route = route{} // it holds parts of the request
	if cap(b.in) > keptBuffer || cap(b.out) > keptBuffer {
		return
	}
	b.in, b.out = b.in[:0], b.out[:0]
	bufferPool.Put(b)
}

var errTooLarge = errors.New("the request body is larger than 16 MiB")

// read takes a whole body into b.in. length is the announced length, or -1.
func (b *buffers) read(body io.Reader, length int64) error {
	if length > maxBody {
		return errTooLarge
	}
	if body == nil || length == 0 {
		return nil
	}
	if need := int(length) + 1; length > 0 && cap(b.in) < need && length <= keptBuffer {
		b.in = make([]byte, 0, need)
	}
	for {
		if len(b.in) == cap(b.in) {
			b.in = slices.Grow(b.in, len(b.in)+1)
		}
		n, err := body.Read(b.in[len(b.in):cap(b.in)])
		b.in = b.in[:len(b.in)+n]
		if len(b.in) > maxBody {
			return errTooLarge
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
