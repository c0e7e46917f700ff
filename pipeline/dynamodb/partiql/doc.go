// Package partiql parses the statements of DynamoDB's PartiQL: SELECT, INSERT, UPDATE, DELETE and EXISTS.
//
// [Parse] takes a statement with its parameters and returns a [Statement], in which literals and parameters are values and
// the actions of an update are ready to be applied. Conditions stay a tree of [Expr], because how a table is read depends on
// them and on its keys; [Expr.Term] turns them into a condition of package expr.
//
// Every error is an [*Error] whose text is the service's message of a ValidationException. A statement is read as a whole
// before what it says is looked at: mistakes in its form are reported first.
//
// Sources: Amazon DynamoDB Developer Guide, "PartiQL - a SQL-compatible query language for Amazon DynamoDB". Message texts as
// observed on the service and recorded in public conformance suites.
package partiql
