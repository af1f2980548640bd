/* A telephone without sound or screen: it subscribes to the presence of some
 * people and prints, for each notification, what it took from it:
 *
 *     ADDRESS <tab> open|closed <tab> ACTIVITY[,ACTIVITY] <tab> NOTE
 *
 * usage: phone OWN-ADDRESS SERVER-URI ADDRESS...
 * It ends when its standard input does. */
#include <errno.h>
#include <fcntl.h>
#include <linphone/core.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* print_flat prints text on one line and in one cell. */
static void print_flat(const char *text) {
	for (; text != NULL && *text != '\0'; text++) {
		putchar(*text == '\t' || *text == '\n' || *text == '\r' ? ' ' : *text);
	}
}

static void on_presence(LinphoneCore *core, LinphoneFriend *friend) {
	const LinphonePresenceModel *model = linphone_friend_get_presence_model(friend);
	char *address = linphone_address_as_string_uri_only(linphone_friend_get_address(friend));
	(void)core;
	printf("%s\t", address);
	ms_free(address);
	if (model != NULL) {
		LinphonePresenceNote *note = linphone_presence_model_get_note(model, NULL);
		unsigned int count = linphone_presence_model_get_nb_activities(model), i;
		printf(linphone_presence_model_get_basic_status(model) == LinphonePresenceBasicStatusOpen ? "open\t" : "closed\t");
		for (i = 0; i < count; i++) {
			char *name = linphone_presence_activity_to_string(linphone_presence_model_get_nth_activity(model, i));
			printf(i > 0 ? "," : "");
			print_flat(name);
			ms_free(name);
		}
		printf("\t");
		print_flat(note != NULL ? linphone_presence_note_get_content(note) : "");
	} else {
		printf("closed\t\t");
	}
	printf("\n");
	fflush(stdout);
}

/* input_ended says whether standard input has been closed. */
static int input_ended(void) {
	char unused[64];
	ssize_t got = read(STDIN_FILENO, unused, sizeof unused);
	return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* open_core makes a core that listens on a free UDP port and keeps quiet. */
static LinphoneCore *open_core(LinphoneFactory *factory) {
	LinphoneCore *core = linphone_factory_create_core_3(factory, NULL, NULL, NULL);
	LinphoneTransports *transports = linphone_factory_create_transports(factory);
	LinphoneCoreCbs *callbacks = linphone_factory_create_core_cbs(factory);
	linphone_transports_set_udp_port(transports, LC_SIP_TRANSPORT_RANDOM);
	linphone_transports_set_tcp_port(transports, LC_SIP_TRANSPORT_DISABLED);
	linphone_transports_set_tls_port(transports, LC_SIP_TRANSPORT_DISABLED);
	linphone_core_set_transports(core, transports);
	linphone_core_enable_ipv6(core, FALSE);
	/* It watches without being registered anywhere. */
	linphone_config_set_int(linphone_core_get_config(core), "sip", "subscribe_presence_only_when_registered", 0);
	linphone_core_cbs_set_notify_presence_received(callbacks, on_presence);
	linphone_core_add_callbacks(core, callbacks);
	return core;
}

/* sign_in sets the telephone's own address and the server that it asks. */
static void sign_in(LinphoneFactory *factory, LinphoneCore *core, const char *own, const char *server) {
	LinphoneAccountParams *params = linphone_core_create_account_params(core);
	LinphoneAccount *account;
	linphone_account_params_set_identity_address(params, linphone_factory_create_address(factory, own));
	linphone_account_params_set_server_address(params, linphone_factory_create_address(factory, server));
	linphone_account_params_set_outbound_proxy_enabled(params, TRUE);
	linphone_account_params_set_register_enabled(params, FALSE);
	linphone_account_params_set_publish_enabled(params, FALSE);
	account = linphone_core_create_account(core, params);
	linphone_core_add_account(core, account);
	linphone_core_set_default_account(core, account);
}

/* watch subscribes to the presence of each address, one by one. */
static void watch(LinphoneCore *core, char **addresses, int count) {
	LinphoneFriendList *list = linphone_core_get_default_friend_list(core);
	int i;
	linphone_core_enable_friend_list_subscription(core, FALSE);
	for (i = 0; i < count; i++) {
		LinphoneFriend *friend = linphone_core_create_friend_with_address(core, addresses[i]);
		linphone_friend_edit(friend);
		linphone_friend_enable_subscribes(friend, TRUE);
		linphone_friend_done(friend);
		linphone_friend_list_add_friend(list, friend);
	}
	linphone_friend_list_enable_subscriptions(list, TRUE);
	linphone_friend_list_update_subscriptions(list);
}

int main(int argc, char **argv) {
	LinphoneFactory *factory;
	LinphoneCore *core;
	if (argc < 4) {
		fprintf(stderr, "usage: phone OWN-ADDRESS SERVER-URI ADDRESS...\n");
		return 2;
	}
	if (fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0) {
		perror("phone");
		return 2;
	}
	linphone_logging_service_set_log_level(linphone_logging_service_get(), LinphoneLogLevelFatal);
	factory = linphone_factory_get();
	core = open_core(factory);
	if (linphone_core_start(core) != 0) {
		fprintf(stderr, "phone: cannot start\n");
		return 1;
	}
	sign_in(factory, core, argv[1], argv[2]);
	watch(core, argv + 3, argc - 3);
	while (!input_ended()) {
		linphone_core_iterate(core);
		usleep(10000);
	}
	return 0;
}
