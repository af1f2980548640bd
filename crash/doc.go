// Package crash kills the real thing. Its tests, behind the build tag crash, run
// rounds and decisions in a process of their own, against a simulated tenant in
// this one, kill that process with SIGKILL at seeded random moments of reading,
// planning, applying and deciding, start it again, and demand the same end as of a
// life without kills: nothing doubled, nothing lost, nothing left standing.
//
// In the same way calendars are read, days computed, people chosen for and a SIP
// presence server told, while the process is killed: after it has started again
// each switchboard says what should stand and nothing else, and every choice that
// was taken is there. What RFC 3903 can't help (the server has taken a publication
// and we were killed before its tag was written down) ends by itself.
//
//	go test -tags crash -run Kill -v ./crash                    # 30 kills
//	TELEFONIST_KILLS=500 TELEFONIST_KILL_SEED=7 go test -tags crash …
//
// The seed is printed; the same one kills at about the same moments again. Where
// TELEFONIST_TEST_POSTGRES names a server, a life on PostgreSQL is killed, too.
package crash
