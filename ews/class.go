package ews

import (
	"crypto/tls"
	"errors"
	"net/http"
)

// Class is what can be done about an [Error].
type Class int

// The classes. Whatever is unknown is Temporary: all that can be done about it is
// to try it again, later and more and more seldom.
const (
	Temporary Class = iota // wait, then ask again
	Denied                 // a right, or the account, is missing
	Gone                   // there is no such mailbox here
	Lapsed                 // what the server gave earlier no longer counts
	Ours                   // the request, the settings, or this package is wrong
)

var classes = map[ResponseCode]Class{
	// Throttling, and servers that are not well.
	"ErrorServerBusy":                       Temporary,
	"ErrorExceededConnectionCount":          Temporary,
	"ErrorExceededSubscriptionCount":        Temporary,
	"ErrorExceededFindCountLimit":           Temporary,
	"ErrorInternalServerError":              Temporary,
	"ErrorInternalServerTransientError":     Temporary,
	"ErrorMailboxStoreUnavailable":          Temporary,
	"ErrorMailboxMoveInProgress":            Temporary,
	"ErrorMailboxFailover":                  Temporary,
	"ErrorMailboxLogonFailed":               Temporary,
	"ErrorConnectionFailed":                 Temporary,
	"ErrorTimeoutExpired":                   Temporary,
	"ErrorTooManyObjectsOpened":             Temporary,
	"ErrorADUnavailable":                    Temporary,
	"ErrorADOperation":                      Temporary,
	"ErrorInsufficientResources":            Temporary,
	"ErrorRequestAborted":                   Temporary,
	"ErrorFreeBusyGenerationFailed":         Temporary,
	"ErrorProxyRequestProcessingFailed":     Temporary,
	"ErrorServiceDiscoveryFailed":           Temporary,
	"ErrorAvailabilityConfigNotFound":       Temporary,
	"ErrorProxiedSubscriptionCallFailure":   Temporary,
	"ErrorReadEventsFailed":                 Temporary,
	"ErrorNoRespondingCASInDestinationSite": Temporary,
	"ErrorResultSetTooBig":                  Temporary,

	"ErrorProxyCallFailed":                            Temporary,
	"ErrorProxySoapException":                         Temporary,
	"ErrorProxyServiceDiscoveryFailed":                Temporary,
	"ErrorNoApplicableProxyCASServersAvailable":       Temporary,
	"ErrorInvalidOrganizationRelationshipForFreeBusy": Temporary,

	// Rights. An item or folder that isn't found is one that we may not see.
	"ErrorAccessDenied":                           Denied,
	"ErrorItemNotFound":                           Denied,
	"ErrorFolderNotFound":                         Denied,
	"ErrorNoFreeBusyAccess":                       Denied,
	"ErrorImpersonateUserDenied":                  Denied,
	"ErrorImpersonationDenied":                    Denied,
	"ErrorImpersonationFailed":                    Denied,
	"ErrorMissingEmailAddress":                    Denied,
	"ErrorWrongServerVersionDelegate":             Denied,
	"ErrorProxyRequestNotAllowed":                 Denied,
	"ErrorSubscriptionDelegateAccessNotSupported": Denied,
	"ErrorSubscriptionAccessDenied":               Denied,
	"ErrorPasswordExpired":                        Denied,
	"ErrorPasswordChangeRequired":                 Denied,
	"ErrorLogonAsNetworkServiceFailed":            Denied,
	"ErrorCallerIsInvalidADAccount":               Denied,
	"ErrorNotDelegate":                            Denied,
	"ErrorDelegateNoUser":                         Denied,

	// Mailboxes.
	"ErrorNonExistentMailbox":       Gone,
	"ErrorMailRecipientNotFound":    Gone,
	"ErrorInvalidSmtpAddress":       Gone,
	"ErrorInvalidUserPrincipalName": Gone,
	"ErrorAccountSuspend":           Gone,
	"ErrorInvalidMailbox":           Gone,
	"ErrorNameResolutionNoMailbox":  Gone,
	"ErrorAccountDisabled":          Gone,
	"ErrorNameResolutionNoResults":  Gone,

	// What was given earlier.
	"ErrorInvalidSyncStateData":     Lapsed,
	"ErrorSyncFolderNotFound":       Lapsed,
	"ErrorSubscriptionNotFound":     Lapsed,
	"ErrorInvalidSubscription":      Lapsed,
	"ErrorExpiredSubscription":      Lapsed,
	"ErrorSubscriptionUnsubscribed": Lapsed,
	"ErrorInvalidWatermark":         Lapsed,
	"ErrorMissedNotificationEvents": Lapsed,
	"ErrorEventNotFound":            Lapsed,

	// Requests.
	"ErrorInvalidRequest":                         Ours,
	"ErrorSchemaValidation":                       Ours,
	"ErrorInvalidServerVersion":                   Ours,
	"ErrorIncorrectSchemaVersion":                 Ours,
	"ErrorInvalidSchemaVersionForMailboxVersion":  Ours,
	"ErrorInvalidPropertyRequest":                 Ours,
	"ErrorInvalidPropertyForOperation":            Ours,
	"ErrorInvalidExchangeImpersonationHeaderData": Ours,
	"ErrorInvalidIdMalformed":                     Ours,
	"ErrorInvalidId":                              Ours,
	"ErrorInvalidIdEmpty":                         Ours,
	"ErrorInvalidSubscriptionRequest":             Ours,
	"ErrorInvalidPullSubscriptionId":              Ours,
	"ErrorTimeZone":                               Ours,
	"ErrorTimeIntervalTooBig":                     Ours,
	"ErrorInvalidTimeInterval":                    Ours,
	"ErrorInvalidMergedFreeBusyInterval":          Ours,
	"ErrorIndividualMailboxLimitReached":          Ours,
	"ErrorMailboxDataArrayTooBig":                 Ours,
	"ErrorFreeBusyDLLimitReached":                 Ours,
	"ErrorMailboxDataArrayEmpty":                  Ours,
	"ErrorMissingArgument":                        Ours,
	"ErrorInvalidArgument":                        Ours,
	"ErrorInvalidFreeBusyViewType":                Ours,
	"ErrorCalendarViewRangeTooBig":                Ours,
	"ErrorCalendarEndDateIsEarlierThanStartDate":  Ours,
	"ErrorUnsupportedPathForQuery":                Ours,
}

