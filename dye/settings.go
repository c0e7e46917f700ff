package dye

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// defaultSeed is the seed of every test unless one is set.
const defaultSeed = 1

var (
	seedFlag   = flag.String("dye.seed", "", "serve concurrent clients in the order of this `seed`; twin of DYETRACE_SEED")
	seedsFlag  = flag.String("dye.seeds", "", "run each dye.Test with `N` seeds, from -dye.seed on; twin of DYETRACE_SEEDS")
	updateFlag = flag.Bool("dye.update", false, "write golden files instead of comparing with them; twin of DYETRACE_UPDATE")
)

// settings are what the environment and the command line ask for. A flag wins over the variable of the same meaning.
type settings struct {
	seed    uint64
	seeded  bool   // somebody asked for that seed
	seeds   int    // 0: one run
	backend string // URL
	update  bool   // write golden files
	record  string // folder in which every flow is saved; absolute
}

func readSettings() (settings, error) {
	s := settings{backend: "embedded:"}
	if text := choose(*seedFlag, "DYETRACE_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			return s, fmt.Errorf("DYETRACE_SEED or -dye.seed is %q; it must be a number from 0 to 18446744073709551615", text)
		}
		s.seed, s.seeded = seed, true
	}
	if text := choose(*seedsFlag, "DYETRACE_SEEDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return s, fmt.Errorf("DYETRACE_SEEDS or -dye.seeds is %q; it must be a number of seeds from 1 on", text)
		}
		s.seeds = n
	}
	s.update = *updateFlag
	if text := os.Getenv("DYETRACE_UPDATE"); text != "" && !s.update {
		update, err := strconv.ParseBool(text)
		if err != nil {
			return s, fmt.Errorf("DYETRACE_UPDATE is %q; it must be 1 or 0", text)
		}
		s.update = update
	}
	if folder := os.Getenv("DYETRACE_RECORD"); folder != "" {
		// Now, because a body may change the working directory.
		absolute, err := filepath.Abs(folder)
		if err == nil {
			err = os.MkdirAll(absolute, 0o755)
		}
		if err != nil {
			return s, fmt.Errorf("DYETRACE_RECORD is %q; it must be a folder that flows can be saved in: %w", folder, err)
		}
		s.record = absolute
	}
	if url := os.Getenv("DYETRACE_BACKEND"); url != "" {
		s.backend = url
	}
	return s, nil
}

func choose(flag, variable string) string {
	if flag != "" {
		return flag
	}
	return os.Getenv(variable)
}
