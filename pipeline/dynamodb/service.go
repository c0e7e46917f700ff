package dynamodb

import (
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Service is DynamoDB and its streams in one account and region. Make one with [New]. Safe for concurrent use.
type Service struct {
	scope   *engine.Scope
	options Options

	// The scope's lock guards what follows.
	tables  map[string]*table
	streams map[string]*stream // by ARN, also those disabled less than a day ago
	tokens  map[string]*token  // ClientRequestToken of transactions
	lagging []*lag             // of indexes with effects that interceptors have not seen yet

	backups  map[string]*backup // by ARN
	policies map[string]policy  // by ARN of a table or stream
	ownKey   string             // ARN of the key that stands for alias/aws/dynamodb; "" until it is asked for
}

var (
	_ API                 = (*Service)(nil)
	_ StreamsAPI          = (*Service)(nil)
	_ engine.StreamSource = (*Service)(nil)
	_ engine.Service      = (*Service)(nil)

	_ engine.ShardSplitter = (*Service)(nil)
	_ wire.InputChecker    = (*Service)(nil)
)

// New returns the service of scope, without tables, registers it there and offers its streams to readers inside the pipeline.
func New(scope *engine.Scope, o Options) *Service {
	s := &Service{scope: scope, options: o}
	s.clear()
	scope.Register(s, nil)
	scope.OfferStreams(s)
	return s
}

func (s *Service) clear() {
	s.tables = map[string]*table{}
	s.streams = map[string]*stream{}
	s.tokens = map[string]*token{}
	s.lagging = nil
	s.backups = map[string]*backup{}
	s.policies = map[string]policy{}
	s.ownKey = ""
}

// Reset forgets all tables and streams. Readers inside the pipeline find their stream gone.
func (s *Service) Reset() {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, st := range s.streams {
		st.gone, st.waking = true, false // a wake-up that was scheduled is gone, too
		s.wakeReaders(st)
	}
	s.clear()
}

// Pending returns nothing: what waits in a stream is the business of who reads it, and what a table does later by itself is
// scheduled with the engine.
func (s *Service) Pending() []event.Pending { return nil }

// Describe adds the tables, their streams and the edges between them.
func (s *Service) Describe(t *event.Topology) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, name := range wire.SortedKeys(s.tables) {
		table := s.tables[name]
		t.Places = append(t.Places, table.place)
		if table.stream != nil {
			t.Places = append(t.Places, table.stream.place)
			t.Edges = append(t.Edges, event.Edge{From: table.place, To: table.stream.place, Why: "source"})
		}
	}
}

func (s *Service) tableARN(name string) string {
	return "arn:aws:dynamodb:" + s.scope.Region + ":" + s.scope.Account + ":table/" + name
}

// The lengths of a table's name, and the pattern the service tells.
const (
	minTableName  = 3
	maxTableName  = 255
	namePattern   = "[a-zA-Z0-9_.-]+"
	maxTableCount = 2500
)

// tableName returns the name that TableName gives, which may be the table's ARN.
//
// Source: Amazon DynamoDB API Reference: TableName is "the name or Amazon Resource Name (ARN)" of a table; texts as observed.
func (s *Service) tableName(given string) (string, error) {
	if rest, ok := strings.CutPrefix(given, "arn:"); ok {
		parts := strings.SplitN(rest, ":", 5)
		if len(parts) != 5 || parts[1] != "dynamodb" || !strings.HasPrefix(parts[4], "table/") {
			return "", invalid("Invalid TableArn: Invalid ResourceArn provided as input " + given)
		}
		name := strings.TrimPrefix(parts[4], "table/")
		if parts[2] != s.scope.Region || parts[3] != s.scope.Account {
			return "", noSuchTable()
		}
		return name, nil
	}
	return given, checkName("tableName", given, minTableName)
}

// checkName checks a name that the model lets pass because it could be an ARN.
func checkName(member, name string, shortest int) error {
	var broken []string
	if len(name) > 0 && !plainName(name) {
		broken = append(broken, "Member must satisfy regular expression pattern: "+namePattern)
	}
	if len(name) < shortest {
		broken = append(broken, "Member must have length greater than or equal to "+itoa(shortest))
	}
	if len(name) > maxTableName {
		broken = append(broken, "Member must have length less than or equal to "+itoa(maxTableName))
	}
	if broken == nil {
		return nil
	}
	texts := make([]string, len(broken))
	for i, b := range broken {
		texts[i] = "Value '" + name + "' at '" + member + "' failed to satisfy constraint: " + b
	}
	plural := "s"
	if len(texts) == 1 {
		plural = ""
	}
	return invalid(itoa(len(texts)) + " validation error" + plural + " detected: " + strings.Join(texts, "; "))
}

func plainName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return true
}

// find returns the table for an operation on its items; the scope must be locked.
func (s *Service) find(name string) (*table, error) {
	if t := s.tables[name]; t != nil && t.usable() {
		return t, nil
	}
	return nil, noSuchTable()
}

// second is the resolution of the times that DynamoDB tells in descriptions of streams' records.
func second(t time.Time) time.Time { return t.Truncate(time.Second) }
