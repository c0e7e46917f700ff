package dyetrace_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const module = "github.com/dyetrace/dyetrace"

// mayImport is the table of import arrows of docs/architecture.md: who may know whom in code that is not a test. A package looks up
// its own folder, else the nearest folder above that has a row ending in "/...". A package always may import its own row.
var mayImport = map[string][]string{
	".":     {},
	"event": {},

	"pipeline/wire/...":         {},
	"pipeline/engine/...":       {"event"},
	"pipeline/arn":              {},
	"pipeline/sqs/...":          {"event", "pipeline/arn", "pipeline/engine/...", "pipeline/wire/..."},
	"pipeline/sts/...":          {"event", "pipeline/engine/...", "pipeline/wire/..."},
	"pipeline/dynamodb/attr":    {"pipeline/wire/..."},
	"pipeline/dynamodb/expr":    {"pipeline/dynamodb/attr", "pipeline/wire/..."},
	"pipeline/dynamodb/partiql": {"pipeline/dynamodb/attr", "pipeline/dynamodb/expr"},
	"pipeline/dynamodb": {"event", "pipeline/engine/...", "pipeline/wire/...", "pipeline/dynamodb/attr", "pipeline/dynamodb/expr",
		"pipeline/dynamodb/partiql"},
	"pipeline/sns/filter":          {"pipeline/wire/...", "pipeline/eventbridge/pattern"},
	"pipeline/sns":                 {"event", "pipeline/arn", "pipeline/engine/...", "pipeline/wire/...", "pipeline/sns/filter"},
	"pipeline/eventbridge/pattern": {"pipeline/wire/..."},
	"pipeline/eventbridge":         {"event", "pipeline/arn", "pipeline/engine/...", "pipeline/wire/...", "pipeline/eventbridge/pattern", "pipeline/jsonpath", "pipeline/schedule", "pipeline/outbound"},
	"pipeline/schedule":            {},
	"pipeline/outbound":            {"event", "pipeline/engine/...", "internal/inprocess"},
	"pipeline/function/...":        {"event", "pipeline/engine/...", "pipeline/wire/..."},
	"pipeline/jsonpath":            {"pipeline/wire/..."},
	"pipeline/pipes":               {"event", "pipeline/arn", "pipeline/engine/...", "pipeline/wire/...", "pipeline/eventbridge/pattern", "pipeline/feed", "pipeline/jsonpath"},
	"pipeline/feed":                {"event", "pipeline/engine/...", "pipeline/wire/...", "pipeline/eventbridge/pattern"},
	"pipeline/lambda":              {"event", "pipeline/arn", "pipeline/engine/...", "pipeline/wire/...", "pipeline/eventbridge/pattern", "pipeline/feed"},
	"pipeline/scheduler":           {"event", "pipeline/arn", "pipeline/engine/...", "pipeline/wire/...", "pipeline/schedule"},
	"pipeline/server/...":          {"event", "pipeline/arn", "pipeline/engine/...", "pipeline/wire/...", "internal/inprocess"},
	"pipeline": {"event", "pipeline/engine/...", "pipeline/wire/...", "pipeline/sqs/...", "pipeline/sts/...", "pipeline/dynamodb",
		"pipeline/eventbridge", "pipeline/pipes", "pipeline/lambda", "pipeline/scheduler", "pipeline/sns", "pipeline/function/...", "pipeline/server/...", "pipeline/outbound"},

	"backend":                 {"event"},
	"backend/awsapi":          {"event", "backend", "backend/awsapi/profile", "backend/awsapi/sigv4", "internal/pause"},
	"backend/awsapi/profile":  {"backend/awsapi/sigv4"},
	"backend/awsapi/sigv4":    {},
	"fake":                    {"event", "backend", "internal/inprocess"},
	"backend/backendtest/...": {"event", "backend", "backend/awsapi"},
	"backend/embedded/...":    {"event", "backend", "pipeline", "pipeline/engine/..."},
	"backend/remote/...":      {"event", "backend"},
	"inject":                  {"event", "backend", "backend/awsapi", "observe/...", "internal/pause"},
	"observe/...":             {"event", "backend", "backend/awsapi", "internal/pause"},
	"expect/...":              {"event", "observe/..."},
	"fixture":                 {"event"},
	"probe":                   {"event", "backend", "backend/awsapi", "expect/...", "internal/inprocess"},
	"mutate/...":              {"event", "observe/...", "expect/..."},
	"layer":                   {"event", "observe/...", "expect/...", "backend", "backend/awsapi", "report/...", "inject", "pipeline/dynamodb/attr", "internal/pause"},
	"report/...":              {"event", "observe/...", "expect/...", "mutate/..."},

	"dye": {"event", "pipeline", "pipeline/engine/...", "pipeline/eventbridge/pattern", "backend", "backend/embedded/...", "backend/remote/...", "observe/...", "expect/...",
		"mutate/...", "report/...", "inject", "probe", "layer", "fixture", "fake"},
	"dye/dyeaws/...":    {"event", "dye"},
	"dye/dyesocket/...": {"event", "backend", "observe/...", "report/...", "dye"},
	"dye/dyegomega/...": {"event", "observe/...", "expect/...", "report/...", "dye"},

	"cmd/dyefixtures/...": {"fixture"},
	"cmd/dyetrace/...": {"event", "pipeline", "pipeline/engine/...", "pipeline/eventbridge/pattern", "backend", "backend/awsapi", "backend/embedded/...", "backend/remote/...", "observe/...",
		"expect/...", "mutate/...", "report/...", "inject", "examples/crm/..."},
	"examples/crm/...":       {},
	"examples/failure-modes": {},
	"examples/first-test":    {},
	"examples/fixtures":      {"event", "fixture"},
	"examples/testify":       {},

	"internal/inprocess":    {},
	"internal/pause":        {},
	"internal/wiregen/...":  {"pipeline/wire/..."},
	"internal/coverage/...": {},
	"internal/clients/...":  {"pipeline/eventbridge/pattern"},
	"internal/e2e/...":      {everything},
}

