package language_test

import (
	"fmt"
	"time"

	"github.com/telefonist/telefonist/language"
)

func ExamplePrinter() {
	p := language.Match("sv-SE,sv;q=0.9,en;q=0.8")
	now := time.Date(2026, 11, 21, 14, 5, 0, 0, time.UTC)
	fmt.Println(p.T("people.count", language.Count("n", 1)))
	fmt.Println(p.When(now.Add(-time.Hour), now))
	fmt.Println(p.List([]string{"Anna", "Bo", "Åsa"}))
	fmt.Println(p.Reason("standing.", "elsewhere", map[string]string{"replicator": "Huvudkontoret"}))
	// Output:
	// 1 person
	// i dag 13:05
	// Anna, Bo och Åsa
	// Sköts av Huvudkontoret
}
