module github.com/dyetrace/dyetrace/dye/dyesocket

go 1.26

require (
	github.com/coder/websocket v1.8.15
	github.com/dyetrace/dyetrace v0.0.0
)

replace github.com/dyetrace/dyetrace => ../..
