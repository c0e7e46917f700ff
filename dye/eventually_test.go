package dye_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe/sqs"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/probe"
)

// readModel is a database, kept by a projector, with one table of leads. It is a driver of package database/sql.
type readModel struct {
	mu    sync.Mutex
	leads [][]driver.Value
}

func (m *readModel) write(id, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leads = append(m.leads, []driver.Value{id, name})
}

func (m *readModel) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.leads)
}

func (m *readModel) Connect(context.Context) (driver.Conn, error) { return readConn{m}, nil }
func (m *readModel) Driver() driver.Driver                        { return nil }

type readConn struct{ *readModel }

func (readConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (readConn) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }
func (readConn) Close() error                        { return nil }

func (c readConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &readRows{slices.Clone(c.leads)}, nil
}

type readRows struct{ left [][]driver.Value }

func (*readRows) Columns() []string { return []string{"id", "name"} }
func (*readRows) Close() error      { return nil }

func (r *readRows) Next(into []driver.Value) error {
	if len(r.left) == 0 {
		return io.EOF
	}
	copy(into, r.left[0])
	r.left = r.left[1:]
	return nil
}

// project keeps a read model by the events of a queue: it writes each a while after it has received it.
func project(d *dye.T, queue string, m *readModel, takes time.Duration) {
	source, err := sqs.Open(d.Context(), d.AWS("projector"), queue)
	if err != nil {
		d.Fatal(err)
	}
	go func() {
		for d.Context().Err() == nil {
			batch, err := source.Receive(d.Context(), 20*time.Second, time.Minute)
			if err != nil {
				return
			}
			for _, message := range batch {
				time.Sleep(takes) //tidy:bubble only called in dye.Test
				m.write(message.ID, message.Body)
			}
			if source.Ack(d.Context(), batch) != nil {
				return
			}
		}
	}()
}

func newQueue(d *dye.T, name string, attributes map[string]string) {
	d.Helper()
	in := map[string]any{"QueueName": name, "Attributes": attributes}
	if err := awsapi.New(d.AWS("setup")).JSON(d.Context(), awsapi.SQS, "CreateQueue", in, nil); err != nil {
		d.Fatal(err)
	}
}

// A transaction is injected, and the read model queried until it is there: at the very instant, since it is the pipeline that delays.
func TestEventually_returns_at_the_moment_R2_10_R2_11(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		newQueue(d, "leads", map[string]string{"DelaySeconds": "137"})
		m := &readModel{}
		project(d, "leads", m, 0)
		db := sql.OpenDB(m)
		d.Cleanup(func() { db.Close() })
		start := time.Now()
		d.Inject("queue:leads", event.Event{Body: "Ada"})
		d.Eventually(probe.SQL(db, "select id, name from leads").Is(expect.At("0.name", "Ada")))
		if passed := time.Since(start); passed != 137*time.Second {
			d.Errorf("it returned after %v", passed)
		}
	})
}

func TestEventually_looks_after_code_that_sleeps_R2_11(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		newQueue(d, "leads", nil)
		m := &readModel{}
		project(d, "leads", m, 40*time.Second)
		looks := 0
		start := time.Now()
		d.Inject("queue:leads", event.Event{Body: "Ada"})
		d.Eventually(func(context.Context) error {
			looks++
			if m.count() == 0 {
				return errors.New("no lead")
			}
			return nil
		})
		if passed := time.Since(start); passed < 40*time.Second || passed > 40500*time.Millisecond || looks > 1000 {
			d.Errorf("it returned after %v and %d looks", passed, looks)
		}
	})
}

// A check whose own calls are recorded must not take itself for news: time would never pass.
func TestEventually_lets_time_pass_though_its_check_calls_R2_11(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		time.AfterFunc(time.Minute, func() {
			_ = awsapi.New(d.AWS("setup")).JSON(d.Context(), awsapi.DynamoDB, "CreateTable", map[string]any{
				"TableName": "leads", "BillingMode": "PAY_PER_REQUEST",
				"AttributeDefinitions": []any{map[string]any{"AttributeName": "id", "AttributeType": "S"}},
				"KeySchema":            []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}},
			}, nil)
		})
		d.Eventually(probe.Item(d.AWS("probe"), "leads", probe.Key{"id": "L-17"}).Is(expect.Absent()))
	})
}

