//go:build race

package reconcile_test

// raceDetector says that the tests run under it, which makes SQLite slow.
const raceDetector = true
