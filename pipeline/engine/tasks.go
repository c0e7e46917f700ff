package engine

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Task is something the pipeline does later, or next.
type Task struct {
	Due     time.Time    // zero or past: now
	Scope   *Scope       // whose it is; a reset drops it
	Channel string       // tasks of one channel run in the order they were scheduled for the same instant; of several, the seed picks
	What    string       // for people: what will happen
	Place   event.Place  // where
	Event   *event.Event // what it carries; nil for a mere wake-up
	Fact    uint64       //
	Wake    bool         // a mere wake-up of pollers: not work, not pending
	Run     func()       // called without any lock; must not block

	seq uint64
}

// Schedule adds a task. It may be called under a scope's lock.
func (e *Engine) Schedule(t *Task) { e.heap.push(e, t) }

// tasks is the event heap.
type tasks struct {
	mu      sync.Mutex
	queue   taskHeap
	seq     uint64
	timer   Timer
	armed   time.Time // what timer is armed for
	running bool      // a runner is at work
	closed  bool
}

type taskHeap []*Task

func (h taskHeap) Len() int { return len(h) }
func (h taskHeap) Less(i, j int) bool {
	if h[i].Due.Equal(h[j].Due) {
		return h[i].seq < h[j].seq
	}
	return h[i].Due.Before(h[j].Due)
}
func (h taskHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push and Pop are for container/heap.
func (h *taskHeap) Push(t any) { *h = append(*h, t.(*Task)) }

// Pop removes the last.
func (h *taskHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return t
}

func (q *tasks) push(e *Engine, t *Task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	now := e.clock.Now()
	if t.Due.Before(now) {
		t.Due = now
	}
	q.seq++
	t.seq = q.seq
	heap.Push(&q.queue, t)
	if t.Due.After(now) {
		q.arm(e)
		return
	}
	e.stirs.Add(1)
	if e.gate != nil {
		e.gate.wake()
		return
	}
	q.start(e)
}

// start gives the due tasks a goroutine that ends when nothing is due. The queue must be locked.
func (q *tasks) start(e *Engine) {
	if !q.running {
		q.running = true
		go q.run(e)
	}
}

// arm sets the timer to the first task. The queue must be locked.
func (q *tasks) arm(e *Engine) {
	if len(q.queue) == 0 || q.closed {
		return
	}
	first := q.queue[0].Due
	if q.timer != nil && q.armed.Equal(first) {
		return
	}
	if q.timer != nil {
		q.timer.Stop()
	}
	var timer Timer
	fire := func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.timer != timer {
			return // another took its place, or the heap was closed
		}
		q.timer = nil
		if e.gate != nil {
			e.gate.wake()
			return
		}
		q.start(e)
	}
	if c, manual := e.clock.(*ManualClock); manual {
		timer = c.at(first, fire)
	} else {
		timer = e.clock.AfterFunc(first.Sub(e.clock.Now()), fire)
	}
	q.armed, q.timer = first, timer
}

// stackOfTasks is about how much stack a task takes on its way through the services. A goroutine begins with less, and would grow
// three or four times, copying its stack, for every event that comes while nothing else is due.
const stackOfTasks = 12 << 10

// reserve makes the stack of the goroutine large enough at once: the frame is what counts, really is never true.
//
//go:noinline
func reserve(really bool) byte {
	if !really {
		return 0
	}
	var frame [stackOfTasks]byte
	return touch(&frame)
}

//go:noinline
func touch(frame *[stackOfTasks]byte) byte { return frame[len(frame)/2] }

func (q *tasks) run(e *Engine) {
	reserve(false)
	for {
		q.mu.Lock()
		if q.closed || len(q.queue) == 0 || q.queue[0].Due.After(e.clock.Now()) {
			q.running = false
			q.arm(e)
			q.mu.Unlock()
			e.news.tell()
			return
		}
		t := heap.Pop(&q.queue).(*Task)
		q.mu.Unlock()
		e.perform(t)
	}
}

// heads returns the first due task of each channel, sorted by channel, and arms the timer for what is due later. The gate
// picks one of them and takes it.
func (q *tasks) heads(e *Engine) []*Task {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := e.clock.Now()
	if len(q.queue) > 0 && q.queue[0].Due.After(now) {
		q.arm(e)
		return nil
	}
	var due []*Task
	for _, t := range q.queue {
		if !t.Due.After(now) {
			due = append(due, t)
		}
	}
	slices.SortFunc(due, func(a, b *Task) int {
		if c := strings.Compare(a.Channel, b.Channel); c != 0 {
			return c
		}
		if c := a.Due.Compare(b.Due); c != 0 {
			return c
		}
		return cmp.Compare(a.seq, b.seq)
	})
	return slices.CompactFunc(due, func(a, b *Task) bool { return a.Channel == b.Channel })
}

// take removes t and reports whether it was still there.
func (q *tasks) take(t *Task) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.queue, t)
	if i < 0 {
		return false
	}
	heap.Remove(&q.queue, i)
	return true
}

// drop forgets the tasks of a scope.
func (q *tasks) drop(s *Scope) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = slices.DeleteFunc(q.queue, func(t *Task) bool { return t.Scope == s })
	heap.Init(&q.queue)
}

func (q *tasks) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.queue = nil
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
}

// next returns when the first task is due, wake-ups included.
func (q *tasks) next() (time.Time, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) == 0 {
		return time.Time{}, false
	}
	return q.queue[0].Due, true
}

// pending lists the tasks of some scopes that carry something, and whether any is due, or one of anybody's is running, now.
func (q *tasks) pending(now time.Time, among func(*Scope) bool) (list []event.Pending, busy bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	busy = q.running
	for _, t := range q.queue {
		if !among(t.Scope) {
			continue
		}
		due := !t.Due.After(now)
		busy = busy || due
		if !t.Wake {
			list = append(list, event.Pending{What: t.What, Place: t.Place, Due: t.Due, Count: 1, Work: due, Fact: t.Fact})
		}
	}
	slices.SortStableFunc(list, func(a, b event.Pending) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Fact, b.Fact))
	})
	return list, busy
}
