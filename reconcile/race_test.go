//go:build race

package reconcile_test

// raceDetector says that the tests run under it, which makes SQLite slow. Files of
// tests in which little happens at once are left out of it (go:build !race).
const raceDetector = true

// crowd is how many people have a hard day.
const crowd = 20
