// Command dyetrace runs the embedded event pipeline as a server, and shows and explains the flows that pass through it.
package main
