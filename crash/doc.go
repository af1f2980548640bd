// Package crash kills the real thing. Its tests, behind the build tag crash, run
// rounds and decisions in a process of their own, against a simulated tenant in
// this one, kill that process with SIGKILL at seeded random moments of reading,
// planning, applying and deciding, start it again, and demand the same end as of a
// life without kills: nothing doubled, nothing lost, nothing left standing.
//
//	go test -tags crash -run Kill -v ./crash                    # 30 kills
//	TELEFONIST_KILLS=500 TELEFONIST_KILL_SEED=7 go test -tags crash …
//
// The seed is printed; the same one kills at about the same moments again. Where
// TELEFONIST_TEST_POSTGRES names a server, a life on PostgreSQL is killed, too.
package crash
