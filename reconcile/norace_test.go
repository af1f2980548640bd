//go:build !race

package reconcile_test

const raceDetector = false

// crowd is how many people have a hard day.
const crowd = 200