func TestChildEventuallyFails(t *testing.T) {
	onlyInChild(t)
	for name, check := range map[string]func(d *dye.T) func(context.Context) error{
		"history": func(d *dye.T) func(context.Context) error {
			names := []string{"Eva", "Eve", "Ev\u202ee"}
			var n atomic.Int64
			for i := range names {
				time.AfterFunc(time.Duration(i)*time.Minute, func() { n.Store(int64(i)) })
			}
			return probe.Func("the cache", func(context.Context) (any, error) { return map[string]any{"name": names[n.Load()]}, nil }).Is(expect.At("name", "Ada"))
		},
		"final": func(d *dye.T) func(context.Context) error {
			return probe.Func("the cache", func(context.Context) (any, error) { return 1, nil }).Is(expect.Regexp("("))
		},
		"due": func(d *dye.T) func(context.Context) error {
			newQueue(d, "leads", map[string]string{"DelaySeconds": "900"})
			for range 5 {
				d.Inject("queue:leads", event.Event{Body: "late"})
				d.Advance(14 * time.Minute)
			}
			d.Inject("queue:leads", event.Event{Body: "late"})
			return func(context.Context) error { return errors.New("line\nline") }
		},
	} {
		t.Run(name, func(t *testing.T) { dye.Test(t, func(d *dye.T) { d.Eventually(check(d)) }) })
	}
}

func TestEventually_tells_how_the_state_changed_R2_11(t *testing.T) {
	for name, says := range map[string][]string{
		"history": {`dye: not within 1h0m0s of virtual time, after \d+ looks\n`, `✗ the cache\n`, `✗   name   want "Ada"\n`, `got  "Ev\\u202ee"\n`,
			`what was seen\n +\+0s +\{"name":"Eva"\}\n +\+1m0\.\d+s +\{"name":"Eve"\}\n +\+2m0\.\d+s +\{"name":"Ev\\u202ee"\}\n`,
			`the pipeline is idle: nothing has happened in it yet and nothing is due; only code that sleeps could still change this\n`, `again:  go test`},
		"final": {`waiting is of no use, since no other look can mend this\n +the cache: ~ /\(/: error parsing regexp`},
		"due":   {`✗ line\n +✗ line\n`, `\+0s +line line\n`, `the pipeline is idle: its last step was .*\n +never received: 6 messages in queue:leads\n`},
	} {
		t.Run(name, func(t *testing.T) { child(t, "^TestChildEventuallyFails$/^"+name, nil).fails(t, says...) })
	}
}

func TestConsistently_has_a_grade_R2_11(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		newQueue(d, "leads", map[string]string{"DelaySeconds": "600"})
		m := &readModel{}
		project(d, "leads", m, 0)
		d.Inject("queue:leads", event.Event{Body: "Ada"})
		looks := 0
		start := time.Now()
		d.Consistently(10*time.Minute-1, event.Proved, func(context.Context) error {
			looks++
			if m.count() > 0 {
				return errors.New("a lead too early")
			}
			return nil
		})
		if passed := time.Since(start); passed != 10*time.Minute-1 || looks > 1500 {
			d.Errorf("%v passed, %d looks", passed, looks)
		}
		d.Consistently(0, event.Proved, func(context.Context) error { looks = 0; return nil })
		if looks != 0 {
			d.Error("it did not look")
		}
	})
}

func TestChildConsistently(t *testing.T) {
	onlyInChild(t)
	good := func(context.Context) error { return nil }
	for name, body := range map[string]func(d *dye.T){
		"breaks": func(d *dye.T) {
			newQueue(d, "leads", map[string]string{"DelaySeconds": "600"})
			m := &readModel{}
			project(d, "leads", m, 0)
			d.Inject("queue:leads", event.Event{Body: "Ada"})
			d.Consistently(time.Hour, event.Proved, func(context.Context) error {
				if n := m.count(); n > 0 {
					return fmt.Errorf("%d leads", n)
				}
				return nil
			})
		},
		"proved":  func(d *dye.T) { d.Consistently(time.Minute, event.Proved, good) },
		"settled": func(d *dye.T) { d.Consistently(time.Minute, event.Settled, good) },
		"waited":  func(d *dye.T) { d.Consistently(10*time.Millisecond, event.Waited, good) },
		"long":    func(d *dye.T) { d.Consistently(time.Hour, event.Waited, good) },
		"none":    func(d *dye.T) { d.Consistently(time.Minute, event.Inconclusive, good) },
		"past":    func(d *dye.T) { d.Consistently(-time.Minute, event.Waited, good) },
	} {
		t.Run(name, func(t *testing.T) { dye.Test(t, body) })
	}
}

