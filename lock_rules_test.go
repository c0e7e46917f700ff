package dyetrace_test

import (
	"go/ast"
	"go/types"
	"strings"
)

func lockRules() []rule {
	const body = "package sqs\n\nfunc (s *Service) f() {\n"
	return []rule{{
		name:  "a panic releases the scope",
		why:   "a panic is answered as InternalFailure and the server goes on; a lock that it left behind would hang every later call of that account",
		mend:  "follow scope.Lock() by defer scope.Unlock(); where the lock is let go before the end, take `hold := scope.Hold()`, `defer hold.End()`, hold.End() and hold.Resume()",
		check: checkLocks,
		bad: []map[string]string{
			{"pipeline/sqs/a.go": body + "\ts.scope.Lock()\n\ts.n++\n\ts.scope.Unlock()\n}\n"},
			{"pipeline/sqs/a.go": body + "\ts.scope.Lock()\n\tdefer q.scope.Unlock()\n}\n"},
			{"pipeline/sqs/a.go": body + "\tif true {\n\t\tq.Scope.Lock()\n\t}\n}\n"},
			{"pipeline/sqs/a.go": body + "\tgo func() { s.scope.Unlock() }()\n}\n"},
			{"pipeline/sqs/a.go": body + "\thold := s.scope.Hold()\n\ts.n++\n\thold.End()\n}\n"},
			{"pipeline/sqs/a.go": body + "\ts.scope.Hold()\n}\n"},
			{"pipeline/sqs/a.go": body + "\tswitch {\n\tcase true:\n\t\tscope.Lock()\n\t}\n}\n"},
		},
		good: map[string]string{
			"pipeline/sqs/a.go":      body + "\ts.scope.Lock()\n\tdefer s.scope.Unlock()\n\ts.n++\n}\n",
			"pipeline/sqs/b.go":      body + "\thold := s.scope.Hold()\n\tdefer hold.End()\n\thold.End()\n\thold.Resume()\n}\n",
			"pipeline/sqs/c.go":      body + "\ts.scope.Unlock()\n\tdefer s.scope.Lock()\n\ts.n++\n}\n",
			"pipeline/sqs/d.go":      body + "\ts.mu.Lock()\n\ts.mu.Unlock()\n}\n",
			"pipeline/sqs/d_test.go": body + "\ts.scope.Lock()\n\ts.scope.Unlock()\n}\n",
		},
	}}
}

// scopeCall returns the expression of a scope and the method that a statement calls on it, "" if it calls none.
func scopeCall(call *ast.CallExpr) (scope, method string) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) > 0 {
		return "", ""
	}
	scope = types.ExprString(sel.X)
	if name := scope[strings.LastIndexByte(scope, '.')+1:]; name != "scope" && name != "Scope" {
		return "", ""
	}
	return scope, sel.Sel.Name
}

// statements returns the lists of statements of a node.
func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// counterparts are the calls on a scope and the one that must be deferred in the next statement.
var counterparts = map[string]string{"Lock": "Unlock", "Unlock": "Lock"}

// checkLocks finds locks of scopes that a panic would leave behind.
func checkLocks(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		if !strings.HasPrefix(s.path, "pipeline/") || strings.HasPrefix(s.path, "pipeline/engine/") || s.isTest() {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			list := statements(n)
			for i, statement := range list {
				var next ast.Stmt
				if i+1 < len(list) {
					next = list[i+1]
				}
				if what := leftBehind(statement, next); what != "" {
					found = append(found, finding{s.at(statement.Pos()), what})
				}
			}
			return true
		})
	}
	return found
}

// leftBehind says what is wrong with a statement that takes or releases a scope's lock, given the one that follows it.
func leftBehind(statement, next ast.Stmt) string {
	deferred := ""
	if d, ok := next.(*ast.DeferStmt); ok {
		deferred = types.ExprString(d.Call)
	}
	switch statement := statement.(type) {
	case *ast.ExprStmt:
		call, ok := statement.X.(*ast.CallExpr)
		if !ok {
			return ""
		}
		scope, method := scopeCall(call)
		if method == "Hold" {
			return "drops what Hold returns"
		}
		if want := scope + "." + counterparts[method] + "()"; counterparts[method] != "" && deferred != want {
			return "calls " + scope + "." + method + "() without defer " + want + " in the next line"
		}
	case *ast.AssignStmt:
		call, ok := statement.Rhs[0].(*ast.CallExpr)
		if !ok {
			return ""
		}
		if _, method := scopeCall(call); method == "Hold" && deferred != types.ExprString(statement.Lhs[0])+".End()" {
			return "holds the scope without defer " + types.ExprString(statement.Lhs[0]) + ".End() in the next line"
		}
	}
	return ""
}
