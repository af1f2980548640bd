// Package m365 is a simulated Microsoft 365.
package m365
