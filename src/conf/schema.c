#include "conf/schema.h"

#include "base/limits.h"
#include "base/mem.h"
#include "conf/config.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void *append_service(void *owner)
{
  struct config *c = owner;

  c->services = mem_grow(c->services, c->n_services, &c->cap_services, sizeof *c->services);
  c->services[c->n_services] = (struct config_service){0};
  return &c->services[c->n_services++];
}

static void *append_instance(void *owner)
{
  struct config_service *s = owner;

  s->instances = mem_grow(s->instances, s->n_instances, &s->cap_instances, sizeof *s->instances);
  s->instances[s->n_instances] = (struct config_instance){.weight = CONFIG_WEIGHT};
  return &s->instances[s->n_instances++];
}

static void *append_change(void *owner)
{
  struct config_service *s = owner;

  s->changes = mem_grow(s->changes, s->n_changes, &s->cap_changes, sizeof *s->changes);
  s->changes[s->n_changes] = (struct config_change){.weight = CONFIG_WEIGHT_NOT_GIVEN};
  return &s->changes[s->n_changes++];
}

#define SECOND 1000U
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static const char *const probe_words[] = {"auto", "tcp", "http", "descriptor", "none", NULL};

static const struct schema_key health_keys[] = {
    {
        .name = "probe",
        .help = "what a backend must do to count as up",
        .type = SCHEMA_CHOICE,
        .words = probe_words,
        .offset = offsetof(struct config_health, probe),
    },
    {
        .name = "port",
        .help = "the port of the onion service that is tried",
        .type = SCHEMA_NUMBER,
        .min = 1,
        .max = 65535,
        .offset = offsetof(struct config_health, port),
    },
    {
        .name = "path",
        .help = "the path of the HTTP request",
        .type = SCHEMA_TEXT,
        .max = LIMIT_HEALTH_PATH_BYTES,
        .offset = offsetof(struct config_health, path),
    },
    {
        .name = "expect",
        .help = "the HTTP statuses that are good",
        .type = SCHEMA_STATUS,
        .offset = offsetof(struct config_health, expect),
    },
    {
        .name = "text",
        .help = "a text that must stand in the HTTP answer",
        .type = SCHEMA_TEXT,
        .max = LIMIT_HEALTH_TEXT_BYTES,
        .offset = offsetof(struct config_health, text),
    },
    {
        .name = "interval",
        .help = "the longest time from one probe to the next",
        .type = SCHEMA_DURATION,
        .min = 5 * SECOND,
        .max = 1 * HOUR,
        .offset = offsetof(struct config_health, interval),
    },
    {
        .name = "timeout",
        .help = "the longest time for one probe",
        .type = SCHEMA_DURATION,
        .min = 2 * SECOND,
        .max = 2 * MINUTE,
        .offset = offsetof(struct config_health, timeout),
    },
    {
        .name = "rise",
        .help = "good probes in a row that bring a backend back",
        .type = SCHEMA_NUMBER,
        .min = 1,
        .max = LIMIT_HEALTH_RUN,
        .offset = offsetof(struct config_health, rise),
    },
    {
        .name = "fall",
        .help = "bad probes in a row that take a backend out",
        .type = SCHEMA_NUMBER,
        .min = 1,
        .max = LIMIT_HEALTH_RUN,
        .offset = offsetof(struct config_health, fall),
    },
};

static const struct schema_map health_map = {
    .name = "the section \"health\"",
    .keys = health_keys,
    .n = COUNT(health_keys),
    .place_offset = offsetof(struct config_health, place),
};

static const struct schema_key instance_keys[] = {
    {
        .name = "address",
        .help = "the onion address of a backend",
        .type = SCHEMA_ADDRESS,
        .is_required = true,
        .offset = offsetof(struct config_instance, address),
    },
    {
        .name = "name",
        .help = "the name of a backend in logs and status",
        .type = SCHEMA_TEXT,
        .is_lenient = true,
        .max = LIMIT_NAME_BYTES,
        .offset = offsetof(struct config_instance, name),
    },
    {
        .name = "weight",
        .help = "the share of clients that a backend gets, beside the weights of the others",
        .type = SCHEMA_NUMBER,
        .max = LIMIT_WEIGHT,
        .offset = offsetof(struct config_instance, weight),
    },
    {
        .name = "backup",
        .help = "whether a backend serves only while no other can",
        .type = SCHEMA_FLAG,
        .offset = offsetof(struct config_instance, is_backup),
    },
    {
        .name = "health",
        .help = "how this backend is checked, where it differs from the others",
        .type = SCHEMA_MAP,
        .map = &health_map,
        .offset = offsetof(struct config_instance, health),
    },
};

static const struct schema_map instance_map = {
    .name = "an instance",
    .keys = instance_keys,
    .n = COUNT(instance_keys),
    .place_offset = offsetof(struct config_instance, place),
};

static const char *const descriptors_words[] = {"auto", "single", "distinct", NULL};

