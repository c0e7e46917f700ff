// Package dyesocket stands in for the WebSocket ends of a flow (R2.15): a server that the system under test connects to ([Serve]), and
// a client of the system's own WebSocket handler ([Dial]). In a bubble of dye.Test there is no socket, and time is virtual.
//
// Each message that comes is an arrival in the flow, at the place socket:NAME, and can be collected. WebSocket messages carry no
// correlation id: which flow one is of is told by a path of its body ([dye.CorrelationAt]), or inferred from the message of a queue
// that its sender holds; else it is unattributed.
package dyesocket