// testsMayImport is what a test may know besides its package's own row: the embedded pipeline is everybody's fixture, and what is
// to the right of a package may be used to look at it. Only tests of examples and of internal/e2e go through the façade.
var testsMayImport = []string{"event", "pipeline", "pipeline/engine/...", "pipeline/wire/...", "backend", "backend/backendtest/...",
	"backend/awsapi", "backend/embedded/...", "backend/remote/...", "inject", "observe/...", "expect/...", "probe", "internal/coverage/..."}

const everything = "*"

// tableText prints the arrows for a failure message.
func tableText() string {
	var b strings.Builder
	for _, row := range slices.Sorted(maps.Keys(mayImport)) {
		arrows := strings.Join(mayImport[row], ", ")
		if arrows == "" {
			arrows = "nothing of ours"
		}
		fmt.Fprintf(&b, "\n\t\t%-28s → %s", row, arrows)
	}
	return b.String()
}

// rowOf finds the row of the table that a folder belongs to, "" if it has none.
func rowOf(folder string) string {
	if _, ok := mayImport[folder]; ok {
		return folder
	}
	for {
		if _, ok := mayImport[folder+"/..."]; ok {
			return folder + "/..."
		}
		cut := strings.LastIndexByte(folder, '/')
		if cut < 0 {
			return ""
		}
		folder = folder[:cut]
	}
}

// ours returns the folder of an import path of this project, and whether it is one.
func ours(importPath string) (folder string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func mayKnow(s *source, from, to string) bool {
	if from == to || slices.Contains(mayImport[from], to) || slices.Contains(mayImport[from], everything) {
		return true
	}
	if !s.isTest() {
		return false
	}
	throughFacade := strings.HasPrefix(from, "examples/") && (to == "dye" || to == "dye/dyeaws/..." || to == "layer")
	return throughFacade || slices.Contains(testsMayImport, to) || from == "dye/dyeaws/..." && slices.Contains(mayImport["dye"], to)
}

func checkArrows(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		from := rowOf(s.dir())
		if from == "" {
			found = append(found, finding{s.path, fmt.Sprintf("folder %q has no row in the table of import arrows", s.dir())})
			continue
		}
		for imported, where := range s.imports() {
			folder, ok := ours(imported)
			if !ok {
				continue
			}
			if to := rowOf(folder); !mayKnow(s, from, to) {
				found = append(found, finding{where, fmt.Sprintf("%s imports %s, and the table has no such arrow:%s", s.dir(), folder, tableText())})
			}
		}
	}
	return found
}

// checkTestingImport keeps package testing, which registers flags, out of everything but the façade.
func checkTestingImport(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		if s.isTest() || s.dir() == "dye" || strings.HasPrefix(s.path, "internal/e2e/") {
			continue
		}
		for imported, where := range s.imports() {
			if imported == "testing" || strings.HasPrefix(imported, "testing/") {
				found = append(found, finding{where, fmt.Sprintf("%s imports %s in code that is not a test", s.dir(), imported)})
			}
		}
	}
	return found
}

