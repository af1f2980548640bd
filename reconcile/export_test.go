package reconcile

// UrgentFirst is urgentFirst for tests.
var UrgentFirst = urgentFirst