func TestConsistently_gives_no_grade_it_does_not_have_R2_11(t *testing.T) {
	real := serve(t, pipeline.Options{})
	manual := serve(t, pipeline.Options{Clock: engine.NewManualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))})
	for _, c := range []struct {
		name  string
		env   []string
		fails bool
		says  []string
	}{
		{"breaks", nil, true, []string{`dye: it held no longer than 10m0s of virtual time, and should for 1h0m0s \(look \d+\)\n +✗ 1 leads`}},
		{"proved", nil, false, []string{`dye: it held for 1m0s of virtual time, at \d+ looks   PROVED   \(relative to code in the test's bubble\)`}},
		{"proved", real, false, []string{`dye: Consistently needs PROVED, and dyetrace .* can give WAITED at most`, "--- SKIP"}},
		{"settled", manual, false, []string{`dye: it held for 1m0s of virtual time, at 2 looks   SETTLED   \(relative to consumers that asked again\)`}},
		{"waited", real, false, []string{`dye: it held for [.0-9]+m?s, at \d+ looks   WAITED`, "--- PASS"}},
		{"long", real, false, []string{`Consistently\(1h0m0s\) needs virtual time, and dyetrace .* waits at most for its Patience of 10s`, "--- SKIP"}},
		{"none", nil, true, []string{`Consistently needs a grade that says something`}},
		{"past", nil, true, []string{`time does not run backwards`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := child(t, "^TestChildConsistently$/^"+c.name+"$", c.env)
			if got.failed != c.fails {
				t.Errorf("failed: %t\n%s", got.failed, got.output)
			}
			got.says(t, c.says...)
		})
	}
}

func TestLag_is_that_of_the_read_model_R2_12(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		newQueue(d, "leads", map[string]string{"DelaySeconds": "2"})
		m := &readModel{}
		project(d, "leads", m, 0)
		flow := d.Inject("queue:leads", event.Event{Body: `{"detail-type":"Early","detail":{}}`})
		d.Advance(time.Second)
		late := d.Inject("queue:leads", event.Event{Body: `{"detail-type":"Late","detail":{}}`})
		both := func(context.Context) error {
			if m.count() < 2 {
				return fmt.Errorf("%d leads", m.count())
			}
			return nil
		}
		if lag := late.Lag(both); lag != 2*time.Second {
			d.Errorf("lag %v behind the late one", lag)
		}
		if lag := flow.Lag(both, dye.Type("Early")); lag != 3*time.Second {
			d.Errorf("lag %v behind the early one", lag)
		}
		late.LagBelow(2*time.Second, both, dye.Type("Late"))
	})
}

func TestChildLagBelow(t *testing.T) {
	onlyInChild(t)
	for name, c := range map[string]struct {
		takes, most time.Duration
		selector    dye.Selector
	}{
		"slow":    {5 * time.Second, 4999 * time.Millisecond, dye.Type("Lead")},
		"fast":    {500 * time.Millisecond, 500 * time.Millisecond, dye.Type("Lead")},
		"quick":   {0, time.Minute, dye.Type("Lead")},
		"another": {0, time.Second, dye.Type("Deal")},
		"past":    {0, -1, dye.Type("Lead")},
		"idle":    {0, time.Second, dye.Type("Lead")},
	} {
		t.Run(name, func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				newQueue(d, "leads", nil)
				m := &readModel{}
				project(d, "leads", m, c.takes)
				flow := d.Inject("queue:leads", event.Event{Body: `{"detail-type":"Lead","detail":{}}`})
				if name == "idle" {
					d.Advance(time.Minute)
				}
				flow.LagBelow(c.most, func(context.Context) error {
					if m.count() == 0 {
						return errors.New("no lead")
					}
					return nil
				}, c.selector)
			})
		})
	}
}

func TestLagBelow_R2_12(t *testing.T) {
	for _, c := range []struct {
		name  string
		env   []string
		fails bool
		says  []string
	}{
		{"slow", nil, true, []string{`dye: the state came 5s of virtual time after the event, and should within 4\.999s\n`, `\+0s +no lead`}},
		{"fast", nil, false, []string{`dye: the state came 500ms of virtual time after the event, of at most 500ms`}},
		{"another", nil, true, []string{`dye: LagBelow: no event of the flow is Deal`}},
		{"past", nil, true, []string{`time does not run backwards`}},
		{"idle", nil, true, []string{`the state was there at the first look, 1m0s of virtual time after the event, and should come within 1s: it may have come earlier`}},
		{"quick", serve(t, pipeline.Options{}), false, []string{`dye: the state came .*s after the event, of at most 1m0s`}},
		{"quick", serve(t, pipeline.Options{Clock: engine.NewManualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))}), false,
			[]string{`dye: the state came 0s after the event, of at most 1m0s`}},
		{"another", serve(t, pipeline.Options{}), true, []string{`dye: LagBelow: no event of the flow is Deal`}},
		{"fast", serve(t, pipeline.Options{}), true, []string{`dye: the state came [.0-9]+m?s after the event, and should within 500ms`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := child(t, "^TestChildLagBelow$/^"+c.name+"$", c.env)
			if got.failed != c.fails {
				t.Errorf("failed: %t\n%s", got.failed, got.output)
			}
			got.says(t, c.says...)
		})
	}
}
