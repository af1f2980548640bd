// Package reader is what a reader of benchpeers tells the process that
// started it.
package reader

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
)

var highWater = regexp.MustCompile(`(?m)^VmHWM:\s*([0-9]+) kB$`)

// Report prints how many people were read and the most memory that this
// process has held, in bytes. The kernel's own answer to the parent, ru_maxrss,
// would count what the parent held when it started us.
func Report(people int) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	found := highWater.FindSubmatch(status)
	if found == nil {
		return fmt.Errorf("no VmHWM in /proc/self/status")
	}
	peak, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		return err
	}
	_, err = fmt.Println(people, peak<<10)
	return err
}
