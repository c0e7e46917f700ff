package dye

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// goroutine is one goroutine of a dump.
type goroutine struct {
	id      uint64
	state   string // "chan receive (durable)"
	bubble  uint64 // 0: none
	labels  string // {"key": "value", …}; "" unless GODEBUG has tracebacklabels=1
	frames  []frame
	creator frame // the go statement that started it
}

type frame struct {
	function string // "github.com/x/y.(*T).Method"
	file     string
	line     int
}

// String returns file:line (function).
func (f frame) String() string {
	if f.file == "" {
		return "an unknown line"
	}
	return fmt.Sprintf("%s:%d (%s)", shortFile(f.file), f.line, shortFunction(f.function))
}

// durable reports whether the goroutine waits for something of its own bubble, or for virtual time.
func (g *goroutine) durable() bool { return strings.Contains(g.state, "(durable)") }

// working reports whether the goroutine runs, or could.
func (g *goroutine) working() bool {
	for _, s := range []string{"running", "runnable", "syscall", "preempted", "copystack", "GC "} {
		if strings.HasPrefix(g.state, s) {
			return true
		}
	}
	return false
}

// own reports whether the goroutine is one of dyetrace's and holds no code of the user's.
func (g *goroutine) own() bool {
	for _, f := range g.frames {
		if f.users() {
			return false
		}
	}
	return !g.creator.users()
}

// at returns the innermost frame of the user's own code, else the innermost that is not the standard library's.
func (g *goroutine) at() frame {
	for _, f := range g.frames {
		if f.users() && !f.downloaded() {
			return f
		}
	}
	for _, f := range g.frames {
		if f.users() {
			return f
		}
	}
	if len(g.frames) > 0 {
		return g.frames[0]
	}
	return frame{}
}

// String says what the goroutine waits for, where, and who started it.
func (g *goroutine) String() string {
	state := strings.TrimSuffix(g.state, " (durable)")
	if !g.creator.users() {
		return fmt.Sprintf("goroutine %d [%s] at %s", g.id, state, g.at())
	}
	return fmt.Sprintf("goroutine %d [%s] at %s\n    started at %s", g.id, state, g.at(), g.creator)
}

const module = "github.com/dyetrace/dyetrace/"

var ownPackages = []string{"dye.", "dye/dyeaws.", "pipeline", "backend", "observe", "expect", "report", "event.", "inject.", "probe."}

// users reports whether the frame is neither of the standard library nor of dyetrace itself.
func (f frame) users() bool {
	if f.file == "" || f.standard() {
		return false
	}
	rest, ours := strings.CutPrefix(f.function, module)
	if !ours || strings.HasSuffix(f.file, "_test.go") {
		return true
	}
	for _, p := range ownPackages {
		if strings.HasPrefix(rest, p) {
			return false
		}
	}
	return true
}

// downloaded reports whether the frame is of a dependency.
func (f frame) downloaded() bool { return strings.Contains(f.file, "@v") }

// standardRoot is the folder of the standard library's source with a slash at the end, or "" in a binary built with -trimpath.
var standardRoot = func() string {
	file, _ := runtime.FuncForPC(reflect.ValueOf(runtime.GC).Pointer()).FileLine(0)
	if root, _, ok := strings.Cut(file, "runtime/m"); ok {
		return root
	}
	return ""
}()

func (f frame) standard() bool {
	if standardRoot != "" {
		return strings.HasPrefix(f.file, standardRoot)
	}
	first, _, _ := strings.Cut(f.file, "/")
	return !strings.Contains(first, ".") && !strings.HasPrefix(f.file, "/")
}

func shortFile(file string) string {
	if i := strings.LastIndexByte(file, '/'); i >= 0 {
		return file[i+1:]
	}
	return file
}

func shortFunction(function string) string {
	return function[strings.LastIndexByte(function, '/')+1:]
}

// allGoroutines reads a dump of all goroutines; it stops the world for a moment.
func allGoroutines() []goroutine {
	buf := make([]byte, 1<<18)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	var list []goroutine
	for part := range bytes.SplitSeq(buf[:n], []byte("\n\n")) {
		if g, ok := parseGoroutine(string(part)); ok {
			list = append(list, g)
		}
	}
	return list
}

// inBubble returns the goroutines of a bubble.
func inBubble(bubble uint64) []goroutine {
	var list []goroutine
	for _, g := range allGoroutines() {
		if g.bubble == bubble {
			list = append(list, g)
		}
	}
	return list
}

// currentBubble returns the number of the bubble that the calling goroutine is in, or 0.
func currentBubble() uint64 {
	var buf [256]byte
	n := runtime.Stack(buf[:], false)
	header, _, _ := strings.Cut(string(buf[:n]), "\n")
	g, _ := parseGoroutine(header)
	return g.bubble
}

// parseGoroutine reads "goroutine 24 [sync.Mutex.Lock, synctest bubble 1]:" and the frames below it, two lines each.
func parseGoroutine(text string) (goroutine, bool) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var g goroutine
	rest, ok := strings.CutPrefix(lines[0], "goroutine ")
	number, rest, found := strings.Cut(rest, " ")
	if !ok || !found {
		return g, false
	}
	id, err := strconv.ParseUint(number, 10, 64)
	_, rest, found = strings.Cut(rest, "[") // "gp=0x… m=… [" at higher traceback levels
	if err != nil || !found {
		return g, false
	}
	g.id = id
	rest, labels, _ := strings.Cut(strings.TrimSuffix(rest, ":"), " labels:")
	g.labels = strings.TrimSuffix(labels, "]")
	head, _, _ := strings.Cut(rest, "]")
	for i, part := range strings.Split(head, ", ") {
		if i == 0 {
			g.state = part
		}
		if n, ok := strings.CutPrefix(part, "synctest bubble "); ok {
			n, _, _ = strings.Cut(n, " ")
			g.bubble, _ = strconv.ParseUint(n, 10, 64)
		}
	}
	for i := 1; i+1 < len(lines); i += 2 {
		f := parseFrame(lines[i], lines[i+1])
		if by, ok := strings.CutPrefix(f.function, "created by "); ok {
			f.function, _, _ = strings.Cut(by, " in goroutine ")
			g.creator = f
			continue
		}
		g.frames = append(g.frames, f)
	}
	return g, true
}

// parseFrame reads "pkg.Function(0x1, 0x2)" and "\t/path/file.go:12 +0x1d".
func parseFrame(function, where string) frame {
	f := frame{function: function}
	if i := strings.LastIndexByte(function, '('); i > 0 && strings.HasSuffix(function, ")") {
		f.function = function[:i]
	}
	where, _, _ = strings.Cut(strings.TrimSpace(where), " +0x")
	if i := strings.LastIndexByte(where, ':'); i > 0 {
		f.file = where[:i]
		f.line, _ = strconv.Atoi(where[i+1:])
	}
	return f
}
