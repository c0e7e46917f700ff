// Package backend is the port that every event system offers to dyetrace: what a system under test talks to ([Endpoint]), what
// happened to its events ([Backend.Hops]), what exists ([Backend.Topology]), whether anything is still under way
// ([Backend.Settle]), and what the system can and cannot do, declared ([Features]).
//
// The adapters are the packages below this one; backendtest is the one suite that all of them pass.
package backend