// elsewhere are the codes of a mailbox that another server was to be asked about.
var elsewhere = map[ResponseCode]bool{
	"ErrorProxyRequestProcessingFailed":               true,
	"ErrorProxyRequestNotAllowed":                     true,
	"ErrorServiceDiscoveryFailed":                     true,
	"ErrorAvailabilityConfigNotFound":                 true,
	"ErrorNoRespondingCASInDestinationSite":           true,
	"ErrorProxyCallFailed":                            true,
	"ErrorProxySoapException":                         true,
	"ErrorProxyServiceDiscoveryFailed":                true,
	"ErrorNoApplicableProxyCASServersAvailable":       true,
	"ErrorInvalidOrganizationRelationshipForFreeBusy": true,
}

// Class says what can be done about e: by its code, that behind it first, or by
// the status where the answer was none of Exchange's. An error of the transport
// is Temporary, unless it is about the certificate; whatever the transport itself
// says of it is to be asked with errors.Is before.
func (e *Error) Class() Class {
	if c, ok := classes[e.Inner]; ok {
		return c
	}
	if e.Code != "" {
		return classes[e.Code]
	}
	var cert *tls.CertificateVerificationError
	var pin *FingerprintError
	if errors.As(e.Err, &cert) || errors.As(e.Err, &pin) || errors.Is(e.Err, ErrOlder) {
		return Ours
	}
	switch s := e.Status; {
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == 456, s == 457:
		return Denied
	case s == http.StatusOK && errors.Is(e.Err, ErrNotExchange):
		return Ours // a page of a proxy's, or of another program
	case s == 440, s == http.StatusRequestTimeout, s == http.StatusTooManyRequests:
		return Temporary
	case s >= 300 && s < 400 && e.Location != "":
		return Ours
	case s >= 400 && s < 500:
		return Ours
	}
	return Temporary
}
