// Package sip tells a SIP presence server what people are doing: it sends
// PUBLISH requests (RFC 3903) that carry PIDF (RFC 3863) with RPID (RFC 4480).
// It is a client alone: it neither registers, nor subscribes, nor calls.
//
// A [Client] speaks to one server, or through one outbound proxy, over UDP, TCP
// or TLS, under one account that may publish for every user there:
//
//	client, err := sip.New(sip.Config{Server: "pbx.example.se", Transport: sip.TCP, Username: "telefonist", Password: "…"})
//	body, err := sip.Document{Entity: "sip:101@pbx.example.se", TupleID: "work", Basic: sip.Open, Activity: "meeting",
//		Note: "Möte, åter 14:00", Lang: "sv"}.XML()
//	receipt, err := client.Publish(ctx, sip.Publication{AOR: "sip:101@pbx.example.se", Body: body, Expires: time.Hour})
//
// The server forgets a publication when its time is out. To keep or change it,
// publish again with the receipt's ETag; to take it back, with Expires 0.
//
// What goes wrong is an [Error]. The package needs the standard library alone,
// logs nothing, and takes no part of an answer's body.
package sip
