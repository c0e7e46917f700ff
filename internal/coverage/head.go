package coverage

import (
	"go/ast"
	"strings"
	"unicode"
)

// The keys that open the lines of a head.
const (
	Implements     = "Implements:"
	Differs        = "Differs from AWS:"
	NotImplemented = "Not implemented:"
)

// Keys are the keys of a head, all of which it must have.
var Keys = []string{Implements, Differs, NotImplemented}

// Head returns the values of an API file's head by key; a key that is missing or says nothing is absent. A value goes on over
// the following lines, up to an empty one or the next key. The first comment with any of the keys is the head. The file must
// have been parsed with its comments.
func Head(file *ast.File) map[string]string {
	for _, group := range file.Comments {
		if head := headOf(group.Text()); head != nil {
			return head
		}
	}
	return nil
}

func headOf(comment string) map[string]string {
	var head map[string]string
	current := ""
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(line)
		if line == "" {
			current = ""
			continue
		}
		for _, key := range Keys {
			if value, ok := strings.CutPrefix(line, key); ok {
				current, line = key, strings.TrimSpace(value)
				if head == nil {
					head = map[string]string{}
				}
			}
		}
		if current == "" {
			continue
		}
		if value := strings.TrimSpace(head[current] + " " + line); value != "" {
			head[current] = value
		}
	}
	return head
}

// OperationOf returns the AWS operation that a declaration implements, "" if none: a method Op(call, *OpInput), where the input's
// name may have a prefix (a package that serves two models tells them apart so).
func OperationOf(decl ast.Decl) string {
	method, ok := decl.(*ast.FuncDecl)
	if !ok || method.Recv == nil || !method.Name.IsExported() || method.Type.Params.NumFields() != 2 {
		return ""
	}
	list := method.Type.Params.List
	pointer, ok := list[len(list)-1].Type.(*ast.StarExpr)
	if !ok {
		return ""
	}
	if input, ok := pointer.X.(*ast.Ident); !ok || !strings.HasSuffix(input.Name, method.Name.Name+"Input") {
		return ""
	}
	return method.Name.Name
}

// FileName returns the name of the file that implements an operation: GetQueueUrl is in get_queue_url.go, and SetSMSAttributes, whose
// abbreviation is one word, in set_sms_attributes.go.
func FileName(operation string) string {
	var b strings.Builder
	letters := []rune(operation)
	for i, r := range letters {
		begins := i > 0 && unicode.IsUpper(r) && (unicode.IsLower(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if begins {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String() + ".go"
}
