package main

import (
	"fmt"
	"os"
	"runtime/debug"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		version := "(devel)"
		if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
			version = info.Main.Version
		}
		fmt.Println("dyetrace", version)
		return
	}
	fmt.Fprintln(os.Stderr, "dyetrace: unknown command\nhint: dyetrace version")
	os.Exit(2)
}
