package sip_test

import (
	"context"
	"fmt"
	"time"

	"github.com/telefonist/telefonist/sip"
	"github.com/telefonist/telefonist/sip/siptest"
)

func Example() {
	server, err := siptest.Start(siptest.Options{Username: "telefonist", Password: "hemligt", Algorithms: []string{"SHA-256"}, QOP: "auth"})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client, err := sip.New(sip.Config{Server: server.TCP, Transport: sip.TCP, Username: "telefonist", Password: "hemligt"})
	if err != nil {
		panic(err)
	}
	defer client.Close()

	anna := "sip:101@pbx.example.se"
	document, err := sip.Document{Entity: anna, TupleID: "telefonist", Basic: sip.Open, Activity: "meeting", Note: "Möte, åter 14:00", Lang: "sv"}.XML()
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	receipt, err := client.Publish(ctx, sip.Publication{AOR: anna, Body: document, Expires: time.Hour})
	fmt.Println(receipt.Expires, err, len(server.Documents(anna)))

	_, err = client.Publish(ctx, sip.Publication{AOR: anna, ETag: receipt.ETag}) // the meeting is over
	fmt.Println(err, len(server.Documents(anna)))
	// Output:
	// 1h0m0s <nil> 1
	// <nil> 0
}