// inRootModule tells whether a folder belongs to the root module, by the go.mod files of the tree.
func inRootModule(files tree, folder string) bool {
	for {
		if folder == "." {
			return true
		}
		if files.file(folder+"/go.mod") != nil {
			return false
		}
		cut := strings.LastIndexByte(folder, '/')
		if cut < 0 {
			return true
		}
		folder = folder[:cut]
	}
}

// checkForeignImports keeps what the root module links to the standard library.
func checkForeignImports(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		if !inRootModule(files, s.dir()) {
			continue
		}
		for imported, where := range s.imports() {
			first, _, _ := strings.Cut(imported, "/")
			_, mine := ours(imported)
			testOnly := s.isTest() && (strings.HasPrefix(imported, "pgregory.net/rapid") || strings.HasPrefix(imported, "github.com/google/go-cmp"))
			if strings.Contains(first, ".") && !mine && !testOnly {
				found = append(found, finding{where, fmt.Sprintf("the root module imports %s", imported)})
			}
		}
	}
	return found
}

func architectureRules() []rule {
	return []rule{
		{
			name: "import arrows",
			why: "the CLI, the server and other languages get the same verdicts as a Go test only while each layer knows nothing of those to its right, " +
				"and services stay replaceable only while they meet in deliveries of the engine, never in each other's code",
			mend:  "move the code to the layer that may know both, or pass it in as a value; if the picture itself is wrong, change docs/architecture.md and mayImport together",
			check: checkArrows,
			bad: []map[string]string{
				{"event/a.go": "package event\nimport _ \"github.com/dyetrace/dyetrace/observe\"\n"},
				{"pipeline/sqs/a.go": "package sqs\nimport _ \"github.com/dyetrace/dyetrace/pipeline/dynamodb\"\n"},
				{"pipeline/engine/a.go": "package engine\nimport _ \"github.com/dyetrace/dyetrace/pipeline/wire\"\n"},
				{"pipeline/server/a.go": "package server\nimport _ \"github.com/dyetrace/dyetrace/pipeline/sqs\"\n"},
				{"examples/crm/a.go": "package crm\nimport _ \"github.com/dyetrace/dyetrace/dye\"\n"},
				{"cmd/dyetrace/a.go": "package main\nimport _ \"github.com/dyetrace/dyetrace/dye\"\n"},
				{"expect/a_test.go": "package expect\nimport _ \"github.com/dyetrace/dyetrace/dye\"\n"},
				{"pipeline/kinesis/a.go": "package kinesis\n"},
			},
			good: map[string]string{
				"pipeline/sqs/a.go":      "package sqs\nimport (\n_ \"time\"\n_ \"github.com/dyetrace/dyetrace/pipeline/wire\"\n)\n",
				"examples/crm/a_test.go": "package crm\nimport _ \"github.com/dyetrace/dyetrace/dye/dyeaws\"\n",
				"expect/a_test.go":       "package expect\nimport _ \"github.com/dyetrace/dyetrace/backend/embedded\"\n",
			},
		},
		{
			name:  "testing stays in dye",
			why:   "package testing registers flags and belongs to test binaries; the CLI and the server link everything but dye",
			mend:  "return an error, or take a small interface of your own (style: asked for where it is used), and let dye adapt *testing.T to it",
			check: checkTestingImport,
			bad: []map[string]string{
				{"expect/a.go": "package expect\nimport _ \"testing\"\n"},
				{"pipeline/engine/a.go": "package engine\nimport _ \"testing/synctest\"\n"},
			},
			good: map[string]string{"dye/a.go": "package dye\nimport _ \"testing\"\n", "expect/a_test.go": "package expect\nimport _ \"testing\"\n"},
		},
		{
			name:  "root links the standard library only",
			why:   "a test tool must not change which client versions a user's production code links",
			mend:  "put the code that needs the library into a nested module; tests may use rapid and go-cmp",
			check: checkForeignImports,
			bad: []map[string]string{
				{"event/a.go": "package event\nimport _ \"github.com/aws/aws-sdk-go-v2/aws\"\n"},
				{"event/a.go": "package event\nimport _ \"pgregory.net/rapid\"\n"},
				{"event/a_test.go": "package event\nimport _ \"github.com/stretchr/testify/assert\"\n"},
			},
			good: map[string]string{
				"event/a_test.go":   "package event\nimport _ \"pgregory.net/rapid\"\n",
				"dye/dyeaws/go.mod": "module github.com/dyetrace/dyetrace/dye/dyeaws\n",
				"dye/dyeaws/a.go":   "package dyeaws\nimport _ \"github.com/aws/aws-sdk-go-v2/aws\"\n",
			},
		},
	}
}