static const struct schema_key service_keys[] = {
    {
        .name = "key",
        .help = "the file with the private key of the frontend",
        .type = SCHEMA_PATH,
        .is_required = true,
        .instead = "signer",
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config_service, key_path),
    },
    {
        .name = "key-passphrase-file",
        .help = "the file with the passphrase of the private key, if it is encrypted",
        .type = SCHEMA_PATH,
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config_service, key_passphrase_file),
    },
    {
        .name = "signer",
        .help = "the signer that has the private key, unix:PATH or exec:COMMAND ARGUMENT...; or "
                "bundle:PATH, where bundles for this address are",
        .type = SCHEMA_SIGNER,
        .max = LIMIT_COMMAND_BYTES,
        .offset = offsetof(struct config_service, signer),
    },
    {
        .name = "address",
        .help = "the onion address of the frontend, to find its key at the signer",
        .type = SCHEMA_ADDRESS,
        .offset = offsetof(struct config_service, address),
    },
    {
        .name = "name",
        .help = "the name of the frontend in logs and status",
        .type = SCHEMA_TEXT,
        .is_lenient = true,
        .max = LIMIT_NAME_BYTES,
        .offset = offsetof(struct config_service, name),
    },
    {
        .name = "health",
        .help = "how backends are checked",
        .type = SCHEMA_MAP,
        .map = &health_map,
        .offset = offsetof(struct config_service, health),
    },
    {
        .name = "descriptors",
        .help = "whether all HSDirs get one descriptor, or each a distinct one",
        .type = SCHEMA_CHOICE,
        .words = descriptors_words,
        .offset = offsetof(struct config_service, descriptors),
    },
    {
        .name = "instances",
        .help = "the list of backends",
        .type = SCHEMA_LIST,
        .is_required = true,
        .max = LIMIT_INSTANCES_PER_SERVICE,
        .map = &instance_map,
        .append = append_instance,
    },
};

static const struct schema_map service_map = {
    .name = "a service",
    .keys = service_keys,
    .n = COUNT(service_keys),
    .place_offset = offsetof(struct config_service, place),
};

static const struct schema_key tor_keys[] = {
    {
        .name = "control",
        .help = "tor's control port, unix:PATH or ADDRESS:PORT",
        .type = SCHEMA_ENDPOINT,
        .offset = offsetof(struct config, tor_control),
    },
    {
        .name = "control-password-file",
        .help = "the file with the password of tor's control port",
        .type = SCHEMA_PATH,
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config, tor_control_password_file),
    },
    {
        .name = "socks",
        .help = "tor's SOCKS port, unix:PATH or ADDRESS:PORT, or auto: tor is asked",
        .type = SCHEMA_ENDPOINT,
        .automatic = "auto",
        .offset = offsetof(struct config, tor_socks),
    },
};

static const struct schema_map tor_map = {
    .name = "the section \"tor\"",
    .keys = tor_keys,
    .n = COUNT(tor_keys),
    .place_offset = SCHEMA_NO_PLACE,
};

static const char *const state_words[] = {"enabled", "drain", "maintenance", "disabled", NULL};

static const struct schema_key change_keys[] = {
    {
        .name = "address",
        .help = "the onion address of a backend",
        .type = SCHEMA_ADDRESS,
        .is_required = true,
        .offset = offsetof(struct config_change, address),
    },
    {
        .name = "state",
        .help = "what onionbalancectl instance can make of it",
        .type = SCHEMA_CHOICE,
        .words = state_words,
        .offset = offsetof(struct config_change, state),
    },
    {
        .name = "weight",
        .help = "its weight, above that of the configuration",
        .type = SCHEMA_NUMBER,
        .max = LIMIT_WEIGHT,
        .offset = offsetof(struct config_change, weight),
    },
};

static const struct schema_map change_map = {
    .name = "a change",
    .keys = change_keys,
    .n = COUNT(change_keys),
    .place_offset = offsetof(struct config_change, place),
};

static const struct schema_key dropin_keys[] = {
    {
        .name = "service",
        .help = "the name, the onion address or the key file of the frontend",
        .type = SCHEMA_TEXT,
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config_service, name),
    },
    {
        .name = "instances",
        .help = "the list of backends",
        .type = SCHEMA_LIST,
        .is_required = true,
        .instead = "changes",
        .max = LIMIT_INSTANCES_PER_SERVICE,
        .map = &instance_map,
        .append = append_instance,
    },
    {
        .name = "changes",
        .help = "the list of what is different about backends that stand elsewhere",
        .type = SCHEMA_LIST,
        .max = LIMIT_INSTANCES_PER_SERVICE,
        .map = &change_map,
        .append = append_change,
    },
};

const struct schema_map schema_dropin = {
    .name = "the file",
    .keys = dropin_keys,
    .n = COUNT(dropin_keys),
    .place_offset = SCHEMA_NO_PLACE,
};

static const struct schema_key root_keys[] = {
    {
        .name = "services",
        .help = "the list of frontends",
        .type = SCHEMA_LIST,
        .is_required = true,
        .max = LIMIT_SERVICES,
        .map = &service_map,
        .append = append_service,
    },
    {
        .name = "tor",
        .help = "how to reach tor",
        .type = SCHEMA_MAP,
        .map = &tor_map,
    },
    {
        .name = "state-directory",
        .help = "the folder for what the next start begins with",
        .type = SCHEMA_PATH,
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config, state_directory),
    },
    {
        .name = "status-socket-location",
        .help = "the unix socket that tells the status",
        .type = SCHEMA_SOCKET,
        .is_lenient = true,
        .offset = offsetof(struct config, status_socket),
    },
    {
        .name = "admin-socket",
        .help = "the unix socket for onionbalancectl",
        .type = SCHEMA_SOCKET,
        .is_lenient = true,
        .offset = offsetof(struct config, admin_socket),
    },
    {
        .name = "admin-socket-readers",
        .help = "the group whose members may look at the admin socket, but change nothing",
        .type = SCHEMA_TEXT,
        .is_lenient = true,
        .max = LIMIT_NAME_BYTES,
        .offset = offsetof(struct config, admin_readers),
    },
};

const struct schema_map schema_root = {
    .name = "the file",
    .keys = root_keys,
    .n = COUNT(root_keys),
    .place_offset = SCHEMA_NO_PLACE,
};
