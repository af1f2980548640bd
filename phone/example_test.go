package phone_test

import (
	"errors"
	"fmt"

	"github.com/telefonist/telefonist/phone"
)

func ExampleParse() {
	n, _ := phone.Parse("08-123 45 67 ankn 12", "SE")
	fmt.Println(n)
	fmt.Println(n.National("SE"))
	fmt.Println(n.National("NL"))
	fmt.Println(phone.LastDigits(n, 3))
	// Output:
	// +4681234567;ext=12
	// 08-123 45 67 x12
	// +46 8 123 45 67 x12
	// 567
}

func ExampleParseError() {
	_, err := phone.Parse("08-123 45 67 / 070-123 45 67", "SE")
	var refused *phone.ParseError
	fmt.Println(errors.As(err, &refused), refused.Reason == phone.TwoNumbers)
	// Output: true true
}
